import { call, ref } from "faultline";
import {
  addMmCounter,
  mmapReadLock,
  mmapReadUnlock,
  mmapWriteLock,
  mmapWriteUnlock,
} from "../../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../../kernel/world.ts";
import { UNMAP_LEFT_OUT, UNMAP_SINGLE_VMA, tlbFinishMmu, zapPageRangeSingle, zapPteRange } from "../../memory/zap.ts";

/** __do_munmap(), mm/mmap.c, v5.9, of anonymous memory; also what exit_mmap() does to one vma. */
export const munmapAnon = (i: VmaIndex) =>
  kernel.path(
    "__do_munmap",
    { page: ref(Page) },
    {
      "mmap_write_lock(mm)": mmapWriteLock(i),
      "unmap_vmas(): zap_pte_range()": call(zapPteRange(i, true), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "mmap_write_unlock(mm)";
      }),
      "add_mm_rss_vec(mm, rss)": addMmCounter(i, -1),
      "tlb_finish_mmu()": call(tlbFinishMmu(i), ({ page }) => ({ page })),
      "mmap_write_unlock(mm)": mmapWriteUnlock(i),
    },
    {
      file: "mm/mmap.c",
      release: "v5.9",
      functions: ["__vm_munmap", "__do_munmap", "unmap_region", "unmap_vmas", ...UNMAP_SINGLE_VMA],
      at: {
        "mmap_write_lock(mm)": "mmap_write_lock_killable(mm)",
        "unmap_vmas(): zap_pte_range()": "zap_pte_range()",
        "add_mm_rss_vec(mm, rss)": "zap_pte_range(): add_mm_rss_vec()",
      },
      leads: {
        "unmap_vmas(): zap_pte_range()": {
          "mmap_write_unlock(mm)": "nothing was mapped: there is nothing to add to rss, to flush or to free",
        },
      },
      omits: {
        "arch_unmap, find_vma, __split_vma, detach_vmas_to_be_unmapped":
          "what only who holds mmap_lock sees: the vma is whole, it is there, and no fault or GUP looks for it later",
        "userfaultfd_unmap_prep, userfaultfd_unmap_complete":
          "no userfaultfd asks to be told (UFFD_FEATURE_EVENT_UNMAP)",
        "if (mm->locked_vm)": "mlock(): no page here is locked into memory",
        "mmap_write_downgrade, if (ret == 1)":
          "the vma is detached: who gets mmap_lock for reading earlier does not find it, as who gets it at the end",
        ...UNMAP_LEFT_OUT,
        free_pgtables:
          "the page tables: who walks them without mmap_lock keeps interrupts off, which the free waits for",
        remove_vma_list: "frees the vmas, which nobody finds any more, and counts mapped memory",
      },
      leavesOut:
        "detaching the vma, and so the downgrade of mmap_lock that follows it (no fault or GUP finds the vma from there on, so that it may as well wait for mmap_lock), freeing page tables (gup_fast() keeps interrupts off, which they wait for), TLB flushes (no user runs), munlock; rss is counted under ptl in the kernel, here under mmap_lock: nobody reads it in between",
    },
  );

/** madvise(MADV_DONTNEED), mm/madvise.c, v5.9, against faults: it holds mmap_lock for reading, as they do. */
export const dontneed = (i: VmaIndex) =>
  kernel.path(
    "madvise_dontneed_single_vma",
    {},
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "zap_page_range()": call(zapPageRangeSingle(i, true)),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/madvise.c",
      release: "v5.9",
      functions: ["do_madvise", "madvise_vma", "madvise_dontneed_free", "madvise_dontneed_single_vma"],
      at: { "mmap_read_lock(mm)": "do_madvise(): mmap_read_lock()" },
      omits: {
        "untagged_addr, blk_start_plug, blk_finish_plug":
          "the address as the MMU sees it; batches of requests to a device",
        "madvise_inject_error, if (write), default": "another advice",
        "case MADV_REMOVE, case MADV_WILLNEED, case MADV_COLD, case MADV_PAGEOUT": "another advice",
        "if (behavior == MADV_FREE)": "another advice",
        "find_vma, find_vma_prev": "the vma is there: nobody takes it away under mmap_lock",
        "if (!userfaultfd_remove(vma, start, end))": "no userfaultfd asks to be told (UFFD_FEATURE_EVENT_REMOVE)",
        "return if (behavior == MADV_DONTNEED), return case MADV_DONTNEED": "the way to the end of do_madvise()",
      },
      leavesOut: "TLB flushes (no user runs), rss (no spec asks), MADV_FREE",
    },
  );
