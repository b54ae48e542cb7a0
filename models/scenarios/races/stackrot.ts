import { allocated, bool, oneOf, scenario } from "faultline";
import { expandStack, findVma, mapleTree } from "../../mm/mmap/expand-stack.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2023-3269, fixed by 8d7071af8907 (v6.5). A stack grew under mmap_lock for reading. Since v6.1 that may put a new node into
 * the tree of VMAs, and give the old one to RCU; others who walk the tree under mmap_lock for reading hold no RCU lock, and go on
 * in memory that is freed. A walk under RCU, as for the lock of a VMA, is safe either way.
 */
export default scenario("races/stackrot", {
  about: "A stack grows, which replaces a node of the tree of VMAs, while a fault walks the tree",
  world: mapleTree,
  params: { fixed: bool, walker: oneOf("mmap_lock", "rcu") },
  threads: ({ fixed, walker }) => ({ walk: findVma(walker), expand: expandStack(fixed) }),
  init(k) {
    k.mm[0].maRoot = allocated(k.mapleNode[0]);
    k.mapleNode[0].slot = true;
  },
  specs: [],
  unreached: neverTaken("races/stackrot"),
  expect: [
    { set: { fixed: false }, violated: ["use-after-free"], states: 43 },
    { set: { fixed: false }, memory: "tso", violated: ["use-after-free"], states: 58 },
    { set: { fixed: false }, memory: "lkmm", violated: ["use-after-free"], states: 85 },
    { set: { fixed: true }, states: 22 },
    { set: { fixed: true }, memory: "tso", states: 28 },
    { set: { fixed: true }, memory: "lkmm", states: 22 },
    { set: { fixed: false, walker: "rcu" }, states: 49 },
    { set: { fixed: false, walker: "rcu" }, memory: "lkmm", states: 49 },
    { set: { fixed: false, walker: "rcu" }, memory: "tso", states: 64 },
  ],
});
