import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { memoryFailureUnderMutex, unpoisonMemory } from "../mm/memory-failure/unpoison.ts";
import { truncateFolios } from "../mm/truncate/truncate-folios.ts";
import { truncateSetsize } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

/**
 * A page is marked as broken, and the mark is taken off again by a test, which gives the reference back that memory_failure() has kept. In
 * v5.9 it does so, too, where memory_failure() has set the mark and has no reference yet, if a truncate has taken the
 * page out of the file meanwhile: the page is put once too often. 91d005479e06 (v5.17) lets one of them run at a time.
 */
export default scenario("unpoison-by-release", {
  about: "A page is found broken, and unpoisoned, while it is truncated, release by release",
  world: kernel,
  params: { release: oneOf("v5.9", "v6.12", "v7.1"), truncated: oneOf("meanwhile", "never") },
  threads({ release, truncated }) {
    const truncate =
      release === "v5.9" ? truncateSetsize({ vmas: 1, gate: "page_mapped" }) : truncateFolios({ release, vmas: 1 });
    return {
      failure: memoryFailureUnderMutex(release),
      unpoison: unpoisonMemory(release),
      ...(truncated === "meanwhile" && { truncate }),
    };
  },
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noMappedFreePage, ...balance],
  unreached: neverTaken("unpoison-by-release"),
  // v5.9 with a truncate under lkmm: violated as well, in 202220 states.
  expect: [
    { set: { release: "v5.9" }, violated: ["in-range", "no-bug"], states: 2166 },
    { set: { release: "v5.9" }, memory: "tso", violated: ["in-range", "no-bug"], states: 3105 },
    { set: { release: "v6.12" }, states: 975 },
    { set: { release: "v6.12" }, memory: "tso", states: 1416 },
    { set: { release: "v7.1" }, states: 975 },
    { set: { release: "v7.1" }, memory: "tso", states: 1416 },
    { set: { release: "v7.1" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 17_426 },
    { set: { release: "v5.9", truncated: "never" }, states: 77 },
    { set: { release: "v5.9", truncated: "never" }, memory: "tso", states: 92 },
    { set: { release: "v5.9", truncated: "never" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 183 },
    { set: { release: "v6.12", truncated: "never" }, states: 40 },
    { set: { release: "v6.12", truncated: "never" }, memory: "tso", states: 46 },
    { set: { release: "v6.12", truncated: "never" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 50 },
    { set: { release: "v7.1", truncated: "never" }, states: 40 },
    { set: { release: "v7.1", truncated: "never" }, memory: "tso", states: 46 },
    { set: { release: "v7.1", truncated: "never" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 50 },
  ],
});
