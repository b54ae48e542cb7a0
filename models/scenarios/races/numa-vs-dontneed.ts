import { bool, scenario } from "faultline";
import { hugeBalance } from "../../../specs/balance.ts";
import { droppedIsNotMapped } from "../../../specs/page-tables.ts";
import { pageMappedByPmd } from "../../kernel/world.ts";
import { changeHugePmd, hugePmdBits } from "../../mm/huge-memory/change-huge-pmd.ts";
import { dontneedHuge } from "../../mm/huge-memory/zap-huge-pmd.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by ced108037c2a (v4.12), docs/kernel-facts.md 5 #43. NUMA balancing empties the pmd entry of a huge page for a moment, under its lock.
 * madvise(MADV_DONTNEED) looks at the entry without the lock, finds nothing to drop, and returns; then the entry is back.
 */
export default scenario("races/numa-vs-dontneed", {
  about: "NUMA balancing makes a huge page protnone while madvise(MADV_DONTNEED) drops it",
  world: hugePmdBits,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ numa: changeHugePmd(0, !fixed), dontneed: dontneedHuge(0) }),
  init: (k) => pageMappedByPmd(k),
  specs: [droppedIsNotMapped, ...hugeBalance],
  unreached: neverTaken("races/numa-vs-dontneed"),
  expect: [
    { set: { fixed: false }, violated: ["dropped-is-not-mapped"], states: 55 },
    { set: { fixed: true }, states: 49 },
    { set: { fixed: false }, memory: "tso", violated: ["dropped-is-not-mapped"], states: 85 },
    { set: { fixed: true }, memory: "tso", states: 67 },
    { set: { fixed: false }, memory: "lkmm", violated: ["dropped-is-not-mapped"], states: 70 },
    { set: { fixed: true }, memory: "lkmm", states: 66 },
  ],
});
