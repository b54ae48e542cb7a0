import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { mappedPageMigrates, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { unmapAndMove } from "../mm/migrate/migrate.ts";
import { truncatePagecacheRange } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md T-MIG: migration itself is safe from a fault without the page lock, since page_ref_freeze()
 * fails while the fault holds a reference. But the PTE that `patch4` leaves behind a hole punch, `punched`, pins an
 * orphan for ever.
 */
export default scenario("fault-around-vs-migrate", {
  about: "A read fault maps a cached page while it is migrated, and maybe punched out of the file",
  world: kernel,
  params: { order: oneOf(...ORDERS), punched: bool },
  threads: ({ order, punched }) => ({
    fault: mapPagesInAnyOrder(0, order),
    migrate: unmapAndMove(),
    ...(punched ? { punch: truncatePagecacheRange({ vmas: 1, gate: "page_mapped" }) } : {}),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [mappedPageMigrates, noStalePte, ...balance],
  unreached: neverTaken("fault-around-vs-migrate"),
  expect: [
    { set: { order: "trylock" }, states: 318 },
    { set: { order: "patch4" }, states: 353 },
    { set: { order: "cover-letter" }, states: 413 },
    { set: { order: "october" }, states: 460 },
    { set: { order: "december" }, states: 445 },
    { set: { order: "mapping-first" }, states: 448 },
    { set: { order: "test-first" }, states: 422 },
    { set: { order: "trylock", punched: true }, states: 7262 },
    { set: { order: "patch4", punched: true }, violated: ["mapped-page-migrates", "no-stale-pte"], states: 9797 },
    // page_ref_freeze() is a full barrier, as is the reference of the fault.
    { set: { order: "december" }, memory: "lkmm", states: 1314 },
  ],
});
