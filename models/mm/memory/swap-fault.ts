import { bool, call, done, full, int, noreturn, once, ref, release, smpWmb } from "faultline";
import {
  lockPtl,
  pageDupRmap,
  pageFlag,
  ptepGet,
  putPage,
  setPageFlag,
  setPte,
  unlockPage,
  unlockPtl,
  storeData,
  lockPageOrWait,
  setIndex,
  setMapping,
  setPageLocked,
} from "../../kernel/primitives.ts";
import { loadCount, storeCount, lockSlot, setHasCache, unlockSlot } from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

const LOOKUP = "swap_cache_get_folio(entry)" as const;
const LOCK = "folio_lock_or_retry(folio)" as const;
const OUT_PAGE = "out_page: folio_unlock(folio)" as const;
const PUT = "out_release: folio_put(folio)" as const;

interface SwapFault {
  /** The device is SWP_SYNCHRONOUS_IO, as zram is: an entry that nobody else has is read past the swap cache. */
  readonly skipsCache: boolean;
  readonly write: boolean;
}

/** do_swap_page(), mm/memory.c, v6.12: a fault where a swap entry is. */
export const doSwapPage = (i: VmaIndex, { skipsCache, write }: SwapFault) => {
  const prepares = skipsCache;
  const prepare = skipsCache ? "swapcache_prepare()" : "swapin_readahead()";
  const read = skipsCache ? "swap_read_folio()" : "swapin_readahead()";
  return kernel.path(
    "do_swap_page",
    { page: ref(Page), slot: ref(SwapSlot), cached: bool, data: int(0, 2), count: int(0, 2) },
    {
      "vmf->orig_pte": ptepGet(i).then((_, me, { kind, slot }) => {
        if (kind !== "swap") return done;
        me.slot = slot;
      }),
      [LOOKUP]: once((_, me) => {
        me.page = me.slot!.cache;
        if (!me.page) return skipsCache ? "__swap_count(entry) == 1?" : "folio = vma_alloc_folio()";
      }),
      "folio_try_get(folio)": full((_, me) => {
        if (me.page!.refcount === 0) return LOOKUP;
        me.page!.refcount++;
        me.cached = true;
        return LOCK;
      }),

      // No: swapin_readahead(), which finds that the slot is free, or that the entry has changed.
      "__swap_count(entry) == 1?": skipsCache && once((_, { slot }) => (slot!.count === 1 ? undefined : done)),
      "folio = vma_alloc_folio()": call(allocPage(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "__folio_set_locked(folio)": setPageLocked,
      "swapcache_prepare(): spin_lock(ci)": (prepares || !skipsCache) && lockSlot,
      "swapcache_prepare(): SWAP_HAS_CACHE?":
        (prepares || !skipsCache) &&
        once((_, { slot }) => (slot!.hasCache || slot!.count === 0 ? "-EEXIST: spin_unlock(ci)" : undefined)),
      "swapcache_prepare(): swap_map |= SWAP_HAS_CACHE": (prepares || !skipsCache) && setHasCache(true),
      "swapcache_prepare(): spin_unlock(ci)": (prepares || !skipsCache) && unlockSlot,
      "add_to_swap_cache(): folio_ref_add(folio, 1)":
        !skipsCache &&
        noreturn((_, { page }) => {
          page!.refcount++;
        }),
      "add_to_swap_cache(): folio_set_swapcache(folio)": !skipsCache && setPageFlag("swapcache"),
      "add_to_swap_cache(): xas_store(&xas, folio)":
        !skipsCache &&
        release((_, me) => {
          me.slot!.cache = me.page;
          me.cached = true;
        }),
      "swap_read_folio(): the device is read": once((_, me) => {
        me.data = me.slot!.data;
      }),
      "swap_read_folio(): the folio is filled": once((_, { page, data }) => storeData(page!, data)),
      // What was read comes before the PTE that lets users at it.
      "folio_mark_uptodate(folio): smp_wmb()": smpWmb,
      "folio_mark_uptodate(folio)": setPageFlag("uptodate").then((_, { cached }) =>
        cached ? "folio_test_swapcache(folio)?" : "pte_offset_map_lock(&vmf->ptl)",
      ),

      [LOCK]: lockPageOrWait,
      "folio_test_swapcache(folio)?": pageFlag("swapcache").then({ false: OUT_PAGE }),
      "pte_offset_map_lock(&vmf->ptl)": lockPtl(i),
      "pte_same(*vmf->pte, vmf->orig_pte)?": ptepGet(i).then((_, me, { kind, slot }) =>
        kind === "swap" && slot === me.slot ? undefined : "out_nomap: pte_unmap_unlock(vmf->ptl)",
      ),
      "swap_free(): spin_lock(ci)": lockSlot,
      "swap_free(): swap_map--: load": loadCount,
      "swap_free(): swap_map--": storeCount(-1),
      "swap_free(): spin_unlock(ci)": unlockSlot,
      "folio_test_anon(folio)?": once((_, { page }) =>
        page!.mapping === "anon" ? "folio_add_anon_rmap_ptes(): _mapcount++" : undefined,
      ),
      "folio_add_new_anon_rmap(): folio->index": setIndex(i),
      "folio_add_new_anon_rmap(): folio->mapping": setMapping("anon"),
      "folio_add_anon_rmap_ptes(): _mapcount++": pageDupRmap,
      "set_pte_at(vmf->pte)": once((k, { page }) => {
        setPte(k.table[i].pte, page!, { writable: write, dirty: write });
      }),
      "folio_unlock(folio)": unlockPage,
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i).then(prepares ? "swapcache_clear(): spin_lock(ci)" : done),

      // SWAP_HAS_CACHE is somebody else's, who clears it.
      "-EEXIST: spin_unlock(ci)":
        (prepares || !skipsCache) &&
        unlockSlot.then((_, me) => {
          me.slot = null;
          return OUT_PAGE;
        }),
      "out_nomap: pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      [OUT_PAGE]: unlockPage,
      [PUT]: putPage.then((_, { slot, cached }) => (prepares && !cached && slot ? undefined : done)),
      "swapcache_clear(): spin_lock(ci)": prepares && lockSlot,
      "swapcache_clear(): swap_map &= ~SWAP_HAS_CACHE": prepares && setHasCache(false),
      "swapcache_clear(): spin_unlock(ci)": prepares && unlockSlot,
    },
    {
      file: "mm/memory.c",
      release: "v6.12",
      functions: ["do_swap_page"],
      at: {
        "vmf->orig_pte": "pte_to_swp_entry(vmf->orig_pte)",
        [LOOKUP]: "swap_cache_get_folio()",
        "folio_try_get(folio)": "swap_cache_get_folio()",
        "__swap_count(entry) == 1?": "__swap_count(entry)",
        "folio = vma_alloc_folio()": skipsCache ? "alloc_swap_folio()" : "swapin_readahead()",
        "__folio_set_locked(folio)": skipsCache ? "__folio_set_locked()" : "swapin_readahead()",
        "swapcache_prepare(): spin_lock(ci)": prepare,
        "swapcache_prepare(): SWAP_HAS_CACHE?": prepare,
        "swapcache_prepare(): swap_map |= SWAP_HAS_CACHE": prepare,
        "swapcache_prepare(): spin_unlock(ci)": prepare,
        "-EEXIST: spin_unlock(ci)": prepare,
        "add_to_swap_cache(): folio_ref_add(folio, 1)": "swapin_readahead()",
        "add_to_swap_cache(): folio_set_swapcache(folio)": "swapin_readahead()",
        "add_to_swap_cache(): xas_store(&xas, folio)": "swapin_readahead()",
        "swap_read_folio(): the device is read": read,
        "swap_read_folio(): the folio is filled": read,
        "folio_mark_uptodate(folio): smp_wmb()": read,
        "folio_mark_uptodate(folio)": read,
        "folio_test_swapcache(folio)?": "folio_test_swapcache(folio) #1",
        "pte_offset_map_lock(&vmf->ptl)": "pte_offset_map_lock() #3",
        "pte_same(*vmf->pte, vmf->orig_pte)?": [
          "pte_same(ptep_get(vmf->pte), vmf->orig_pte) #3",
          "ptep_get(vmf->pte) #3",
        ],
        "swap_free(): spin_lock(ci)": "swap_free_nr()",
        "swap_free(): swap_map--: load": "swap_free_nr()",
        "swap_free(): swap_map--": "swap_free_nr()",
        "swap_free(): spin_unlock(ci)": "swap_free_nr()",
        "folio_test_anon(folio)?": "folio_test_anon(folio) #3",
        "folio_add_new_anon_rmap(): folio->index": "folio_add_new_anon_rmap() #2",
        "folio_add_new_anon_rmap(): folio->mapping": "folio_add_new_anon_rmap() #2",
        "folio_add_anon_rmap_ptes(): _mapcount++": "folio_add_anon_rmap_ptes()",
        "set_pte_at(vmf->pte)": "set_ptes()",
        "folio_unlock(folio)": "folio_unlock(folio) #1",
        "pte_unmap_unlock(vmf->ptl)": "unlock: pte_unmap_unlock()",
        "swapcache_clear(): spin_lock(ci)": "swapcache_clear()",
        "swapcache_clear(): swap_map &= ~SWAP_HAS_CACHE": "swapcache_clear()",
        "swapcache_clear(): spin_unlock(ci)": "swapcache_clear()",
      },
      leads: {
        "folio_mark_uptodate(folio)": {
          "folio_test_swapcache(folio)?": "the folio is locked: who has made it has done that",
          "pte_offset_map_lock(&vmf->ptl)": "the folio is locked, and is not in the swap cache",
        },
        "folio_add_new_anon_rmap(): folio->mapping": {
          "folio_add_anon_rmap_ptes(): _mapcount++": "folio_add_new_anon_rmap() counts it itself",
        },
        "-EEXIST: spin_unlock(ci)": {
          [OUT_PAGE]: "the new folio is given back, and the access is tried again",
        },
      },
      omits: {
        "DECLARE_WAITQUEUE, add_wait_queue, remove_wait_queue, schedule_timeout_uninterruptible, waitqueue_active, wake_up":
          "who finds SWAP_HAS_CACHE waits for a while, and the access is tried again",
        pte_unmap_same: "a value of two words, which is one here",
        "if (unlikely(non_swap_entry(entry)))": "migration and other entries",
        "get_swap_device, put_swap_device": "no swapoff() runs beside it",
        "folio_file_page, page_swap_entry": "folios of one page",
        [skipsCache
          ? "swapin_readahead"
          : "if (data_race(si->flags & SWP_SYNCHRONOUS_IO) && __swap_count(entry) == 1)"]: "of another device",
        "if (!folio)": "no memory: the access is tried again",
        ksm_might_need_to_copy: "no page here is merged",
        "pte_swp_exclusive, folio_ref_count": "whether the entry is writable, which scenarios say",
        PageHWPoison: "no page here is poisoned",
        "folio_test_ksm, folio_test_lru, lru_add_drain": "no page here is merged; LRU lists",
        "folio_throttle_swaprate, folio_add_lru_vma": "who waits for memory, and LRU lists",
        folio_test_uptodate: "what was read, was read well",
        "if (folio_test_large(folio) && !folio_test_swapcache(folio)), if (folio_test_large(folio) && folio_test_swapcache(folio))":
          "large folios",
        "folio_ref_add, pte_advance_pfn": "folios of one page",
        "folio_test_writeback, data_race(si->flags & SWP_STABLE_WRITES)":
          "devices that must not see a page change under writeback",
        "if (unlikely(folio != swapcache && swapcache)), folio_unlock(swapcache), folio_put(swapcache)":
          "a copy for KSM",
        arch_do_swap_page_nr: "of sparc",
        ...(!skipsCache && { swapcache_clear: "of who skips the swap cache" }),
        do_wp_page: "the PTE is writable, or it is a read",
        "folio_free_swap, should_try_to_free_swap": "the folio stays in the swap cache",
      },
      leavesOut:
        "migration and other entries, large folios, KSM, shadow entries and memcg charge, swapin_readahead() of neighbours, readers that find the folio before it is read (they wait for its lock), folio_free_swap() after the fault (the folio stays in the swap cache), where the slot is free already or shared (the access is tried again), rss",
    },
  );
};
