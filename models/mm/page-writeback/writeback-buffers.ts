import { bool, call, done, ref } from "faultline";
import {
  deviceReadsPage,
  filePage,
  lockPage,
  lockPtl,
  of,
  ptepGetAndClear,
  setPageDirty,
  setPteAt,
  testClearPageFlag,
  unlockPage,
  unlockPtl,
  xasLoad,
  ptepGet,
  setPageFlag,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { userAccess } from "../../kernel/user-access.ts";

/** A process that stores to the page through vma[0]; do_wp_page(), mm/memory.c, 2.6.19, where the PTE is read-only. */
export const userStore = () =>
  kernel.path(
    "user store, 2.6.19",
    {},
    {
      "the store": call(userAccess(0, 0, "store"), undefined, (_, { faulted }) => {
        if (!faulted) return done;
      }),
      "do_wp_page(): spin_lock(ptl)": lockPtl(0),
      "do_wp_page(): ptep_set_access_flags(pte_mkwrite(pte_mkdirty(entry)))": of(
        filePage,
        setPteAt(0, { writable: true, dirty: true }),
      ),
      "do_wp_page(): ptep_set_access_flags(): flush_tlb_page()": flushTlb(0),
      "do_wp_page(): spin_unlock(ptl)": unlockPtl(0),
      "set_page_dirty(page): buffers": of(filePage, setPageFlag("bufferDirty")),
      "set_page_dirty(page)": of(filePage, setPageDirty).then("the store"),
    },
    {
      file: "mm/memory.c",
      release: "v2.6.19",
      leavesOut:
        "page_mkwrite (the file system has none); that the fault finds the PTE writable again, or empty for a moment (it waits for ptl then); the order of set_page_dirty() and of its caller's put_page() (the PTE has a reference)",
    },
  );

const clean = of(filePage, setPteAt(0));

/**
 * page_mkclean_one(), mm/rmap.c, 2.6.19: write-protects and cleans the PTE of vma[0], under ptl. `clearsFirst`: since 2.6.20
 * ("Fix up page_mkclean_one(): virtual caches, s390"), the TLB is flushed while the PTE is empty, not after it is set.
 */
const mkclean = (clearsFirst: boolean) =>
  kernel.path(
    clearsFirst ? "page_mkclean_one, 2.6.20" : "page_mkclean_one, 2.6.19",
    { cleaned: bool },
    {
      "spin_lock(ptl)": lockPtl(0),
      "pte_dirty(*pte) || pte_write(*pte)?": ptepGet(0).then((_k, _me, pte) => {
        if (!pte.writable && !pte.dirty) return "spin_unlock(ptl)";
      }),
      "ptep_get_and_clear(pte)": ptepGetAndClear(0, (_, me) => {
        me.cleaned = true;
      }),
      "ptep_clear_flush(): flush_tlb_page()": clearsFirst && flushTlb(0),
      "set_pte_at(pte_mkclean(pte_wrprotect(entry)))": clearsFirst && clean,
      "ptep_establish(pte_wrprotect(pte_mkclean(entry))): set_pte_at()": !clearsFirst && clean,
      "ptep_establish(): flush_tlb_page()": !clearsFirst && flushTlb(0),
      "spin_unlock(ptl)": unlockPtl(0),
    },
    {
      file: "mm/rmap.c",
      release: clearsFirst ? "v2.6.20" : "v2.6.19",
      leavesOut:
        "lazy_mmu_prot_update() (it is for the instruction cache of ia64), other vmas, page_mapped() (the PTE stays)",
    },
  );

/** kjournald, fs/jbd/commit.c, 2.6.19: writes a page's dirty buffers itself, and says nothing to the page. */
export const flushBuffers = () =>
  kernel.path(
    "journal_commit_transaction",
    {},
    {
      "test_clear_buffer_dirty(bh)": of(filePage, testClearPageFlag("bufferDirty")).then({ false: done }),
      "the device reads the page": of(filePage, deviceReadsPage),
    },
    {
      file: "fs/jbd/commit.c",
      release: "v2.6.19",
      leavesOut: "the journal, the lock of the buffer (nobody else writes it at the same time)",
    },
  );

/**
 * write_cache_pages() with clear_page_dirty_for_io() and __block_write_full_page(), 2.6.19: writes those buffers of a
 * dirty page that are dirty. `fixed`: since 7658cc289288 (2.6.20) PTEs are cleaned first, and one that was dirty makes
 * all buffers dirty.
 */
export const writeDirtyBuffers = (fixed: boolean) =>
  kernel.path(
    "write_cache_pages, 2.6.19",
    { page: ref(Page) },
    {
      "pagevec_lookup_tag()": xasLoad,
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "clear_page_dirty_for_io(): page_mkclean(page)":
        fixed &&
        call(mkclean(true), undefined, (_, { cleaned }) => {
          if (!cleaned) return "clear_page_dirty_for_io(): TestClearPageDirty(page)";
        }),
      "set_page_dirty(page): buffers": fixed && setPageFlag("bufferDirty"),
      "set_page_dirty(page)": fixed && setPageDirty,
      "clear_page_dirty_for_io(): TestClearPageDirty(page)": testClearPageFlag("dirty").then({
        false: "unlock_page(page)",
      }),
      "clear_page_dirty_for_io(): page_mkclean(page), after": !fixed && call(mkclean(false)),
      "__block_write_full_page(): test_clear_buffer_dirty(bh)": testClearPageFlag("bufferDirty").then({
        false: "unlock_page(page)",
      }),
      "the device reads the page": deviceReadsPage,
      "unlock_page(page)": unlockPage,
    },
    {
      file: "mm/page-writeback.c",
      release: fixed ? "v2.6.20" : "v2.6.19",
      leavesOut:
        "PG_writeback (one writer runs), tags, truncate (nothing takes the page out of the file), more than one page and more than one buffer",
    },
  );
