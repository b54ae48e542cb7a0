import { bool, call, done, once, ref, smpMb } from "faultline";
import { checkUnmapped, rmapAhead, type MappedCheck } from "../../kernel/deletion.ts";
import {
  countIs,
  filePage,
  freeFrozen,
  getPage,
  getPageUnlessZero,
  lockPtl,
  mapcountAboveZero,
  mappingMatches,
  of,
  pageFlag,
  pageMapped,
  pageRefFreeze,
  pageRefUnfreeze,
  pageRemoveRmap,
  pmdNone,
  pteNone,
  ptepGetAndClear,
  putPage,
  putReferences,
  setMapping,
  setPageDirty,
  setPageSwapCache,
  testAndChangePageFlag,
  trylockPage,
  unlockPage,
  unlockPtl,
  xasStore,
  ptepGet,
} from "../../kernel/primitives.ts";
import { I_PAGES_LOCK, MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { setTlbUbcFlushPending, tryToUnmapFlush } from "../rmap/batched-flush.ts";

const UNMAP_OMITS = {
  "is_zone_device_page, is_device_private_page, if (is_zone_device_page(page))": "no page here is of a device",
  "page_size, PageHuge, if (PageHuge(page)), if (!pvmw.pte && (flags & TTU_MIGRATION))": "no page here is huge",
  ...MMU_NOTIFIERS,
  mmu_notifier_invalidate_range: "no secondary MMU is modelled",
  "if (!(flags & TTU_IGNORE_MLOCK))": "mlock(): only keeps the page",
  "if (!(flags & TTU_IGNORE_ACCESS))": "references: only keep the page",
  "pte_pfn(*pvmw.pte)": "which page of a compound one it is, under ptl",
  should_defer_flush: "whether the flush is batched: where it is, try_to_unmap_flush() is a step of the caller",
  "if (pte_unused(pteval) && !userfaultfd_armed(vma))": "of s390 guests",
  "if (flags & (TTU_MIGRATION|TTU_SPLIT_FREEZE))":
    "a PTE that is taken off stays off: the next fault maps what it finds",
  dec_mm_counter: "rss: no other CPU reads it",
} as const;

/** What try_to_unmap_one() of v5.9 does besides, of a small page that nobody uses meanwhile. */
export const UNMAP_ONE_OMITS = {
  ...UNMAP_OMITS,
  "if (pte_dirty(pteval))": "nobody stores to a page that is unmapped here",
} as const;

export interface UnmapOne {
  /** TTU_BATCH_FLUSH: the TLB is flushed by the caller. */
  readonly batches?: boolean;
  /** TTU_SYNC of 732ed55823fc (v5.13): a PTE that looks empty is looked at under ptl. */
  readonly sync?: boolean;
  /** Users run, and the flush is not batched. */
  readonly flushes?: boolean;
  /** Users store: the PTE may be dirty. */
  readonly dirty?: boolean;
}

const REMOVE_RMAP = "page_remove_rmap(page)" as const;

/** try_to_unmap_one() under page_vma_mapped_walk(), mm/rmap.c, v5.9: a PTE that looks empty is skipped without ptl. */
export const tryToUnmapOne = (
  i: VmaIndex,
  { batches = false, sync = false, flushes = false, dirty = false }: UnmapOne = {},
) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page), flushPending: bool, wasDirty: bool },
    {
      "pmd_present(*pvmw->pmd)?": pmdNone(i).then({ true: done }),
      "map_pte(): pte_present(*pvmw->pte)?": !sync && pteNone(i).then({ true: done }),
      "spin_lock(pvmw->ptl)": lockPtl(i),
      "check_pte(): maps page?": ptepGet(i).then((_, { page }, pte) =>
        pte.page === page ? undefined : "spin_unlock(pvmw->ptl)",
      ),
      "ptep_get_and_clear(pte)": ptepGetAndClear(i, (k, me) => {
        if (dirty) me.wasDirty = k.table[i].pte.dirty;
        rmapAhead(k.vma[i]);
      }),
      "ptep_clear_flush(): flush_tlb_page()": flushes && flushTlb(i),
      "set_tlb_ubc_flush_pending(mm)": batches && setTlbUbcFlushPending(i, "v5.9"),
      "pte_dirty(pteval)?": dirty && once((_, { wasDirty }) => (wasDirty ? undefined : REMOVE_RMAP)),
      "set_page_dirty(page)": dirty && setPageDirty,
      [REMOVE_RMAP]: pageRemoveRmap(i),
      "put_page(page)": putPage,
      "spin_unlock(pvmw->ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release: sync ? "v5.13" : "v5.9",
      functions: ["try_to_unmap_one"],
      at: {
        "pmd_present(*pvmw->pmd)?": "page_vma_mapped_walk()",
        "map_pte(): pte_present(*pvmw->pte)?": "page_vma_mapped_walk()",
        "spin_lock(pvmw->ptl)": "page_vma_mapped_walk()",
        "check_pte(): maps page?": "page_vma_mapped_walk()",
        "ptep_get_and_clear(pte)": ["ptep_get_and_clear(pvmw.pte) #2", "ptep_clear_flush(pvmw.pte)"],
        ...(flushes && { "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush(pvmw.pte)" }),
        ...(dirty && { "pte_dirty(pteval)?": "pte_dirty(pteval) #2" }),
        [REMOVE_RMAP]: "page_remove_rmap(subpage)",
        "spin_unlock(pvmw->ptl)": "page_vma_mapped_walk()",
      },
      omits: {
        ...(dirty ? UNMAP_OMITS : UNMAP_ONE_OMITS),
        "PageHWPoison, if (PageHWPoison(page) && !(flags & TTU_IGNORE_HWPOISON))":
          "memory_failure() does not ask for an entry of its own",
        "PageAnon, if (PageAnon(page))": "the page is one of a file",
        ...(dirty && { "pte_dirty(pteval) #1": "whether who writes the page has to flush first" }),
      },
      leavesOut: `references and mlock, i_mmap_rwsem (no other path here takes it), ${dirty ? "" : "the dirty bit of the PTE and, where it is not batched, the flush (nobody stores to a page that is unmapped here), "}swap and migration entries, mmu notifiers`,
    },
  );

interface Unmapping {
  readonly page: PageDraft | null;
  /** tlb_ubc.flush_required: this reclaim has cleared a PTE, and not flushed it yet. */
  flushPending: boolean;
}

const unmapOne = (i: VmaIndex, how: UnmapOne) =>
  call(
    tryToUnmapOne(i, how),
    ({ page }: Unmapping) => ({ page }),
    (me, { flushPending }) => {
      if (flushPending) me.flushPending = true;
    },
  );

const UNFREEZE = "__remove_mapping(): page_ref_unfreeze(page, refcount)" as const;
const KEEP_LOCKED = "keep_locked: unlock_page(page)" as const;

/** What is reclaimed: a clean page of an ordinary file, or a page of tmpfs, always dirty, that goes to swap. */
export type Reclaimed = "file" | "tmpfs";

interface ReclaimRules {
  /** Set to false: page_ref_freeze() is replaced by a plain test of the count, to show what it is for. */
  readonly freezes?: boolean;
  /**
   * Users run, and their TLB entries are flushed once for many pages, before the pages are freed; without it nothing is
   * in a TLB.
   */
  readonly batches?: boolean;
  /** Users store, or a path writes the page back beside it: page and PTE may be dirty, and the page may be written. */
  readonly written?: boolean;
  /** A full barrier once the page lock is taken, which v5.9 does not have. */
  readonly mb?: boolean;
  /** Of shmem_writepage(). */
  readonly check?: MappedCheck;
}

/**
 * shrink_page_list(), mm/vmscan.c, v5.9, for one page: unmaps it and takes it out of the page cache, through
 * __remove_mapping() or, for tmpfs, through pageout() and shmem_writepage(), mm/shmem.c.
 */
export const shrinkPageList = (vmas: number, what: Reclaimed, rules: ReclaimRules = {}) =>
  what === "file" ? shrinkFilePage(vmas, rules) : shrinkShmemPage(vmas, rules);

/** From the LRU list to try_to_unmap(); `unmapped` is where it goes on. */
const tryToUnmap = <const L extends string>(
  vmas: number,
  { mb = false, batches = false, written = false }: ReclaimRules,
  unmapped: L,
) => ({
  "isolate: get_page_unless_zero(page)": of(filePage, getPageUnlessZero).then(
    (k, me: { page: PageDraft | null }, got) => {
      if (!got) return done;
      me.page = k.page;
    },
  ),
  "trylock_page(page)": trylockPage.then({ false: batches ? "keep: try_to_unmap_flush()" : "keep: put_page(page)" }),
  "smp_mb()": mb && smpMb,
  // Under the page lock it stays what it is; NULL ends in the same place, by way of an unmap that walks nothing.
  "mapping = page_mapping(page)": mappingMatches.then({ false: KEEP_LOCKED }),
  "PageWriteback(page)?": written && pageFlag("writeback").then({ true: KEEP_LOCKED }),
  "page_mapped(page)?": pageMapped.then({ false: unmapped }),
  "try_to_unmap() in vma[0]": unmapOne(0, { batches, dirty: written }),
  "try_to_unmap(): page_mapcount_is_zero(page)?": vmas > 1 && pageMapped.then({ false: unmapped }),
  "try_to_unmap() in vma[1]": vmas > 1 && unmapOne(1, { batches, dirty: written }),
  "try_to_unmap(): !page_mapcount(page)?": mapcountAboveZero.then({ true: KEEP_LOCKED }),
});

/** The page stays where it is, or is out of the page cache. */
const keep = (vmas: number, { batches = false }: ReclaimRules) => ({
  [KEEP_LOCKED]: unlockPage,
  "keep: try_to_unmap_flush()": batches && tryToUnmapFlush(vmas),
  "keep: put_page(page)": putPage,
});

/** Where the steps that both kinds of pages have are in mm/vmscan.c and mm/rmap.c, and what of it is no step. */
const IN_SHRINK_PAGE_LIST = {
  at: {
    "mapping = page_mapping(page)": "page_mapping(page)",
    "page_mapped(page)?": "page_mapped(page) #2",
    "try_to_unmap() in vma[0]": "rmap_walk(page)",
    "try_to_unmap(): page_mapcount_is_zero(page)?": "rmap_walk(page)",
    "try_to_unmap() in vma[1]": "rmap_walk(page)",
    "try_to_unmap(): !page_mapcount(page)?": "try_to_unmap(): page_mapcount(page)",
  },
  notInSource: {
    "isolate: get_page_unless_zero(page)": "__isolate_lru_page(), of isolate_lru_pages(), before",
    "keep: put_page(page)": "move_pages_to_lru(), which puts the page back on a list, behind the flush",
  },
  omits: {
    "memset, list_empty, lru_to_page, list_del, list_add, list_splice": "the lists of pages, and their counts",
    "if (unlikely(PageTransHuge(page))), if ((nr_pages > 1) && !PageTransHuge(page))": "no page here is huge",
    mem_cgroup_uncharge_list: "the pages that nobody has any more, before the flush",
    "page_evictable, page_mapped(page) #1, page_check_references": "only keep the page",
    "activate_locked:": "a page that is kept: as keep_locked, but for the list it goes to",
    "PageSwapCache(page) #1": "whether a page that is dirty may be written here",
    "page_check_dirty_writeback, inode_write_congested, PageReclaim(page) #1": "counts for who waits for write-back",
    "if (PageAnon(page) && PageSwapBacked(page)), if (PageAnon(page) && !PageSwapBacked(page))":
      "the page is one of a file",
    "PageSwapBacked(page)": "counts the pages that turned out to be of a file no more",
    "try_to_unmap(): PageKsm, try_to_unmap(): PageAnon, rmap_walk_locked":
      "a vma that exec() moves, for anonymous pages alone; and a caller that has i_mmap_rwsem, as this has not",
    "if (page_has_private(page))": "the page has no buffers",
  },
} as const;

/** What of __remove_mapping(), mm/vmscan.c, v5.9, is no step. */
const IN_REMOVE_MAPPING = {
  ...I_PAGES_LOCK,
  "__remove_mapping(): if (PageSwapCache(page))": "the page is in the page cache of its file",
  "page_is_file_lru, mapping_exiting, dax_mapping, workingset_eviction":
    "the slot becomes a shadow entry, which is no page to who looks it up",
  "freepage(page)": "the file system's own data of the page: no file here has any",
} as const;

/** With __remove_mapping(), which tells from the count whether anybody else has the page. */
const shrinkFilePage = (vmas: number, rules: ReclaimRules) => {
  const { freezes = true, batches = false, written = false } = rules;
  const freeze = freezes ? "page_ref_freeze(page, 2)" : "page_count(page) == 2?";
  return kernel.path(
    "shrink_page_list",
    { page: ref(Page), flushPending: bool },
    {
      ...tryToUnmap(vmas, rules, written ? "PageDirty(page)?" : freeze),
      "PageDirty(page)?": written && pageFlag("dirty").then({ true: KEEP_LOCKED }),
      "page_ref_freeze(page, 2)": freezes && pageRefFreeze(2).then({ false: KEEP_LOCKED }),
      "page_count(page) == 2?": !freezes && countIs(2).then({ false: KEEP_LOCKED }),
      "__remove_mapping(): PageDirty(page)?": written && pageFlag("dirty").then({ true: UNFREEZE }),
      "__delete_from_page_cache(page)": call(deleteFromPageCache("frozen", written), ({ page }) => ({ page })),
      "unlock_page(page)": unlockPage,
      "try_to_unmap_flush()": batches && tryToUnmapFlush(vmas),
      "free_unref_page_list(&free_pages)": freezes && freeFrozen.then(done),
      // Behind the unlock: it is the reference that keeps the page for it.
      "put both references": !freezes && putReferences(2).then(done),
      [UNFREEZE]: written && pageRefUnfreeze(2),
      ...keep(vmas, rules),
    },
    {
      file: "mm/vmscan.c",
      release: freezes ? "v5.9" : "v5.9, without page_ref_freeze()",
      functions: ["shrink_page_list", "try_to_unmap", "__remove_mapping"],
      at: {
        ...IN_SHRINK_PAGE_LIST.at,
        "page_ref_freeze(page, 2)": "__remove_mapping(): page_ref_freeze(page)",
        ...(batches && { "keep: try_to_unmap_flush()": "try_to_unmap_flush()" }),
        ...(written && {
          "PageWriteback(page)?": "PageWriteback(page) #1",
          "PageDirty(page)?": "shrink_page_list(): PageDirty(page) #1",
          "mapping = page_mapping(page)": "page_mapping(page) #1",
        }),
      },
      leads: {
        ...(written && {
          "mapping = page_mapping(page)": { [KEEP_LOCKED]: "without a mapping, the unmap finds nothing" },
        }),
        ...(written &&
          vmas > 1 && {
            "try_to_unmap(): page_mapcount_is_zero(page)?": {
              "PageDirty(page)?": "the walk is over, and page_mapcount() is asked what was asked just now",
            },
          }),
        ...(batches && {
          "keep: try_to_unmap_flush()": { end: "free_unref_page_list() of what is free: nothing, if the page is kept" },
        }),
      },
      notInSource: IN_SHRINK_PAGE_LIST.notInSource,
      omits: {
        ...IN_SHRINK_PAGE_LIST.omits,
        ...IN_REMOVE_MAPPING,
        ...(written && {
          "page_mapping(page) #2": "of an anonymous page, which adding it to swap has changed",
          "PageReclaim, SetPageReclaim, writeback_throttling_sane, unlock_page(page) #1, wait_on_page_writeback, list_add_tail":
            "what is written is kept, or waited for and looked at from the beginning",
          "inc_node_page_state, try_to_unmap_flush_dirty, shrink_page_list(): pageout, PageWriteback(page) #2, PageWriteback(page) #3, shrink_page_list(): PageDirty(page) #2, shrink_page_list(): PageDirty(page) #3, trylock_page(page) #2, page_mapping(page) #3":
            "kswapd may write it here; the others keep it",
        }),
        ...(!written && {
          "if (PageWriteback(page))": "no write-back runs",
          "shrink_page_list(): if (PageDirty(page))": "the page is clean",
          "__remove_mapping(): if (unlikely(PageDirty(page)))":
            "the page is clean, and nobody stores to one that is unmapped",
        }),
      },
      leavesOut: `the LRU lists and page_check_references(), ${written ? "writing a dirty page here (kswapd alone may)" : "dirty pages and writeback (the page is clean)"}, buffers, the i_pages lock (no other path here takes it), more than one page`,
    },
  );
};

/** With pageout() and shmem_writepage(), which moves the page to the swap cache. */
const shrinkShmemPage = (vmas: number, rules: ReclaimRules) =>
  kernel.path(
    "shrink_page_list",
    { page: ref(Page), flushPending: bool },
    {
      ...tryToUnmap(vmas, rules, "pageout(): is_page_cache_freeable(page)?"),
      "pageout(): is_page_cache_freeable(page)?": countIs(2).then({ false: KEEP_LOCKED }),
      // The RMW of a page that is dirty: a full barrier.
      "pageout(): clear_page_dirty_for_io(): TestClearPageDirty(page)": testAndChangePageFlag("dirty", false),
      "add_to_swap_cache(): page_ref_add(page, 1)": getPage,
      "add_to_swap_cache(): SetPageSwapCache(page)": setPageSwapCache,
      "shmem_replace_entry(): slot = swap entry": xasStore(() => null),
      "page->mapping = NULL": setMapping("NULL"),
      "put_page(page) of the page cache": putPage,
      "shmem_writepage(): BUG_ON(page_mapped(page))": once((k, { page }) => {
        checkUnmapped(k, page!, rules.check ?? "BUG_ON");
        return KEEP_LOCKED;
      }),
      ...keep(vmas, rules),
    },
    {
      file: "mm/vmscan.c, mm/shmem.c",
      release: "v5.9",
      functions: [
        "shrink_page_list",
        "try_to_unmap",
        "pageout",
        "clear_page_dirty_for_io",
        "shmem_writepage",
        "add_to_swap_cache",
        "shmem_delete_from_page_cache",
        "shmem_replace_entry",
      ],
      at: {
        ...IN_SHRINK_PAGE_LIST.at,
        "pageout(): clear_page_dirty_for_io(): TestClearPageDirty(page)":
          "clear_page_dirty_for_io(): TestClearPageDirty(page) #2",
        "shmem_replace_entry(): slot = swap entry": "xas_store(&xas, replacement)",
        "page->mapping = NULL": "shmem_delete_from_page_cache(): page->mapping = NULL",
        "put_page(page) of the page cache": "shmem_delete_from_page_cache(): put_page(page)",
        "shmem_writepage(): BUG_ON(page_mapped(page))": "shmem_writepage(): page_mapped(page)",
      },
      notInSource: IN_SHRINK_PAGE_LIST.notInSource,
      omits: {
        ...IN_SHRINK_PAGE_LIST.omits,
        "if (PageWriteback(page))": "no write-back runs",
        "shrink_page_list(): PageDirty(page) #1, shrink_page_list(): PageDirty(page)":
          "a page of tmpfs is dirty until it is written",
        "if (page_is_file_lru(page) && (!current_is_kswapd() || !PageReclaim(page) || !test_bit(PGDAT_DIRTY, &pgdat->flags)))":
          "a page of tmpfs is on the list of anonymous ones",
        try_to_unmap_flush_dirty: "nothing of tmpfs is in a TLB here",
        "may_write_to_inode, SetPageReclaim, ClearPageReclaim, handle_write_error, trace_mm_vmscan_writepage, inc_node_page_state":
          "congestion, errors, and counts",
        "if (mapping && mapping_cap_account_dirty(mapping)), clear_page_dirty_for_io(): page_mapping":
          "tmpfs does not account for dirty pages: the last line of the function is what is done",
        "shmem_writepage(): page->mapping, shmem_delete_from_page_cache(): page->mapping, SHMEM_I":
          "find the file, under the page lock",
        "if (!PageUptodate(page))": "a page of fallocate() that nothing was written to: none is here",
        "get_swap_page, put_swap_page, swap_shmem_alloc": "a free slot is found, and nobody else uses it",
        "mutex_lock, mutex_unlock, spin_lock_irq(&info->lock), spin_unlock_irq(&info->lock), shmem_recalc_inode":
          "the list of files in swap, and their counts: no other path here takes these locks",
        "swap_address_space, compound_order, xas_create_range, xas_nomem, xas_error": "how the slot is found, and made",
        "xas_lock_irq, xas_unlock_irq": "i_pages of the swap cache, taken by no other path",
        "add_to_swap_cache(): xas_load, xas_store(&xas, page), xas_next, set_page_private":
          "the swap cache: nobody looks the page up there",
        "ADD_CACHE_INFO, __mod_node_page_state": "counts for who looks at statistics",
        "ClearPageSwapCache, page_ref_sub, redirty:": "no slot, or no swap: the page stays as it was",
        "xa_lock_irq, xa_unlock_irq": "i_pages: within the page lock, taken by no other path",
        "shmem_replace_entry(): xas_load": "under the page lock it is the page",
        swap_writepage: "the write, which also unlocks the page",
        "case PAGE_SUCCESS": "the page that has been written: reclaimed by another turn, if at all",
        "__remove_mapping, unlock_page(page) #4, free_unref_page_list":
          "where the page is clean, which no page of tmpfs is",
        try_to_unmap_flush: "nothing of tmpfs is in a TLB here",
      },
      leavesOut:
        "the LRU lists and page_check_references(), the tests of PG_dirty and PG_writeback before (nothing else clears or sets them), where the page goes back without having been written (no swap, VM_LOCKED), the locks of the swap cache and of i_pages (no other path here takes them), the write, and the reclaim after it, which freezes the references",
    },
  );
