import { done, once, ref } from "faultline";
import { pageFlag, setPageFlag, clearPageFlag, pageRefDec } from "../../kernel/primitives.ts";
import { lockSlot, setSlotCache, unlockSlot } from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel } from "../../kernel/world.ts";

/** folio_free_swap(), mm/swapfile.c, v7.1, of a locked folio: it leaves the swap cache if no entry names its slot, which is free then. */
export const folioFreeSwap = kernel.path(
  "folio_free_swap",
  { page: ref(Page), slot: ref(SwapSlot) },
  {
    "folio_swapcache_freeable(folio)": pageFlag("swapcache").then({ false: done }),
    // Without the lock of the cluster: the folio lock keeps the count from rising.
    "folio_maybe_swapped(folio)": once((_, { slot }) => (slot!.count > 0 ? done : undefined)),
    "swap_cache_del_folio(): ci = swap_cluster_lock()": lockSlot,
    "swap_cache_del_folio(): __swap_table_set(ci, shadow)": setSlotCache(() => null),
    "swap_cache_del_folio(): folio_clear_swapcache(folio)": clearPageFlag("swapcache"),
    "swap_cache_del_folio(): swap_cluster_unlock(ci)": unlockSlot,
    // An RMW without order: the reference of who has locked the folio stays.
    "swap_cache_del_folio(): folio_ref_sub(folio, 1)": pageRefDec,
    "folio_set_dirty(folio)": setPageFlag("dirty"),
  },
  {
    file: "mm/swapfile.c",
    release: "v7.1",
    functions: ["folio_free_swap"],
    at: {
      "swap_cache_del_folio(): ci = swap_cluster_lock()": "swap_cache_del_folio(folio)",
      "swap_cache_del_folio(): __swap_table_set(ci, shadow)": "swap_cache_del_folio(folio)",
      "swap_cache_del_folio(): folio_clear_swapcache(folio)": "swap_cache_del_folio(folio)",
      "swap_cache_del_folio(): swap_cluster_unlock(ci)": "swap_cache_del_folio(folio)",
      "swap_cache_del_folio(): folio_ref_sub(folio, 1)": "swap_cache_del_folio(folio)",
    },
    leavesOut:
      "writeback (pageout() is over when it unlocks the folio here), hibernation, rcu_read_lock() around the test",
  },
);
