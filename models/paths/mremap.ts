import { bool, done, full, once, ref, release } from "faultline";
import { clearPte, lockPtl, setPte } from "../kernel/primitives.ts";
import { flushTlb } from "../kernel/tlb.ts";
import { Page, kernel } from "../kernel/world.ts";

/**
 * When move_ptes() flushes the TLB entries of the old address:
 *
 * - `at-the-end`: until v4.8, in move_page_tables(), after both ptls have been dropped.
 * - `dirty-early`: since 5d1904204c99 (v4.9), those of a dirty PTE before the old ptl is dropped, but after the new one.
 * - `always-early`: since eb66ae030829 (v4.19), all of them before either ptl is dropped.
 */
export const MOVE_FLUSHES = ["at-the-end", "dirty-early", "always-early"] as const;
export type MoveFlush = (typeof MOVE_FLUSHES)[number];

/**
 * move_page_tables() with move_ptes(), mm/mremap.c, v5.9: moves the PTE of vma[0] to vma[1], which comes after it in the
 * interval tree and belongs to the same mm. Neither mapcount nor the page's references change.
 */
export const movePageTables = (flush: MoveFlush) =>
  kernel.path(
    "move_page_tables",
    { page: ref(Page), writable: bool, dirty: bool },
    {
      "spin_lock(old_ptl)": lockPtl(0),
      "spin_lock_nested(new_ptl)": lockPtl(1),
      "pte_none(*old_pte)?": once((k, me) => {
        me.page = k.vma[0].pte.page;
        if (!me.page) return "spin_unlock(new_ptl)";
      }),
      "pte = ptep_get_and_clear(old_pte)": full((k, me) => {
        const { pte, rmap } = k.vma[0];
        me.writable = pte.writable;
        me.dirty = pte.dirty;
        clearPte(k.vma[0]);
        k.vma[1].rmap = rmap;
        k.vma[0].rmap = "unmapped";
      }),
      "set_pte_at(new_pte, pte)": once((k, { page, writable, dirty }) => {
        setPte(k.vma[1], page!, { writable, dirty });
      }),
      "flush_tlb_range(old), under both ptls": flush === "always-early" && flushTlb(0),
      "spin_unlock(new_ptl)": release((k, { dirty }) => {
        k.vma[1].ptl = false;
        if (!dirty) return "pte_unmap_unlock(old_ptl)";
      }),
      "flush_tlb_range(old), under old_ptl": flush === "dirty-early" && flushTlb(0),
      "pte_unmap_unlock(old_ptl)": release((k, { page }) => {
        k.vma[0].ptl = false;
        if (!page) return done;
      }),
      "need_flush: flush_tlb_range(old)": flush !== "always-early" && flushTlb(0),
    },
    {
      file: "mm/mremap.c",
      release: flush === "always-early" ? "v5.9" : `v5.9, flushes ${flush}`,
      leavesOut:
        "mmap_lock (held for writing: no fault runs), i_mmap_rwsem (not needed while the new vma comes later in the walk), pmds, soft-dirty bits",
    },
  );
