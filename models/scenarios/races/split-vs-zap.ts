import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { kernel, pageMappedBy, pageMappedByPmd } from "../../kernel/world.ts";
import { splitHugePage } from "../../mm/huge-memory/split.ts";
import { zapHugePmd } from "../../mm/huge-memory/zap-huge-pmd.ts";
import { zapPageRangeSingle } from "../../mm/memory/zap.ts";

/**
 * Fixed by 732ed55823fc (v5.13), TTU_SYNC; docs/kernel-facts.md 5 #29. The rmap walk of the split skips, without ptl, a
 * PTE that munmap() has cleared already, while the mapcount still counts it: VM_BUG_ON_PAGE(!unmap_success). A pmd was
 * never skipped: split_huge_pmd_address() takes pmd_lock() first.
 */
export default scenario("races/split-vs-zap", {
  about: "A huge page is split while munmap() takes off the PTE, or the pmd, that maps it",
  world: kernel,
  params: { fixed: bool, mapped: oneOf("pte", "pmd") },
  threads: ({ fixed, mapped }) => ({
    munmap: mapped === "pmd" ? zapHugePmd(0) : zapPageRangeSingle(0, true),
    split: splitHugePage(mapped, fixed),
  }),
  init: (k, { mapped }) => (mapped === "pmd" ? pageMappedByPmd(k) : pageMappedBy(k, 1)),
  specs: [...balance],
  expect: [
    { set: { fixed: false }, violated: ["no-bug"], states: 102 },
    { set: { fixed: true }, states: 87 },
    { set: { fixed: false, mapped: "pmd" }, states: 71 },
    { set: { fixed: false }, memory: "tso", violated: ["no-bug"], states: 138 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-bug"], states: 188 },
    { set: { fixed: true }, memory: "tso", states: 116 },
    { set: { fixed: true }, memory: "lkmm", states: 156 },
    { set: { fixed: false, mapped: "pmd" }, memory: "tso", states: 96 },
    { set: { fixed: false, mapped: "pmd" }, memory: "lkmm", states: 128 },
  ],
});
