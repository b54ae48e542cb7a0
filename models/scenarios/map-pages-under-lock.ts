import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { fsMapPages, fsPunchHole, fsTruncate } from "../fs/file-system.ts";
import { invalidateInodePages2Range } from "../mm/truncate/invalidate.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { memoryFailure } from "../mm/memory-failure/memory-failure.ts";
import { shrinkPageList } from "../mm/vmscan/reclaim.ts";
import { neverTaken } from "./recorded.ts";

const REMOVERS = {
  punch: () => fsPunchHole(true),
  truncate: fsTruncate,
  invalidate: () => invalidateInodePages2Range(1),
  "memory-failure": memoryFailure,
  tmpfs: () => shrinkPageList(1, "tmpfs"),
} as const;

/**
 * docs/kernel-facts.md 6.4, C4: "could be handled like xfs does", a lock of the file system around filemap_map_pages().
 * Truncate and punch hold it, too; direct I/O's invalidation, and reclaim to swap, do not.
 */
export default scenario("map-pages-under-lock", {
  about: "A read fault maps a page without the page lock, under the file system's lock, while it is removed",
  world: kernel,
  params: {
    order: oneOf(...ORDERS),
    locked: bool,
    remover: oneOf("punch", "truncate", "invalidate", "memory-failure", "tmpfs"),
  },
  threads({ order, locked, remover }) {
    const mapPages = mapPagesInAnyOrder(0, order, { poisoned: remover === "memory-failure", isWrapped: locked });
    return { fault: locked ? fsMapPages(0, mapPages) : mapPages, [remover]: REMOVERS[remover]() };
  },
  init: (k, { remover }) => pageInCache(k, { pmd: "populated", dirty: remover === "tmpfs" }),
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, ...balance],
  unreached: neverTaken("map-pages-under-lock"),
  expect: [
    { set: { order: "patch4", locked: true, remover: "punch" }, states: 67 },
    { set: { order: "patch4", locked: true, remover: "truncate" }, states: 76 },
    {
      set: { order: "patch4", locked: true, remover: "invalidate" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"],
      states: 327,
    },
    { set: { order: "patch4", locked: true, remover: "tmpfs" }, violated: ["no-stale-pte", "no-bug"], states: 344 },
    {
      set: { order: "patch4", locked: true, remover: "memory-failure" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 341,
    },
    { set: { order: "december", locked: true, remover: "punch" }, states: 68 },
    { set: { order: "december", locked: true, remover: "truncate" }, states: 77 },
    {
      set: { order: "december", locked: true, remover: "invalidate" },
      violated: ["no-false-alarm", "no-bug"],
      states: 353,
    },
    { set: { order: "december", locked: true, remover: "tmpfs" }, violated: ["no-bug"], states: 405 },
    { set: { order: "patch4", remover: "punch" }, violated: ["no-stale-pte", "no-mapped-deletion"], states: 401 },
    {
      set: { order: "december", locked: true, remover: "invalidate" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm", "no-bug"],
      states: 1274,
    },
    { set: { order: "patch4", locked: true, remover: "punch" }, memory: "lkmm", states: 77 },
  ],
});
