import { bool, scenario } from "faultline";
import { hugeBalance } from "../../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion } from "../../../specs/page-cache.ts";
import { kernel, pageMappedByPmd } from "../../kernel/world.ts";
import { zapHugePmd } from "../../mm/huge-memory/zap-huge-pmd.ts";
import { truncateHuge } from "../../mm/truncate/truncate-huge.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 22061a1ffabd (v5.13), docs/kernel-facts.md 5 #28. munmap() has cleared the huge pmd, but not yet decremented
 * compound_mapcount; the truncate sees page_mapped(), unmaps, skips the empty pmd without its lock, and deletes a page
 * that is still counted as mapped.
 */
export default scenario("races/zap-huge-pmd-vs-truncate", {
  about: "munmap() takes a huge page's pmd off while a truncate removes the page",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ munmap: zapHugePmd(0), truncate: truncateHuge(fixed) }),
  init: pageMappedByPmd,
  specs: [noMappedDeletion, noFalseAlarm, ...hugeBalance],
  unreached: neverTaken("races/zap-huge-pmd-vs-truncate"),
  expect: [
    { set: { fixed: false }, violated: ["no-false-alarm"], states: 155 },
    { set: { fixed: true }, states: 136 },
    { set: { fixed: false }, memory: "tso", violated: ["no-false-alarm"], states: 236 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-false-alarm"], states: 290 },
    { set: { fixed: true }, memory: "tso", states: 205 },
    { set: { fixed: true }, memory: "lkmm", states: 245 },
  ],
});
