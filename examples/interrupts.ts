// interrupts.ts
import { allocated, bool, free, ipiAll, irqsOff, irqsOn, once, oneOf, ref, scenario, slab, struct, world } from "faultline";

const PageTable = struct({ pte: bool });
const w = world({ tables: slab(PageTable, 1), pmd: ref(PageTable) });

/** gup_fast() walks page tables without a lock: interrupts are off meanwhile. */
const gupFast = w.path("gup_fast", { table: ref(PageTable) }, {
  "local_irq_save(flags)": irqsOff,
  "pmd = READ_ONCE(*pmdp)": once((k, me) => {
    me.table = k.pmd;
    if (!me.table) return "local_irq_restore(flags)";
  }),
  "pte = ptep_get(ptep)": once((_, me) => void me.table!.pte),
  "local_irq_restore(flags)": irqsOn,
});
/** A page table is taken out, and given back when no walk can have it any more. */
const collapse = (sync: "ipi" | "none") =>
  w.path("collapse_huge_page", { table: ref(PageTable) }, {
    "table = pmd_pgtable(*pmd)": once((k, me) => { me.table = k.pmd; }),
    "pmdp_collapse_flush(pmd)": once((k) => { k.pmd = null; }),
    "tlb_remove_table_sync_one()": sync === "ipi" && ipiAll(),
    "pte_free(table)": free((_, me) => me.table),
  });

export default scenario("interrupts", {
  about: "A page table is freed under a walk that holds no lock",
  world: w,
  params: { sync: oneOf("ipi", "none") },
  threads: ({ sync }) => ({ gup: gupFast, collapse: collapse(sync) }),
  init(k) {
    allocated(k.tables[0]);
    k.pmd = k.tables[0];
  },
  specs: [],
  expect: [
    {},
    { memory: "tso" },
    { memory: "lkmm" },
    { set: { sync: "none" }, violated: ["use-after-free"] },
  ],
});
