import { oneOf, scenario, symmetric } from "faultline";
import { balance } from "../../specs/balance.ts";
import { faultMaps, faultSleepsAndMaps, faultsAllMap } from "../../specs/fast-path.ts";
import { kernel, pageInCache, type VmaIndex } from "../kernel/world.ts";
import { doReadFault } from "../mm/memory/read-fault.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md C2: `two-faults` to its end, with the fall-back. Nothing removes the page, so only the trylock
 * can fail.
 */
export default scenario("two-read-faults", {
  about: "Two address spaces fault in the same cached page, and fall back to sleeping for the page lock",
  world: kernel,
  params: { order: oneOf(...ORDERS) },
  threads: ({ order }) => ({
    fault: symmetric(2, (i) => doReadFault(i as VmaIndex, mapPagesInAnyOrder(i as VmaIndex, order))),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [faultMaps, faultSleepsAndMaps, faultsAllMap, ...balance],
  unreached: neverTaken("two-read-faults"),
  expect: [
    { set: { order: "trylock" }, states: 237 },
    { set: { order: "patch4" }, vacuous: ["fault-sleeps-and-maps"], states: 105 },
    { set: { order: "december" }, vacuous: ["fault-sleeps-and-maps"], states: 120 },
  ],
});
