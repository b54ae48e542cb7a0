import { allocated, bool, scenario } from "faultline";
import { locksReleased } from "../../../specs/balance.ts";
import { slotCanBeFreed } from "../../../specs/swap.ts";
import { kernel } from "../../kernel/world.ts";
import { freeSwapAndCache } from "../../mm/swapfile/free-swap-and-cache.ts";
import { swapoff } from "../../mm/swapfile/swapoff.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2024-26960, fixed by 82b1c07a0af6 (v6.9), docs/kernel-facts.md 5 #36. free_swap_and_cache() drops the last entry of a slot whose folio is in the
 * swap cache; swapoff() empties the swap cache, finds nothing in use, and takes swap_map away; free_swap_and_cache() then
 * looks at it once more. With the fix it holds the device, and swapoff() waits for it.
 *
 * By hand, mm/swapfile.c of v6.12: 1903 get_swap_device(), 1913 the entries, then swap_map once more, 1953 put_swap_device(); swapoff()
 * goes from 2843 percpu_ref_kill() by 2844 and 2845 to p->swap_map = NULL and vfree(). Without 1903 nothing keeps these from
 * coming before the second look, or between its two loads.
 */
export default scenario("races/swap-free-vs-swapoff", {
  about: "The last entry of a swap slot is freed while swapoff() frees the device",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    free: freeSwapAndCache(fixed ? "v6.12" : "v6.8"),
    swapoff: swapoff(),
  }),
  init(k) {
    k.swapDevice = k.swapInfo;
    k.swapInfo.map = allocated(k.swapMap[0]);
    k.swapInfo.inUse = 1;
    k.swapSlot.count = 1;
    k.swapSlot.hasCache = true;
    k.swapSlot.cache = k.page;
    k.page.swapcache = true;
    k.page.refcount = 1;
  },
  specs: [slotCanBeFreed, locksReleased],
  unreached: neverTaken("races/swap-free-vs-swapoff"),
  expect: [
    { set: { fixed: false }, violated: ["no-oops", "use-after-free"], states: 132 },
    { set: { fixed: false }, memory: "tso", violated: ["no-oops", "use-after-free"], states: 245 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-oops", "use-after-free"], states: 166 },
    { set: { fixed: true }, states: 164 },
    { set: { fixed: true }, memory: "tso", states: 289 },
    { set: { fixed: true }, memory: "lkmm", states: 209 },
  ],
});
