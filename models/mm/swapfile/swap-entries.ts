/** What becomes of a slot when an entry that names it goes or comes: mm/swapfile.c, v5.9, v6.12 and v7.1. */
import { bool, call, done, full, int, once, ref, wait } from "faultline";
import {
  getPage,
  lockPtl,
  pageDupRmap,
  pageFlag,
  pageMapped,
  pageRefDec,
  ptepGet,
  putPage,
  setPageFlag,
  setPteAt,
  trylockPage,
  unlockPage,
  unlockPtl,
  clearPageFlag,
} from "../../kernel/primitives.ts";
import {
  loadCount,
  storeCount,
  lockSlot,
  setHasCache,
  storeSlotCache,
  unlockSlot,
  type HasSlot,
} from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel, type VmaIndex } from "../../kernel/world.ts";
import { folioFreeSwap } from "./folio-free-swap.ts";

export type SwapEntryRelease = "v5.9" | "v6.12" | "v7.1";

const FILE = "mm/swapfile.c";

/**
 * try_to_free_swap(), v5.9, folio_free_swap(), v6.12, of a locked folio. Unlike in v7.1 it is out of the swap cache first, under i_pages, and
 * SWAP_HAS_CACHE, which keeps the slot, is cleared behind it, under the lock of the cluster.
 */
export const freeSwapWithMap = (release: "v5.9" | "v6.12") =>
  kernel.path(
    release === "v5.9" ? "try_to_free_swap" : "folio_free_swap",
    { page: ref(Page), slot: ref(SwapSlot) },
    {
      "PageSwapCache(page)?": pageFlag("swapcache").then({ false: done }),
      "page_swapped(page)?": once((_, { slot }) => (slot!.count > 0 ? done : undefined)),
      "__delete_from_swap_cache(): xas_store(&xas, NULL)": storeSlotCache(() => null),
      "__delete_from_swap_cache(): ClearPageSwapCache(page)": clearPageFlag("swapcache"),
      "put_swap_page(): lock_cluster_or_swap_info(si, offset)": lockSlot,
      "put_swap_page(): swap_map &= ~SWAP_HAS_CACHE": setHasCache(false),
      "put_swap_page(): unlock_cluster_or_swap_info(si, ci)": unlockSlot,
      "delete_from_swap_cache(): page_ref_sub(page, 1)": pageRefDec,
      "SetPageDirty(page)": setPageFlag("dirty"),
    },
    {
      file: FILE,
      release,
      notInSource: `the way down to put_swap_page(), in the names of v5.9: compared with mm/swapfile.c ${release === "v5.9" ? "1737" : "1870"}, and delete_from_swap_cache() in mm/swap_state.c`,
      leavesOut:
        "writeback (nothing is written here while the folio is unlocked), hibernation, i_pages (taken by no other path)",
    },
  );

const freeSwap = (release: SwapEntryRelease) => (release === "v7.1" ? folioFreeSwap : freeSwapWithMap(release));

interface Reclaims extends HasSlot {
  readonly reclaims: boolean;
}

const AGAIN = "lookup in swap_address_space(entry)" as const;
const UNLOCK = "unlock_page(page)" as const;

/** __try_to_reclaim_swap() with TTRS_UNMAPPED: the folio of a slot that nothing names any more leaves the swap cache. */
export const tryToReclaimSwap = (release: SwapEntryRelease) => {
  const looks = release !== "v5.9";
  return kernel.path(
    "__try_to_reclaim_swap",
    { page: ref(Page), slot: ref(SwapSlot), reclaims: bool },
    {
      [AGAIN]: once((_, me) => {
        me.page = me.slot!.cache;
        if (!me.page) return done;
      }),
      "find_get_page(): page_cache_get_speculative(page)": full((_, { page }) => {
        if (page!.refcount === 0) return AGAIN;
        page!.refcount++;
      }),
      "trylock_page(page)": trylockPage.then({ false: "put_page(page)" }),
      "folio_matches_swap_entry(folio, entry)?":
        release === "v7.1" && pageFlag("swapcache").then({ false: "folio_unlock(folio), another one" }),
      "page_mapped(page)?": pageMapped.then({ true: UNLOCK }),
      "ci = swap_cluster_lock(si, offset)": looks && lockSlot,
      "swap_only_has_cache(ci, offset)?":
        looks &&
        once((_, me) => {
          me.reclaims = me.slot!.count === 0;
        }),
      "swap_cluster_unlock(ci)":
        looks && unlockSlot.then((_: unknown, { reclaims }: Reclaims) => (reclaims ? undefined : UNLOCK)),
      "try_to_free_swap(page)": call(freeSwap(release), ({ page, slot }) => ({ page, slot })),
      [UNLOCK]: unlockPage,
      "put_page(page)": putPage.then(done),
      "folio_unlock(folio), another one": release === "v7.1" && unlockPage,
      "folio_put(folio), another one": release === "v7.1" && putPage.then(AGAIN),
    },
    {
      file: FILE,
      release,
      notInSource: `__try_to_reclaim_swap(), in the names of v5.9: compared with mm/swapfile.c ${release === "v5.9" ? "126" : release === "v6.12" ? "183" : "199"}`,
      leavesOut: "TTRS_FULL and TTRS_ANYWAY, large folios, writeback, TTRS_DIRECT",
    },
  );
};

/** free_swap_and_cache(entry), swap_put_entries_direct(entry, 1) in v7.1: an entry that names the slot goes. */
export const freeSwapEntry = (release: SwapEntryRelease) => {
  const byTable = release === "v7.1";
  return kernel.path(
    byTable ? "swap_put_entries_cluster" : "free_swap_and_cache",
    { slot: ref(SwapSlot), onlyCache: bool, count: int(0, 2) },
    {
      "ci = swap_cluster_lock(si, offset)": lockSlot,
      "swap_map--: load": loadCount,
      "swap_map--": storeCount(-1),
      "need_reclaim?": once((_, me) => {
        const { slot } = me;
        me.onlyCache = slot!.count === 0 && (byTable || slot!.hasCache);
      }),
      "swp_tb_is_folio(swp_tb)?":
        byTable &&
        once((_, me) => {
          me.onlyCache &&= me.slot!.cache !== null;
        }),
      "swap_cluster_unlock(ci)": unlockSlot.then((_, { onlyCache }) => (onlyCache ? undefined : done)),
      "READ_ONCE(si->swap_map[offset]) == SWAP_HAS_CACHE?":
        release === "v6.12" && once((_, { slot }) => (slot!.count === 0 && slot!.hasCache ? undefined : done)),
      "__try_to_reclaim_swap(si, offset, TTRS_UNMAPPED | TTRS_FULL)": call(tryToReclaimSwap(release), ({ slot }) => ({
        slot,
      })),
    },
    {
      file: FILE,
      release,
      notInSource: `compared with mm/swapfile.c ${release === "v5.9" ? "1776, and __swap_entry_free()" : release === "v6.12" ? "1892, and __swap_entries_free()" : "1544"}`,
      leavesOut: "get_swap_device() (no device goes away here), several entries",
    },
  );
};

/** unuse_pte_range() with unuse_pte(), of swapoff(): maps the folio of the slot where the entry is. One round of try_to_unuse(). */
export const unusePte = (i: VmaIndex, release: SwapEntryRelease) => {
  const OUT = "unuse_pte(): pte_unmap_unlock(pte, ptl), not the same" as const;
  const FREE = "try_to_free_swap(page)" as const;
  return kernel.path(
    "unuse_pte_range",
    { page: ref(Page), slot: ref(SwapSlot), count: int(0, 2) },
    {
      "is_swap_pte(*pte)?": ptepGet(i).then((_, me, { kind, slot }) => {
        if (kind !== "swap") return done;
        me.slot = slot;
      }),
      "lookup_swap_cache(entry)": once((_, me) => {
        me.page = me.slot!.cache;
        if (!me.page) return done;
      }),
      "lookup_swap_cache(): page_cache_get_speculative(page)": full((_, { page }) => {
        if (page!.refcount === 0) return "lookup_swap_cache(entry)";
        page!.refcount++;
      }),
      "lock_page(page)": trylockPage.then((_, __, locked) => (locked ? undefined : wait)),
      "unuse_pte(): folio_matches_swap_entry(folio, entry)?":
        release === "v7.1" && pageFlag("swapcache").then({ false: FREE }),
      "unuse_pte(): pte_offset_map_lock(&ptl)": lockPtl(i),
      "unuse_pte(): pte_same_as_swp(*pte)?": ptepGet(i).then((_, me, { kind, slot }) =>
        kind === "swap" && slot === me.slot ? undefined : OUT,
      ),
      "unuse_pte(): get_page(page)": getPage,
      "unuse_pte(): page_add_anon_rmap(page)": pageDupRmap,
      "unuse_pte(): set_pte_at(pte)": setPteAt(i),
      "unuse_pte(): swap_free(): swap_cluster_lock(si, offset)": lockSlot,
      "unuse_pte(): swap_free(): swap_map--: load": loadCount,
      "unuse_pte(): swap_free(): swap_map--": storeCount(-1),
      "unuse_pte(): swap_free(): swap_cluster_unlock(ci)": unlockSlot,
      [OUT]: unlockPtl(i),
      [FREE]: call(freeSwap(release), ({ page, slot }) => ({ page, slot })),
      "unlock_page(page)": unlockPage,
      "put_page(page)": putPage,
    },
    {
      file: FILE,
      release,
      notInSource: `unuse_pte_range() and unuse_pte(), in the names of v5.9: compared with mm/swapfile.c ${release === "v5.9" ? "1942, 1897" : release === "v6.12" ? "2181, 2080" : "2355, 2247"}`,
      leavesOut:
        "where nothing is in the swap cache: swapin_readahead() reads it in, as in a fault; PageAnonExclusive, KSM, poisoned pages, rss; what swapoff() does once nothing names a slot (swapoff.ts)",
    },
  );
};
