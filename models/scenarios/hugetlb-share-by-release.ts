import { oneOf, scenario } from "faultline";
import { hugetlbMapcount } from "../../specs/hugetlb.ts";
import { hugetlbMayShare, kernel } from "../kernel/world.ts";
import { hugetlbFaultShared } from "../mm/hugetlb/fault-by-release.ts";
import { SHARE_RELEASES } from "../mm/hugetlb/pmd-share.ts";
import { hugetlbVmdeleteList, unmapRegionHugetlb } from "../mm/hugetlb/unmap-by-release.ts";
import { neverTaken } from "./recorded.ts";

/**
 * Two processes share a page table for a file of hugetlbfs. One faults; somebody punches a hole, which takes the table from it; the other
 * process unmaps the file, and frees the table. Until fcd48540d188 (v6.3) the fault looks at the entry before it takes a lock: v5.9
 * says that the pointer may be stale, and that this does no harm, but the table may be freed.
 *
 * By hand: mm/hugetlb.c 4544 and 4551 of v5.9, 6082 and 6089 of v6.1, without i_mmap_rwsem and without the lock of the vma. Between the two
 * huge_pmd_unshare() clears the pud entry and leaves the table to the other process, whose free_pgtables() frees it. In v6.12 the first
 * look is under hugetlb_vma_lock_read(), which the hole punch has to have for writing.
 */
export default scenario("hugetlb-share-by-release", {
  about: "A fault in a page table that hugetlb shares, a hole punch, and the other process's exit, release by release",
  world: kernel,
  params: { release: oneOf(...SHARE_RELEASES) },
  threads: ({ release }) => ({
    fault: hugetlbFaultShared(0, { release }),
    punch: hugetlbVmdeleteList(0, release),
    exit: unmapRegionHugetlb(1, { release }),
  }),
  init: (k) => hugetlbMayShare(k, [0, 1]),
  specs: [hugetlbMapcount],
  unreached: neverTaken("hugetlb-share-by-release"),
  expect: [
    { set: { release: "v5.9" }, violated: ["use-after-free"], states: 556 },
    { set: { release: "v5.9" }, memory: "tso", violated: ["use-after-free"], states: 761 },
    { set: { release: "v5.9" }, memory: "lkmm", violated: ["use-after-free"], states: 663 },
    { set: { release: "v6.1" }, violated: ["use-after-free"], states: 1235 },
    { set: { release: "v6.1" }, memory: "lkmm", violated: ["use-after-free"], states: 1572 },
    { set: { release: "v6.12" }, states: 1065 },
    { set: { release: "v7.1" }, states: 1065 },
    { set: { release: "v7.1" }, memory: "tso", states: 1483 },
    { set: { release: "v7.1" }, memory: "lkmm", states: 1344 },
  ],
});
