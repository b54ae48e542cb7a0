import { bool, call, done, int, once, ref } from "faultline";
import {
  clearPageFlag,
  freeFrozen,
  getPage,
  getPageUnlessZero,
  lockPtl,
  pageFlag,
  pageRefFreeze,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPageSwapCache,
  trylockPage,
  unlockPage,
  unlockPtl,
  setMapping,
} from "../../kernel/primitives.ts";
import {
  lockSlot,
  loadCount,
  storeCount,
  setHasCache,
  setSlotCache,
  setSwapPte,
  storeSlotCache,
  unlockSlot,
  type SlotDraft,
} from "../../kernel/swap-slot.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, SwapSlot, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { anonVmaLockRead, anonVmaUnlockRead } from "../rmap/anon-vma.ts";

const BUSY = "cannot_free: swap_cluster_unlock_irq(ci)" as const;
const READ = "pageout(): the folio is read" as const;
const UNMAPPED = "page_vma_mapped_walk(): spin_unlock(ptl)" as const;
const ONE = "try_to_unmap(): try_to_unmap_one()" as const;
const LOCK_ANON_VMA = "rmap_walk_anon(): anon_vma_lock_read(anon_vma)" as const;
const UNLOCK_ANON_VMA = "rmap_walk_anon(): anon_vma_unlock_read(anon_vma)" as const;
const KEEP = "keep_locked: folio_unlock(folio)" as const;

export type SwapOutRelease = "v5.9" | "v6.12" | "v7.1";

interface OfFolio {
  readonly page: PageDraft | null;
  readonly slot: SlotDraft | null;
}
const ofFolio = ({ page, slot }: OfFolio): OfFolio => ({ page, slot });

interface SwapOut {
  readonly keeps: boolean;
  /** v7.1 has the swap table: no SWAP_HAS_CACHE, folio_alloc_swap() for add_to_swap(), and folio_dup_swap() for swap_duplicate(). */
  readonly release?: SwapOutRelease;
  /** How many vmas may come to map the page: the rmap walk takes two under the lock of the anon_vma. Of one it is the visit alone. */
  readonly vmas?: 1 | 2;
}

/**
 * try_to_unmap_one() under page_vma_mapped_walk(), mm/rmap.c, of a page that goes to `slot`. `looks`: map_pte() passes by what is not present,
 * without ptl; where no other vma is walked, what it finds is found again under ptl.
 */
const unmapToSlot = (i: VmaIndex, { release = "v6.12", vmas = 1 }: SwapOut) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page), slot: ref(SwapSlot), count: int(0, 2) },
    {
      "map_pte(): pte_present(*pvmw->pte)?":
        vmas > 1 && ptepGet(i).then((_, _me, { page }) => (page ? undefined : done)),
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      // What has taken the page from the PTE meanwhile has unmapped it, too, or moved it.
      "check_pte(): pte_page(*pte) == folio?": ptepGet(i).then((_, { page }, pte) =>
        pte.page === page ? undefined : UNMAPPED,
      ),
      "ptep_clear_flush()": ptepGetAndClear(i),
      "flush_tlb_page()": flushTlb(i),
      "swap_duplicate(): spin_lock(ci)": lockSlot,
      "swap_duplicate(): swap_map++: load": loadCount,
      "swap_duplicate(): swap_map++": storeCount(1),
      "swap_duplicate(): spin_unlock(ci)": unlockSlot,
      "set_pte_at(swp_pte)": setSwapPte(i),
      "folio_remove_rmap_pte(folio)": pageRemoveRmap(),
      "folio_put(folio)": putPage,
      [UNMAPPED]: unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release,
      notInSource: "the steps of try_to_unmap_one() that a page of one PTE takes to its slot, in the names of v5.9",
      leavesOut: "PageAnonExclusive and pins (share-anon-rmap.ts), flushes that are batched, mlock(), rss",
    },
  );

/**
 * shrink_folio_list() with add_to_swap(), try_to_unmap_one() and pageout(), mm/vmscan.c, of a page that vma[i] maps.
 * `keeps`: somebody still has a reference, so that the folio stays in the swap cache.
 */
export const swapOut = (i: VmaIndex, how: SwapOut) => {
  const { keeps, release = "v6.12", vmas = 1 } = how;
  const walks = vmas > 1;
  const byTable = release === "v7.1";
  const removes = !keeps;
  return kernel.path(
    "shrink_folio_list",
    { page: ref(Page), slot: ref(SwapSlot), data: int(0, 2), used: bool },
    {
      "isolate: a folio of the LRU list": ptepGet(i).then((k, me, pte) => {
        me.page = pte.page;
        me.slot = k.swapSlot;
        if (!pte.page) return done;
      }),
      "isolate: folio_try_get(folio)": getPageUnlessZero.then({ false: done }),
      "folio_trylock(folio)": trylockPage.then({ false: "keep: folio_put(folio)" }),
      "folio_test_swapcache(folio)?": pageFlag("swapcache").then({
        true: walks ? LOCK_ANON_VMA : ONE,
      }),
      "add_to_swap(): spin_lock(ci)": lockSlot,
      "add_to_swap(): a free slot?": once((_, me) => {
        me.used = me.slot!.count > 0 || me.slot!.hasCache;
        if (me.used) return "add_to_swap(): spin_unlock(ci)";
      }),
      "folio_alloc_swap(): no folio in the slot?":
        byTable &&
        once((_, me) => {
          me.used = me.slot!.cache !== null;
          if (me.used) return "add_to_swap(): spin_unlock(ci)";
        }),
      "add_to_swap(): swap_map = SWAP_HAS_CACHE": !byTable && setHasCache(true),
      "folio_alloc_swap(): __swap_table_set(ci, folio)": byTable && setSlotCache(({ page }) => page),
      "folio_alloc_swap(): folio_ref_add(folio, 1)": byTable && getPage,
      "folio_alloc_swap(): folio_set_swapcache(folio)": byTable && setPageSwapCache,
      "add_to_swap(): spin_unlock(ci)": unlockSlot.then((_, { used }) => (used ? KEEP : undefined)),
      "add_to_swap_cache(): folio_ref_add(folio, 1)": !byTable && getPage,
      "add_to_swap_cache(): folio_set_swapcache(folio)": !byTable && setPageSwapCache,
      "add_to_swap_cache(): xas_store(&xas, folio)": !byTable && storeSlotCache(({ page }) => page),

      [LOCK_ANON_VMA]: walks && anonVmaLockRead,
      [ONE]: call(unmapToSlot(walks ? 0 : i, how), ofFolio),
      "rwc->done(): folio_mapped(folio)?":
        walks && once((_, { page }) => (page!.mapcount > 0 ? undefined : UNLOCK_ANON_VMA)),
      "anon_vma_interval_tree_foreach(): vma[1]?":
        walks && once((k) => (k.vma[1].inAnonVma ? undefined : UNLOCK_ANON_VMA)),
      "try_to_unmap(): try_to_unmap_one(), vma[1]": walks && call(unmapToSlot(1, how), ofFolio),
      [UNLOCK_ANON_VMA]: walks && anonVmaUnlockRead,
      "folio_mapped(folio)?": walks && once((_, { page }) => (page!.mapcount > 0 ? KEEP : undefined)),

      [READ]: once((_, me) => {
        me.data = me.page!.data;
      }),
      "pageout(): the device is written": once((_, { slot, data }) => {
        slot!.data = data;
        if (keeps) return KEEP;
      }),
      "__remove_mapping(): swap_cluster_get_and_lock_irq(folio)": removes && byTable && lockSlot,
      "__remove_mapping(): folio_ref_freeze(folio, 2)":
        removes && pageRefFreeze(2).then({ false: byTable ? BUSY : KEEP }),
      "__delete_from_swap_cache(): xas_store(&xas, NULL)":
        removes && (byTable ? setSlotCache : storeSlotCache)(() => null),
      "__delete_from_swap_cache(): folio_clear_swapcache(folio)": removes && clearPageFlag("swapcache"),
      "put_swap_folio(): spin_lock(ci)": removes && !byTable && lockSlot,
      "put_swap_folio(): swap_map &= ~SWAP_HAS_CACHE": removes && !byTable && setHasCache(false),
      "put_swap_folio(): spin_unlock(ci)": removes && unlockSlot,
      "folio_unlock(folio)": removes && unlockPage,
      "free_pages_prepare(): page->mapping = NULL": removes && setMapping("NULL"),
      "free_unref_folios(&free_folios)": removes && freeFrozen.then(done),

      [BUSY]: removes && byTable && unlockSlot.then(KEEP),
      [KEEP]: unlockPage,
      "keep: folio_put(folio)": putPage,
    },
    {
      file: "mm/vmscan.c, mm/swap_state.c, mm/rmap.c",
      release,
      notInSource: "the way of one folio through shrink_folio_list() and six functions that it calls, to its slot",
      leavesOut:
        "folio_check_references(), writeback as a state of its own (the device is written at once, under the page lock), a slot that is not free (the folio is kept), i_pages of the swap cache; of a page that one vma maps the lock of the anon_vma, for which nobody waits; folio_lock_anon_vma_read() asks whether the folio is mapped (a walk of one that is not finds nothing); in v7.1 the two steps of the swap cache's end are __swap_cache_del_folio()",
    },
  );
};
