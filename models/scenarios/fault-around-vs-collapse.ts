import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { collapseFile } from "../mm/khugepaged/collapse.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md T-K: the one change that running the series took was to leave out the
 * VM_BUG_ON_PAGE(page_mapped(page)) of collapse_file(). It fires for every order without the page lock; without it
 * nothing is lost, because the page_ref_freeze() after it fails.
 */
export default scenario("fault-around-vs-collapse", {
  about: "A read fault maps a cached page while khugepaged collapses it into a huge page",
  world: kernel,
  params: { order: oneOf(...ORDERS), unchecked: bool },
  threads: ({ order, unchecked }) => ({ fault: mapPagesInAnyOrder(0, order), collapse: collapseFile(1, !unchecked) }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, ...balance],
  unreached: neverTaken("fault-around-vs-collapse"),
  expect: [
    { set: { order: "trylock" }, states: 302 },
    { set: { order: "patch4" }, violated: ["no-bug"], states: 330 },
    { set: { order: "cover-letter" }, violated: ["no-bug"], states: 412 },
    { set: { order: "october" }, violated: ["no-bug"], states: 441 },
    { set: { order: "december" }, violated: ["no-bug"], states: 418 },
    { set: { order: "mapping-first" }, violated: ["no-bug"], states: 423 },
    { set: { order: "test-first" }, violated: ["no-bug"], states: 413 },
    { set: { order: "trylock", unchecked: true }, states: 294 },
    { set: { order: "patch4", unchecked: true }, states: 314 },
    { set: { order: "cover-letter", unchecked: true }, states: 419 },
    { set: { order: "october", unchecked: true }, states: 423 },
    { set: { order: "december", unchecked: true }, states: 402 },
    { set: { order: "mapping-first", unchecked: true }, states: 406 },
    { set: { order: "test-first", unchecked: true }, states: 393 },
    // page_ref_freeze() is a full barrier, as is the reference of the fault.
    { set: { order: "december", unchecked: true }, memory: "lkmm", states: 1364 },
  ],
});
