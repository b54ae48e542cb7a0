import { bool, scenario } from "faultline";
import { hugetlbMapcount, splitVmaSharesNothing } from "../../../specs/hugetlb.ts";
import { hugetlbMayShare, kernel } from "../../kernel/world.ts";
import { hugetlbFaultShared } from "../../mm/hugetlb/fault-by-release.ts";
import { splitVma } from "../../mm/hugetlb/split-vma.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2025-38084, 081056dc00a2 (v6.16; 6.12.35). A vma of hugetlbfs that is split in the middle of a page table must not share it. v6.6
 * stops sharing in may_split(), and drops the locks; another process faults, finds the vma whole, and shares its table again. The fix
 * does it where i_mmap_rwsem is held until the vma is split.
 *
 * By hand, v6.6: mm/mmap.c 2363 asks may_split(), 2404, vma_prepare(), takes i_mmap_rwsem; mm/hugetlb.c 7338 drops it in between, 7007 takes
 * it for reading in the other process, 7017 counts up. v7.1: mm/vma.c 559 calls hugetlb_split() behind vma_prepare().
 */
export default scenario("races/hugetlb-split-vs-share", {
  about: "A vma of hugetlbfs is split while another process shares its page table",
  world: kernel,
  params: { fixed: bool },
  threads({ fixed }) {
    const release = fixed ? "v7.1" : "v6.6";
    return { split: splitVma(0, release), fault: hugetlbFaultShared(1, { release, splits: true }) };
  },
  init: (k) => hugetlbMayShare(k, [0]),
  specs: [splitVmaSharesNothing, hugetlbMapcount],
  unreached: neverTaken("races/hugetlb-split-vs-share"),
  expect: [
    { set: { fixed: false }, violated: ["split-vma-shares-nothing"], states: 332 },
    { set: { fixed: false }, memory: "tso", violated: ["split-vma-shares-nothing"], states: 461 },
    { set: { fixed: false }, memory: "lkmm", violated: ["split-vma-shares-nothing"], states: 332 },
    { set: { fixed: true }, states: 176 },
    { set: { fixed: true }, memory: "tso", states: 262 },
    { set: { fixed: true }, memory: "lkmm", states: 176 },
  ],
});
