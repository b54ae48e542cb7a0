import { allocated, bool, scenario } from "faultline";
import { noTlbEntryOfFreePage } from "../../../specs/tlb.ts";
import { kernel } from "../../kernel/world.ts";
import { loadAtNewAddress, moveNormalPmd, unmapBoth } from "../../mm/mremap/move-normal-pmd.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 97113eb39fa7 (v5.14). mremap() moves a whole page table, under the locks of the pmd entries alone, while truncate,
 * which has found the table at its old address, clears an entry under its ptl and flushes the old address; a CPU has the
 * entry of the new one. races/mremap-vs-truncate is the same of single entries, where ptl keeps the two apart. Under `lkmm` a walk of the MMU is a reader of its own, which does
 * not depend on the pmd entry that it came by: that is less than any CPU promises, and is not asked for here.
 */
export default scenario("races/mremap-pmd-vs-truncate", {
  about: "mremap() moves a page table while truncate unmaps the page, and a CPU loads at the new address",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ user: loadAtNewAddress, mremap: moveNormalPmd(fixed), truncate: unmapBoth }),
  init(k) {
    const table = allocated(k.table[0]);
    k.vma[0].pmd = "table";
    k.vma[0].table = table;
    table.pte.page = k.page;
    k.page.mapping = "file";
    k.page.refcount = 1;
    k.page.mapcount = 1;
    for (const page of [k.cow, k.newpage, k.tail]) page.mapcount = 0;
  },
  specs: [noTlbEntryOfFreePage],
  unreached: neverTaken("races/mremap-pmd-vs-truncate"),
  expect: [
    { set: { fixed: false }, violated: ["no-tlb-entry-of-free-page"], states: 522 },
    { set: { fixed: false }, memory: "tso", violated: ["no-tlb-entry-of-free-page"], states: 997 },
    { set: { fixed: true }, states: 117 },
    { set: { fixed: true }, memory: "tso", states: 156 },
  ],
});
