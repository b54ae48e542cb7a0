import { bool, int, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noMappedFreePage, noStalePte } from "../../specs/page-cache.ts";
import { PAGE_TABLES, VMAS, kernel, pageInCache } from "../kernel/world.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { shrinkPageList } from "../mm/vmscan/reclaim.ts";
import { neverTaken } from "./recorded.ts";

/** What looks at memory while CPUs disagree about it. */
const unjudged = ["no-mapped-free-page"];

export default scenario("fault-around-vs-reclaim", {
  about: "Read faults map a cached page while reclaim takes it out of the page cache",
  world: kernel,
  params: {
    order: oneOf(...ORDERS),
    what: oneOf("file", "tmpfs"),
    mappers: int(1, 2),
    noFreeze: bool,
    pmd: oneOf(...PAGE_TABLES),
  },
  threads: ({ order, what, mappers, noFreeze, pmd }) => ({
    // Not symmetric: the unmap visits the address spaces one after the other.
    fault: VMAS.slice(0, mappers).map((i) => mapPagesInAnyOrder(i, order, { pmd })),
    reclaim: shrinkPageList(mappers, what, { freezes: !noFreeze }),
  }),
  init: (k, { pmd, what }) => pageInCache(k, { pmd, dirty: what === "tmpfs" }),
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, ...balance],
  unreached: neverTaken("fault-around-vs-reclaim"),
  expect: [
    // page_ref_freeze() is the protection here, not the page lock: every order is safe.
    { set: { order: "trylock" }, states: 139 },
    { set: { order: "patch4" }, states: 158 },
    { set: { order: "cover-letter" }, states: 207 },
    { set: { order: "october" }, states: 227 },
    { set: { order: "december" }, states: 221 },
    { set: { order: "mapping-first" }, states: 222 },
    { set: { order: "test-first" }, states: 199 },
    { set: { order: "trylock", noFreeze: true }, states: 161 },
    { set: { order: "patch4", noFreeze: true }, violated: ["no-stale-pte", "no-mapped-deletion"], states: 263 },
    { set: { order: "cover-letter", noFreeze: true }, violated: ["no-false-alarm"], states: 267 },
    { set: { order: "october", noFreeze: true }, violated: ["no-stale-pte"], states: 291 },
    { set: { order: "december", noFreeze: true }, violated: ["no-false-alarm"], states: 313 },
    { set: { order: "test-first", noFreeze: true }, states: 247 },
    // shmem_writepage() freezes nothing. But pageout() counts the references before, so a fault that has tested PageLocked,
    // and has taken its reference, before reclaim had the page lock keeps reclaim from the page.
    { set: { order: "trylock", what: "tmpfs" }, states: 193 },
    { set: { order: "patch4", what: "tmpfs" }, violated: ["no-stale-pte", "no-bug"], states: 294 },
    { set: { order: "cover-letter", what: "tmpfs" }, violated: ["no-bug"], states: 289 },
    { set: { order: "october", what: "tmpfs" }, violated: ["no-stale-pte"], states: 353 },
    { set: { order: "december", what: "tmpfs" }, violated: ["no-bug"], states: 347 },
    { set: { order: "mapping-first", what: "tmpfs" }, violated: ["no-bug"], states: 353 },
    { set: { order: "test-first", what: "tmpfs" }, states: 305 },
    // page_ref_freeze() against a reference that is taken before anything is looked at: both are full barriers.
    { set: { order: "december" }, memory: "lkmm", unjudged, states: 606 },
    {
      set: { order: "december", noFreeze: true },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      unjudged,
      states: 883,
    },
    { set: { order: "december", what: "tmpfs" }, memory: "lkmm", violated: ["no-bug"], unjudged, states: 1427 },
  ],
});
