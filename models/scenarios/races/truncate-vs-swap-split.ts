import { bool, scenario } from "faultline";
import { entryHasSlots } from "../../../specs/shmem.ts";
import {
  largeSwapEntry,
  shmemFreeSwap,
  shmemFreeSwapEarly,
  shmemSplitLargeEntry,
  swappedFile,
} from "../../mm/shmem/swap-entry.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2026-23161, fixed by 8a1968bd997f (v6.19), docs/kernel-facts.md 5 #48. A truncate of tmpfs frees a large swap entry by the order that it has read without the
 * lock of the file's tree; meanwhile swapin splits the entry, the first part of which is the same value. The truncate takes
 * that part out of the file, and frees the slots of both.
 *
 * By hand, mm/shmem.c of v7.1: 972 xas_lock_irq(), 973 the entry, 975 its order, 980 xas_store(), 982; 2226 xas_lock_irq() of the split,
 * 2247 xas_try_split(), 2262 __xa_store(). With 975 in front of 972 the split comes between them, and nothing else keeps it from that: who
 * swaps in holds the lock of a folio, if any, and not that of the entry.
 */
export default scenario("races/truncate-vs-swap-split", {
  about: "A truncate frees a large swap entry of tmpfs while swapin splits it",
  world: swappedFile,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ truncate: fixed ? shmemFreeSwap : shmemFreeSwapEarly, swapin: shmemSplitLargeEntry }),
  init: largeSwapEntry,
  specs: [entryHasSlots],
  unreached: neverTaken("races/truncate-vs-swap-split"),
  expect: [
    { set: { fixed: false }, violated: ["entry-has-slots"], states: 59 },
    { set: { fixed: false }, memory: "tso", violated: ["entry-has-slots"], states: 133 },
    { set: { fixed: false }, memory: "lkmm", violated: ["entry-has-slots"], states: 60 },
    { set: { fixed: true }, states: 41 },
    { set: { fixed: true }, memory: "tso", states: 92 },
    { set: { fixed: true }, memory: "lkmm", states: 42 },
  ],
});
