import { bool, scenario, symmetric } from "faultline";
import { daxStoresKept } from "../../../specs/page-cache.ts";
import { kernel, pageTables, type VmaIndex } from "../../kernel/world.ts";
import { daxFault } from "../../fs/dax/dax-fault.ts";

/**
 * Fixed by 843172978bb9 (v4.3), docs/kernel-facts.md 5 #12. Both faults find the block unwritten; the winner's process
 * stores, and then the loser zeroes the block.
 */
export default scenario("races/two-dax-faults", {
  about: "Two processes write-fault on the same hole of a DAX file",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ fault: symmetric(2, (i) => daxFault(i as VmaIndex, fixed)) }),
  init(k) {
    pageTables(k, "none");
    k.block = "hole";
  },
  specs: [daxStoresKept],
  expect: [
    { set: { fixed: false }, violated: ["dax-stores-kept"], states: 31 },
    { set: { fixed: true }, states: 21 },
    { set: { fixed: false }, memory: "tso", violated: ["dax-stores-kept"], states: 58 },
    { set: { fixed: false }, memory: "lkmm", violated: ["dax-stores-kept"], states: 76 },
    { set: { fixed: true }, memory: "tso", states: 26 },
    { set: { fixed: true }, memory: "lkmm", states: 23 },
  ],
});
