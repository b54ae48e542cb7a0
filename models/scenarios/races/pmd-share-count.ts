import { bool, scenario } from "faultline";
import { hugetlbMapcount } from "../../../specs/hugetlb.ts";
import { hugetlbMayShare, kernel } from "../../kernel/world.ts";
import { splitHugePagesAll } from "../../mm/huge-memory/scan-page-frames.ts";
import { unmapRegionHugetlb } from "../../mm/hugetlb/unmap-by-release.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2024-57883, 59d9094df3d7 (v6.13). huge_pmd_unshare() takes a page table for shared whose page has more than one reference. Who goes
 * through page frames, split_huge_pages among them, has one for a moment: an unmap of the only process leaves the huge pages in the table,
 * and drops the table. The fix counts who shares in a field of its own.
 *
 * By hand, v5.9: mm/hugetlb.c 5424 asks for page_count() == 1, 5427 and 5428 clear the pud entry and put the table; mm/huge_memory.c 2891 takes
 * the reference before, and mm/hugetlb.c 3971 goes on to the next table. v7.1: mm/hugetlb.c 6912 asks ptdesc_pmd_is_shared().
 */
export default scenario("races/pmd-share-count", {
  about: "hugetlb takes a page table for shared because somebody has a reference of its page",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    unmap: unmapRegionHugetlb(0, { release: fixed ? "v7.1" : "v5.9", scanned: true }),
    scan: splitHugePagesAll(fixed ? "v7.1" : "v5.9"),
  }),
  init: (k) => hugetlbMayShare(k, [0], { mapped: true }),
  specs: [hugetlbMapcount],
  unreached: neverTaken("races/pmd-share-count"),
  expect: [
    { set: { fixed: false }, violated: ["hugetlb-mapcount", "use-after-free"], states: 163 },
    { set: { fixed: false }, memory: "tso", violated: ["hugetlb-mapcount", "use-after-free"], states: 206 },
    { set: { fixed: false }, memory: "lkmm", violated: ["hugetlb-mapcount", "use-after-free"], states: 296 },
    { set: { fixed: true }, states: 136 },
    { set: { fixed: true }, memory: "tso", states: 160 },
    { set: { fixed: true }, memory: "lkmm", states: 204 },
  ],
});
