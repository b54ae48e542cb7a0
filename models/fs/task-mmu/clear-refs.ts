import { once, ref } from "faultline";
import {
  decTlbFlushPending,
  incTlbFlushPending,
  lockPtl,
  mmapWriteLock,
  mmapWriteUnlock,
  ptepGetAndClear,
  setPteAt,
  unlockPtl,
  ptepGet,
} from "../../kernel/primitives.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

const CLEAR = "old = ptep_modify_prot_start(pte)" as const;
const UNLOCK = "pte_unmap_unlock(ptl)" as const;

const BEHIND_WALK = "behind walk_page_range(), which runs the steps above";

/**
 * clear_refs_write() with clear_refs_pte_range(), fs/proc/task_mmu.c, v5.11: takes the write permission of a PTE, so that
 * the next write shows. `skipsPinned`: since 9348b73c2e1b, pte_is_pinned() pages are left alone.
 */
export const clearSoftDirty = (i: VmaIndex, { skipsPinned }: { readonly skipsPinned: boolean }) =>
  kernel.path(
    "clear_refs_write",
    { page: ref(Page) },
    {
      "mmap_write_lock(mm)": mmapWriteLock(i),
      "inc_tlb_flush_pending(mm)": incTlbFlushPending(i),
      "pte_offset_map_lock(&ptl)": lockPtl(i),
      "ptent = *pte": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page;
        if (!me.page) return UNLOCK;
        // Of pte_is_pinned(): a read-only page is none.
        if (skipsPinned && !pte.writable) return CLEAR;
      }),
      "pte_is_pinned(): mm->has_pinned?":
        skipsPinned &&
        once((k) => {
          if (!k.mm[i].hasPinned) return CLEAR;
        }),
      "pte_is_pinned(): page_maybe_dma_pinned(page)?":
        skipsPinned &&
        once((_, { page }) => {
          if (page!.pins > 0) return UNLOCK;
        }),
      [CLEAR]: ptepGetAndClear(i),
      "ptep_modify_prot_commit(pte_wrprotect(ptent))": setPteAt(i, { dirty: true }),
      [UNLOCK]: unlockPtl(i),
      "flush_tlb_mm(mm)": flushTlb(i),
      "dec_tlb_flush_pending(mm)": decTlbFlushPending(i),
      "mmap_write_unlock(mm)": mmapWriteUnlock(i),
    },
    {
      file: "fs/proc/task_mmu.c",
      ...(skipsPinned && { fits: "v5.11.." }),
      release: skipsPinned ? "v5.11" : "v5.11, without 9348b73c2e1b",
      functions: ["clear_refs_write", "clear_refs_pte_range", "clear_soft_dirty", "pte_is_pinned"],
      at: {
        "mmap_write_lock(mm)": "mmap_write_lock_killable(mm)",
        "ptent = *pte": ["clear_soft_dirty(): *pte", "clear_soft_dirty(): pte_present(ptent)"],
        "pte_is_pinned(): mm->has_pinned?": "pte_is_pinned(): atomic_read(&mm->has_pinned)",
        [CLEAR]: "ptep_modify_prot_start(pte)",
        "ptep_modify_prot_commit(pte_wrprotect(ptent))": "ptep_modify_prot_commit(pte)",
      },
      notInSource: {
        "flush_tlb_mm(mm)": BEHIND_WALK,
        "dec_tlb_flush_pending(mm)": BEHIND_WALK,
        "mmap_write_unlock(mm)": BEHIND_WALK,
      },
      omits: {
        "walk_page_range, flush_tlb_mm, dec_tlb_flush_pending, mmap_write_unlock":
          "the walk is clear_refs_pte_range(), which it has as a pointer, and these are the steps behind it",
        "memset, copy_from_user, strstrip, kstrtoint, file_inode": "what was written to the file",
        "get_proc_task, get_task_mm, mmput, put_task_struct": "the process is there",
        "if (type == CLEAR_REFS_MM_HIWATER_RSS)": "another request",
        vma_set_page_prot: "what later faults map, once mmap_lock is dropped",
        ...MMU_NOTIFIERS,
        "pmd_trans_huge_lock, if (ptl), pmd_trans_unstable": "no page here is huge",
        "is_cow_mapping, vm_normal_page": "the page is a private one",
        "clear_refs_pte_range(): *pte #1": "for another request: clear_soft_dirty() reads it again",
        pte_clear_soft_dirty: "the soft-dirty bit: nobody reads it",
        "else (pte_present(ptent))": "swap entries: there are none",
        "if (!pte_present(ptent)), test_and_clear_page_young, ptep_test_and_clear_young, ClearPageReferenced":
          "another request: accessed bits",
      },
      leavesOut:
        "the soft-dirty and accessed bits (nobody reads them), vma->vm_flags, huge pmds and swap entries (there are none), MMU notifiers",
    },
  );
