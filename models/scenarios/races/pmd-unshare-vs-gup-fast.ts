import { bool, oneOf, scenario } from "faultline";
import { FLUSHES } from "../../kernel/table-sync.ts";
import { hugetlbShared, kernel } from "../../kernel/world.ts";
import { gupFastHugetlb, unmapAndReuse, unmapHugepageRange } from "../../mm/hugetlb/pmd-sharing.ts";
import { gupGetsOwnMemory } from "../../../specs/page-tables.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2025-38085, 1013af4f585f (v6.16). GUP-fast has read a pud entry, which nobody looks at again; hugetlb stops sharing the table
 * with the other process, which uses it for memory of its own; GUP-fast gets that. The fix is tlb_remove_table_sync_one()
 * before i_mmap_rwsem is dropped, since 8ce720d5bd91 only where nobody shares the table any more.
 *
 * By hand, v7.1: mm/gup.c 3052 is the only look at the pud entry, 2945 one at the pmd entry; mm/hugetlb.c 6917 clears the pud entry, 6919 counts
 * down; include/asm-generic/tlb.h 845 asks whether the table is shared no more, 846 waits for the walkers.
 */
export default scenario("races/pmd-unshare-vs-gup-fast", {
  about: "hugetlb stops sharing a page table with another process while GUP-fast walks it",
  world: kernel,
  params: { fixed: bool, flush: oneOf(...FLUSHES) },
  threads: ({ fixed, flush }) => {
    const unshare = { flush, sync: fixed ? "ipi" : "none" } as const;
    return {
      gup: gupFastHugetlb(0),
      unshare: unmapHugepageRange(0, unshare),
      other: unmapAndReuse(1, unshare),
    };
  },
  init: hugetlbShared,
  specs: [gupGetsOwnMemory],
  unreached: neverTaken("races/pmd-unshare-vs-gup-fast"),
  expect: [
    { set: { fixed: false }, violated: ["gup-gets-own-memory"], states: 480 },
    { set: { fixed: false }, memory: "tso", violated: ["gup-gets-own-memory"], states: 574 },
    { set: { fixed: false }, memory: "lkmm", violated: ["gup-gets-own-memory"], states: 868 },
    { set: { fixed: false, flush: "ipi" }, states: 480 },
    { set: { fixed: true }, states: 453 },
    { set: { fixed: true }, memory: "tso", states: 523 },
    { set: { fixed: true }, memory: "lkmm", states: 751 },
    { set: { fixed: true, flush: "ipi" }, states: 528 },
    { set: { fixed: false, flush: "ipi" }, memory: "tso", states: 550 },
    { set: { fixed: false, flush: "ipi" }, memory: "lkmm", states: 713 },
    { set: { fixed: true, flush: "ipi" }, memory: "tso", states: 598 },
    { set: { fixed: true, flush: "ipi" }, memory: "lkmm", states: 782 },
  ],
});
