import { bool, call, int, once, ref, release as releases, smpWmb } from "faultline";
import { rawWriteSeqcountBegin, rawWriteSeqcountEnd } from "faultline";
import { isDeviceExclusiveEntry, isHwpoisonEntry } from "../../kernel/entries.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  clearPageFlag,
  getPage,
  lockPtl,
  mmapWriteLock,
  mmapWriteUnlock,
  of,
  pageDupRmap,
  pageFlag,
  ptepGet,
  ptepSetWrprotect,
  putPage,
  setMapcountToOne,
  setMapping,
  setPageAnonExclusive,
  setPteAt,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { COPIES_HWPOISON, copyHwpoison } from "./copy-page-range.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";
import { restoreExclusivePte } from "./exclusive-fault.ts";
import type { FolioRelease } from "./wp-folio.ts";

const PARENT: VmaIndex = 0;
const CHILD: VmaIndex = 1;
const writeProtectSeq = (k: Kernel): number => k.mm[PARENT].writeProtectSeq;
const SHARE = "PageAnonExclusive(page)?" as const;
const UNLOCK = "pte_unmap_unlock(src_ptl)" as const;

interface Copied {
  readonly large?: boolean;
  /** The entry may be that of a poisoned page. */
  readonly hwpoison?: boolean;
  /** A device may have the page alone: the entry is restored first, and fork() fails if the folio is locked. */
  readonly exclusive?: "v6.12" | "v7.1";
}

const wakeUp = releases((k: Kernel): void => {
  k.mm[CHILD].running = true;
});

interface Locals {
  prealloc: PageDraft | null;
}
const prealloc = (_: Kernel, { prealloc }: Locals): PageDraft | null => prealloc;

/**
 * dup_mmap() with copy_page_range() down to copy_present_ptes(), kernel/fork.c or mm/mmap.c, and mm/memory.c, v5.19 to
 * v7.1: mm[1] becomes a copy of mm[0]. A folio that may be pinned and is exclusive is copied at once; any other one is
 * shared: it is no longer exclusive, and then its PTE is write-protected. Unlike until v5.18 the reference comes before
 * the test for pins.
 */
export const dupMmapFolio = (release: FolioRelease, { large = false, hwpoison = false, exclusive }: Copied = {}) => {
  const today = release === "v7.1";
  return kernel.path(
    "dup_mmap",
    { page: ref(Page), writable: bool, prealloc: ref(Page), data: int(0, 2), rss: int(0, 1), failed: bool },
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(PARENT),
      "raw_write_seqcount_begin(&src_mm->write_protect_seq)": rawWriteSeqcountBegin(writeProtectSeq),
      "dst_pte = pte_alloc_map_lock(dst_mm)": lockPtl(CHILD),
      "spin_lock_nested(src_ptl)": lockPtl(PARENT),
      "ptent = ptep_get(src_pte)": ptepGet(PARENT).then((_, me, pte) => {
        if (hwpoison) me.page = pte.page;
        if (exclusive && isDeviceExclusiveEntry(pte)) {
          me.page = pte.device;
          if (exclusive === "v6.12") me.writable = pte.writable;
          return;
        }
        if (!pte.page) return hwpoison && isHwpoisonEntry(pte) ? COPIES_HWPOISON : UNLOCK;
        me.page = pte.page;
        me.writable = pte.writable;
        if (exclusive) return "folio_get(folio)";
      }),
      "try_restore_exclusive_pte(): folio_trylock(folio)":
        exclusive !== undefined &&
        trylockPage.then((_, me, locked) => {
          me.failed = !locked;
          if (!locked) return UNLOCK;
        }),
      "restore_exclusive_pte(src_vma, page, addr, src_pte)":
        exclusive !== undefined &&
        call(restoreExclusivePte(PARENT, exclusive), ({ page, writable }) => ({ page, writable })),
      "try_restore_exclusive_pte(): folio_unlock(folio)":
        exclusive !== undefined && unlockPage.then("ptent = ptep_get(src_pte)"),

      // The reference comes first.
      "folio_get(folio)": getPage,
      "folio_needs_cow_for_dma(): MMF_HAS_PINNED?": once((k) => {
        if (!k.mm[PARENT].hasPinned) return SHARE;
      }),
      "folio_needs_cow_for_dma(): folio_maybe_dma_pinned(folio)?": once((_, { page }) => {
        if ((large ? page!.pincount : page!.pins) === 0) return SHARE;
      }),
      "maybe_pinned: PageAnonExclusive(page)?": pageFlag("exclusive").then({
        true: "folio_put(folio), to copy",
        false: "atomic_inc(&folio->_mapcount)",
      }),
      [SHARE]: pageFlag("exclusive").then({ false: "atomic_inc(&folio->_mapcount)" }),
      "ClearPageAnonExclusive(page)": clearPageFlag("exclusive"),
      "atomic_inc(&folio->_mapcount)": pageDupRmap.then("wrprotect_ptes(src_pte)"),

      "folio_put(folio), to copy": putPage,
      "!new_folio: -EAGAIN?": once((_, { prealloc }) => {
        if (prealloc) return "copy_mc_user_highpage(): load from page";
      }),
      "-EAGAIN: pte_unmap_unlock(src_ptl)": unlockPtl(PARENT),
      "-EAGAIN: pte_unmap_unlock(dst_ptl)": unlockPtl(CHILD),
      "prealloc = folio_prealloc()": call(allocPage(), undefined, (me, { page }) => {
        me.prealloc = page;
        return page ? "dst_pte = pte_alloc_map_lock(dst_mm)" : "raw_write_seqcount_end(&src_mm->write_protect_seq)";
      }),

      "copy_mc_user_highpage(): load from page": once((_, me) => {
        me.data = me.page!.data;
      }),
      "copy_mc_user_highpage(): store to new_folio": once((_, { prealloc, data }) => {
        prealloc!.data = data;
      }),
      "__folio_mark_uptodate(new_folio): smp_wmb()": smpWmb,
      "folio_add_new_anon_rmap(): mapping = anon_vma": of(prealloc, setMapping("anon")),
      "folio_add_new_anon_rmap(): _mapcount = 0": of(prealloc, setMapcountToOne),
      "folio_add_new_anon_rmap(): SetPageAnonExclusive()": of(prealloc, setPageAnonExclusive),
      "set_pte_at(dst_pte), of the copy": of(prealloc, setPteAt(CHILD, { writable: true, dirty: true })).then(
        (_, me) => {
          me.prealloc = null;
          me.rss = 1;
          return UNLOCK;
        },
      ),

      "wrprotect_ptes(src_pte)": ptepSetWrprotect(PARENT).when((_, { writable }: { writable: boolean }) => writable),
      "set_ptes(dst_pte)": setPteAt(CHILD, { dirty: true }).then((_, me): void => {
        me.rss = 1;
      }),
      // The folio may have been unpinned while the copy was allocated.
      "folio_put(prealloc)?": of(prealloc, putPage).when((_, { prealloc }: Locals) => prealloc !== null),

      [COPIES_HWPOISON]: hwpoison && copyHwpoison,
      [UNLOCK]: unlockPtl(PARENT),
      "add_mm_rss_vec(dst_mm, rss)": once((k, { rss }) => {
        k.mm[CHILD].rss += rss;
      }),
      "pte_unmap_unlock(dst_ptl)": unlockPtl(CHILD),
      "raw_write_seqcount_end(&src_mm->write_protect_seq)": rawWriteSeqcountEnd(writeProtectSeq),
      "flush_tlb_mm(oldmm)": flushTlb(PARENT),
      "mmap_write_unlock(oldmm)": mmapWriteUnlock(PARENT),
      // The child begins under the lock of the run queue that this drops.
      "wake_up_new_task(p)": exclusive ? wakeUp.when((_, { failed }: { readonly failed: boolean }) => !failed) : wakeUp,
    },
    {
      file: release === "v7.1" ? "mm/mmap.c, mm/memory.c" : "kernel/fork.c, mm/memory.c",
      release,
      fits: "v5.19..",
      functions: [
        "copy_page_range",
        "copy_p4d_range",
        "copy_pud_range",
        "copy_pmd_range",
        "copy_pte_range",
        ...(hwpoison ? ["copy_nonpresent_pte"] : []),
        "copy_present_ptes",
        "__copy_present_ptes",
        "copy_present_page",
        "folio_try_dup_anon_rmap_pte",
        "__folio_try_dup_anon_rmap",
        "folio_needs_cow_for_dma",
      ],
      at: {
        "ptent = ptep_get(src_pte)": ["copy_pte_range(): ptep_get(src_pte) #1", "pte_none(ptent)"],
        "folio_get(folio)": "copy_present_ptes(): folio_get(folio)",
        "folio_needs_cow_for_dma(): MMF_HAS_PINNED?":
          release === "v7.1" ? "mm_flags_test(MMF_HAS_PINNED)" : "test_bit(MMF_HAS_PINNED)",
        "folio_needs_cow_for_dma(): folio_maybe_dma_pinned(folio)?": "folio_maybe_dma_pinned(folio)",
        "maybe_pinned: PageAnonExclusive(page)?": "PageAnonExclusive(page + i)",
        [SHARE]: "__folio_try_dup_anon_rmap(): PageAnonExclusive(page) #1",
        "ClearPageAnonExclusive(page)": "ClearPageAnonExclusive(page) #1",
        "folio_put(folio), to copy": "copy_present_ptes(): folio_put(folio)",
        "!new_folio: -EAGAIN?": "return if (!new_folio)",
        "-EAGAIN: pte_unmap_unlock(src_ptl)": "pte_unmap_unlock(orig_src_pte)",
        "-EAGAIN: pte_unmap_unlock(dst_ptl)": "pte_unmap_unlock(orig_dst_pte)",
        "copy_mc_user_highpage(): load from page": "copy_mc_user_highpage()",
        "copy_mc_user_highpage(): store to new_folio": "copy_mc_user_highpage()",
        "__folio_mark_uptodate(new_folio): smp_wmb()": "__folio_mark_uptodate(new_folio)",
        "folio_add_new_anon_rmap(): mapping = anon_vma": "folio_add_new_anon_rmap()",
        "folio_add_new_anon_rmap(): _mapcount = 0": "folio_add_new_anon_rmap()",
        "folio_add_new_anon_rmap(): SetPageAnonExclusive()": "folio_add_new_anon_rmap()",
        "set_pte_at(dst_pte), of the copy": "copy_present_page(): set_pte_at(dst_pte)",
        "wrprotect_ptes(src_pte)": "wrprotect_ptes(src_pte)",
        "set_ptes(dst_pte)": "set_ptes(dst_pte)",
        "folio_put(prealloc)?": "copy_pte_range(): folio_put(prealloc) #1",
        [UNLOCK]: "pte_unmap_unlock(orig_src_pte)",
        "pte_unmap_unlock(dst_ptl)": "pte_unmap_unlock(orig_dst_pte)",
      },
      leads: {
        "maybe_pinned: PageAnonExclusive(page)?": {
          "atomic_inc(&folio->_mapcount)": "asks once more whether it is exclusive, under ptl: it is not",
        },
        "!new_folio: -EAGAIN?": {
          "copy_mc_user_highpage(): load from page": "the return is the place of the test: past it there is a folio",
        },
        "-EAGAIN: pte_unmap_unlock(src_ptl)": {
          "-EAGAIN: pte_unmap_unlock(dst_ptl)": "add_mm_rss_vec() has nothing to add yet",
        },
      },
      notInSource: {
        "mmap_write_lock(oldmm)": "dup_mmap(), which calls it",
        "flush_tlb_mm(oldmm)": "dup_mmap(), which calls it",
        "mmap_write_unlock(oldmm)": "dup_mmap(), which calls it",
        "prealloc = folio_prealloc()": "behind the unlocks, from where copy_pte_range() goes back to `again`",
        ...(exclusive && {
          "try_restore_exclusive_pte(): folio_trylock(folio)": "copy_nonpresent_pte()",
          "restore_exclusive_pte(src_vma, page, addr, src_pte)": "try_restore_exclusive_pte()",
          "try_restore_exclusive_pte(): folio_unlock(folio)": "try_restore_exclusive_pte()",
        }),
        "wake_up_new_task(p)": "whoever has called copy_process() does that",
      },
      omits: {
        ...MMU_NOTIFIERS,
        "vma_assert_write_locked, __folio_rmap_sanity_checks": "assertions",
        "pgd_none_or_clear_bad, p4d_none_or_clear_bad, pud_none_or_clear_bad, pmd_none_or_clear_bad":
          "the parent's page tables stay under mmap_lock",
        "p4d_alloc, pud_alloc, pmd_alloc": "the child's page tables are there: nobody else knows them",
        [`if (pud_trans_huge(*src_pud)), ${today ? "if (pmd_is_huge(*src_pmd))" : "if (is_swap_pmd(*src_pmd) || pmd_trans_huge(*src_pmd) || pmd_devmap(*src_pmd))"}`]:
          "no page here is huge",
        "init_rss_vec, spin_needbreak": "more than one page: the locks are dropped now and then, and rss is added up",
        [`${today ? "pte_offset_map_rw_nolock" : "pte_offset_map_nolock"}, if (!src_pte)`]:
          "the parent's page table stays under mmap_lock",
        ...(hwpoison
          ? {}
          : { "if (unlikely(!pte_present(ptent)))": "swap and migration entries: no page here has one" }),
        [`${today ? "softleaf_mk_none, " : ""}if (ret == -EIO)`]: "the table of large swap counts",
        ...(today && { "lazy_mmu_mode_enable, lazy_mmu_mode_disable": "batches of PTE updates under a hypervisor" }),
        "__folio_try_dup_anon_rmap(): PageAnonExclusive(page) #2, ClearPageAnonExclusive(page) #2, atomic_inc(&page->_mapcount)":
          "large folios",
        [today ? "folio_add_large_mapcount" : "atomic_add(orig_nr_pages, &folio->_large_mapcount)"]: "large folios",
        [`case ${today ? "PGTABLE_LEVEL_PUD" : "RMAP_LEVEL_PMD"}`]: "no page here is huge",
        "if (userfaultfd_pte_wp(dst_vma, ptep_get(src_pte)))": "no userfaultfd",
        "vm_normal_page, folio_test_anon, folio_dup_file_rmap_pte": "the folio is anonymous",
        "if (unlikely(!*prealloc && folio_test_large(folio) && max_nr != 1))": "large folios",
        folio_is_device_private: "no page here is of a device",
        folio_prealloc: "a step, from which it goes back to `again`",
        folio_add_lru_vma: "LRU lists: only the child knows the copy",
        "out: folio_put(prealloc)": "what is left of an early end: the loop has used it, or put it",
      },
      leavesOut:
        "copying the vma, pages of files, swap entries (no page here is swapped out), large folios, MMU notifiers, the child's mmap_lock (nobody knows the child), vma_start_write() (whoever takes the lock of a vma takes mmap_lock here), the dirty and soft-dirty bits (a private page stays dirty), pte_alloc() (the child's page table is there), undoing a failed copy (a page is always left for the child), LRU lists",
    },
  );
};
