import { done, once, ref } from "faultline";
import {
  clearPageFlag,
  freeFrozen,
  filePage,
  getPageUnlessZero,
  of,
  pageFlag,
  pageMapped,
  pageRefFreeze,
  putPage,
  trylockPage,
  unlockPage,
  setMapping,
} from "../../kernel/primitives.ts";
import { lockSlot, setHasCache, setSlotCache, storeSlotCache, unlockSlot } from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel } from "../../kernel/world.ts";
import type { SwapOutRelease } from "./swap-out.ts";

const KEEP = "keep_locked: unlock_page(page)" as const;
const BUSY = "cannot_free: swap_cluster_unlock_irq(ci)" as const;

/**
 * shrink_page_list() with __remove_mapping(), mm/vmscan.c, of a page in the swap cache that nobody maps and that is on the device: it
 * leaves the swap cache, and the slot stays with the entries that name it.
 */
export const dropSwapCache = (release: SwapOutRelease) => {
  const byTable = release === "v7.1";
  return kernel.path(
    "shrink_page_list, swap cache",
    { page: ref(Page), slot: ref(SwapSlot) },
    {
      "isolate: get_page_unless_zero(page)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        if (!got) return "keep: nothing";
        me.page = k.page;
        me.slot = k.swapSlot;
      }),
      "trylock_page(page)": trylockPage.then({ false: "keep: put_page(page)" }),
      "PageSwapCache(page)?": pageFlag("swapcache").then({ false: KEEP }),
      "page_mapped(page)?": pageMapped.then({ true: KEEP }),
      "__remove_mapping(): swap_cluster_get_and_lock_irq(folio)": byTable && lockSlot,
      "__remove_mapping(): page_ref_freeze(page, 2)": pageRefFreeze(2).then({
        false: byTable ? BUSY : KEEP,
      }),
      "__delete_from_swap_cache(): xas_store(&xas, shadow)": (byTable ? setSlotCache : storeSlotCache)(() => null),
      "__delete_from_swap_cache(): ClearPageSwapCache(page)": clearPageFlag("swapcache"),
      "put_swap_page(): lock_cluster_or_swap_info(si, offset)": !byTable && lockSlot,
      "put_swap_page(): swap_map &= ~SWAP_HAS_CACHE": !byTable && setHasCache(false),
      "put_swap_page(): unlock_cluster_or_swap_info(si, ci)": unlockSlot,
      "unlock_page(page)": unlockPage,
      "free_pages_prepare(): page->mapping = NULL": setMapping("NULL"),
      "free_unref_page_list(&free_pages)": freeFrozen.then(done),
      [BUSY]: byTable && unlockSlot,
      [KEEP]: unlockPage,
      "keep: put_page(page)": putPage,
      "keep: nothing": once((): void => {}),
    },
    {
      file: "mm/vmscan.c, mm/swap_state.c",
      release,
      notInSource:
        "the way of one page through shrink_page_list() and __remove_mapping() to its slot, in the names of v5.9; in v7.1 the end of the swap cache is __swap_cache_del_folio(), under the lock of the cluster",
      leavesOut:
        "what swap-out.ts has: a page that is mapped (it is kept here), one that is dirty (what is unlocked in the swap cache is on the device here), i_pages of the swap cache",
    },
  );
};
