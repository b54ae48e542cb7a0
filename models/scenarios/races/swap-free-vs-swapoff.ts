import { allocated, bool, scenario } from "faultline";
import { locksReleased } from "../../../specs/balance.ts";
import { slotCanBeFreed } from "../../../specs/swap.ts";
import { kernel } from "../../kernel/world.ts";
import { freeSwapAndCache } from "../../mm/swapfile/free-swap-and-cache.ts";
import { swapoff } from "../../mm/swapfile/swapoff.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2024-26960, fixed by 82b1c07a0af6 (v6.9), docs/kernel-facts.md 5 #36. free_swap_and_cache() drops the last entry of a slot whose folio is in the
 * swap cache; swapoff() empties the swap cache, finds nothing in use, and frees the device; free_swap_and_cache() then
 * looks at swap_map once more. With the fix it holds the device, and swapoff() waits for it.
 *
 * By hand, mm/swapfile.c of v6.12: 1903 get_swap_device(), 1913 the entries, then swap_map once more, 1953 put_swap_device(); swapoff()
 * goes from 2843 percpu_ref_kill() by 2844 and 2845 to 2890 vfree(). Without 1903 nothing keeps 2890 from coming before the second look.
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
    k.swapDevice = allocated(k.swapInfo[0]);
    k.swapDevice.inUse = 1;
    k.swapSlot.count = 1;
    k.swapSlot.hasCache = true;
    k.swapSlot.cache = k.page;
    k.page.swapcache = true;
    k.page.refcount = 1;
  },
  specs: [slotCanBeFreed, locksReleased],
  unreached: neverTaken("races/swap-free-vs-swapoff"),
  expect: [
    { set: { fixed: false }, violated: ["use-after-free"], states: 94 },
    { set: { fixed: false }, memory: "tso", violated: ["use-after-free"], states: 122 },
    { set: { fixed: false }, memory: "lkmm", violated: ["use-after-free"], states: 114 },
    { set: { fixed: true }, states: 123 },
    { set: { fixed: true }, memory: "tso", states: 155 },
    { set: { fixed: true }, memory: "lkmm", states: 238 },
  ],
});
