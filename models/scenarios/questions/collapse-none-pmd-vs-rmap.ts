import { bool, oneOf, scenario } from "faultline";
import { anonPageMapped } from "../../kernel/world.ts";
import { filePage, tail } from "../../kernel/primitives.ts";
import { collapseNonePmd, rmapWalks, unmapByRmap } from "../../mm/khugepaged/collapse-none-pmd.ts";
import { rmapMissesNothing } from "../../../specs/rmap.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/collapse-none-pmd-vs-rmap.md. While khugepaged has the page table out of the pmd entry, an rmap walk finds nothing of a folio that
 * is mapped all the same. anon_vma's lock keeps walks out; when may it be dropped? `order`: v7.1 collapses a whole table,
 * the series of mTHP a part of it. `walks`: which page the walk is for; the second one is a neighbour in `mthp`.
 */
export default scenario("questions/collapse-none-pmd-vs-rmap", {
  about: "khugepaged has a page table out of its pmd entry while an rmap walk looks for a page in it",
  world: rmapWalks,
  params: {
    order: oneOf("pmd", "mthp"),
    anonVma: oneOf("until isolated", "until populated", "not at all"),
    walks: oneOf("first", "second"),
    clearsFirst: bool,
  },
  threads: ({ order, anonVma, walks, clearsFirst }) => ({
    collapse: collapseNonePmd({ order, anonVma, clearsFirst }),
    rmap: unmapByRmap(walks === "first" ? filePage : tail),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    k.tail.mapping = "anon";
    k.tail.mapcount = 1;
    k.tail.refcount = 1;
    const { tailPte } = k.table[0];
    tailPte.page = k.tail;
    tailPte.writable = true;
    tailPte.dirty = true;
  },
  specs: [rmapMissesNothing],
  unreached: neverTaken("questions/collapse-none-pmd-vs-rmap"),
  expect: [
    { violated: ["rmap-misses-nothing"], states: 242 },
    { memory: "tso", violated: ["rmap-misses-nothing"], states: 413 },
    { memory: "lkmm", violated: ["rmap-misses-nothing"], states: 272 },
    { set: { clearsFirst: true }, states: 147 },
    { set: { clearsFirst: true }, memory: "tso", states: 231 },
    { set: { clearsFirst: true }, memory: "lkmm", states: 155 },
    { set: { walks: "second", clearsFirst: true }, states: 150 },
    { set: { walks: "second", clearsFirst: true }, memory: "tso", states: 230 },
    { set: { walks: "second", clearsFirst: true }, memory: "lkmm", states: 158 },
    { set: { anonVma: "not at all", clearsFirst: true }, violated: ["rmap-misses-nothing"], states: 243 },
    {
      set: { anonVma: "not at all", clearsFirst: true },
      memory: "tso",
      violated: ["rmap-misses-nothing"],
      states: 428,
    },
    {
      set: { anonVma: "not at all", clearsFirst: true },
      memory: "lkmm",
      violated: ["rmap-misses-nothing"],
      states: 286,
    },
    { set: { anonVma: "until populated" }, states: 173 },
    { set: { anonVma: "until populated" }, memory: "tso", states: 274 },
    { set: { anonVma: "until populated" }, memory: "lkmm", states: 186 },
    { set: { order: "mthp", walks: "second" }, violated: ["rmap-misses-nothing"], states: 197 },
    { set: { order: "mthp", walks: "second" }, memory: "tso", violated: ["rmap-misses-nothing"], states: 356 },
    { set: { order: "mthp", walks: "second" }, memory: "lkmm", violated: ["rmap-misses-nothing"], states: 215 },
    { set: { order: "mthp", anonVma: "until populated" }, states: 148 },
    { set: { order: "mthp", anonVma: "until populated" }, memory: "tso", states: 240 },
    { set: { order: "mthp", anonVma: "until populated" }, memory: "lkmm", states: 155 },
    { set: { order: "mthp", anonVma: "until populated", walks: "second" }, states: 136 },
    { set: { order: "mthp", anonVma: "until populated", walks: "second" }, memory: "tso", states: 224 },
    { set: { order: "mthp", anonVma: "until populated", walks: "second" }, memory: "lkmm", states: 146 },
  ],
});
