import { bool, done, once, ref } from "faultline";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { lockPtl, ptePage, ptepGetAndClear, setPte, unlockPtl, ptepGet } from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel } from "../../kernel/world.ts";

/**
 * When move_ptes() flushes the TLB entries of the old address:
 *
 * - `at-the-end`: until v4.8, in move_page_tables(), after both ptls have been dropped.
 * - `was-dirty`: 5d1904204c99 (v4.9-rc7), those of a PTE that was dirty before it was cleared: before the old ptl is
 *   dropped, but after the new one.
 * - `dirty`: since a2ce2666aa87 (v4.9-rc8), those of a PTE that is dirty once it is cleared.
 * - `always`: since eb66ae030829 (v4.19), all of them before either ptl is dropped.
 */
export const MOVE_FLUSHES = ["at-the-end", "was-dirty", "dirty", "always"] as const;
export type MoveFlush = (typeof MOVE_FLUSHES)[number];

const RELEASE = {
  "at-the-end": "v4.8",
  "was-dirty": "v4.9-rc7",
  dirty: "v4.9",
  always: "v5.9",
} as const satisfies Record<MoveFlush, string>;

/**
 * move_page_tables() with move_ptes(), mm/mremap.c, v5.9: moves the PTE of vma[0] to vma[1], which comes after it in the
 * interval tree and belongs to the same mm. Neither mapcount nor the page's references change.
 */
export const movePageTables = (flush: MoveFlush) => {
  const early = flush === "was-dirty" || flush === "dirty";
  return kernel.path(
    "move_page_tables",
    { page: ref(Page), writable: bool, dirty: bool, forceFlush: bool },
    {
      "spin_lock(old_ptl)": lockPtl(0),
      "spin_lock_nested(new_ptl)": lockPtl(1),
      "pte_none(*old_pte)?": ptePage(0).then((_, { page }) => (page ? undefined : "spin_unlock(new_ptl)")),
      // A CPU that stores through a clean entry sets the dirty bit without any lock: here, or after this look.
      "pte_dirty(*old_pte)?":
        flush === "was-dirty" &&
        ptepGet(0).then((_, me, pte) => {
          me.forceFlush = pte.dirty;
        }),
      "pte = ptep_get_and_clear(old_pte)": ptepGetAndClear(0, (k, me) => {
        const { pte } = k.table[0];
        const { rmap } = k.vma[0];
        me.writable = pte.writable;
        me.dirty = pte.dirty;
        if (flush === "dirty") me.forceFlush = pte.dirty;
        k.vma[1].rmap = rmap;
        k.vma[0].rmap = "unmapped";
      }),
      "set_pte_at(new_pte, pte)": once((k, { page, writable, dirty }) => {
        setPte(k.table[1].pte, page!, { writable, dirty });
      }),
      "flush_tlb_range(old), under both ptls": flush === "always" && flushTlb(0),
      "spin_unlock(new_ptl)": unlockPtl(1).then((_, { forceFlush }) =>
        forceFlush ? undefined : "pte_unmap_unlock(old_ptl)",
      ),
      "flush_tlb_range(old), under old_ptl": early && flushTlb(0),
      "pte_unmap_unlock(old_ptl)": unlockPtl(0).then((_, { forceFlush }) => (forceFlush ? done : undefined)),
      "need_flush: flush_tlb_range(old)": flush !== "always" && flushTlb(0),
    },
    {
      file: "mm/mremap.c",
      release: RELEASE[flush],
      functions: ["move_page_tables", "move_ptes"],
      at: { "flush_tlb_range(old), under both ptls": "move_ptes(): flush_tlb_range()" },
      omits: {
        ...MMU_NOTIFIERS,
        "get_old_pmd, alloc_new_pmd, pte_alloc": "page tables: both are there, and stay under mmap_lock",
        "if (is_swap_pmd(*old_pmd) || pmd_trans_huge(*old_pmd) || pmd_devmap(*old_pmd))": "no page here is huge",
        "if (extent == PMD_SIZE)": "moves a whole page table, under other locks: here it is one PTE that moves",
        "if (need_rmap_locks)": "not set: the new vma comes after the old one in the interval tree",
        flush_tlb_batched_pending: "reclaim does not run beside it",
        "move_pte, move_soft_dirty_pte": "the same PTE: nobody reads soft-dirty bits",
      },
      leavesOut:
        "mmap_lock (held for writing: no fault, madvise() or munmap() runs), i_mmap_rwsem (move_ptes() takes it only if the new vma may come first in the walk), flush_tlb_batched_pending() (reclaim does not run beside it), whole page tables (they move under pmd_lock() alone, so that ptl of the moved table keeps nobody out until the flush; later releases take i_mmap_rwsem for that), soft-dirty bits (nobody reads them)",
    },
  );
};
