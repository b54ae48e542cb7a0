import { acquire, bool, call, done, full, int, noreturn, once, ref, smpWmb, wait } from "faultline";
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
} from "../../kernel/primitives.ts";
import { dropCount, lockSlot, setHasCache, unlockSlot } from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

const LOOKUP = "swap_cache_get_folio(entry)" as const;
const LOCK = "folio_lock_or_retry(folio)" as const;
const OUT_PAGE = "out_page: folio_unlock(folio)" as const;
const PUT = "out_release: folio_put(folio)" as const;

/** v5.15 skips the swap cache and says so to nobody; 13ddaf26be32 (v6.8) has swapcache_prepare() for it. */
export type SwapRelease = "v5.15" | "v6.12";

interface SwapFault {
  readonly release: SwapRelease;
  /** The device is SWP_SYNCHRONOUS_IO, as zram is: an entry that nobody else has is read past the swap cache. */
  readonly skipsCache: boolean;
  readonly write: boolean;
}

/** do_swap_page(), mm/memory.c, v5.15 and v6.12: a fault where a swap entry is. */
export const doSwapPage = (i: VmaIndex, { release, skipsCache, write }: SwapFault) => {
  const today = release === "v6.12";
  const prepares = today && skipsCache;
  return kernel.path(
    "do_swap_page",
    { page: ref(Page), slot: ref(SwapSlot), cached: bool, data: int(0, 2) },
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
      // A plain store in the kernel: nobody else knows the folio.
      "__folio_set_locked(folio)": noreturn((_, { page }) => {
        page!.locked = true;
      }),
      "swapcache_prepare(): spin_lock(&si->lock)": (prepares || !skipsCache) && lockSlot,
      "swapcache_prepare(): SWAP_HAS_CACHE?":
        (prepares || !skipsCache) &&
        once((_, { slot }) => (slot!.hasCache || slot!.count === 0 ? "-EEXIST: spin_unlock(&si->lock)" : undefined)),
      "swapcache_prepare(): swap_map |= SWAP_HAS_CACHE": (prepares || !skipsCache) && setHasCache(true),
      "swapcache_prepare(): spin_unlock(&si->lock)": (prepares || !skipsCache) && unlockSlot,
      "add_to_swap_cache(): folio_ref_add(folio, 1)":
        !skipsCache &&
        full((_, { page }) => {
          page!.refcount++;
        }),
      "add_to_swap_cache(): folio_set_swapcache(folio)": !skipsCache && setPageFlag("swapcache"),
      "add_to_swap_cache(): xas_store(&xas, folio)":
        !skipsCache &&
        once((_, me) => {
          me.slot!.cache = me.page;
          me.cached = true;
        }),
      "swap_read_folio(): the device is read": once((_, me) => {
        me.data = me.slot!.data;
      }),
      "swap_read_folio(): the folio is filled": once((_, { page, data }) => {
        page!.data = data;
      }),
      // What was read comes before the PTE that lets users at it.
      "folio_mark_uptodate(folio): smp_wmb()": smpWmb,
      "folio_mark_uptodate(folio)": noreturn((_, { page, cached }) => {
        page!.uptodate = true;
        return cached ? "folio_test_swapcache(folio)?" : "pte_offset_map_lock(&vmf->ptl)";
      }),

      [LOCK]: acquire((_, { page }) => {
        if (page!.locked) return wait;
        page!.locked = true;
      }),
      "folio_test_swapcache(folio)?": pageFlag("swapcache").then({ false: OUT_PAGE }),
      "pte_offset_map_lock(&vmf->ptl)": lockPtl(i),
      "pte_same(*vmf->pte, vmf->orig_pte)?": ptepGet(i).then((_, me, { kind, slot }) =>
        kind === "swap" && slot === me.slot ? undefined : "out_nomap: pte_unmap_unlock(vmf->ptl)",
      ),
      "swap_free(): spin_lock(ci)": lockSlot,
      "swap_free(): swap_map--": dropCount,
      "swap_free(): spin_unlock(ci)": unlockSlot,
      "folio_test_anon(folio)?": once((_, { page }) =>
        page!.mapping === "anon" ? "folio_add_anon_rmap_ptes(): _mapcount++" : undefined,
      ),
      "folio_add_new_anon_rmap(): folio->index": once((_, { page }) => {
        page!.index = i;
      }),
      "folio_add_new_anon_rmap(): folio->mapping": once((_, { page }) => {
        page!.mapping = "anon";
      }),
      "folio_add_anon_rmap_ptes(): _mapcount++": pageDupRmap,
      "set_pte_at(vmf->pte)": once((k, { page }) => {
        const { pte } = k.table[i];
        setPte(pte, page!, { writable: write, dirty: write });
        pte.kind = "plain";
        pte.slot = null;
      }),
      "folio_unlock(folio)": unlockPage,
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i).then(prepares ? "swapcache_clear(): spin_lock(ci)" : done),

      "-EEXIST: spin_unlock(&si->lock)": (prepares || !skipsCache) && unlockSlot.then(OUT_PAGE),
      "out_nomap: pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      [OUT_PAGE]: unlockPage,
      [PUT]: putPage.then((_, { slot, cached }) => (prepares && !cached && slot ? undefined : done)),
      "swapcache_clear(): spin_lock(ci)": prepares && lockSlot,
      "swapcache_clear(): swap_map &= ~SWAP_HAS_CACHE": prepares && setHasCache(false),
      "swapcache_clear(): spin_unlock(ci)": prepares && unlockSlot,
    },
    {
      file: "mm/memory.c",
      release,
      leavesOut:
        "migration and other entries, large folios, KSM, shadow entries and memcg charge, swapin_readahead() of neighbours, readers that find the folio before it is read (they wait for its lock), folio_free_swap() after the fault (the folio stays in the swap cache), where the slot is free already or shared (the access is tried again), rss; v5.15 maps before it drops the slot, v6.12 after: both under ptl and the page lock",
    },
  );
};
