import { bool, oneOf, scenario } from "faultline";
import { FLUSHES } from "../../kernel/table-sync.ts";
import { attached } from "../../kernel/vma-lock.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastWalk } from "../../mm/gup/gup-fast-walk.ts";
import { zapHugePmdWithDeposit } from "../../mm/huge-memory/zap-deposited.ts";
import { collapseHugePage } from "../../mm/khugepaged/collapse-anon.ts";
import { neverTaken } from "../recorded.ts";

/**
 * 2ba99c5e0881 (v6.1). The second look at the pmd entry comes last, so that GUP-fast may still read the table that khugepaged has
 * taken out: the huge page is unmapped, and the table, which was put aside for its split, is freed at once. The fix is
 * tlb_remove_table_sync_one(), which waits for who has interrupts off.
 */
export default scenario("races/gup-fast-vs-deposit", {
  about: "GUP-fast walks the page table of a page that khugepaged collapses, and that is freed with the huge page",
  world: kernel,
  params: { fixed: bool, flush: oneOf(...FLUSHES) },
  threads: ({ fixed, flush }) => ({
    gup: gupFastWalk(0),
    collapse: collapseHugePage(0, { release: "v7.1", flush, sync: fixed ? "ipi" : "none" }),
    zap: zapHugePmdWithDeposit(0),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    attached(k.vma[0], k.mm[0]);
  },
  specs: [],
  unreached: neverTaken("races/gup-fast-vs-deposit"),
  expect: [
    { set: { fixed: false }, violated: ["use-after-free"], states: 1238 },
    { set: { fixed: false }, memory: "tso", violated: ["use-after-free"], states: 2172 },
    { set: { fixed: false }, memory: "lkmm", violated: ["use-after-free"], states: 3076 },
    { set: { fixed: false, flush: "ipi" }, states: 820 },
    { set: { fixed: true }, states: 854 },
    { set: { fixed: true }, memory: "tso", states: 1396 },
    { set: { fixed: true }, memory: "lkmm", states: 1241 },
    { set: { fixed: true, flush: "ipi" }, states: 860 },
    { set: { fixed: false, flush: "ipi" }, memory: "tso", states: 1350 },
    { set: { fixed: false, flush: "ipi" }, memory: "lkmm", states: 1097 },
    { set: { fixed: true, flush: "ipi" }, memory: "tso", states: 1390 },
    { set: { fixed: true, flush: "ipi" }, memory: "lkmm", states: 1137 },
  ],
});
