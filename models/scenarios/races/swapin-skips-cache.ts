import { bool, oneOf, scenario } from "faultline";
import { locksReleased, mapcountMatches } from "../../../specs/balance.ts";
import { readsWhatWasStored, slotCanBeFreed, slotCountMatches } from "../../../specs/swap.ts";
import { swapInStoreSwapOut, writeFaultOnSwap } from "../../kernel/fork/swap-processes.ts";
import { swappedOut } from "../../kernel/swap-slot.ts";
import { kernel } from "../../kernel/world.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2024-26759, fixed by 13ddaf26be32 (v6.8), docs/kernel-facts.md 5 #35. Two threads fault on one swap entry of a device as fast as memory, and
 * both read it past the swap cache. One maps its page and frees the slot; the page is stored to, and swapped out again,
 * into the same slot. The other one finds the same entry, pte_same(), and maps what it has read before. With the fix only
 * one of them has SWAP_HAS_CACHE, and nobody else gets the slot until it has mapped its page.
 * `release`: where the fix is looked at; without it, it is v5.15. Since v7.0 nobody skips the swap cache: who comes second finds the folio there and waits
 * for its lock, which under LKMM it need not find taken: questions/swap-cache-is-the-lock.
 *
 * By hand, mm/memory.c of v5.15: 3538 past the cache, 3561 reads the device, 3629 pte_same(), 3663 set_pte_at(), 3675 swap_free().
 * v6.12: 4299 swapcache_prepare(), 4526 swap_free_nr(), 4581 set_ptes(), and 4614 swapcache_clear(), behind ptl. v7.1: mm/swap_state.c 199 finds the folio of the other fault, mm/memory.c 5139 puts the slot.
 */
export default scenario("races/swapin-skips-cache", {
  about: "Two faults swap a page in past the swap cache, and one of them is late by a swap-out",
  world: kernel,
  params: { fixed: bool, release: oneOf("v6.12", "v7.1") },
  threads({ fixed, release: mended }) {
    const release = fixed ? mended : "v5.15";
    return { fault: writeFaultOnSwap(release), process: swapInStoreSwapOut(release) };
  },
  init: swappedOut,
  specs: [readsWhatWasStored, slotCountMatches, slotCanBeFreed, mapcountMatches, locksReleased],
  unreached: neverTaken("races/swapin-skips-cache"),
  expect: [
    { set: { fixed: false }, violated: ["reads-what-was-stored"], states: 2407 },
    { set: { fixed: false }, memory: "tso", violated: ["reads-what-was-stored"], states: 5322 },
    { set: { fixed: false }, memory: "lkmm", violated: ["reads-what-was-stored"], states: 8554 },
    { set: { fixed: true }, states: 2112 },
    { set: { fixed: true }, memory: "tso", states: 4777 },
    { set: { fixed: true }, memory: "lkmm", states: 7302 },
    { set: { fixed: true, release: "v7.1" }, states: 3711 },
    { set: { fixed: true, release: "v7.1" }, memory: "tso", states: 6658 },
    {
      set: { fixed: true, release: "v7.1" },
      memory: "lkmm",
      violated: ["no-bug", "in-range"],
      states: 31299,
    },
  ],
});
