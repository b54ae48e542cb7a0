import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noPageOverFreedBlock, noStalePte } from "../../../specs/page-cache.ts";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { doReadFault } from "../../mm/memory/read-fault.ts";
import { fsPunchHole } from "../../fs/file-system.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by ea3d7209ca01 (v4.5), i_mmap_sem; docs/kernel-facts.md 5 #11. A fault reads the page in again after the punch
 * has emptied the page cache and before it frees the block: what the process writes there lands in somebody else's
 * file.
 */
export default scenario("races/ext4-fault-vs-punch", {
  about: "A fault reads a page in again while a hole punch frees its block",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    fault: doReadFault(0, null, fixed ? "reads-locked" : "reads"),
    punch: fsPunchHole(fixed),
  }),
  init(k) {
    pageInCache(k, { pmd: "populated" });
    k.page.hasBlock = true;
  },
  specs: [noPageOverFreedBlock, noStalePte, ...balance],
  unreached: neverTaken("races/ext4-fault-vs-punch"),
  expect: [
    { set: { fixed: false }, violated: ["no-page-over-freed-block"], states: 1036 },
    { set: { fixed: true }, states: 236 },
    { set: { fixed: false }, memory: "tso", violated: ["no-page-over-freed-block"], states: 1547 },
    { set: { fixed: true }, memory: "tso", states: 308 },
    { set: { fixed: true }, memory: "lkmm", states: 399 },
  ],
});
