import { oneOf, scenario, type Path } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noDirtyDeletion, noMappedDeletion, noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { storesReachDisk, writablePageIsDirty } from "../../specs/tlb.ts";
import { kernel, pageInCache, pageMappedBy, type Kernel } from "../kernel/world.ts";
import { doCowFault } from "../mm/memory/cow-fault.ts";
import { faultThenStore } from "../mm/memory/fault-then-store.ts";
import { doCowFaultFolio, doReadFaultFolio, doSharedFaultFolio } from "../mm/memory/file-fault-folio.ts";
import { firstStore } from "../mm/memory/first-store.ts";
import { writeProtectFaultFolio } from "../mm/memory/page-mkwrite-folio.ts";
import { doReadFault } from "../mm/memory/read-fault.ts";
import { doSharedFault } from "../mm/memory/shared-fault.ts";
import { writebackIter } from "../mm/page-writeback/writeback-folio.ts";
import { writeCachePages } from "../mm/page-writeback/writeback.ts";
import { punchFolios, truncateFolios } from "../mm/truncate/truncate-folios.ts";
import { truncatePagecacheRange, truncateSetsize } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

const RELEASES = ["v5.9", "v6.12", "v7.1"] as const;
type Release = (typeof RELEASES)[number];
/** What faults; first: a store where a read fault has mapped the page before. mkwrite: the file system has a ->page_mkwrite. */
const FAULTS = ["read", "cow", "shared", "shared-mkwrite", "first", "first-mkwrite"] as const;
type Fault = (typeof FAULTS)[number];
const OTHERS = ["truncate", "punch", "writeback"] as const;
type Other = (typeof OTHERS)[number];

/** The page may become dirty, and TLBs have entries of it. */
const stores = (fault: Fault): boolean => fault !== "read" && fault !== "cow";

function faultOf(release: Release, fault: Fault): Path<Kernel> {
  const mkwrite = fault.endsWith("mkwrite");
  const isOld = release === "v5.9";
  switch (fault) {
    case "read":
      return isOld ? doReadFault(0, null) : doReadFaultFolio(0, release);
    case "cow":
      return isOld ? doCowFault(0, "baseline") : doCowFaultFolio(0, release);
    case "shared":
    case "shared-mkwrite":
      return faultThenStore(
        0,
        isOld
          ? doSharedFault(0, { variant: "baseline", mkwrite, handler: "filemap_fault" })
          : doSharedFaultFolio(0, release, mkwrite),
      );
    case "first":
    case "first-mkwrite":
      return isOld ? firstStore(0, { mkwrite }) : faultThenStore(0, writeProtectFaultFolio(0, release, mkwrite));
  }
}

function otherOf(release: Release, fault: Fault, other: Other): Path<Kernel> {
  const users = stores(fault);
  if (release === "v5.9") {
    const how = { vmas: 1, gate: "page_mapped", ...(users && { rules: { dirty: "v5.9" as const } }) } as const;
    return {
      truncate: () => truncateSetsize(how),
      punch: () => truncatePagecacheRange(how),
      writeback: () => writeCachePages(1),
    }[other]();
  }
  const zap = { release, vmas: 1, users, dirty: users };
  return {
    truncate: () => truncateFolios(zap),
    punch: () => punchFolios(zap),
    writeback: () => writebackIter(release),
  }[other]();
}

/** What each fault on a file does without fault-around, from v5.9 to v7.1, against truncate, hole punch and writeback. */
export default scenario("faults-by-release", {
  about: "A fault maps a cached page, or makes it writable, while it is truncated, punched or written back, by release",
  world: kernel,
  params: { release: oneOf(...RELEASES), fault: oneOf(...FAULTS), other: oneOf(...OTHERS) },
  threads: ({ release, fault, other }) => ({
    [stores(fault) ? "user" : "fault"]: faultOf(release, fault),
    [other]: otherOf(release, fault, other),
  }),
  init(k, { fault, other }) {
    if (fault.startsWith("first")) pageMappedBy(k, 1);
    else pageInCache(k, { pmd: "populated" });
    if (other !== "writeback") return;
    k.page.dirty = true;
    k.page.data = 1;
  },
  specs: [
    noStalePte,
    noMappedDeletion,
    noPteBeyondEof,
    noDirtyDeletion,
    storesReachDisk,
    writablePageIsDirty,
    ...balance,
  ],
  unreached: neverTaken("faults-by-release"),
  expect: [
    { set: { release: "v5.9", fault: "read", other: "truncate" }, states: 451 },
    { set: { release: "v5.9", fault: "read", other: "punch" }, states: 324 },
    { set: { release: "v5.9", fault: "cow", other: "truncate" }, states: 588 },
    { set: { release: "v5.9", fault: "cow", other: "punch" }, states: 339 },
    { set: { release: "v5.9", fault: "shared", other: "truncate" }, states: 829 },
    { set: { release: "v5.9", fault: "shared", other: "punch" }, states: 646 },
    { set: { release: "v5.9", fault: "shared", other: "writeback" }, states: 242 },
    { set: { release: "v5.9", fault: "shared-mkwrite", other: "truncate" }, states: 973 },
    { set: { release: "v5.9", fault: "shared-mkwrite", other: "punch" }, states: 762 },
    { set: { release: "v5.9", fault: "shared-mkwrite", other: "writeback" }, states: 281 },
    { set: { release: "v5.9", fault: "first", other: "truncate" }, states: 495 },
    { set: { release: "v5.9", fault: "first", other: "punch" }, states: 427 },
    { set: { release: "v5.9", fault: "first", other: "writeback" }, states: 303 },
    { set: { release: "v5.9", fault: "first-mkwrite", other: "truncate" }, states: 595 },
    { set: { release: "v5.9", fault: "first-mkwrite", other: "punch" }, states: 533 },
    { set: { release: "v5.9", fault: "first-mkwrite", other: "writeback" }, states: 287 },
    { set: { release: "v6.12", fault: "read", other: "truncate" }, states: 408 },
    { set: { release: "v6.12", fault: "read", other: "punch" }, states: 298 },
    { set: { release: "v6.12", fault: "cow", other: "truncate" }, states: 545 },
    { set: { release: "v6.12", fault: "cow", other: "punch" }, states: 383 },
    { set: { release: "v6.12", fault: "shared", other: "truncate" }, states: 830 },
    { set: { release: "v6.12", fault: "shared", other: "punch" }, states: 658 },
    { set: { release: "v6.12", fault: "shared", other: "writeback" }, states: 230 },
    { set: { release: "v6.12", fault: "shared-mkwrite", other: "truncate" }, states: 978 },
    { set: { release: "v6.12", fault: "shared-mkwrite", other: "punch" }, states: 778 },
    { set: { release: "v6.12", fault: "shared-mkwrite", other: "writeback" }, states: 269 },
    { set: { release: "v6.12", fault: "first", other: "truncate" }, states: 521 },
    { set: { release: "v6.12", fault: "first", other: "punch" }, states: 453 },
    { set: { release: "v6.12", fault: "first", other: "writeback" }, states: 303 },
    { set: { release: "v6.12", fault: "first-mkwrite", other: "truncate" }, states: 620 },
    { set: { release: "v6.12", fault: "first-mkwrite", other: "punch" }, states: 558 },
    { set: { release: "v6.12", fault: "first-mkwrite", other: "writeback" }, states: 287 },
    { set: { release: "v7.1", fault: "read", other: "truncate" }, states: 408 },
    { set: { release: "v7.1", fault: "read", other: "punch" }, states: 298 },
    { set: { release: "v7.1", fault: "cow", other: "truncate" }, states: 545 },
    { set: { release: "v7.1", fault: "cow", other: "punch" }, states: 383 },
    { set: { release: "v7.1", fault: "shared", other: "truncate" }, states: 830 },
    { set: { release: "v7.1", fault: "shared", other: "punch" }, states: 658 },
    { set: { release: "v7.1", fault: "shared", other: "writeback" }, states: 230 },
    { set: { release: "v7.1", fault: "shared-mkwrite", other: "truncate" }, states: 978 },
    { set: { release: "v7.1", fault: "shared-mkwrite", other: "punch" }, states: 778 },
    { set: { release: "v7.1", fault: "shared-mkwrite", other: "writeback" }, states: 269 },
    { set: { release: "v7.1", fault: "first", other: "truncate" }, states: 521 },
    { set: { release: "v7.1", fault: "first", other: "punch" }, states: 453 },
    { set: { release: "v7.1", fault: "first", other: "writeback" }, states: 303 },
    { set: { release: "v7.1", fault: "first-mkwrite", other: "truncate" }, states: 620 },
    { set: { release: "v7.1", fault: "first-mkwrite", other: "punch" }, states: 558 },
    { set: { release: "v7.1", fault: "first-mkwrite", other: "writeback" }, states: 287 },
    { set: { release: "v7.1", fault: "read", other: "truncate" }, memory: "lkmm", states: 1242 },
    { set: { release: "v7.1", fault: "cow", other: "truncate" }, memory: "lkmm", states: 1661 },
    { set: { release: "v7.1", fault: "shared", other: "truncate" }, memory: "lkmm", states: 2586 },
    { set: { release: "v7.1", fault: "shared", other: "writeback" }, memory: "lkmm", states: 516 },
    { set: { release: "v7.1", fault: "first", other: "writeback" }, memory: "lkmm", states: 712 },
    { set: { release: "v7.1", fault: "first-mkwrite", other: "writeback" }, memory: "lkmm", states: 595 },
    { set: { release: "v7.1", fault: "shared-mkwrite", other: "truncate" }, memory: "lkmm", states: 2893 },
    { set: { release: "v7.1", fault: "shared", other: "writeback" }, memory: "tso", states: 278 },
    { set: { release: "v7.1", fault: "first", other: "writeback" }, memory: "tso", states: 386 },
    { set: { release: "v7.1", fault: "first-mkwrite", other: "punch" }, memory: "lkmm", states: 1604 },
  ],
});
