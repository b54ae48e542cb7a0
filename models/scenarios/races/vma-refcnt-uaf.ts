import { bool, oneOf, scenario } from "faultline";
import { recycledVmas, twoProcesses } from "../../kernel/vma-lock.ts";
import { faultOfA } from "../../mm/memory/vma-users.ts";
import { recycle } from "../../mm/mmap-lock/unmap.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 9bbffee67ffd (v6.17). A fault of A finds a VMA which is freed and given to B before the fault takes its reference.
 * It gives the reference back, and wakes who waits for it, in B's mm: once the reference is gone, B's exit waits no longer, and
 * the mm may be freed. `attach=once`: that vma_mark_attached() is a release is what lets a reader see whose the VMA is.
 */
export default scenario("races/vma-refcnt-uaf", {
  about: "A fault locks a VMA that has become another process's, which exits meanwhile",
  world: recycledVmas,
  params: { fixed: bool, attach: oneOf("release", "once") },
  threads: ({ fixed, attach }) => ({ fault: faultOfA(fixed ? "before the put" : "never"), others: recycle(attach) }),
  init: twoProcesses,
  specs: [],
  unreached: neverTaken("races/vma-refcnt-uaf"),
  expect: [
    { set: { fixed: false }, violated: ["use-after-free"], states: 1743 },
    { set: { fixed: false }, memory: "tso", violated: ["use-after-free"], states: 3139 },
    { set: { fixed: false }, memory: "lkmm", violated: ["use-after-free"], states: 3786 },
    { set: { fixed: true }, states: 1821 },
    { set: { fixed: true }, memory: "tso", states: 3272 },
    { set: { fixed: true }, memory: "lkmm", states: 4161 },
    { set: { fixed: true, attach: "once" }, states: 1821 },
    { set: { fixed: true, attach: "once" }, memory: "tso", states: 3272 },
    { set: { fixed: true, attach: "once" }, memory: "lkmm", violated: ["no-bug"], states: 4370 },
  ],
});
