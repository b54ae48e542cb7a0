import { bool, done, once, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import {
  lockPmd,
  lockPtl,
  pageRemoveRmap,
  pmdNone,
  ptePage,
  ptepGetAndClear,
  putPage,
  setPageDirty,
  unlockPmd,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { inZapPteRange } from "./zap-folio.ts";

const AS_FOR_A_PAGE = inZapPteRange("v7.1", true, { reclaims: true });
const IN_SOURCE = {
  functions: [...AS_FOR_A_PAGE.functions, "zap_empty_pte_table"],
  at: { ...AS_FOR_A_PAGE.at, "tlb_flush_mmu(tlb): folio_put(folio)": "tlb_flush_mmu(tlb)" },
  omits: {
    ...Object.fromEntries(Object.entries(AS_FOR_A_PAGE.omits).filter(([what]) => what !== "tlb_flush_mmu(tlb)")),
    should_zap_folio: "madvise() takes off private copies, too",
  },
} as const;

/** pmd_clear(). The table is freed after a grace period, which nobody here waits for: it stays. */
const clearPmd = (i: VmaIndex) =>
  once((k: Kernel): void => {
    k.vma[i].pmd = "none";
  });

/**
 * zap_pte_range() of a whole page table, by madvise(MADV_DONTNEED), mm/memory.c, v7.1 with CONFIG_PT_RECLAIM: the pmd entry is cleared
 * while the rmap of what was dirty waits for the flush. `late`: it is cleared
 * behind that. One that is clean is flushed here, too, which tlb_finish_mmu() would do.
 */
export const zapTable = (i: VmaIndex, late: boolean) =>
  kernel.path(
    "zap_pte_range, whole table",
    { page: ref(Page), dirty: bool },
    {
      "pmd_none(*pmd)?": pmdNone(i).then({ true: done }),
      "pte_offset_map_lock(mm, pmd, addr, &ptl)": lockPtl(i),
      "pte_none(ptent)?": ptePage(i).then((_, { page }) => (page ? undefined : "pte_unmap_unlock(start_pte, ptl)")),
      "get_and_clear_full_ptes(mm, addr, pte, nr)": ptepGetAndClear(i, (k, me) => {
        me.dirty = k.table[i].pte.dirty;
        rmapAhead(k.vma[i]);
      }),
      "folio_mark_dirty(folio)": setPageDirty.when((_, { dirty }) => dirty),
      "folio_remove_rmap_ptes(folio, page, nr, vma)": pageRemoveRmap(i).when((_, { dirty }) => !dirty),
      "spin_trylock(pml)": !late && lockPmd(i),
      "pmd_clear(pmd)": !late && clearPmd(i),
      "spin_unlock(pml)": !late && unlockPmd(i),
      "force_flush: tlb_flush_mmu_tlbonly(tlb)": flushTlb(i),
      "tlb_flush_rmaps(tlb, vma)": pageRemoveRmap(i).when((_, { dirty }) => dirty),
      "spin_lock(pml), late": late && lockPmd(i),
      "pmd_clear(pmd), late": late && clearPmd(i),
      "spin_unlock(pml), late": late && unlockPmd(i),
      "pte_unmap_unlock(start_pte, ptl)": unlockPtl(i),
      "tlb_flush_mmu(tlb): folio_put(folio)": putPage.when((_, { page }) => page !== null),
    },
    {
      file: "mm/memory.c",
      release: late ? "v7.1, pmd cleared late" : "v7.1",
      leavesOut:
        "the other PTEs, spin_trylock() that fails, the memory of the page table (freed after a grace period), what zap_pte_range leaves out",
      ...IN_SOURCE,
      ...(late && { notInSource: "no release clears the pmd entry behind the flush" }),
    },
  );
