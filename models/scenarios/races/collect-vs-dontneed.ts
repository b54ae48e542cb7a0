import { bool, scenario } from "faultline";
import { noTlbEntryAfterUnmap } from "../../../specs/tlb.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { dontneedFolio } from "../../mm/memory/zap-folio.ts";
import { migrateVmaCollect } from "../../mm/migrate-device/collect.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 60bae7370896 (v6.0). Memory that is moved to a device is unmapped under ptl, and was flushed without it:
 * madvise(MADV_DONTNEED) finds a migration entry, of which there is nothing to flush, and returns while a CPU still uses
 * its TLB entry.
 */
export default scenario("races/collect-vs-dontneed", {
  about: "Memory is moved to a device while madvise(MADV_DONTNEED) drops it, and a CPU loads from it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    user: userAccess(0, 0, "load"),
    migrate: migrateVmaCollect(0, { release: fixed ? "v6.12" : "v5.19" }),
    madvise: dontneedFolio(0, { release: "v6.12", vmas: 1, users: true, nonpresent: true }),
  }),
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  specs: [noTlbEntryAfterUnmap],
  unreached: neverTaken("races/collect-vs-dontneed"),
  expect: [
    { set: { fixed: false }, violated: ["no-tlb-entry-after-unmap"], states: 177 },
    { set: { fixed: false }, memory: "tso", violated: ["no-tlb-entry-after-unmap"], states: 246 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-tlb-entry-after-unmap"], states: 203 },
    { set: { fixed: true }, states: 155 },
    { set: { fixed: true }, memory: "tso", states: 202 },
    { set: { fixed: true }, memory: "lkmm", states: 181 },
  ],
});
