import { allocated, int, oneOf, scenario } from "faultline";
import { mappedPageIsReachable } from "../../specs/page-tables.ts";
import { attached } from "../kernel/vma-lock.ts";
import { kernel } from "../kernel/world.ts";
import { faultInTable } from "../mm/memory/fault-in-table.ts";
import { zapPteRangeReclaims } from "../mm/memory/reclaim-table.ts";
import { neverTaken } from "./recorded.ts";

/**
 * CONFIG_PT_RECLAIM, since v6.14: two threads give the memory back that a page table serves, which they free, while a third faults
 * on an address of it. `rechecks` set to false: the fault does not look at the pmd entry again under ptl, as pte_offset_map_lock()
 * does, and stores to a table that nobody will find. Two threads of madvise() are the largest run here, 0.2 s of search: only where
 * there are two can spin_trylock() of pml fail, and so the way by zap_pte_table_if_empty() be taken.
 */
export default scenario("pt-reclaim-vs-fault", {
  about: "A page fault while madvise(MADV_DONTNEED) frees the page table",
  world: kernel,
  params: { rechecks: oneOf("yes", "no"), threads: int(1, 2) },
  threads: ({ rechecks, threads }) => ({
    madvise: Array.from({ length: threads }, () => zapPteRangeReclaims(0, "broadcast")),
    fault: faultInTable(0, rechecks === "yes"),
  }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
    const table = allocated(k.table[0]);
    k.vma[0].pmd = "table";
    k.vma[0].table = table;
    table.pte.page = k.page;
    k.page.mapping = "anon";
    k.page.refcount = 1;
    k.page.mapcount = 1;
    for (const page of [k.cow, k.newpage, k.tail]) page.mapcount = 0;
  },
  specs: [mappedPageIsReachable],
  unreached: neverTaken("pt-reclaim-vs-fault"),
  expect: [
    { states: 964 },
    { memory: "tso", states: 1794 },
    { memory: "lkmm", states: 1899 },
    { set: { threads: 2 }, states: 41276 },
    { set: { rechecks: "no" }, violated: ["mapped-page-is-reachable"], states: 984 },
    { set: { rechecks: "no" }, memory: "lkmm", violated: ["mapped-page-is-reachable"], states: 1850 },
  ],
});
