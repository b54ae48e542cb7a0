import { bool, scenario } from "faultline";
import { hugeBalance } from "../../../specs/balance.ts";
import { kernel, pageMappedByPmd } from "../../kernel/world.ts";
import { splitHugePage } from "../../paths/thp/split.ts";
import { zapHugePmd } from "../../paths/thp/zap-huge-pmd.ts";

/**
 * Fixed by 732ed55823fc (v5.13), TTU_SYNC; kernel.md 5 #29. The rmap walk of the split skips a pmd that munmap() has
 * cleared already, while the mapcount still counts it: VM_BUG_ON_PAGE(!unmap_success).
 */
export default scenario("races/split-vs-zap", {
  about: "A huge page is split while munmap() takes its pmd off",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ munmap: zapHugePmd(0), split: splitHugePage("pmd", fixed) }),
  init: pageMappedByPmd,
  specs: [...hugeBalance],
  expect: [
    { set: { fixed: false }, violated: ["no-bug"], states: 83 },
    { set: { fixed: true }, states: 77 },
  ],
});
