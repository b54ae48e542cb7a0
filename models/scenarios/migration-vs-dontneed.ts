import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { droppedStaysDropped, migrationsEnd } from "../../specs/entries.ts";
import { readsWhatWasStored } from "../../specs/swap.ts";
import { beingMigrated } from "../kernel/entries.ts";
import { kernel } from "../kernel/world.ts";
import { compactionLooks } from "../mm/compaction/isolate.ts";
import { dontneedFolio } from "../mm/memory/zap-folio.ts";
import { moveAnonFolio, removeMigrationPte } from "../mm/migrate/move-anon.ts";
import { neverTaken } from "./recorded.ts";

const IS_ENTRY = "page_vma_mapped_walk(): a migration entry of src?";

/**
 * The second half of a migration: the folio is unmapped, and what is put where the migration entry was is the copy, or the folio itself if
 * somebody has a reference of it. madvise() drops the entry meanwhile; that the walk looks for it under ptl is what keeps it dropped.
 */
export default scenario("migration-vs-dontneed", {
  about:
    "An anonymous folio that is unmapped is moved while madvise() drops its migration entry, or compaction looks at it",
  world: kernel,
  params: {
    release: oneOf("v6.12", "v7.1"),
    beside: oneOf("MADV_DONTNEED", "compaction"),
    entry: oneOf("writable", "readable"),
    /** What is taken from the walk, to see what it is for. */
    without: oneOf("nothing", "the look"),
  },
  threads({ release, beside, without }) {
    const whole = moveAnonFolio(0, release);
    const patched = removeMigrationPte(0, release).with({ drop: [IS_ENTRY], as: "without the look" });
    return {
      migrate: without === "nothing" ? whole : whole.calling(patched),
      other:
        beside === "compaction"
          ? compactionLooks(release)
          : dontneedFolio(0, { vmas: 1, release, users: true, nonpresent: true, anon: true }),
    };
  },
  init: (k, { entry }) => beingMigrated(k, { writable: entry === "writable" }),
  specs: [droppedStaysDropped, migrationsEnd, readsWhatWasStored, ...balance],
  unreached: neverTaken("migration-vs-dontneed"),
  expect: [
    { set: { release: "v6.12" }, states: 123 },
    { set: { release: "v7.1" }, states: 123 },
    { set: { release: "v7.1" }, memory: "tso", states: 207 },
    { set: { release: "v7.1" }, memory: "lkmm", states: 166 },
    { set: { release: "v7.1", entry: "readable" }, states: 113 },
    { set: { release: "v6.12", beside: "compaction" }, states: 75 },
    { set: { release: "v7.1", beside: "compaction" }, states: 75 },
    { set: { release: "v7.1", beside: "compaction" }, memory: "lkmm", states: 154 },
    { set: { release: "v7.1", without: "the look" }, violated: ["dropped-stays-dropped"], states: 127 },
  ],
});
