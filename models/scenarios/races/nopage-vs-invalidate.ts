import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noStalePte } from "../../../specs/page-cache.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { doReadFault } from "../../mm/memory/read-fault.ts";
import { invalidateInodePages2Range } from "../../mm/truncate/invalidate.ts";
import { doNoPage, unmapMappingRangeCounting } from "../../mm/memory/nopage-fault.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by d00806b18315 (2.6.23), docs/kernel-facts.md 5 #1: since then ->fault returns the page locked. The fault
 * finds the page, invalidation below i_size removes it without an unmap, since it is not mapped, and the fault maps an
 * orphan: truncate_count has not changed.
 */
export default scenario("races/nopage-vs-invalidate", {
  about: "A read fault maps a page while it is invalidated below the end of the file",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    fault: fixed ? doReadFault(1, null) : doNoPage(1),
    invalidate: fixed
      ? invalidateInodePages2Range(2)
      : invalidateInodePages2Range(2, { unmap: unmapMappingRangeCounting(2), checks: false }),
  }),
  init: (k) => pageMappedBy(k, 1),
  specs: [noStalePte, ...balance],
  unreached: neverTaken("races/nopage-vs-invalidate"),
  expect: [
    { set: { fixed: false }, violated: ["no-stale-pte"], states: 628 },
    { set: { fixed: true }, states: 247 },
    { set: { fixed: false }, memory: "tso", violated: ["no-stale-pte"], states: 944 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-stale-pte"], states: 2929 },
    { set: { fixed: true }, memory: "tso", states: 322 },
    { set: { fixed: true }, memory: "lkmm", states: 884 },
  ],
});
