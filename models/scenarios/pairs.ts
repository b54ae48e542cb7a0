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
import { clearSoftDirty } from "../fs/task-mmu/clear-refs.ts";
import { kernel, pageMappedBy, type Kernel } from "../kernel/world.ts";
import { userAccess } from "../kernel/user-access.ts";
import { filemapMapPages } from "../mm/filemap/filemap-map-pages.ts";
import { gupUser } from "../mm/gup/gup-fast.ts";
import { collapseFile } from "../mm/khugepaged/collapse.ts";
import { doCowFault } from "../mm/memory/cow-fault.ts";
import { firstStore } from "../mm/memory/first-store.ts";
import { doReadFault } from "../mm/memory/read-fault.ts";
import { doSharedFault } from "../mm/memory/shared-fault.ts";
import { unmapMappingRange } from "../mm/memory/zap.ts";
import { memoryFailure } from "../mm/memory-failure/memory-failure.ts";
import { unmapAndMove } from "../mm/migrate/migrate.ts";
import { madviseDontneed, munmap } from "../mm/mmap/munmap.ts";
import { mprotect } from "../mm/mprotect/change-protection.ts";
import { writeCachePages } from "../mm/page-writeback/writeback.ts";
import { invalidateInodePages2Range } from "../mm/truncate/invalidate.ts";
import { truncatePagecacheRange, truncateSetsize } from "../mm/truncate/truncate.ts";
import { shrinkPageList } from "../mm/vmscan/reclaim.ts";
import { everyTwo } from "./every-two.ts";

const RULES = { dirty: "v5.9", nested: true } as const;
const REMOVER = { vmas: 2, gate: "page_mapped", rules: RULES, written: true } as const;

/**
 * What can happen to a page of a file, v5.9: faults come to vma[1], which does not map it yet; what takes a mapping away
 * comes to vma[0], which does.
 */
const ACTORS = {
  "read-fault": () => doReadFault(1, filemapMapPages(1)),
  "shared-fault": () =>
    doSharedFault(1, { variant: "baseline", mkwrite: true, handler: "filemap_fault", pmd: "populated" }),
  "cow-fault": () => doCowFault(1, "baseline", { handler: "filemap_fault", pmd: "populated" }),
  "first-store": () => firstStore(0, { mkwrite: true }),
  load: () => userAccess(0, 0, "load"),
  gup: () => gupUser(0, { pin: false, write: false, wp: { rule: "5.9" } }),
  dontneed: () => madviseDontneed(0, RULES),
  munmap: () => munmap(0, RULES),
  mprotect: () => mprotect(0, { release: "v5.9", to: "PROT_READ", mapping: "shared" }),
  "clear-refs": () => clearSoftDirty(0, { skipsPinned: true }),
  punch: () => truncatePagecacheRange(REMOVER),
  truncate: () => truncateSetsize(REMOVER),
  invalidate: () => invalidateInodePages2Range(2, { unmap: unmapMappingRange(2, false, RULES), written: true }),
  reclaim: () => shrinkPageList(2, "file", { batches: true, written: true }),
  migrate: () => unmapAndMove({ users: true, vmas: 2 }),
  collapse: () => collapseFile(2, true, true, RULES),
  "memory-failure": () => memoryFailure({ vmas: 2, rules: RULES }),
  writeback: () => writeCachePages(2, true, true),
} satisfies Record<string, () => Path<Kernel>>;

/** Why two of them are not searched together, or not with themselves. */
const NEWPAGE = "both put `newpage` in the place of the page, and the world has one";
const APART = {
  "cow-fault cow-fault": "both copy to `cow`, and the world has one",
  "migrate migrate": NEWPAGE,
  "migrate collapse": NEWPAGE,
  "collapse collapse": NEWPAGE,
};

export const FILE_PAIRS = everyTwo(ACTORS, APART);

/**
 * v5.9's collapse_file() frees a page that is being written: it asks for PG_writeback since 74c42e1baacf (v5.15),
 * docs/kernel-facts.md 5 #46. The device reads a page that is free.
 */
const isUnwaited = ({ first, second }: (typeof FILE_PAIRS)["together"][number]) =>
  first === "collapse" && second === "writeback";

export default scenario("pairs", {
  about: "Any two things that can happen to a page of a file at a time",
  world: kernel,
  params: { first: oneOf(...FILE_PAIRS.names), second: oneOf(...FILE_PAIRS.names) },
  threads: ({ first, second }) => ({ first: ACTORS[first](), second: ACTORS[second]() }),
  init(k, { first, second }) {
    const dirty = first === "writeback" || second === "writeback";
    pageMappedBy(k, 1, { writable: dirty, dirty });
  },
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, noDirtyDeletion, storesReachDisk, ...balance],
  // Which steps two paths take beside each other is for the scenarios that are about them.
  unreached: () => ["*"],
  expect: FILE_PAIRS.together.map((set) => (isUnwaited(set) ? { set, violated: ["no-bug"] } : { set })),
});
