import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import type { Qualifier } from "../../src/model/order.ts";
import type { AnyStep, Path } from "../../src/model/path.ts";
import { resolveParams, type Threads } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";

/** A step of a path that some pinned run has. */
interface Said {
  readonly file: string;
  readonly label: string;
  readonly order: AnyStep["order"];
}

/** Every step of every path of the bundled scenarios, as their pinned runs have them, once. */
function* steps(): Generator<Said> {
  const known = new Set<string>();
  const seen = new Set<Path>();
  function* within(path: Path): Generator<Said> {
    if (seen.has(path)) return;
    seen.add(path);
    const { file = "" } = path.about;
    for (const [label, entry] of path.entries) {
      if (entry.kind === "call") yield* within(entry.path);
      // What a lock, a slab or a sequence count promises is not up to who writes a path.
      else if (entry.operation === undefined) {
        const { order } = entry;
        const key = `${file} ${label} ${order}`;
        if (!known.has(key)) yield { file, label, order };
        known.add(key);
      }
    }
  }
  for (const scenario of scenarios)
    for (const { set = {} } of scenario.expect) {
      const threads: Threads = scenario.threads(resolveParams(scenario, set as ParamValues));
      for (const thread of Object.values(threads)) for (const path of pathsOf(thread)) yield* within(path);
    }
}

function pathsOf(thread: Threads[string]): readonly Path[] {
  if ("labels" in thread) return [thread];
  if ("on" in thread) return [thread.path];
  return "paths" in thread ? thread.paths : thread;
}

const ANY = /./;

/**
 * The most that an operation promises, by the words of a label that name it; the first that matches counts. What is in no row
 * has no order: a load, a store, an atomic operation that returns nothing.
 */
const PROMISES: readonly (readonly [label: RegExp, most: Qualifier, file?: RegExp])[] = [
  // What is said of it would be that of another one below.
  [/hugetlb_remove_rmap/, "noreturn"],
  [/page_remove_rmap\(page\)/, "noreturn", /^mm\/hugetlb\.c/],
  [/folio_end_writeback|xor_flags_has_waiters|clear_bit_unlock/, "release"],
  [/trylock|test_and_set_bit_lock/, "acquire"],
  [/__(folio_)?set_?(page_?)?locked|__SetPage/i, "once"],
  [/(?:page|folio)_ref_(?:sub|add|inc|dec)\(|folio_get\(|^get_page\(/, "noreturn"],

  [/(?<!try)unlock(?!ed\?)/, "release"],
  [/put_page|folio_put(_refs)?\b|page_cache_release|pagevec_release|folio_batch_release|put both references/, "full"],
  [/put_compound_head|gup_put_folio|unpin_user_page|put_hwpoison_page|page_ref_sub_and_test/, "full"],
  [
    /_(get_speculative|unless_zero)|folio_try_get|get_nontail_page|try_get_folio|try_grab_(compound_head|folio)/,
    "full",
  ],
  [/get_hwpoison_page|putback_lru/, "full"],
  [/(page|folio)_ref_freeze/, "full"],
  [/(page|folio)_ref_unfreeze/, "release"],
  [/Test(Clear|Set)Page|test_(clear|set|and_set|and_clear)_|cancel_dirty|set_page_writeback|start_writeback/i, "full"],
  [/end_page_writeback|mark_dirty|set_page_dirty/, "full"],
  [/(page|folio)_(add_file|remove)_rmap|tlb_flush_rmaps/, "full"],
  [/atomic_dec_and_test|put_page_testzero|inc_mm_tlb_gen/, "full"],
  [/__lock_page/, "full"],
  [/lock_page|folio_lock\(|folio_lock_or_retry/, "acquire"],
  [/smp_load_acquire|raw_read_seqcount|seqcount_try_begin|speculate_try_begin/, "acquire"],
  [/_not_zero_limited_acquire|vma_start_read_locked|wait_for_completion/, "acquire"],
  // The lock of a zone, or of a list of pages.
  [/alloc_|_alloc\(|folio_prealloc|get_new_(folio|page)|rmqueue/, "acquire"],
  [/free_unref_/, "release"],
  [/smp_store_release|rcu_assign_pointer\((?!.*NULL)|xas?_store|radix_tree_insert/, "release"],
  [/__vma_refcount_put_return|__vma_end_exclude_readers|vma_mark_attached|mas_store_prealloc/, "release"],
  [/flush/, "full"],
];

/** Why a step promises more than that. */
const REASONS: Readonly<Record<string, string>> = {
  "woken by wake_up_new_task()": "the lock of the run queue, which is left out, is taken",
  "wake_up_new_task(p)": "the lock of the run queue, which is left out, is dropped",
  "cpumask_set_cpu(cpu, mm_cpumask(next))": "set_bit(), in a file of x86, where it is LOCKed",
  "complete_unwritten(&bh)": "one event for what the file system does under its own locks",
  "the process stores": "behind get_block(), which takes the file system's locks also where it changes nothing",
  "get_block(inode, block, &bh, 1)": "one event for what the file system does under its own locks",
  "free the pages": "one event for the driver's way back to the allocator",
  "the device reads the page": "by then it has been told to, and nobody else may have the page",
  "put_swap_device(si)": "the count of a CPU under RCU, which percpu_ref_kill() waits for",
  "ptdesc_pmd_pts_dec(spte)": "until v6.12 it is put_page()",
  "PageLocked(page)? again": "what would be if the last look at PG_locked were an RMW with an order, or an acquire",
  "refcount_read(&vma->vm_refcnt) == tgt_refcnt": "what would be if it were an acquire",
  "swap_cache_add_folio(): __swap_table_set(ci, folio)": "what would be if it were a release",
  "shmem_replace_entry(): slot = swap entry": "xas_store()",
  "trylock_page(page)": "what would be if it were a full barrier",
};

const RANK = { once: 0, noreturn: 0, relaxed: 0, acquire: 1, release: 1, full: 2 } as const satisfies Record<
  Qualifier,
  number
>;

test("no step has more order than the operation that its label names promises in C", () => {
  const reasons = new Set(Object.keys(REASONS));
  const wrong: string[] = [];
  for (const { file, label, order } of steps()) {
    if (!(order in RANK) || RANK[order as Qualifier] === 0) continue;
    // Without the label of C that it stands at, as in "unlock: put_page(page)".
    const said = label.replace(/^\w+: /, "");
    const row = PROMISES.find(([words, , where = ANY]) => words.test(said) && where.test(file));
    const most = row?.[1] ?? "once";
    if (most === order || most === "full") continue;
    if (label in REASONS) reasons.delete(label);
    else wrong.push(`${file}: ${label}: ${order}, of what promises ${most}`);
  }
  assert.deepEqual([...wrong, ...[...reasons].map((label) => `a reason for nothing: ${label}`)], []);
});
