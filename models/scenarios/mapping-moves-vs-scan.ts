import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noStalePte, scanMissesNothing } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { mappingMoves, truncateHugeByPtes } from "../mm/util/page-mapped.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 2.17, T-DM and C7: page_mapped() of a huge page reads one mapcount after the other. While the
 * page lock keeps new mappings out, it can only see them go. Without the lock a mapping can move behind the scan: where
 * PageLocked is not tested again after mapcount++ (docs/decisions/0031-a-scan-is-no-snapshot.md).
 */
export default scenario("mapping-moves-vs-scan", {
  about: "A mapping moves from one half of a huge page to the other while page_mapped() looks at both",
  world: kernel,
  params: { order: oneOf(...ORDERS) },
  threads: ({ order }) => ({ user: mappingMoves(order), truncate: truncateHugeByPtes() }),
  init(k) {
    pageInCache(k, { pmd: "populated" });
    k.tail.mapping = "file";
    k.tail.refcount = 1;
    k.tail.mapcount = 1;
    k.table[1].pte.page = k.tail;
    k.vma[1].rmap = "mapped";
  },
  specs: [scanMissesNothing, noStalePte, noMappedDeletion, noFalseAlarm, ...balance],
  unreached: neverTaken("mapping-moves-vs-scan"),
  expect: [
    { set: { order: "trylock" }, states: 551 },
    { set: { order: "patch4" }, violated: ["scan-misses-nothing", "no-stale-pte", "no-mapped-deletion"], states: 858 },
    { set: { order: "cover-letter" }, violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"], states: 916 },
    { set: { order: "october" }, violated: ["no-stale-pte"], states: 717 },
    { set: { order: "december" }, violated: ["no-false-alarm"], states: 764 },
    {
      set: { order: "mapping-first" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 814,
    },
    {
      set: { order: "test-first" },
      violated: ["scan-misses-nothing", "no-stale-pte", "no-mapped-deletion"],
      states: 700,
    },
    // As with one page: docs/decisions/0032-barriers-of-the-recheck.md
    {
      set: { order: "december" },
      memory: "lkmm",
      violated: ["scan-misses-nothing", "no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 3725,
    },
    { set: { order: "trylock" }, memory: "lkmm", states: 2139 },
  ],
});
