import { bool, scenario } from "faultline";
import { hugetlbMapcount } from "../../../specs/hugetlb.ts";
import { hugetlbMayShare, kernel } from "../../kernel/world.ts";
import { hugetlbFaultShared } from "../../mm/hugetlb/fault-by-release.ts";
import { unmapRegionHugetlb } from "../../mm/hugetlb/unmap-by-release.ts";
import { neverTaken } from "../recorded.ts";

/**
 * d833352a4338 (v3.6). A process has unmapped its huge pages, and its vma is in the interval tree still: another process shares the page
 * table that is about to be freed, and maps a page in it, which free_pgtables() clears as a bad entry. The fix makes the vma one that
 * shares nothing before i_mmap_rwsem is dropped, by VM_MAYSHARE, and since v6.1 by the lock of hugetlb's vma, which is freed there.
 *
 * By hand, v5.9: mm/hugetlb.c 4051 clears VM_MAYSHARE; without it 5375 finds the vma, 5380 takes the table; mm/memory.c 237 clears the entry.
 */
export default scenario("races/hugetlb-share-vs-teardown", {
  about: "A fault shares the page table of a process that has unmapped its file of hugetlbfs",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    unmap: unmapRegionHugetlb(0, { release: "v5.9", keepsOut: fixed }),
    fault: hugetlbFaultShared(1, { release: "v5.9" }),
  }),
  init: (k) => hugetlbMayShare(k, [0], { mapped: true }),
  specs: [hugetlbMapcount],
  unreached: neverTaken("races/hugetlb-share-vs-teardown"),
  expect: [
    { set: { fixed: false }, violated: ["hugetlb-mapcount"], states: 250 },
    { set: { fixed: false }, memory: "tso", violated: ["hugetlb-mapcount"], states: 379 },
    { set: { fixed: false }, memory: "lkmm", violated: ["hugetlb-mapcount"], states: 278 },
    { set: { fixed: true }, states: 248 },
    { set: { fixed: true }, memory: "tso", states: 380 },
    { set: { fixed: true }, memory: "lkmm", states: 282 },
  ],
});
