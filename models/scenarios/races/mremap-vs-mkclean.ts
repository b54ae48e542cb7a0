import { bool, scenario } from "faultline";
import { storesReachDisk } from "../../../specs/tlb.ts";
import { NEVER_WAITS } from "../../kernel/primitives.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { movePageTables } from "../../paths/mremap.ts";
import { userAccess } from "../../paths/user-access.ts";
import { STAYS_DIRTY, writeCachePages } from "../../paths/writeback.ts";

/**
 * Fixed by 5d1904204c99 (v4.9), kernel.md 5 #17. mremap() moves a dirty PTE; page_mkclean() cleans it at its new address
 * and flushes that; a CPU stores through the TLB entry of the old one.
 */
export default scenario("races/mremap-vs-mkclean", {
  about: "mremap() moves a dirty PTE while the page is written back, and a CPU stores at the old address",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    user: userAccess(0, 0, "store"),
    mremap: movePageTables(fixed ? "dirty-early" : "at-the-end"),
    writeback: writeCachePages(2),
  }),
  init: (k) => pageMappedBy(k, 1, { writable: true, dirty: true }),
  specs: [storesReachDisk],
  unreached: () => [NEVER_WAITS, STAYS_DIRTY],
  expect: [
    { set: { fixed: false }, violated: ["stores-reach-disk"], states: 1042 },
    { set: { fixed: true }, states: 1052 },
    { set: { fixed: true }, memory: "lkmm", states: 1702 },
  ],
});
