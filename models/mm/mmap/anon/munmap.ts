import { call, ref } from "faultline";
import {
  addMmCounter,
  mmapReadLock,
  mmapReadUnlock,
  mmapWriteLock,
  mmapWriteUnlock,
} from "../../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../../kernel/world.ts";
import { tlbFinishMmu, zapPageRangeSingle, zapPteRange } from "../../memory/zap.ts";

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
    { file: "mm/madvise.c", release: "v5.9", leavesOut: "TLB flushes (no user runs), rss (no spec asks), MADV_FREE" },
  );
