import { bool, int, inWord, ref, spinlock, struct } from "faultline";
import { Page } from "./page.ts";

/** One slot of a swap device, with its place in the swap cache. */
export const SwapSlot = struct("SwapSlot", {
  /** The lock of the slot's cluster, of a device that does not turn; until v6.12 si->lock of any other. */
  lock: spinlock,
  /** swap_map[offset]: the swap entries in page tables that name the slot. */
  count: inWord("map", int(0, 2)),
  /** SWAP_HAS_CACHE, until v6.19: somebody has put, or is about to put, a folio into the swap cache. */
  hasCache: inWord("map", bool),
  /** The entry of the swap cache. */
  cache: ref(Page),
  /** What the device holds in this slot, a version of the page's `data`. */
  data: int(0, 2),
});

/** What si->swap_map points at, which swapoff() frees; what it says of a slot is in the slot. */
export const SwapMap = struct("SwapMap", {
  /** swap_map[offset], for who looks whether it may be looked at. */
  slots: bool,
});

/** swap_info_struct, which is never freed. */
export const SwapInfo = struct("SwapInfo", {
  /** si->users: who has get_swap_device() keeps the device; killed by swapoff(). */
  users: inWord("users", int(0, 2)),
  dead: inWord("users", bool),
  /** si->inuse_pages */
  inUse: int(0, 1),
  /** si->swap_map */
  map: ref(SwapMap),
});
