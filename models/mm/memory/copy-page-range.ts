import { acquire, call, int, noreturn, once, ref, release, smpWmb, wait } from "faultline";
import {
  getPage,
  lockPtl,
  mmapWriteLock,
  mmapWriteUnlock,
  of,
  pageDupRmap,
  ptePage,
  ptepSetWrprotect,
  putPage,
  unlockPtl,
  setMapcountToOne,
  setMapping,
  setPteAt,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

export interface Fork {
  /** Since v5.9 (70e806e4e645): copy_present_page() copies a page that may be pinned, at once. */
  readonly copiesPinned: boolean;
  /** Since v5.11 (57efa1fe5957): write_protect_seq is odd meanwhile. */
  readonly writeProtectSeq: boolean;
}

const PARENT: VmaIndex = 0;
const CHILD: VmaIndex = 1;
const SHARE = "get_page(page)" as const;
const UNLOCK = "spin_unlock(src_ptl)" as const;
interface Prealloc {
  prealloc: PageDraft | null;
}
const prealloc = (_: Kernel, { prealloc }: Prealloc) => prealloc;

/**
 * dup_mmap() with copy_page_range() down to copy_present_pte(), until v5.8 copy_one_pte(), kernel/fork.c and mm/memory.c,
 * v5.9: mm[1] becomes a copy of mm[0]. Pages are shared read-only. The parent's TLB is flushed once, at the end: until
 * then another thread of it may still write through an entry that was writable.
 */
export const dupMmap = ({ copiesPinned, writeProtectSeq }: Fork) =>
  kernel.path(
    "dup_mmap",
    { page: ref(Page), prealloc: ref(Page), data: int(0, 2), rss: int(0, 1) },
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(PARENT),
      "raw_write_seqcount_begin(): write_protect_seq++":
        writeProtectSeq &&
        // No atomic_inc(): mmap_lock keeps other writers out, so that a plain store of the next value is left of it.
        once((k) => {
          k.mm[PARENT].writeProtectSeq = 1;
        }),
      "raw_write_seqcount_begin(): smp_wmb()": writeProtectSeq && smpWmb,

      "dst_pte = pte_alloc_map_lock(dst_mm)": lockPtl(CHILD),
      "spin_lock_nested(src_ptl)": lockPtl(PARENT),
      "page = vm_normal_page(*src_pte)": ptePage(PARENT).then((_, { page }) => (page ? undefined : UNLOCK)),

      "copy_present_page(): src_mm->has_pinned?":
        copiesPinned &&
        once((k) => {
          if (!k.mm[PARENT].hasPinned) return SHARE;
        }),
      "copy_present_page(): page_maybe_dma_pinned(page)?":
        copiesPinned &&
        once((_, me) => {
          if (me.page!.pins === 0) return SHARE;
          if (me.prealloc) return "copy_user_highpage(): load from page";
        }),
      "-EAGAIN: spin_unlock(src_ptl)": copiesPinned && unlockPtl(PARENT),
      "-EAGAIN: spin_unlock(dst_ptl)": copiesPinned && unlockPtl(CHILD),
      "prealloc = page_copy_prealloc()":
        copiesPinned &&
        call(allocPage(), undefined, (me, { page }) => {
          me.prealloc = page;
          return page ? "dst_pte = pte_alloc_map_lock(dst_mm)" : "raw_write_seqcount_end(): smp_wmb()";
        }),
      "copy_user_highpage(): load from page":
        copiesPinned &&
        once((_, me) => {
          me.data = me.page!.data;
        }),
      "copy_user_highpage(): store to new_page":
        copiesPinned &&
        once((_, { prealloc, data }) => {
          prealloc!.data = data;
        }),
      "__SetPageUptodate(new_page): smp_wmb()": copiesPinned && smpWmb,
      "page_add_new_anon_rmap(): _mapcount = 0": copiesPinned && of(prealloc, setMapcountToOne),
      "page_add_new_anon_rmap(): mapping = anon_vma": copiesPinned && of(prealloc, setMapping("anon")),
      "set_pte_at(dst_pte), of the copy":
        copiesPinned &&
        of(prealloc, setPteAt(CHILD, { writable: true, dirty: true })).then((_, me) => {
          me.prealloc = null;
          me.rss = 1;
          return UNLOCK;
        }),

      // v5.8 write-protects first; v5.9 only once it has looked for pins.
      "copy_one_pte(): ptep_set_wrprotect(src_pte)": !copiesPinned && ptepSetWrprotect(PARENT),
      [SHARE]: getPage,
      "page_dup_rmap(page)": pageDupRmap,
      "ptep_set_wrprotect(src_pte)": copiesPinned && ptepSetWrprotect(PARENT),
      "set_pte_at(dst_pte)": setPteAt(CHILD, { dirty: true }).then((_, me) => {
        me.rss = 1;
      }),
      // The page may have been unpinned while the copy was allocated.
      "put_page(prealloc)?": copiesPinned && of(prealloc, putPage).when((_, { prealloc }) => prealloc !== null),
      [UNLOCK]: unlockPtl(PARENT),
      "add_mm_rss_vec(dst_mm, rss)": noreturn((k, { rss }) => {
        k.mm[CHILD].rss += rss;
      }),
      "spin_unlock(dst_ptl)": unlockPtl(CHILD),

      "raw_write_seqcount_end(): smp_wmb()": writeProtectSeq && smpWmb,
      "raw_write_seqcount_end(): write_protect_seq++":
        writeProtectSeq &&
        once((k) => {
          k.mm[PARENT].writeProtectSeq = 2;
        }),
      "flush_tlb_mm(oldmm)": flushTlb(PARENT),
      "mmap_write_unlock(oldmm)": mmapWriteUnlock(PARENT),
      // The child begins under the lock of the run queue that this drops.
      "wake_up_new_task(p)": release((k) => {
        k.mm[CHILD].running = true;
      }),
    },
    {
      file: "kernel/fork.c, mm/memory.c",
      release: writeProtectSeq ? "v5.11" : copiesPinned ? "v5.9" : "v5.8",
      ...fitsOf(copiesPinned, writeProtectSeq),
      leavesOut:
        "copying the vma and its i_mmap entry, pages of files, swap entries (no page here is swapped out), MMU notifiers, the child's mmap_lock (nobody knows the child), the dirty and soft-dirty bits (a private page stays dirty), pte_alloc() (the child's page table is there), undoing a failed copy (a page is always left for the child), the LRU list",
    },
  );

/** Since v5.19, copy_present_pte() goes by PageAnonExclusive. */
function fitsOf(copiesPinned: boolean, writeProtectSeq: boolean): { readonly fits?: string } {
  if (!copiesPinned) return writeProtectSeq ? {} : { fits: "..v5.9-rc7" };
  return { fits: writeProtectSeq ? "v5.11..v5.18" : "v5.9-rc8..v5.10" };
}

/** schedule_tail(), kernel/sched/core.c: what a process does begins when fork() has woken it. */
export const scheduleTail = (i: VmaIndex) =>
  kernel.path(
    "schedule_tail",
    {},
    {
      "woken by wake_up_new_task()": acquire((k) => {
        if (!k.mm[i].running) return wait;
      }),
    },
    { file: "kernel/sched/core.c", release: "v5.9", leavesOut: "the scheduler" },
  );

/** For `unreached` of a scenario from outside: where nothing is pinned, all pages are shared. */
export const COPIES_PINNED = [
  "dup_mmap: copy_present_page(): page_maybe_dma_pinned(page)?",
  "dup_mmap: -EAGAIN: *",
  "dup_mmap: copy_user_highpage(): *",
  "dup_mmap: __SetPageUptodate(new_page): smp_wmb()",
  "dup_mmap: page_add_new_anon_rmap(): *",
  "dup_mmap: set_pte_at(dst_pte), of the copy",
];
