import { oneOf, scenario } from "faultline";
import { gupGetsOwnMemory } from "../../../specs/page-tables.ts";
import { FLUSHES, SYNCS } from "../../kernel/table-sync.ts";
import { attached } from "../../kernel/vma-lock.ts";
import { anonPageMapped, hugetlbShared, kernel } from "../../kernel/world.ts";
import { gupFastWalk } from "../../mm/gup/gup-fast-walk.ts";
import { zapHugePmdWithDeposit } from "../../mm/huge-memory/zap-deposited.ts";
import { gupFastHugetlb, unmapAndReuse, unmapHugepageRange } from "../../mm/hugetlb/pmd-sharing.ts";
import { collapseHugePage } from "../../mm/khugepaged/collapse-anon.ts";
import { neverTaken } from "../recorded.ts";

/** docs/questions/table-sync.md */
export default scenario("questions/table-sync", {
  about: "May tlb_remove_table_sync_one() be skipped after the TLB flush before it?",
  world: kernel,
  params: { caller: oneOf("collapse", "unshare"), flush: oneOf(...FLUSHES), sync: oneOf(...SYNCS) },
  threads: ({ caller, flush, sync }) =>
    caller === "collapse"
      ? {
          gup: gupFastWalk(0),
          collapse: collapseHugePage(0, { release: "v7.1", flush, sync }),
          zap: zapHugePmdWithDeposit(0),
        }
      : {
          gup: gupFastHugetlb(0),
          unshare: unmapHugepageRange(0, { flush, sync }),
          other: unmapAndReuse(1, { flush, sync }),
        },
  init(k, { caller }) {
    if (caller === "unshare") {
      hugetlbShared(k);
      return;
    }
    anonPageMapped(k, { shared: false, writable: true });
    attached(k.vma[0], k.mm[0]);
  },
  specs: [gupGetsOwnMemory],
  unreached: neverTaken("questions/table-sync"),
  expect: [
    { set: { caller: "collapse", flush: "broadcast", sync: "ipi" }, states: 854 },
    { set: { caller: "collapse", flush: "broadcast", sync: "rcu" }, states: 826 },
    { set: { caller: "collapse", flush: "broadcast", sync: "rcu" }, memory: "lkmm", states: 1198 },
    { set: { caller: "collapse", flush: "broadcast", sync: "none" }, violated: ["use-after-free"], states: 1238 },
    { set: { caller: "collapse", flush: "ipi", sync: "none" }, states: 820 },
    { set: { caller: "collapse", flush: "ipi", sync: "none" }, memory: "tso", states: 1350 },
    { set: { caller: "collapse", flush: "ipi", sync: "none" }, memory: "lkmm", states: 1097 },
    { set: { caller: "unshare", flush: "broadcast", sync: "ipi" }, states: 453 },
    { set: { caller: "unshare", flush: "broadcast", sync: "rcu" }, states: 432 },
    { set: { caller: "unshare", flush: "broadcast", sync: "rcu" }, memory: "lkmm", states: 726 },
    { set: { caller: "unshare", flush: "broadcast", sync: "none" }, violated: ["gup-gets-own-memory"], states: 480 },
    { set: { caller: "unshare", flush: "ipi", sync: "none" }, states: 480 },
    { set: { caller: "unshare", flush: "ipi", sync: "none" }, memory: "tso", states: 550 },
    { set: { caller: "unshare", flush: "ipi", sync: "none" }, memory: "lkmm", states: 713 },
  ],
});
