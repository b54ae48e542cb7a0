import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { poisonedIsUnmapped } from "../../specs/page-cache.ts";
import { kernel, pageMappedBy } from "../kernel/world.ts";
import { memoryFailureFolio } from "../mm/memory-failure/memory-failure-folio.ts";
import { memoryFailure } from "../mm/memory-failure/memory-failure.ts";
import { mprotect } from "../mm/mprotect/change-protection.ts";
import { neverTaken } from "./recorded.ts";

/**
 * memory_failure() unmaps a broken page, and throws it away if it is clean. mprotect() makes the entry empty for a moment, under
 * ptl. v5.9 passes by what looks empty, without the lock, finds the page mapped still, and gives up (-EBUSY); since v5.14
 * the walk waits for ptl (TTU_SYNC).
 */
export default scenario("memory-failure-by-release", {
  about: "memory_failure() unmaps a clean page of a file while mprotect() changes its entry, release by release",
  world: kernel,
  params: { release: oneOf("v5.9", "v6.12", "v7.1") },
  threads: ({ release }) => ({
    failure: release === "v5.9" ? memoryFailure() : memoryFailureFolio({ release, vmas: 1 }),
    mprotect: mprotect(0, { release, to: "PROT_READ", mapping: "private" }),
  }),
  init(k) {
    pageMappedBy(k, 1);
  },
  specs: [poisonedIsUnmapped, ...balance],
  unreached: neverTaken("memory-failure-by-release"),
  expect: [
    { set: { release: "v5.9" }, violated: ["poisoned-is-unmapped"], states: 245 },
    { set: { release: "v6.12" }, states: 206 },
    { set: { release: "v7.1" }, states: 206 },
    { set: { release: "v5.9" }, memory: "lkmm", violated: ["poisoned-is-unmapped"], states: 321 },
    { set: { release: "v7.1" }, memory: "tso", states: 330 },
    { set: { release: "v7.1" }, memory: "lkmm", states: 276 },
  ],
});
