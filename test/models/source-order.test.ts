import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "faultline";
import { kernel, pageMappedBy } from "../../models/kernel/world.ts";
import { memoryFailure } from "../../models/mm/memory-failure/memory-failure.ts";
import mapPagesUnderLock from "../../models/scenarios/map-pages-under-lock.ts";
import mremapVsMkclean from "../../models/scenarios/races/mremap-vs-mkclean.ts";
import poisonedEntry from "../../models/scenarios/poisoned-entry.ts";
import splitVsZap from "../../models/scenarios/races/split-vs-zap.ts";
import { assertInOrder, counterexample, runPinned } from "./pinned.ts";

test("mremap() with its first fix alone misses a PTE that a CPU makes dirty between the look and the clearing", async () => {
  assertInOrder(await counterexample(mremapVsMkclean, { firstFix: true, pte: "clean" }, "stores-reach-disk"), [
    "move_page_tables: pte_dirty(*old_pte)?",
    "user_store: walk again: set the dirty bit",
    "move_page_tables: pte = ptep_get_and_clear(old_pte)",
    "page_mkclean_one: ptep_clear_flush(): flush_tlb_page()",
    "user_store: store through the TLB",
  ]);
});

test("a split skips a PTE that an unmap has cleared and not yet taken off mapcount", async () => {
  assertInOrder(await counterexample(splitVsZap, { fixed: false }, "no-bug"), [
    "zap_pte_range: ptep_get_and_clear_full(pte)",
    "try_to_unmap_one: map_pte(): pte_present(*pvmw->pte)?",
    "split_huge_page_to_list: unmap_page(): VM_BUG_ON_PAGE(!unmap_success)",
  ]);
});

test("a fault maps a page that memory_failure() takes away where it has looked at PG_hwpoison before", async () => {
  const set = { order: "patch4", locked: true, remover: "memory-failure" };
  const steps = await counterexample(mapPagesUnderLock, set, "no-stale-pte");
  assertInOrder(steps, ["filemap_map_pages: PageHWPoison(page)?", "memory_failure: TestSetPageHWPoison(p)"]);
});

test("memory_failure() keeps its reference: the page is not free when it is out of the file", async () => {
  const alone = scenario("memory-failure", {
    about: "A page is given up",
    world: kernel,
    params: {},
    threads: () => ({ failure: memoryFailure() }),
    init: (k) => pageMappedBy(k, 1),
    specs: [kernel.atEnd("kept", "it has one reference", ({ page, slot }) => page.refcount === 1 && slot !== page)],
    unreached: () => ["*"],
  });
  const { specs } = await runPinned(alone, {});
  assert.equal(specs.find(({ name }) => name === "kept")?.verdict, "holds");
});

test("v5.9 leaves the entry of a poisoned page where a truncate unmaps, which passes by what is not present", async () => {
  const set = { release: "v5.9", beside: "truncate" };
  assertInOrder(await counterexample(poisonedEntry, set, "dropped-is-forgotten"), [
    "try_to_unmap_one: set_pte_at(mm, address, pvmw.pte, hwpoison)",
    "zap_pte_range: pte_none(*pte)?",
    "zap_pte_range: pte_unmap_unlock(ptl)",
  ]);
});
