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
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

const CLEAR = "old = ptep_modify_prot_start(pte)" as const;
const UNLOCK = "pte_unmap_unlock(ptl)" as const;

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
      leavesOut:
        "the soft-dirty and accessed bits (nobody reads them), vma->vm_flags, huge pmds and swap entries (there are none), MMU notifiers",
    },
  );
