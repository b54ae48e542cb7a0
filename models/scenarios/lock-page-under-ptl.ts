import { bool, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noMappedDeletion, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { mapNextPage } from "../mm/filemap/map-under-ptl.ts";
import { truncatePagecacheRange } from "../mm/truncate/truncate.ts";

/**
 * docs/kernel-facts.md T-DL: page lock before ptl. A fault-around that slept for the page lock under ptl would deadlock
 * with a truncate that unmaps under the page lock.
 */
export default scenario("lock-page-under-ptl", {
  about: "A fault-around that holds ptl wants the page lock while a hole punch that holds the page lock wants ptl",
  world: kernel,
  params: { sleeps: bool },
  threads: ({ sleeps }) => ({
    fault: mapNextPage(0, sleeps),
    punch: truncatePagecacheRange({ vmas: 1, gate: "none" }),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, noMappedDeletion, ...balance],
  expect: [
    { set: { sleeps: false }, states: 247 },
    { set: { sleeps: true }, violated: ["not-stuck"], states: 244 },
  ],
});
