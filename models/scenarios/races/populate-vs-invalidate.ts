import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noStalePte } from "../../../specs/page-cache.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { filemapPopulate } from "../../mm/fremap/install-page.ts";
import { unmapMappingRangeCounting } from "../../mm/memory/nopage-fault.ts";
import { doReadFault } from "../../mm/memory/read-fault.ts";
import { invalidateInodePages2Range } from "../../mm/truncate/invalidate.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 54cb8821de07 (2.6.23), docs/kernel-facts.md 5 #2: faults of non-linear mappings take the way of all others, and get the
 * page locked. Before, install_page() looked at page->mapping under ptl, while invalidation had found the page unmapped and
 * was about to take its mapping.
 */
export default scenario("races/populate-vs-invalidate", {
  about: "A fault in a non-linear mapping installs a page while it is invalidated below the end of the file",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    fault: fixed ? doReadFault(1, null) : filemapPopulate(1),
    invalidate: fixed
      ? invalidateInodePages2Range(2)
      : invalidateInodePages2Range(2, { unmap: unmapMappingRangeCounting(2), checks: false }),
  }),
  init: (k) => pageMappedBy(k, 1),
  specs: [noStalePte, ...balance],
  unreached: neverTaken("races/populate-vs-invalidate"),
  expect: [
    { set: { fixed: false }, violated: ["no-stale-pte"], states: 402 },
    { set: { fixed: false }, memory: "tso", violated: ["no-stale-pte"], states: 596 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-stale-pte"], states: 1362 },
    { set: { fixed: true }, states: 247 },
    { set: { fixed: true }, memory: "tso", states: 322 },
    { set: { fixed: true }, memory: "lkmm", states: 884 },
  ],
});
