import { bool, oneOf, scenario } from "faultline";
import { storesReachDisk } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { movePageTables } from "../../mm/mremap/mremap.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { writeCachePages } from "../../mm/page-writeback/writeback.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 5d1904204c99 and a2ce2666aa87 (both v4.9), docs/kernel-facts.md 5 #17. mremap() moves a dirty PTE;
 * page_mkclean() cleans it at its new address and flushes that; a CPU stores through the TLB entry of the old one. The
 * first fix flushes a PTE that was dirty before it was cleared: one that a CPU makes dirty in between, `pte=clean
 * firstFix=true`, is still missed.
 */
export default scenario("races/mremap-vs-mkclean", {
  about: "mremap() moves a dirty PTE while the page is written back, and a CPU stores at the old address",
  world: kernel,
  params: {
    fixed: bool,
    /** Only the first of the two commits, which looks at the dirty bit too early. */
    firstFix: bool,
    /** The PTE when mremap() comes; the page is dirty. */
    pte: oneOf("dirty", "clean"),
  },
  threads: ({ fixed, firstFix }) => ({
    user: userAccess(0, 0, "store"),
    mremap: movePageTables(fixed ? "dirty" : firstFix ? "was-dirty" : "at-the-end"),
    writeback: writeCachePages(2),
  }),
  init(k, { pte }) {
    pageMappedBy(k, 1, { writable: true, dirty: true });
    k.table[0].pte.dirty = pte === "dirty";
    // What a clean PTE has let through before has been written.
    if (pte === "clean") k.disk = 1;
  },
  specs: [storesReachDisk],
  unreached: neverTaken("races/mremap-vs-mkclean"),
  expect: [
    { set: { fixed: false }, violated: ["stores-reach-disk"], states: 961 },
    { set: { firstFix: true }, states: 973 },
    { set: { firstFix: true, pte: "clean" }, violated: ["stores-reach-disk"], states: 1153 },
    { set: { fixed: true }, states: 891 },
    { set: { fixed: true, pte: "clean" }, states: 965 },
    {
      set: { firstFix: true, pte: "clean" },
      memory: "lkmm",
      violated: ["stores-reach-disk"],
      states: 1545,
    },
    { set: { fixed: true }, memory: "lkmm", states: 1130 },
    { set: { fixed: true, pte: "clean" }, memory: "lkmm", states: 1294 },
    { set: { fixed: false }, memory: "tso", violated: ["stores-reach-disk"], states: 1734 },
    { set: { fixed: false }, memory: "lkmm", violated: ["stores-reach-disk"], states: 1230 },
    { set: { firstFix: true }, memory: "tso", states: 1611 },
    { set: { firstFix: true }, memory: "lkmm", states: 1230 },
    { set: { firstFix: true, pte: "clean" }, memory: "tso", violated: ["stores-reach-disk"], states: 2056 },
    { set: { fixed: true }, memory: "tso", states: 1522 },
    { set: { fixed: true, pte: "clean" }, memory: "tso", states: 1669 },
  ],
});
