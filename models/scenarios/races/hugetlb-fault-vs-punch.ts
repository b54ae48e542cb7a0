import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { holeIsPunched, noMappedDeletion } from "../../../specs/page-cache.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { hugetlbFault, hugetlbfsPunchHole } from "../../mm/hugetlb/hugetlb.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 4aae8d1c051e (v4.5), docs/kernel-facts.md 5 #13. A fault maps the page again after the punch has unmapped
 * the hole; the punch finds it mapped and leaves it, with its old contents, in the hole.
 */
export default scenario("races/hugetlb-fault-vs-punch", {
  about: "A fault maps a page of hugetlbfs while a hole punch removes it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ fault: hugetlbFault(0), punch: hugetlbfsPunchHole(fixed) }),
  init: (k) => pageMappedBy(k, 1),
  specs: [holeIsPunched, noMappedDeletion, ...balance],
  unreached: neverTaken("races/hugetlb-fault-vs-punch"),
  expect: [
    { set: { fixed: false }, violated: ["hole-is-punched"], states: 194 },
    { set: { fixed: true }, states: 197 },
    { set: { fixed: false }, memory: "tso", violated: ["hole-is-punched"], states: 227 },
    { set: { fixed: false }, memory: "lkmm", violated: ["hole-is-punched"], states: 596 },
    { set: { fixed: true }, memory: "tso", states: 231 },
    { set: { fixed: true }, memory: "lkmm", states: 601 },
  ],
});
