import { call, done, extend, full, hardware, once, oneOf, ref, smpMb, type StateOf } from "faultline";
import { freeTableRcu } from "../../kernel/table-sync.ts";
import { pmdClear, pmdpGet } from "../../kernel/walk.ts";
import { PageTable, kernel, type VmaIndex } from "../../kernel/world.ts";
import { unmapHugepageRange } from "../../mm/hugetlb/pmd-sharing.ts";

/** What tlb_flush(), arch/x86/include/asm/tlb.h, tells flush_tlb_mm_range() to be freed tables. */
export const PASSES = ["freed_tables", "freed_tables || unshared_tables"] as const;
export type Passes = (typeof PASSES)[number];

/**
 * The kernel's state with what CPU0 has in its paging-structure cache: the pud entry of mm[0] that points at table[0]. It runs a
 * kernel thread, and mm[0] is loaded lazily: cpu_tlbstate_shared.is_lazy.
 */
export const walkCache = extend(kernel, { cachedPud: hardware(oneOf("table", "none")) });

type WalkCache = StateOf<typeof walkCache>;

/** An access of CPU0 by an address of mm[0] that it makes ahead of its time, and whose result is thrown away: it walks all the same. */
export const speculativeWalk = walkCache.path(
  "speculative_walk",
  {},
  {
    // One step: a flush, or an interrupt, waits for a walk that has begun.
    "the MMU loads the pmd entry, by the pud entry of its cache": once((k) => {
      if (k.cachedPud === "table") void k.table[0].pte.page;
    }),
  },
  {
    file: "the hardware (x86)",
    release: "any",
    notInSource: "the MMU",
    leavesOut: "what comes of the entry that it finds: it may fill the TLB",
  },
);

/**
 * __unmap_hugepage_range() of mm[0], mm/hugetlb.c, v7.1: tlb_flush_unshared_tables() flushes by tlb_flush(), and a CPU that is lazy
 * gets an IPI if page tables are said to be freed. tlb_remove_table_sync_one() interrupts it as well, and flushes nothing.
 */
export const unshareOfFirst = (passes: Passes) => {
  const unshare = unmapHugepageRange(0, { flush: "broadcast", sync: "ipi" }).over(walkCache);
  return passes === "freed_tables"
    ? unshare
    : unshare.with({
        replace: {
          "tlb_flush_mmu_tlbonly(tlb), unshared": full((k: WalkCache) => {
            k.cachedPud = "none";
          }),
        },
        as: "lazy CPUs flushed",
      });
};

/** free_pgd_range() and tlb_finish_mmu(): frees the table of mm[i]. It flushes the CPUs of that mm, and CPU0 is none of them. */
const freePgdRange = (i: VmaIndex) =>
  walkCache.path(
    "hugetlb_free_pgd_range",
    { table: ref(PageTable) },
    {
      "pud_none_or_clear_bad(pud)": pmdpGet(i).then({ null: done }),
      "pud_clear(pud)": pmdClear(i),
      "tlb_flush_mmu_tlbonly(tlb)": smpMb,
      "pmd_free_tlb(tlb, pmd, start)": freeTableRcu,
    },
    {
      file: "mm/memory.c",
      release: "v7.1",
      functions: ["free_pgd_range", "free_p4d_range", "free_pud_range", "free_pmd_range"],
      at: {
        "pud_none_or_clear_bad(pud)": "free_pud_range(): pud_none_or_clear_bad(pud)",
        "pud_clear(pud)": "free_pmd_range(): pud_clear(pud)",
        "pmd_free_tlb(tlb, pmd, start)": "pmd_free_tlb()",
      },
      notInSource: { "tlb_flush_mmu_tlbonly(tlb)": "tlb_finish_mmu(), behind it" },
      omits: {
        "tlb_change_page_size, mm_dec_nr_pmds, mm_dec_nr_puds": "the gather, and counters",
        "pgd_none_or_clear_bad, p4d_none_or_clear_bad, p4d_clear, pud_free_tlb, pgd_clear, p4d_free_tlb":
          "the page tables above, which belong to this mm alone",
        "pmd_none_or_clear_bad, free_pte_range": "the entries of the table, which are empty by now",
        "return if (start < floor), return if (!ceiling), return if (end - 1 > ceiling - 1)":
          "something else is mapped by the table: nothing is here",
      },
      leavesOut: "the other page tables of the vma",
    },
  );

/** munmap() of the other process, which by then may be the last one that the table belongs to. */
export const munmapOfSecond = walkCache.path(
  "munmap",
  {},
  {
    "__unmap_hugepage_range()": call(unmapHugepageRange(1, { flush: "broadcast", sync: "ipi" })),
    "free_pgtables()": call(freePgdRange(1)),
  },
  { file: "mm/vma.c", release: "v7.1", notInSource: "unmap_region() of the other process", leavesOut: "the vmas" },
);
