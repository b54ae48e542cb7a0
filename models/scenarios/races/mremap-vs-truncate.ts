import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noTlbEntryOfFreePage } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { movePageTables } from "../../mm/mremap/mremap.ts";
import { truncateSetsize } from "../../mm/truncate/truncate.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2018-18281, fixed by eb66ae030829 (v4.19), docs/kernel-facts.md 5 #18 and T-MRM. mremap() moves a clean PTE and
 * drops both ptls; ftruncate() zaps it at its new address, flushes that, and frees the page; a CPU reads it through the
 * TLB entry of the old address, which mremap() flushes at the end.
 */
export default scenario("races/mremap-vs-truncate", {
  about: "mremap() moves a PTE while ftruncate() frees the page, and a CPU loads at the old address",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    user: userAccess(0, 0, "load"),
    mremap: movePageTables(fixed ? "always" : "dirty"),
    truncate: truncateSetsize({ vmas: 2, gate: "page_mapped", rules: { dirty: "v5.9" } }),
  }),
  init: (k) => pageMappedBy(k, 1),
  specs: [noTlbEntryOfFreePage, ...balance],
  unreached: neverTaken("races/mremap-vs-truncate"),
  expect: [
    { set: { fixed: false }, violated: ["no-tlb-entry-of-free-page", "no-bug"], states: 858 },
    { set: { fixed: true }, states: 663 },
    { set: { fixed: true }, memory: "lkmm", states: 725 },
    { set: { fixed: false }, memory: "tso", violated: ["no-tlb-entry-of-free-page", "no-bug"], states: 1493 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-tlb-entry-of-free-page", "no-bug"], states: 970 },
    { set: { fixed: true }, memory: "tso", states: 1187 },
  ],
});
