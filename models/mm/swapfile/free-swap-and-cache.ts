import { bool, done, int, once, ref, relaxed, release as releases, smpRmb } from "faultline";
import { loadCount, storeCount, lockSlot, unlockSlot } from "../../kernel/swap-slot.ts";
import { SwapInfo, SwapMap, SwapSlot, kernel } from "../../kernel/world.ts";

/**
 * free_swap_and_cache(), mm/swapfile.c, as truncation of shmem calls it with an entry that it has taken out of the file.
 * v6.8 takes the device as it is; since 82b1c07a0af6 (v6.9) it holds it by get_swap_device().
 */
export const freeSwapAndCache = (release: "v6.8" | "v6.12") => {
  const gets = release === "v6.12";
  return kernel.path(
    "free_swap_and_cache_nr",
    { si: ref(SwapInfo), slot: ref(SwapSlot), map: ref(SwapMap), onlyCache: bool, count: int(0, 2) },
    {
      "si = swap_info[type]": once((k, me) => {
        me.si = k.swapDevice;
        me.slot = k.swapSlot;
        if (!me.si) return done;
      }),
      "get_swap_device(): percpu_ref_tryget_live(&si->users)":
        gets &&
        relaxed((_, { si }) => {
          if (si!.dead) return done;
          si!.users++;
        }),
      "get_swap_device(): smp_rmb()": gets && smpRmb,
      "__swap_entries_free(): spin_lock(ci)": lockSlot,
      "__swap_entries_free(): swap_map--: load": loadCount,
      "__swap_entries_free(): swap_map--": storeCount(-1),
      "__swap_entries_free(): swap_map == SWAP_HAS_CACHE?": once((_, me) => {
        me.onlyCache = me.slot!.count === 0 && me.slot!.hasCache;
      }),
      "__swap_entries_free(): spin_unlock(ci)": unlockSlot.then((_, { onlyCache }) =>
        onlyCache ? undefined : gets ? "put_swap_device(si)" : done,
      ),
      "si->swap_map": once((_, me) => {
        me.map = me.si!.map;
      }),
      "READ_ONCE(si->swap_map[offset])": once((_, { map }) => {
        void map!.slots;
      }),
      "put_swap_device(si)":
        gets &&
        releases((_, { si }) => {
          si!.users--;
        }),
    },
    {
      file: "mm/swapfile.c",
      release,
      fits: gets ? "v6.9.." : "..v6.8",
      at: {
        "si = swap_info[type]": "get_swap_device(entry)",
        "get_swap_device(): percpu_ref_tryget_live(&si->users)": "get_swap_device(entry)",
        "get_swap_device(): smp_rmb()": "get_swap_device(entry)",
        "__swap_entries_free(): spin_lock(ci)": "__swap_entries_free()",
        "__swap_entries_free(): swap_map--: load": "__swap_entries_free()",
        "__swap_entries_free(): swap_map--": "__swap_entries_free()",
        "__swap_entries_free(): swap_map == SWAP_HAS_CACHE?": "__swap_entries_free()",
        "__swap_entries_free(): spin_unlock(ci)": "__swap_entries_free()",
        "si->swap_map": "READ_ONCE(si->swap_map[offset])",
        "put_swap_device(si)": "out: put_swap_device(si)",
      },
      omits: {
        non_swap_entry: "the entry is one of a swap device",
        __try_to_reclaim_swap: "frees the folio of the swap cache, which swapoff() does here",
      },
      leavesOut:
        "__try_to_reclaim_swap() (swapoff() frees the folio here; it looks at the device as the load of swap_map does), the end of a slot that nothing is cached of (there is a folio here)",
    },
  );
};
