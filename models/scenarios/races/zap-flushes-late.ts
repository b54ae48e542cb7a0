import { bool, scenario } from "faultline";
import { mapcountNotNegative } from "../../../specs/balance.ts";
import { storesReachDisk } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { madviseDontneed } from "../../mm/mmap/munmap.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { writeCachePages } from "../../mm/page-writeback/writeback.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 1cf35d47712d (v3.15), docs/kernel-facts.md 5 #8. A second mapping keeps page_mapped() true, so
 * page_mkclean() walks; it finds the PTE gone, but a TLB entry is still dirty: the zap flushes it only after it has
 * dropped ptl.
 */
export default scenario("races/zap-flushes-late", {
  about: "A dirty shared PTE is zapped while the page is written back, and a CPU stores through its TLB",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    user: userAccess(0, 0, "store"),
    zap: madviseDontneed(0, { dirty: fixed ? "v5.9" : "late" }),
    writeback: writeCachePages(2),
  }),
  init(k) {
    pageMappedBy(k, 2);
    k.table[0].pte.writable = true;
    k.table[0].pte.dirty = true;
    k.page.dirty = true;
    k.page.data = 1;
  },
  specs: [storesReachDisk, mapcountNotNegative],
  unreached: neverTaken("races/zap-flushes-late"),
  expect: [
    { set: { fixed: false }, violated: ["stores-reach-disk"], states: 1420 },
    { set: { fixed: true }, states: 1369 },
    { set: { fixed: true }, memory: "lkmm", states: 2026 },
    { set: { fixed: false }, memory: "tso", violated: ["stores-reach-disk"], states: 1947 },
    { set: { fixed: false }, memory: "lkmm", violated: ["stores-reach-disk"], states: 2136 },
    { set: { fixed: true }, memory: "tso", states: 1821 },
  ],
});
