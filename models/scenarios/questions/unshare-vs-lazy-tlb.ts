import { oneOf, scenario } from "faultline";
import { PASSES, munmapOfSecond, speculativeWalk, unshareOfFirst, walkCache } from "../../arch/x86/walk-cache.ts";
import { hugetlbShared } from "../../kernel/world.ts";
import { neverTaken } from "../recorded.ts";

/** docs/questions/unshare-vs-lazy-tlb.md */
export default scenario("questions/unshare-vs-lazy-tlb", {
  about: "hugetlb stops sharing a page table that a CPU in lazy TLB mode still has in its paging-structure cache",
  world: walkCache,
  params: { passes: oneOf(...PASSES) },
  threads: ({ passes }) => ({ lazy: speculativeWalk, unshare: unshareOfFirst(passes), other: munmapOfSecond }),
  init: hugetlbShared,
  specs: [],
  unreached: neverTaken("questions/unshare-vs-lazy-tlb"),
  expect: [
    { set: { passes: "freed_tables" }, violated: ["use-after-free"], states: 124 },
    { set: { passes: "freed_tables" }, memory: "tso", violated: ["use-after-free"], states: 140 },
    { set: { passes: "freed_tables" }, memory: "lkmm", violated: ["use-after-free"], states: 132 },
    { set: { passes: "freed_tables || unshared_tables" }, states: 124 },
    { set: { passes: "freed_tables || unshared_tables" }, memory: "tso", states: 140 },
    { set: { passes: "freed_tables || unshared_tables" }, memory: "lkmm", states: 132 },
  ],
});
