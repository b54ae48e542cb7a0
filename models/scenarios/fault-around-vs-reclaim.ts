import { bool, int, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noMappedFreePage, noStalePte } from "../../specs/page-cache.ts";
import { VMAS, kernel, pageInCache } from "../kernel/world.ts";
import { filemapMapPages } from "../paths/fault-around.ts";
import { ORDERS } from "../paths/mapper-orders.ts";
import { shrinkPageList } from "../paths/reclaim.ts";

/** What looks at memory while CPUs disagree about it. */
const unjudged = ["no-mapped-free-page"];

export default scenario("fault-around-vs-reclaim", {
  about: "Read faults map a cached page while reclaim takes it out of the page cache",
  world: kernel,
  params: {
    order: oneOf(...ORDERS),
    what: oneOf("file", "tmpfs"),
    mappers: int(1, 2),
    noFreeze: bool,
    pmd: oneOf("populated", "none"),
  },
  threads: ({ order, what, mappers, noFreeze }) => ({
    // Not symmetric: the unmap visits the address spaces one after the other.
    fault: VMAS.slice(0, mappers).map((i) => filemapMapPages(i, order)),
    reclaim: shrinkPageList(mappers, what, { freezes: !noFreeze }),
  }),
  init: pageInCache,
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, ...balance],
  unreached: ({ order, what, noFreeze }) => {
    // A speculative reference makes the freeze fail, so a fault that holds one sees the mapping stay.
    const mappingStays = what === "file" && !noFreeze;
    if (mappingStays && order === "trylock") return ["filemap_map_pages: unlock: unlock_page(page)"];
    return mappingStays && order === "patch4" ? ["filemap_map_pages: skip: put_page(page)"] : [];
  },
  expect: [
    // page_ref_freeze() is the protection here, not the page lock: every order is safe.
    { set: { order: "trylock" }, states: 132 },
    { set: { order: "patch4" }, states: 154 },
    { set: { order: "cover-letter" }, states: 194 },
    { set: { order: "october" }, states: 217 },
    { set: { order: "december" }, states: 210 },
    { set: { order: "mapping-first" }, states: 212 },
    { set: { order: "test-first" }, states: 193 },
    { set: { order: "trylock", noFreeze: true }, states: 157 },
    { set: { order: "patch4", noFreeze: true }, violated: ["no-stale-pte", "no-mapped-deletion"], states: 264 },
    { set: { order: "december", noFreeze: true }, violated: ["no-false-alarm"], states: 307 },
    // shmem_writepage() freezes nothing and relies on the page lock.
    { set: { order: "trylock", what: "tmpfs" }, states: 163 },
    { set: { order: "patch4", what: "tmpfs" }, violated: ["no-stale-pte", "no-bug"], states: 242 },
    { set: { order: "cover-letter", what: "tmpfs" }, violated: ["no-bug"], states: 250 },
    { set: { order: "october", what: "tmpfs" }, violated: ["no-stale-pte", "no-bug"], states: 316 },
    { set: { order: "december", what: "tmpfs" }, violated: ["no-bug"], states: 293 },
    { set: { order: "mapping-first", what: "tmpfs" }, violated: ["no-bug"], states: 298 },
    { set: { order: "test-first", what: "tmpfs" }, violated: ["no-stale-pte", "no-bug"], states: 288 },
    // page_ref_freeze() against a reference that is taken before anything is looked at: both are full barriers.
    { set: { order: "december" }, memory: "lkmm", unjudged, states: 594 },
    {
      set: { order: "december", noFreeze: true },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      unjudged,
      states: 934,
    },
    { set: { order: "december", what: "tmpfs" }, memory: "lkmm", violated: ["no-bug"], unjudged, states: 1108 },
  ],
});
