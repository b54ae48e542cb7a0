import { int, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noStalePte } from "../../specs/page-cache.ts";
import { PAGE_TABLES, VMAS, kernel, pageInCache } from "../kernel/world.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { truncatePagecacheRange } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

export default scenario("fault-around-vs-punch", {
  about: "Read faults map a cached page while a hole punch removes it",
  world: kernel,
  params: {
    order: oneOf(...ORDERS),
    mappers: int(1, 2),
    gate: oneOf("page_mapped", "none"),
    pmd: oneOf(...PAGE_TABLES),
  },
  threads: ({ order, mappers, gate, pmd }) => ({
    // Not symmetric: the unmap visits the address spaces one after the other.
    fault: VMAS.slice(0, mappers).map((i) => mapPagesInAnyOrder(i, order, { pmd })),
    punch: truncatePagecacheRange({ vmas: mappers, gate }),
  }),
  init: pageInCache,
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, ...balance],
  unreached: neverTaken("fault-around-vs-punch"),
  expect: [
    { set: { order: "trylock" }, states: 318 },
    { set: { order: "patch4" }, violated: ["no-stale-pte", "no-mapped-deletion"], states: 339 },
    {
      set: { order: "cover-letter" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 428,
    },
    { set: { order: "october" }, violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"], states: 410 },
    { set: { order: "december" }, violated: ["no-false-alarm"], states: 367 },
    {
      set: { order: "mapping-first" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 400,
    },
    { set: { order: "test-first" }, violated: ["no-stale-pte", "no-mapped-deletion"], states: 382 },
    // Without the gate the unmap takes ptl, which orders it against every test made under ptl.
    { set: { order: "december", gate: "none" }, violated: ["no-false-alarm"], states: 382 },
    { set: { order: "test-first", gate: "none" }, states: 318 },
    { set: { order: "trylock", mappers: 2, pmd: "none" }, states: 5962 },
    { set: { order: "december", mappers: 2, pmd: "none" }, violated: ["no-false-alarm"], states: 11284 },
    // On x86 nothing changes. Elsewhere the gate is a store-buffering shape, and the two tests are a message-passing one; an
    // unmap without the gate leaves the latter.
    { set: { order: "december" }, memory: "tso", violated: ["no-false-alarm"], states: 518 },
    {
      set: { order: "december" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 1471,
    },
    {
      set: { order: "december", gate: "none" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 1328,
    },
    { set: { order: "test-first", gate: "none" }, memory: "lkmm", violated: ["no-stale-pte"], states: 814 },
    { set: { order: "trylock" }, memory: "lkmm", states: 741 },
  ],
});
