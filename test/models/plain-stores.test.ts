import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryOf } from "../../src/analysis/words.ts";
import { loadsApart } from "../../src/memory/loads-apart.ts";
import { ORDERS } from "../../src/model/order.ts";
import { weakRuns } from "./pinned.ts";

/**
 * What C does by plain loads and stores, by the words of a label that name it: no LOCKed instruction, so that on x86 it does not wait for
 * the store buffer, and the store may wait in it.
 */
const PLAIN = [
  /__(folio_)?set_?(page_?)?locked|__SetPage|page->flags [&|]=/i,
  /smp_store_release|rcu_assign_pointer|xas_store|radix_tree_insert|WRITE_ONCE|atomic_set/,
  /(page|folio)_ref_unfreeze/,
  /set_p[tm]d?e?s?_at|set_ptes?\(|pte_clear\(|pmd_clear\(|pmd_populate\(|set_access_flags/,
  /swap_map ?(--|\+\+|\|=|&=|=)|__swap_table_set/,
  /_mm_ids? |_mm_id_mapcount|folio_set_mm_id/,
  /(add|inc|dec)_mm_counter|add_mm_rss_vec/,
  /_mapcount = |->mapping = |->index/,
];

test("what C stores plainly is no atomic operation under a weak memory model", async () => {
  const wrong = new Set<string>();
  let found = 0;
  for (const { program } of await weakRuns()) {
    const apart = loadsApart(program);
    const { shapes } = memoryOf(apart);
    for (const [t, thread] of apart.threads.entries())
      for (const [p, { label, frame }] of thread.points.entries()) {
        if (!PLAIN.some((words) => words.test(label))) continue;
        const { isRmw, order } = shapes[t]![p]!;
        if (!isRmw || ORDERS[order].isPlain) {
          found++;
          continue;
        }
        wrong.add(`${frame.path.name}: ${label}: ${order}`);
      }
  }
  assert.ok(found > 0);
  assert.deepEqual([...wrong].toSorted(), []);
});
