import { oneOf, scenario, type Path } from "faultline";
import { balance } from "../../specs/balance.ts";
import {
  noDirtyDeletion,
  noFalseAlarm,
  noMappedDeletion,
  noMappedFreePage,
  noStalePte,
} from "../../specs/page-cache.ts";
import { storesReachDisk } from "../../specs/tlb.ts";
import { folioGupUser, folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { userAccess } from "../kernel/user-access.ts";
import { kernel, pageMappedBy, type Kernel } from "../kernel/world.ts";
import { filemapMapFolios } from "../mm/filemap/map-folios.ts";
import { collapseFolios } from "../mm/khugepaged/collapse-folios.ts";
import { memoryFailureFolio } from "../mm/memory-failure/memory-failure-folio.ts";
import { doCowFaultFolio, doReadFaultFolio, doSharedFaultFolio } from "../mm/memory/file-fault-folio.ts";
import { faultThenStore } from "../mm/memory/fault-then-store.ts";
import { writeProtectFaultFolio } from "../mm/memory/page-mkwrite-folio.ts";
import { zapVma } from "../mm/memory/zap-folio.ts";
import { migrateFolio } from "../mm/migrate/migrate-folios.ts";
import { mprotect } from "../mm/mprotect/change-protection.ts";
import { writebackIter } from "../mm/page-writeback/writeback-folio.ts";
import { invalidateFolios } from "../mm/truncate/invalidate-folios.ts";
import { punchFolios, truncateFolios } from "../mm/truncate/truncate-folios.ts";
import { shrinkFolioList } from "../mm/vmscan/reclaim-folios.ts";
import { everyTwo, inReleases, withOneOf } from "./every-two.ts";

type Release = "v6.12" | "v7.1";
const zap = (release: Release) => ({ vmas: 2, release, users: true, dirty: true });

/**
 * What can happen to a folio of a file, v6.12 and v7.1: faults come to vma[1], which does not map it yet; what takes a
 * mapping away, or changes it, comes to vma[0], which does.
 */
const ACTORS = {
  "fault-around": (release) => filemapMapFolios(1, release),
  "read-fault": (release) => doReadFaultFolio(1, release),
  "shared-fault": (release) => doSharedFaultFolio(1, release, true),
  "cow-fault": (release) => doCowFaultFolio(1, release),
  "first-store": (release) => faultThenStore(0, writeProtectFaultFolio(0, release, true)),
  load: () => userAccess(0, 0, "load"),
  "write-fault": (release) => folioWriteFault(0, release),
  gup: (release) => folioGupUser(0, { pin: false, write: false, release }),
  "gup-pin": (release) => folioGupUser(0, { pin: true, write: true, release }),
  mprotect: (release) => mprotect(0, { release, to: "PROT_READ", mapping: "shared" }),
  zap: (release) => zapVma(0, true, zap(release)),
  punch: (release) => punchFolios(zap(release)),
  truncate: (release) => truncateFolios(zap(release)),
  invalidate: (release) => invalidateFolios(zap(release)),
  reclaim: (release) => shrinkFolioList(zap(release)),
  "memory-failure": (release) => memoryFailureFolio(zap(release)),
  migrate: (release) => migrateFolio(zap(release)),
  collapse: (release) => collapseFolios(zap(release), true),
  writeback: (release) => writebackIter(release, 2, true),
} satisfies Record<string, (release: Release) => Path<Kernel>>;

/** Why two of them are not searched together. */
const NEWPAGE = "both put `newpage` in the place of the folio, and the world has one";
const COPY = "both copy to `cow`, and the world has one";
const PRIVATE = "vma[0] is a shared mapping for the one, and a private one for the other, which copies";

export const FOLIO_PAIRS = everyTwo(ACTORS, {
  "cow-fault cow-fault": COPY,
  "cow-fault write-fault": COPY,
  "cow-fault gup-pin": COPY,
  "first-store write-fault": PRIVATE,
  "first-store gup-pin": PRIVATE,
  "migrate migrate": NEWPAGE,
  "migrate collapse": NEWPAGE,
  "collapse collapse": NEWPAGE,
});

/** What v6.12 does otherwise, as far as it is modelled: all else is the same path in both. */
export const FOLIO_CHANGED: readonly (typeof FOLIO_PAIRS)["names"][number][] = ["fault-around", "gup-pin"];

/** Those that use a folio of which they have neither a lock nor a reference, and look again: of v7.1, where memory is weak, too. */
const LOCKLESS = ["fault-around", "gup-pin", "reclaim"] as const;

/** collapse_file() is not searched under lkmm: what i_pages keeps together is one step of several words there. */
const WEAK_RUNS = withOneOf(FOLIO_PAIRS, LOCKLESS)
  .filter(({ second }) => second !== "collapse")
  .map((two) => ({
    set: { release: "v7.1", ...two } as const,
    memory: "lkmm" as const,
    unjudged: ["no-mapped-free-page" as const],
  }));

export default scenario("pairs-today", {
  about: "Any two things that can happen to a folio of a file at a time, v6.12 and v7.1",
  world: kernel,
  params: {
    release: oneOf("v6.12", "v7.1"),
    first: oneOf(...FOLIO_PAIRS.names),
    second: oneOf(...FOLIO_PAIRS.names),
  },
  threads: ({ release, first, second }) => ({ first: ACTORS[first](release), second: ACTORS[second](release) }),
  init(k, { first, second }) {
    const dirty = first === "writeback" || second === "writeback";
    pageMappedBy(k, 1, { writable: dirty, dirty });
  },
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, noDirtyDeletion, storesReachDisk, ...balance],
  // Which steps two paths take beside each other is for the scenarios that are about them.
  unreached: () => ["*"],
  expect: [...inReleases(FOLIO_PAIRS, FOLIO_CHANGED), ...WEAK_RUNS],
});
