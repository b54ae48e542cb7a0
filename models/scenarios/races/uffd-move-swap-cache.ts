import { bool, scenario } from "faultline";
import { locksReleased, mapcountMatches } from "../../../specs/balance.ts";
import { indexMatches, slotCanBeFreed, slotCountMatches } from "../../../specs/swap.ts";
import { swapInSwapOut } from "../../kernel/fork/swap-processes.ts";
import { swappedOut } from "../../kernel/swap-slot.ts";
import { kernel } from "../../kernel/world.ts";
import { moveThenRead } from "../../mm/userfaultfd/move-swap-pte.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 0ea148a79919 (v6.16), docs/kernel-facts.md 5 #37. UFFDIO_MOVE finds nothing in the swap cache for a swap entry. A fault swaps the page in,
 * and reclaim swaps it out again: the entry is the same, and its folio stays in the swap cache, with the index of the old
 * address. The entry moves, pte_same(), and who faults at the new address maps a folio that rmap walks look for at the old
 * one. With the fix UFFDIO_MOVE looks for SWAP_HAS_CACHE under ptl.
 *
 * By hand, mm/userfaultfd.c of v6.12: 1400 looks the folio up, 1089 is the look at a folio that was found, 1124 the one where none was,
 * 1108 the index, 1130 the entry. Without 1124 nothing between 1400 and 1130 sees the folio: pte_same() compares the entry alone.
 */
export default scenario("races/uffd-move-swap-cache", {
  about: "UFFDIO_MOVE moves a swap entry whose page has been swapped in and out again meanwhile",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ move: moveThenRead({ rechecks: fixed }), process: swapInSwapOut() }),
  init: swappedOut,
  specs: [indexMatches, slotCountMatches, slotCanBeFreed, mapcountMatches, locksReleased],
  unreached: neverTaken("races/uffd-move-swap-cache"),
  expect: [
    { set: { fixed: false }, violated: ["index-matches"], states: 1640 },
    { set: { fixed: false }, memory: "tso", violated: ["index-matches"], states: 3292 },
    { set: { fixed: false }, memory: "lkmm", violated: ["index-matches"], states: 3262 },
    { set: { fixed: true }, states: 1696 },
    { set: { fixed: true }, memory: "tso", states: 3486 },
    { set: { fixed: true }, memory: "lkmm", states: 3404 },
  ],
});
