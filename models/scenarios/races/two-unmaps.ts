import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noMappedDeletion, noStalePte } from "../../../specs/page-cache.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { doReadFault } from "../../mm/memory/read-fault.ts";
import { invalidateInodePages2Range } from "../../mm/truncate/invalidate.ts";
import { unmapMappingRangeRestart } from "../../mm/memory/unmap-restart.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 2aa15890f3c1 (2.6.38), docs/kernel-facts.md 5 #4. A large unmap reschedules after the page and leaves its
 * restart address in the vma; a fault maps the page again; the invalidation's unmap takes the restart address for its
 * own, and returns without having done anything: BUG_ON(page_mapped(page)).
 */
export default scenario("races/two-unmaps", {
  about: "A page is faulted in again and invalidated while another unmap of a larger range is half-way",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    unmap: unmapMappingRangeRestart("large", fixed),
    fault: doReadFault(0, null),
    invalidate: invalidateInodePages2Range(1, { unmap: unmapMappingRangeRestart("page", fixed) }),
  }),
  init: (k) => pageMappedBy(k, 1),
  specs: [noStalePte, noMappedDeletion, ...balance],
  unreached: neverTaken("races/two-unmaps"),
  expect: [
    { set: { fixed: false }, violated: ["no-bug"], states: 2875 },
    { set: { fixed: true }, states: 3078 },
    { set: { fixed: false }, memory: "tso", violated: ["no-bug"], states: 5842 },
    { set: { fixed: true }, memory: "tso", states: 5595 },
  ],
});
