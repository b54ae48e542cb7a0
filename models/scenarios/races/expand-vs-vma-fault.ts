import { bool, oneOf, scenario } from "faultline";
import { faultOnStack, foundByIndex, growStack, indexed, stackAtOne } from "../../mm/mmap/expand-downwards.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by c137381f71ae (v6.5), docs/kernel-facts.md 5 #47. A stack that grows changes vm_start and vm_pgoff, one after the other. mmap_lock for
 * writing kept faults out of that; a fault that takes the lock of the VMA alone came in, and made the index of its page of the one
 * and the other.
 */
export default scenario("races/expand-vs-vma-fault", {
  about: "A stack grows while a thread faults on it under the lock of the VMA",
  world: indexed,
  params: { fixed: bool, release: oneOf("v6.6", "v7.1") },
  threads: ({ fixed, release }) => ({ grow: growStack(release, fixed), fault: faultOnStack(release) }),
  init: stackAtOne,
  specs: [foundByIndex],
  unreached: neverTaken("races/expand-vs-vma-fault"),
  expect: [
    { set: { fixed: false }, violated: ["found-by-index"], states: 345 },
    { set: { fixed: false }, memory: "tso", violated: ["found-by-index"], states: 788 },
    { set: { fixed: false }, memory: "lkmm", violated: ["found-by-index"], states: 382 },
    { set: { fixed: true }, states: 320 },
    { set: { fixed: true }, memory: "tso", states: 530 },
    { set: { fixed: true }, memory: "lkmm", states: 320 },
    { set: { fixed: true, release: "v7.1" }, states: 579 },
    { set: { fixed: true, release: "v7.1" }, memory: "lkmm", states: 711 },
  ],
});
