import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noDirtyDeletion, noMappedDeletion, noPteBeyondEof } from "../../../specs/page-cache.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { writeProtectFault } from "../../mm/memory/wp-page-shared.ts";
import { truncateSetsize } from "../../mm/truncate/truncate.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 2d6d7f982846 (v3.19), docs/kernel-facts.md I-DRTY. A write fault has made the PTE writable and waited for
 * the page lock, but does not take it; truncate locks the page, unmaps it and takes PG_dirty off; the fault sets it
 * again just before the page is deleted. The fix sets it under the page lock.
 */
export default scenario("races/wp-fault-vs-truncate", {
  about: "A write fault in a shared mapping sets PG_dirty without the page lock while the page is truncated",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    fault: writeProtectFault(0, { mkwrite: false, release: fixed ? "5.9" : "3.18" }),
    truncate: truncateSetsize({ vmas: 1, gate: "page_mapped", rules: { dirty: "v5.9" } }),
  }),
  init: (k) => pageMappedBy(k, 1),
  specs: [noDirtyDeletion, noPteBeyondEof, noMappedDeletion, ...balance],
  unreached: neverTaken("races/wp-fault-vs-truncate"),
  expect: [
    { set: { fixed: false }, violated: ["no-dirty-deletion"], states: 301 },
    { set: { fixed: true }, states: 340 },
    { set: { fixed: false }, memory: "tso", violated: ["no-dirty-deletion"], states: 430 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-dirty-deletion"], states: 655 },
    { set: { fixed: true }, memory: "tso", states: 457 },
    { set: { fixed: true }, memory: "lkmm", states: 839 },
  ],
});
