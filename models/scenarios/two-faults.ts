import { oneOf, scenario, symmetric } from "faultline";
import { balance } from "../../specs/balance.ts";
import { faultFallsBack, faultMaps } from "../../specs/fast-path.ts";
import { PAGE_TABLES, kernel, pageInCache, type VmaIndex } from "../kernel/world.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { neverTaken } from "./recorded.ts";

export default scenario("two-faults", {
  about: "Two address spaces fault in the same cached page; nothing removes it",
  world: kernel,
  params: { order: oneOf(...ORDERS), pmd: oneOf(...PAGE_TABLES) },
  threads: ({ order, pmd }) => ({ fault: symmetric(2, (i) => mapPagesInAnyOrder(i as VmaIndex, order, { pmd })) }),
  init: pageInCache,
  specs: [faultMaps, faultFallsBack, ...balance],
  unreached: neverTaken("two-faults"),
  expect: [
    { set: { order: "trylock" }, states: 122 },
    { set: { order: "patch4" }, vacuous: ["fault-falls-back"], states: 105 },
    { set: { order: "cover-letter" }, vacuous: ["fault-falls-back"], states: 136 },
    { set: { order: "october" }, vacuous: ["fault-falls-back"], states: 136 },
    { set: { order: "december" }, vacuous: ["fault-falls-back"], states: 120 },
    { set: { order: "mapping-first" }, vacuous: ["fault-falls-back"], states: 120 },
    { set: { order: "test-first" }, vacuous: ["fault-falls-back"], states: 120 },
  ],
});
