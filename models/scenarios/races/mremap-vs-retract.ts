import { bool, scenario } from "faultline";
import { pmdNamesTable } from "../../../specs/page-tables.ts";
import { emptyPageTable, kernel } from "../../kernel/world.ts";
import { retractPageTables } from "../../mm/khugepaged/retract-page-tables.ts";
import { moveTable } from "../../mm/mremap/move-normal-pmd.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 6fa1066fc5d0 (v6.12), docs/kernel-facts.md 5 #39. mremap() has seen that there is a page table, and takes the locks of
 * the rmap; khugepaged, which since v6.6 needs no mmap_lock for that, has taken the table away meanwhile. mremap() moves what is
 * not there: the new entry names the page at physical address 0 as a page table. The fix looks at the entry again, under its lock.
 */
export default scenario("races/mremap-vs-retract", {
  about: "mremap() moves a page table that khugepaged takes away",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    mremap: moveTable(fixed ? "v6.12" : "v5.15"),
    retract: retractPageTables(0, "v6.12"),
  }),
  init: emptyPageTable,
  specs: [pmdNamesTable],
  unreached: neverTaken("races/mremap-vs-retract"),
  expect: [
    { set: { fixed: false }, violated: ["pmd-names-table"], states: 84 },
    { set: { fixed: false }, memory: "tso", violated: ["pmd-names-table"], states: 111 },
    { set: { fixed: false }, memory: "lkmm", violated: ["pmd-names-table"], states: 84 },
    { set: { fixed: true }, states: 81 },
    { set: { fixed: true }, memory: "tso", states: 105 },
    { set: { fixed: true }, memory: "lkmm", states: 81 },
  ],
});
