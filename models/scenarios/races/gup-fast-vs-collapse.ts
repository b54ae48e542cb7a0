import { bool, oneOf, scenario } from "faultline";
import { FLUSHES } from "../../kernel/table-sync.ts";
import { attached } from "../../kernel/vma-lock.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastWalk, gupFastWalkUnchecked } from "../../mm/gup/gup-fast-walk.ts";
import { collapseHugePage } from "../../mm/khugepaged/collapse-anon.ts";
import { pinnedNotCollapsed } from "../../../specs/page-tables.ts";
import { neverTaken } from "../recorded.ts";

/**
 * 70cbc3cc78a9 (v6.1). GUP-fast has read the pmd entry and a PTE; khugepaged takes the table out of the entry, flushes, finds no
 * pin, and copies the page; GUP-fast pins the page, and finds the PTE as it was. The fix is a second look at the pmd entry. Where
 * a flush interrupts the other CPUs, it waits for the walk, and nothing breaks: arm64 and INVLPGB flush by an instruction.
 *
 * By hand, v5.9: mm/gup.c 2499 the pmd entry, 2142 the PTE, 2170 the pin, 2174 the PTE again; mm/khugepaged.c 1141 the entry is taken out,
 * 1146 no pin, 767 pte_clear(), behind the copy, 1193 the huge page. v7.1 has mm/gup.c 2868, which looks at both; mm/khugepaged.c 1182.
 */
export default scenario("races/gup-fast-vs-collapse", {
  about: "khugepaged collapses a page while GUP-fast pins it",
  world: kernel,
  params: { fixed: bool, flush: oneOf(...FLUSHES) },
  threads: ({ fixed, flush }) => ({
    gup: fixed ? gupFastWalk(0) : gupFastWalkUnchecked(0),
    collapse: collapseHugePage(0, { release: fixed ? "v7.1" : "v5.9", flush, sync: "none" }),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    attached(k.vma[0], k.mm[0]);
  },
  specs: [pinnedNotCollapsed],
  unreached: neverTaken("races/gup-fast-vs-collapse"),
  expect: [
    { set: { fixed: false }, violated: ["pinned-not-collapsed"], states: 282 },
    { set: { fixed: false }, memory: "tso", violated: ["pinned-not-collapsed"], states: 449 },
    { set: { fixed: false }, memory: "lkmm", violated: ["pinned-not-collapsed"], states: 463 },
    { set: { fixed: false, flush: "ipi" }, states: 164 },
    { set: { fixed: true }, states: 463 },
    { set: { fixed: true }, memory: "tso", states: 887 },
    { set: { fixed: true }, memory: "lkmm", states: 895 },
    { set: { fixed: true, flush: "ipi" }, states: 302 },
    { set: { fixed: false, flush: "ipi" }, memory: "tso", states: 233 },
    { set: { fixed: false, flush: "ipi" }, memory: "lkmm", states: 178 },
    { set: { fixed: true, flush: "ipi" }, memory: "tso", states: 542 },
    { set: { fixed: true, flush: "ipi" }, memory: "lkmm", states: 390 },
  ],
});
