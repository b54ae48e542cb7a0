import { bool, int, scenario, symmetric } from "faultline";
import { mapcountNotNegative } from "../../../specs/balance.ts";
import { storesReachDisk } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { madviseDontneed } from "../../mm/mmap/munmap.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { writeCachePages } from "../../mm/page-writeback/writeback.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 5df397dec7c4 (v6.2), docs/kernel-facts.md 5 #9 and T-MKC. The zap takes mapcount to 0 before it flushes,
 * under ptl; but page_mkclean() takes ptl only `if (page_mapped(page))`, so it does not wait, and the page is written
 * back while a TLB entry can still store to it.
 */
export default scenario("races/zap-vs-mkclean", {
  about: "The only PTE of a dirty page is zapped while the page is written back, and a CPU stores through its TLB",
  world: kernel,
  params: { fixed: bool, writers: int(1, 2) },
  threads: ({ fixed, writers }) => ({
    user: userAccess(0, 0, "store"),
    zap: madviseDontneed(0, { dirty: fixed ? "v6.2" : "v5.9" }),
    writeback: symmetric(writers, () => writeCachePages(1, writers > 1)),
  }),
  init: (k) => pageMappedBy(k, 1, { writable: true, dirty: true }),
  specs: [storesReachDisk, mapcountNotNegative],
  unreached: neverTaken("races/zap-vs-mkclean"),
  expect: [
    { set: { fixed: false }, violated: ["stores-reach-disk"], states: 1085 },
    { set: { fixed: true, writers: 2 }, states: 4182 },
    { set: { fixed: true }, states: 1078 },
    { set: { fixed: true }, memory: "lkmm", states: 1720 },
    { set: { fixed: false }, memory: "tso", violated: ["stores-reach-disk"], states: 1416 },
    { set: { fixed: false }, memory: "lkmm", violated: ["stores-reach-disk"], states: 1784 },
    { set: { fixed: true, writers: 2 }, memory: "tso", states: 5409 },
    { set: { fixed: true }, memory: "tso", states: 1399 },
  ],
});
