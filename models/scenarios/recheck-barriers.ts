import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { HOW_COUNTED, HOW_LOOKED, mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { BARRIERS, truncatePagecacheRange } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

const alarm = "no-false-alarm";

/**
 * docs/kernel-facts.md 6.3: "some trivial memory ordering rules", one parameter for each. The fault raises mapcount,
 * then looks at PG_locked: the hole punch sets PG_locked, then looks at mapcount. One of them must see the other. And
 * what the fault reads after PG_locked it must not have read before.
 */
export default scenario("recheck-barriers", {
  about: "What the order of December 2020 asks of each of its steps when memory is weak, against a hole punch",
  world: kernel,
  params: {
    /** What the punch has between the page lock and page_mapped(). */
    punch: oneOf(...BARRIERS),
    /** How the fault raises mapcount, and how it looks at PG_locked. */
    count: oneOf(...HOW_COUNTED),
    look: oneOf(...HOW_LOOKED),
    /** Whether there is a read barrier between the two tests. */
    rmb: bool,
    /** LCPGS is the order of December, CPGS the same without ptl. */
    order: oneOf("LCPGS", "LCPXS", "LCGPS", "LCPS", "LCGS", "CPGS"),
  },
  threads: ({ punch, count, look, rmb, order }) => ({
    fault: mapPagesInAnyOrder(0, order, { counts: count, looks: look, rmb }),
    punch: truncatePagecacheRange({ vmas: 1, gate: "page_mapped", barrier: punch }),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, noFalseAlarm, ...balance],
  unreached: neverTaken("recheck-barriers"),
  expect: [
    { set: {}, violated: [alarm], states: 367 },
    { set: {}, memory: "tso", violated: [alarm], states: 518 },
    { set: {}, memory: "lkmm", violated: ["no-stale-pte", alarm], states: 1471 },
    { set: { punch: "smp_mb__after_atomic", rmb: true }, memory: "lkmm", violated: [alarm], states: 1521 },
    { set: { punch: "full-rmw", look: "acquire" }, memory: "lkmm", violated: [alarm], states: 1449 },
    {
      set: { count: "inc-after-atomic", punch: "smp_mb", rmb: true },
      memory: "lkmm",
      violated: [alarm],
      states: 1505,
    },
    {
      set: { count: "inc", look: "release-rmw", rmb: true },
      memory: "lkmm",
      violated: [alarm],
      states: 1202,
    },
    { set: { order: "CPGS" }, violated: ["no-stale-pte", alarm], states: 363 },
  ],
});
