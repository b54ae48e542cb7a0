import { oneOf, scenario } from "faultline";
import { WITHOUT, flushTlbMmRange, switchMm, tlbGen } from "../arch/x86/tlb-gen.ts";
import { pageTables } from "../kernel/world.ts";
import { neverTaken } from "./recorded.ts";

const noStaleEntry = tlbGen.always(
  "no-stale-entry-in-use",
  "once flush_tlb_mm_range() has returned, no CPU that runs a thread of the mm has a TLB entry of what was cleared",
  ({ vma, cpu }) =>
    !vma[0].unmapped ||
    !cpu[1].inUser ||
    cpu[1].tlb[0].page === null ||
    "the flush has returned, and CPU1 still has an entry, in user mode",
  "a thread reads or writes a page that has been given to somebody else",
);

/**
 * switch_mm_irqs_off() against flush_tlb_mm_range(), arch/x86/mm/tlb.c, v7.1: the CPU that switches sees the new generation, or the
 * one that flushes sees that it switches. `without` leaves out a part, as releases did: `smp_mb` is CVE-2025-40174, v6.14
 * (209954cbc7d0) to v6.17.4, fixed by 83b0177a6c48; `switching` is CVE-2025-37964, fixed by fea4e317f9e7 (v6.15);
 * `switching-first` is that fix as it came to v6.1, v6.6 and v6.12.
 */
export default scenario("tlb-gen-vs-switch", {
  about: "A CPU switches to an mm while another one flushes it",
  world: tlbGen,
  params: { from: oneOf("other", "lazy"), mask: oneOf("set", "clear"), without: oneOf(...WITHOUT) },
  threads: ({ without }) => ({ flush: flushTlbMmRange(without), switch: switchMm(without) }),
  init(k, { from, mask }) {
    pageTables(k, "populated");
    k.table[0].pte.page = k.page;
    k.page.refcount = 1;
    k.mm[0].inCpumask = mask === "set" || from === "lazy";
    k.cpu[1].loadedMm = from === "lazy" ? "mm" : "other";
    k.cpu[1].cr3 = from === "lazy" ? "mm" : "other";
    k.cpu[1].isLazy = from === "lazy";
    k.cpu[1].tlb[0].page = k.page;
  },
  specs: [noStaleEntry],
  unreached: neverTaken("tlb-gen-vs-switch"),
  expect: [
    { states: 186 },
    { memory: "tso", states: 256 },
    { memory: "lkmm", states: 286 },
    { set: { mask: "clear" }, states: 149 },
    { set: { mask: "clear" }, memory: "tso", states: 207 },
    { set: { from: "lazy" }, states: 122 },
    { set: { from: "lazy" }, memory: "tso", states: 154 },
    { set: { from: "lazy" }, memory: "lkmm", states: 203 },
    { set: { without: "smp_mb" }, states: 174 },
    { set: { without: "smp_mb" }, memory: "tso", violated: ["no-stale-entry-in-use"], states: 294 },
    { set: { without: "switching" }, violated: ["no-stale-entry-in-use"], states: 180 },
    { set: { without: "switching-first" }, violated: ["no-stale-entry-in-use"], states: 204 },
    { set: { without: "gen-after-pte" }, violated: ["no-stale-entry-in-use"], states: 230 },
    { set: { from: "lazy", without: "gen-after-pte" }, violated: ["no-stale-entry-in-use"], states: 160 },
    { set: { from: "lazy", without: "lazy-mb" }, states: 112 },
    { set: { from: "lazy", without: "lazy-mb" }, memory: "tso", violated: ["no-stale-entry-in-use"], states: 180 },
  ],
});
