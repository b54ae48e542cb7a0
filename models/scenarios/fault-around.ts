import { int, oneOf, scenario } from "faultline";
import type { Path } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noMappedFreePage, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache, type Kernel } from "../kernel/world.ts";
import { filemapMapPages } from "../mm/filemap/filemap-map-pages.ts";
import { filemapMapFolios } from "../mm/filemap/map-folios.ts";
import { withoutPageLock } from "../mm/filemap/without-page-lock.ts";
import { collapseFile } from "../mm/khugepaged/collapse.ts";
import { collapseFolios } from "../mm/khugepaged/collapse-folios.ts";
import type { FolioZap } from "../mm/memory/zap-folio.ts";
import { unmapAndMove } from "../mm/migrate/migrate.ts";
import { migrateFolio } from "../mm/migrate/migrate-folios.ts";
import { invalidateInodePages2Range } from "../mm/truncate/invalidate.ts";
import { invalidateFolios } from "../mm/truncate/invalidate-folios.ts";
import { truncatePagecacheRange, truncateSetsize } from "../mm/truncate/truncate.ts";
import { punchFolios, truncateFolios } from "../mm/truncate/truncate-folios.ts";
import { shrinkPageList } from "../mm/vmscan/reclaim.ts";
import { shrinkFolioList } from "../mm/vmscan/reclaim-folios.ts";
import { neverTaken } from "./recorded.ts";

const RELEASES = ["v5.9", "v5.15", "v6.6", "v6.12", "v7.1"] as const;
const REMOVERS = ["punch", "truncate", "invalidate", "reclaim", "migrate", "collapse"] as const;
type Remover = (typeof REMOVERS)[number];

/** What looks at memory while CPUs disagree about it. */
const unjudged = ["no-mapped-free-page"];

const ofPages = { vmas: 1, gate: "page_mapped" } as const;
const PAGES: Readonly<Record<Remover, () => Path<Kernel>>> = {
  punch: () => truncatePagecacheRange(ofPages),
  truncate: () => truncateSetsize(ofPages),
  invalidate: () => invalidateInodePages2Range(1),
  reclaim: () => shrinkPageList(1, "file"),
  migrate: unmapAndMove,
  collapse: () => collapseFile(1, true),
};
const FOLIOS: Readonly<Record<Remover, (zap: FolioZap) => Path<Kernel>>> = {
  punch: punchFolios,
  truncate: truncateFolios,
  invalidate: invalidateFolios,
  reclaim: shrinkFolioList,
  migrate: migrateFolio,
  collapse: collapseFolios,
};

/** The removers of v5.15 do what those of v5.9 do, and those of v6.6 what those of v6.12 do, as far as they are modelled. */
function removerOf(release: (typeof RELEASES)[number], remover: Remover): Path<Kernel> {
  if (release === "v5.9" || release === "v5.15") return PAGES[remover]();
  return FOLIOS[remover]({ vmas: 1, release: release === "v7.1" ? "v7.1" : "v6.12" });
}

/** docs/fault-around-today.md: the question of October 2020, asked of five releases. */
export default scenario("fault-around", {
  about: "Read faults of one process map a cached page around while it is removed from the page cache, by release",
  world: kernel,
  params: {
    release: oneOf(...RELEASES),
    remover: oneOf(...REMOVERS),
    lock: oneOf("trylock", "none"),
    faults: int(1, 2),
  },
  threads: ({ release, remover, lock, faults }) => ({
    fault: [0, 1]
      .slice(0, faults)
      .map(() =>
        lock === "none"
          ? withoutPageLock(0, release)
          : release === "v5.9"
            ? filemapMapPages(0)
            : filemapMapFolios(0, release),
      ),
    [remover]: removerOf(release, remover),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, ...balance],
  unreached: neverTaken("fault-around"),
  expect: [
    { set: { release: "v5.9", remover: "punch" }, states: 318 },
    { set: { release: "v5.9", remover: "punch" }, memory: "tso", states: 398 },
    { set: { release: "v5.9", remover: "punch" }, memory: "lkmm", unjudged, states: 741 },
    { set: { release: "v5.9", remover: "truncate" }, states: 431 },
    { set: { release: "v5.9", remover: "invalidate" }, states: 175 },
    { set: { release: "v5.9", remover: "reclaim" }, states: 139 },
    { set: { release: "v5.9", remover: "migrate" }, states: 318 },
    { set: { release: "v5.9", remover: "collapse" }, states: 302 },
    {
      set: { release: "v5.9", remover: "punch", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 371,
    },
    {
      set: { release: "v5.9", remover: "punch", lock: "none" },
      memory: "tso",
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 673,
    },
    {
      set: { release: "v5.9", remover: "punch", lock: "none" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion"],
      unjudged,
      states: 850,
    },
    {
      set: { release: "v5.9", remover: "truncate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 489,
    },
    {
      set: { release: "v5.9", remover: "invalidate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"],
      states: 303,
    },
    { set: { release: "v5.9", remover: "reclaim", lock: "none" }, states: 170 },
    { set: { release: "v5.9", remover: "migrate", lock: "none" }, states: 376 },
    { set: { release: "v5.9", remover: "collapse", lock: "none" }, violated: ["no-bug"], states: 352 },
    { set: { release: "v6.12", remover: "punch" }, states: 404 },
    { set: { release: "v6.12", remover: "punch" }, memory: "tso", states: 583 },
    { set: { release: "v6.12", remover: "punch" }, memory: "lkmm", unjudged, states: 1267 },
    { set: { release: "v6.12", remover: "truncate" }, states: 551 },
    { set: { release: "v6.12", remover: "truncate" }, memory: "lkmm", unjudged, states: 1697 },
    { set: { release: "v6.12", remover: "invalidate" }, states: 268 },
    { set: { release: "v6.12", remover: "invalidate" }, memory: "lkmm", unjudged, states: 836 },
    { set: { release: "v6.12", remover: "reclaim" }, states: 182 },
    { set: { release: "v6.12", remover: "reclaim" }, memory: "lkmm", unjudged, states: 474 },
    { set: { release: "v6.12", remover: "migrate" }, states: 396 },
    { set: { release: "v6.12", remover: "migrate" }, memory: "lkmm", unjudged, states: 1275 },
    { set: { release: "v6.12", remover: "collapse" }, states: 447 },
    { set: { release: "v6.12", remover: "collapse" }, memory: "lkmm", unjudged, states: 1023 },
    {
      set: { release: "v6.12", remover: "punch", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 445,
    },
    {
      set: { release: "v6.12", remover: "punch", lock: "none" },
      memory: "tso",
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 754,
    },
    {
      set: { release: "v6.12", remover: "punch", lock: "none" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion"],
      unjudged,
      states: 1486,
    },
    {
      set: { release: "v6.12", remover: "truncate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 599,
    },
    {
      set: { release: "v6.12", remover: "invalidate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"],
      states: 406,
    },
    { set: { release: "v6.12", remover: "reclaim", lock: "none" }, states: 210 },
    { set: { release: "v6.12", remover: "migrate", lock: "none" }, states: 428 },
    { set: { release: "v6.12", remover: "collapse", lock: "none" }, violated: ["no-stale-pte"], states: 529 },
    { set: { release: "v7.1", remover: "punch" }, states: 372 },
    { set: { release: "v7.1", remover: "punch" }, memory: "tso", states: 551 },
    { set: { release: "v7.1", remover: "punch" }, memory: "lkmm", unjudged, states: 926 },
    { set: { release: "v7.1", remover: "truncate" }, states: 517 },
    { set: { release: "v7.1", remover: "truncate" }, memory: "lkmm", unjudged, states: 1456 },
    { set: { release: "v7.1", remover: "invalidate" }, states: 248 },
    { set: { release: "v7.1", remover: "invalidate" }, memory: "lkmm", unjudged, states: 678 },
    { set: { release: "v7.1", remover: "reclaim" }, states: 167 },
    { set: { release: "v7.1", remover: "reclaim" }, memory: "lkmm", unjudged, states: 372 },
    { set: { release: "v7.1", remover: "migrate" }, states: 373 },
    { set: { release: "v7.1", remover: "migrate" }, memory: "lkmm", unjudged, states: 1061 },
    { set: { release: "v7.1", remover: "collapse" }, states: 410 },
    { set: { release: "v7.1", remover: "collapse" }, memory: "lkmm", unjudged, states: 955 },
    {
      set: { release: "v7.1", remover: "punch", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 385,
    },
    {
      set: { release: "v7.1", remover: "punch", lock: "none" },
      memory: "tso",
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 760,
    },
    {
      set: { release: "v7.1", remover: "punch", lock: "none" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-mapped-deletion"],
      unjudged,
      states: 1037,
    },
    {
      set: { release: "v7.1", remover: "truncate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 525,
    },
    {
      set: { release: "v7.1", remover: "invalidate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"],
      states: 349,
    },
    { set: { release: "v7.1", remover: "reclaim", lock: "none" }, states: 198 },
    { set: { release: "v7.1", remover: "migrate", lock: "none" }, states: 407 },
    { set: { release: "v7.1", remover: "collapse", lock: "none" }, states: 450 },
    { set: { release: "v7.1", remover: "collapse", lock: "none" }, memory: "tso", states: 814 },
    {
      set: { release: "v7.1", remover: "collapse", lock: "none" },
      memory: "lkmm",
      violated: ["no-stale-pte"],
      unjudged,
      states: 1188,
    },
    { set: { release: "v7.1", remover: "reclaim", lock: "none" }, memory: "lkmm", unjudged, states: 473 },
    { set: { release: "v7.1", remover: "migrate", lock: "none" }, memory: "lkmm", unjudged, states: 1215 },
    { set: { release: "v5.15", remover: "punch" }, states: 390 },
    { set: { release: "v5.15", remover: "punch" }, memory: "lkmm", unjudged, states: 965 },
    {
      set: { release: "v5.15", remover: "punch", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 431,
    },
    { set: { release: "v6.6", remover: "punch" }, states: 404 },
    { set: { release: "v6.6", remover: "punch" }, memory: "lkmm", unjudged, states: 1267 },
    {
      set: { release: "v6.6", remover: "punch", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 445,
    },
    { set: { release: "v5.15", remover: "truncate" }, states: 540 },
    { set: { release: "v5.15", remover: "invalidate" }, states: 221 },
    { set: { release: "v5.15", remover: "reclaim" }, states: 181 },
    { set: { release: "v5.15", remover: "migrate" }, states: 394 },
    { set: { release: "v5.15", remover: "collapse" }, states: 379 },
    {
      set: { release: "v5.15", remover: "truncate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 585,
    },
    {
      set: { release: "v5.15", remover: "invalidate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"],
      states: 349,
    },
    { set: { release: "v5.15", remover: "reclaim", lock: "none" }, states: 206 },
    { set: { release: "v5.15", remover: "migrate", lock: "none" }, states: 442 },
    { set: { release: "v5.15", remover: "collapse", lock: "none" }, violated: ["no-bug"], states: 415 },
    { set: { release: "v6.6", remover: "truncate" }, states: 551 },
    { set: { release: "v6.6", remover: "invalidate" }, states: 268 },
    { set: { release: "v6.6", remover: "reclaim" }, states: 182 },
    { set: { release: "v6.6", remover: "migrate" }, states: 396 },
    { set: { release: "v6.6", remover: "collapse" }, states: 447 },
    {
      set: { release: "v6.6", remover: "truncate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 599,
    },
    {
      set: { release: "v6.6", remover: "invalidate", lock: "none" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-bug"],
      states: 406,
    },
    { set: { release: "v6.6", remover: "reclaim", lock: "none" }, states: 210 },
    { set: { release: "v6.6", remover: "migrate", lock: "none" }, states: 428 },
    { set: { release: "v6.6", remover: "collapse", lock: "none" }, violated: ["no-stale-pte"], states: 529 },
    { set: { release: "v5.15", remover: "punch", faults: 2 }, states: 6886 },
    { set: { release: "v6.12", remover: "punch", faults: 2 }, states: 6716 },
    { set: { release: "v7.1", remover: "punch", faults: 2 }, states: 6044 },
  ],
});
