import { int, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noMappedFreePage, noStalePte } from "../../specs/page-cache.ts";
import { PAGE_TABLES, VMAS, kernel, pageInCache } from "../kernel/world.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { invalidateInodePages2Range } from "../mm/truncate/invalidate.ts";
import { neverTaken } from "./recorded.ts";

/** What looks at memory while CPUs disagree about it. */
const unjudged = ["no-mapped-free-page"];

export default scenario("fault-around-vs-invalidate", {
  about: "Read faults map a cached page while direct I/O invalidates it",
  world: kernel,
  params: { order: oneOf(...ORDERS), mappers: int(1, 2), pmd: oneOf(...PAGE_TABLES) },
  threads: ({ order, mappers, pmd }) => ({
    // Not symmetric: the unmap visits the address spaces one after the other.
    fault: VMAS.slice(0, mappers).map((i) => mapPagesInAnyOrder(i, order, { pmd })),
    invalidate: invalidateInodePages2Range(mappers),
  }),
  init: pageInCache,
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, ...balance],
  unreached: neverTaken("fault-around-vs-invalidate"),
  expect: [
    { set: { order: "trylock" }, states: 175 },
    { set: { order: "patch4" }, violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"], states: 275 },
    { set: { order: "cover-letter" }, violated: ["no-false-alarm", "no-bug"], states: 275 },
    {
      set: { order: "october" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm", "no-bug"],
      states: 335,
    },
    { set: { order: "december" }, violated: ["no-false-alarm", "no-bug"], states: 303 },
    {
      set: { order: "mapping-first" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm", "no-bug"],
      states: 329,
    },
    { set: { order: "test-first" }, violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"], states: 319 },
    {
      set: { order: "december" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm", "no-bug"],
      unjudged,
      states: 1128,
    },
    {
      set: { order: "cover-letter" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm", "no-bug"],
      unjudged,
      states: 1161,
    },
    { set: { order: "trylock" }, memory: "lkmm", unjudged, states: 451 },
  ],
});
