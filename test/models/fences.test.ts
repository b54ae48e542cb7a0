import assert from "node:assert/strict";
import { test } from "node:test";
import faultAroundOrders from "../../models/scenarios/fault-around-orders.ts";
import { faultline } from "../cli/recorded.ts";

interface Fences {
  readonly strengthenings: readonly { readonly words: string; readonly alone: readonly string[] | null }[];
  readonly sets: readonly { readonly of: readonly number[] }[];
}

async function setsFor(barriers: string): Promise<readonly (readonly string[])[]> {
  const line = `fences ${faultAroundOrders.name} --set order=LCPGS --set barriers=${barriers} --spec no-stale-pte --format json`;
  const { out } = await faultline(".", line);
  const { strengthenings, sets } = JSON.parse(out) as Fences;
  return sets.map(({ of }) => of.map((at) => strengthenings[at]!.words));
}

const acquire = "PageLocked(page)? again as an acquire load in filemap_map_pages()";
const rmb = "smp_rmb() after PageLocked(page)? again in filemap_map_pages()";
const afterAtomic = "smp_mb__after_atomic() after trylock_page(page) in truncate_inode_pages_range()";
const mb = "smp_mb() after page->mapping == mapping? in truncate_inode_pages_range()";

test("the order of December needs a full barrier in the remover and order in the mapper: with one there, the other", async () => {
  assert.deepEqual(await setsFor("remover"), [[acquire], [rmb]]);
  assert.deepEqual(await setsFor("mapper"), [[afterAtomic], [mb]]);
});
