// user-walk.ts
import { array, atomic, bool, done, extend, free, full, hardware, once, ref } from "faultline";
import { mustBeKept } from "faultline/models/kernel/primitives";
import { pmdpGetAndClear } from "faultline/models/kernel/walk";
import { PageTable, anonPageMapped, kernel } from "faultline/models/kernel/world";

/** With what each CPU remembers of the pmd entry: the page table that it has found there. */
const walks = extend(kernel, { within: { Cpu: { pde: hardware(array(2, ref(PageTable))) } } });
const MMU = "the MMU loads an entry in one operation";
const LOAD_PMD = "TLB miss: load the pmd entry";
const user = walks.path("user_load", {
  [LOAD_PMD]: once(atomic(MMU, (k) => {
    const { pmd, table } = k.vma[0];
    if (pmd !== "table") return done;
    k.cpu[0].pde[0] = table;
  })),
  "load the PTE": once(atomic(MMU, (k) => {
    const { pde, tlb } = k.cpu[0];
    if (!pde[0]) return LOAD_PMD;
    tlb[0].page = pde[0].pte.page;
    if (!tlb[0].page) return done;
  })),
  "load through the TLB": once(atomic("a flush waits for the access", (k) => {
    const { page } = k.cpu[0].tlb[0];
    if (!page) return LOAD_PMD;
    mustBeKept(page);
    void page.data;
  })),
});
const collapse = (fixed: boolean) => walks.path("collapse_huge_page", { table: ref(PageTable) }, {
  "pmdp_collapse_flush(pmd)": pmdpGetAndClear(0),
  "flush_tlb_range()": fixed && full((k) => {
    for (const { pde, tlb } of k.cpu) {
      pde[0] = null;
      tlb[0].page = null;
    }
  }),
  "pte_free(table)": free((_, me) => me.table),
});

export default walks.scenario("user-walk", "A page table is freed while a user loads through it", {
  params: { fixed: bool },
  threads: ({ fixed }) => ({ user, collapse: collapse(fixed) }),
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  expect: [
    { set: { fixed: true } },
    { set: { fixed: true }, memory: "tso" },
    { set: { fixed: true }, memory: "lkmm" },
    { set: { fixed: false }, violated: ["use-after-free"] },
    { set: { fixed: false }, memory: "lkmm", violated: ["use-after-free"] },
  ],
});
