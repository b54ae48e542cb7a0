import { oneOf, scenario } from "faultline";
import { pmdNamesTable } from "../../specs/page-tables.ts";
import { FLUSHES } from "../kernel/table-sync.ts";
import { emptyPageTable, kernel } from "../kernel/world.ts";
import { gupFastWalk, gupFastWalkUnchecked } from "../mm/gup/gup-fast-walk.ts";
import { retractPageTables } from "../mm/khugepaged/retract-page-tables.ts";
import { moveTable } from "../mm/mremap/move-normal-pmd.ts";
import { neverTaken } from "./recorded.ts";

/**
 * khugepaged has put a huge page into the file, and takes the empty page table out of a vma. v5.9 does so under mmap_lock for
 * writing, and frees the table at once: what walks it without a lock is waited for only where a flush interrupts the other
 * CPUs. v6.12 and v7.1 do without mmap_lock, and free it behind a grace period.
 */
export default scenario("retract-page-tables", {
  about: "khugepaged takes an empty page table from a vma of a file, beside GUP-fast and mremap(), release by release",
  world: kernel,
  params: {
    release: oneOf("v5.9", "v6.12", "v7.1"),
    beside: oneOf("gup-fast", "mremap"),
    flush: oneOf(...FLUSHES),
  },
  threads: ({ release, beside, flush }) => ({
    retract: retractPageTables(0, release, flush),
    ...(beside === "mremap"
      ? { mremap: moveTable(release) }
      : { gup: release === "v5.9" ? gupFastWalkUnchecked(0) : gupFastWalk(0) }),
  }),
  init: emptyPageTable,
  specs: [pmdNamesTable],
  unreached: neverTaken("retract-page-tables"),
  expect: [
    { set: { release: "v5.9" }, violated: ["use-after-free"], states: 60 },
    { set: { release: "v5.9", flush: "ipi" }, states: 60 },
    { set: { release: "v6.12" }, states: 74 },
    { set: { release: "v7.1" }, states: 74 },
    { set: { release: "v7.1" }, memory: "tso", states: 89 },
    { set: { release: "v7.1" }, memory: "lkmm", states: 74 },
    { set: { release: "v5.9", beside: "mremap" }, states: 90 },
    { set: { release: "v6.12", beside: "mremap" }, states: 81 },
    { set: { release: "v7.1", beside: "mremap" }, states: 79 },
    { set: { release: "v7.1", beside: "mremap" }, memory: "lkmm", states: 79 },
  ],
});
