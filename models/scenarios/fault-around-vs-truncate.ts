import { int, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noStalePte } from "../../specs/page-cache.ts";
import { PAGE_TABLES, VMAS, kernel, pageInCache } from "../kernel/world.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { truncateSetsize } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

export default scenario("fault-around-vs-truncate", {
  about: "Read faults map a cached page while a truncate removes it",
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
    truncate: truncateSetsize({ vmas: mappers, gate }),
  }),
  init: pageInCache,
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, ...balance],
  unreached: neverTaken("fault-around-vs-truncate"),
  expect: [
    { set: { order: "trylock" }, states: 431 },
    { set: { order: "patch4" }, violated: ["no-stale-pte", "no-mapped-deletion"], states: 452 },
    {
      set: { order: "cover-letter" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 564,
    },
    { set: { order: "october" }, violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"], states: 533 },
    { set: { order: "december" }, violated: ["no-false-alarm"], states: 468 },
    { set: { order: "mapping-first" }, violated: ["no-mapped-deletion", "no-false-alarm"], states: 519 },
    { set: { order: "test-first" }, violated: ["no-mapped-deletion"], states: 498 },
    { set: { order: "test-first", gate: "none" }, states: 408 },
    // The second unmap takes the stale PTE off again, after the page has been deleted under it.
    {
      set: { order: "december" },
      memory: "lkmm",
      violated: ["no-mapped-deletion", "no-false-alarm"],
      states: 1512,
    },
    { set: { order: "trylock" }, memory: "lkmm", states: 1015 },
  ],
});
