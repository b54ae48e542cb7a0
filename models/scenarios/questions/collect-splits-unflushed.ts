import { oneOf, scenario } from "faultline";
import { noTlbEntryAfterUnmap } from "../../../specs/tlb.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { dontneedFolio } from "../../mm/memory/zap-folio.ts";
import { migrateVmaCollect } from "../../mm/migrate-device/collect.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/collect-splits-unflushed.md: migrate_vma_collect_pmd() of v7.1 drops ptl to split a large folio, also where it
 * has taken entries off before, and has not flushed them.
 */
export default scenario("questions/collect-splits-unflushed", {
  about: "Memory with a large folio in it is moved to a device while madvise(MADV_DONTNEED) drops it",
  world: kernel,
  params: { behind: oneOf("small", "large"), flush: oneOf("late", "before ptl is dropped") },
  threads: ({ behind, flush }) => ({
    user: userAccess(0, 0, "load"),
    migrate: migrateVmaCollect(0, { release: "v7.1", large: behind === "large", early: flush !== "late" }),
    madvise: dontneedFolio(0, { release: "v7.1", vmas: 1, users: true, nonpresent: true }),
  }),
  init(k) {
    anonPageMapped(k, { shared: true, writable: false });
    k.table[0].tailPte.page = k.tail;
  },
  specs: [noTlbEntryAfterUnmap],
  unreached: neverTaken("questions/collect-splits-unflushed"),
  expect: [
    { states: 155 },
    { memory: "tso", states: 202 },
    { memory: "lkmm", states: 181 },
    { set: { behind: "large" }, violated: ["no-tlb-entry-after-unmap"], states: 345 },
    { set: { behind: "large" }, memory: "tso", violated: ["no-tlb-entry-after-unmap"], states: 506 },
    { set: { behind: "large" }, memory: "lkmm", violated: ["no-tlb-entry-after-unmap"], states: 355 },
    { set: { behind: "large", flush: "before ptl is dropped" }, states: 334 },
    { set: { behind: "large", flush: "before ptl is dropped" }, memory: "tso", states: 474 },
    { set: { behind: "large", flush: "before ptl is dropped" }, memory: "lkmm", states: 349 },
  ],
});
