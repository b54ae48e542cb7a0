import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { migrationsEnd } from "../../specs/entries.ts";
import { noStalePte } from "../../specs/page-cache.ts";
import { noTlbEntryOfFreePage, storesReachDisk } from "../../specs/tlb.ts";
import { setMigrationEntry } from "../kernel/entries.ts";
import { userAccess } from "../kernel/user-access.ts";
import { kernel, pageInCache, pageMappedBy } from "../kernel/world.ts";
import { removeMigrationPtes } from "../mm/migrate/remove-migration-ptes.ts";
import { mremap } from "../mm/mremap/move-ptes.ts";
import { writeCachePages } from "../mm/page-writeback/writeback.ts";
import { writebackIter } from "../mm/page-writeback/writeback-folio.ts";
import { truncateSetsize } from "../mm/truncate/truncate.ts";
import { truncateFolios } from "../mm/truncate/truncate-folios.ts";
import { neverTaken } from "./recorded.ts";

/**
 * mremap() moves an entry from one vma to another, while somebody walks both. The TLB is flushed before either ptl is dropped. Where
 * the new vma comes first in a walk, a walk can miss the entry at both places, so that the locks of the rmap are taken
 * (need_rmap_locks); a migration entry that is missed is never taken away.
 */
export default scenario("mremap-by-release", {
  about:
    "mremap() moves an entry while the page is truncated, written back, or has just been migrated, release by release",
  world: kernel,
  params: {
    release: oneOf("v5.9", "v6.12", "v7.1"),
    against: oneOf("truncate", "writeback", "migration"),
    newVma: oneOf("behind the old one", "first in the walk"),
    rmapLocks: oneOf("as it must", "never"),
  },
  threads({ release, against, newVma, rmapLocks }) {
    const isFirst = newVma === "first in the walk";
    const from = isFirst ? 1 : 0;
    const move = mremap({ release, from, rmapLocks: isFirst && rmapLocks === "as it must" });
    if (against === "migration") return { mremap: move, migrate: removeMigrationPtes(release) };
    if (against === "writeback")
      return {
        user: userAccess(0, 0, "store"),
        mremap: move,
        writeback: release === "v5.9" ? writeCachePages(2) : writebackIter(release, 2),
      };
    return {
      user: userAccess(0, 0, "load"),
      mremap: move,
      truncate:
        release === "v5.9"
          ? truncateSetsize({ vmas: 2, gate: "page_mapped", rules: { dirty: "v5.9" } })
          : truncateFolios({ vmas: 2, release, users: true }),
    };
  },
  init(k, { against, newVma }) {
    if (against === "truncate") return pageMappedBy(k, 1);
    if (against === "writeback") return pageMappedBy(k, 1, { writable: true, dirty: true });
    pageInCache(k, { pmd: "populated" });
    // `page` has moved to `newpage`, which is locked still, and has a reference of who moves it.
    k.slot = k.newpage;
    k.page.mapping = "NULL";
    k.page.refcount = 0;
    k.newpage.mapping = "file";
    k.newpage.locked = true;
    k.newpage.refcount = 2;
    setMigrationEntry(k.table[newVma === "first in the walk" ? 1 : 0].pte, k.page);
  },
  specs: [migrationsEnd, noTlbEntryOfFreePage, storesReachDisk, noStalePte, ...balance],
  unreached: neverTaken("mremap-by-release"),
  expect: [
    { set: { release: "v5.9" }, states: 925 },
    { set: { release: "v6.12" }, states: 877 },
    { set: { release: "v7.1" }, states: 877 },
    { set: { release: "v5.9", against: "writeback" }, states: 1112 },
    { set: { release: "v6.12", against: "writeback" }, states: 1112 },
    { set: { release: "v7.1", against: "writeback" }, states: 1112 },
    { set: { release: "v5.9", against: "migration" }, states: 113 },
    { set: { release: "v7.1", against: "migration" }, states: 113 },
    { set: { release: "v5.9", against: "migration", newVma: "first in the walk" }, states: 92 },
    { set: { release: "v6.12", against: "migration", newVma: "first in the walk" }, states: 92 },
    { set: { release: "v7.1", against: "migration", newVma: "first in the walk" }, states: 92 },
    {
      set: { release: "v7.1", against: "migration", newVma: "first in the walk", rmapLocks: "never" },
      violated: ["migrations-end"],
      states: 127,
    },
    { set: { release: "v7.1" }, memory: "lkmm", states: 969 },
    { set: { release: "v7.1", against: "migration" }, memory: "tso", states: 168 },
    { set: { release: "v7.1", against: "migration" }, memory: "lkmm", states: 117 },
    { set: { release: "v7.1", against: "migration", newVma: "first in the walk" }, memory: "lkmm", states: 96 },
  ],
});
