import { acquire, bool, free, full, once, ref, relaxed, release, synchronizeRcu, wait } from "faultline";
import { pageRefDec, putPage, trylockPage, unlockPage, clearPageFlag } from "../../kernel/primitives.ts";
import { lockSlot, setHasCache, unlockSlot } from "../../kernel/swap-slot.ts";
import { Page, SwapInfo, SwapMap, SwapSlot, kernel } from "../../kernel/world.ts";

const AGAIN = "try_to_unuse(): si->inuse_pages == 0?" as const;

/**
 * swapoff() with try_to_unuse(), mm/swapfile.c, v6.12: empties the swap cache of what no entry names any more, waits for
 * who has the device, and frees its map.
 */
export const swapoff = () =>
  kernel.path(
    "swapoff",
    { si: ref(SwapInfo), slot: ref(SwapSlot), page: ref(Page), map: ref(SwapMap), used: bool },
    {
      "p = swap_info[type]": once((k, me) => {
        me.si = k.swapDevice;
        me.slot = k.swapSlot;
      }),
      [AGAIN]: once((_, { si }) => (si!.inUse === 0 ? "percpu_ref_kill(&p->users)" : undefined)),
      "try_to_unuse(): folio = filemap_get_folio()": once((_, me) => {
        me.page = me.slot!.cache;
        if (!me.page) return AGAIN;
      }),
      "try_to_unuse(): folio_try_get(folio)": full((_, { page }) => {
        if (page!.refcount === 0) return AGAIN;
        page!.refcount++;
      }),
      "try_to_unuse(): folio_lock(folio)": trylockPage.then((_, __, locked) => (locked ? undefined : wait)),
      "folio_free_swap(): spin_lock(ci)": lockSlot,
      "folio_free_swap(): folio_swapped(folio)?": once((_, me) => {
        me.used = me.slot!.count > 0;
        if (me.used) return "folio_free_swap(): spin_unlock(ci)";
      }),
      "delete_from_swap_cache(): xas_store(&xas, NULL)": release((_, { slot }) => {
        slot!.cache = null;
      }),
      "delete_from_swap_cache(): swap_map &= ~SWAP_HAS_CACHE": setHasCache(false),
      "swap_range_free(): si->inuse_pages--": once((_, { si }) => {
        si!.inUse = 0;
      }),
      "folio_free_swap(): spin_unlock(ci)": unlockSlot.then((_, { used }) =>
        used ? "try_to_unuse(): folio_unlock(folio)" : undefined,
      ),
      "delete_from_swap_cache(): folio_clear_swapcache(folio)": clearPageFlag("swapcache"),
      "delete_from_swap_cache(): folio_ref_sub(folio, 1)": pageRefDec,
      "try_to_unuse(): folio_unlock(folio)": unlockPage,
      "try_to_unuse(): folio_put(folio)": putPage.then(AGAIN),

      "percpu_ref_kill(&p->users)": relaxed((_, { si }) => {
        si!.dead = true;
      }),
      "synchronize_rcu()": synchronizeRcu,
      "wait_for_completion(&p->comp)": acquire((_, { si }) => (si!.users > 0 ? wait : undefined)),
      "swap_map = p->swap_map": once((_, me) => {
        me.map = me.si!.map;
      }),
      "p->swap_map = NULL": once((_, { si }) => {
        si!.map = null;
      }),
      "vfree(swap_map)": free((_, me) => me.map),
    },
    {
      file: "mm/swapfile.c",
      release: "v6.12",
      notInSource: "the way of swapoff() that one slot takes, by seven of its functions",
      leavesOut:
        "allocation of slots (SWP_WRITEOK is cleared), page tables and shmem files that name a slot (none does), the walk over several slots; folio_swapped() and what follows it is one section of the cluster's lock here",
    },
  );
