import { oneOf, scenario } from "faultline";
import { nothingMappedAfterMunmap } from "../../specs/vma-lock.ts";
import { attached } from "../kernel/vma-lock.ts";
import { kernel, pageTables } from "../kernel/world.ts";
import { faultUnderVmaLock } from "../mm/memory/vma-lock-fault.ts";
import { unmapAndForget } from "../mm/mmap-lock/unmap.ts";
import { lockVmaUnderRcu } from "../mm/mmap-lock/vma-rwsem.ts";
import { neverTaken } from "./recorded.ts";

/** Where the VMA is asked whether it is detached. */
const IS_DETACHED = { "v6.6": "vma->detached", "v6.12": "vma->detached, first" } as const;

/**
 * munmap() write-locks and detaches a VMA while a fault has it locked for reading, and empties the page table once mmap_lock is
 * downgraded, which unlocks all VMAs. From then on, who had found the VMA in the tree before can lock it: that it is detached is what
 * keeps him out, a flag up to v6.14, and a count of 0 since. What questions/vma-start-write-vs-end-read finds does not reach it: vm_refcnt
 * falls to 0 when the VMA is detached, and that is an acquire.
 */
export default scenario("vma-lock-vs-munmap", {
  about: "munmap() empties the page table of a VMA while a write fault fills it under the lock of the VMA",
  world: kernel,
  params: {
    release: oneOf("v7.1", "v6.12", "v6.6"),
    /** What is taken from the fault, to see what it is for. */
    without: oneOf("nothing", "vma->detached"),
  },
  threads({ release, without }) {
    const whole = faultUnderVmaLock(release);
    const munmap = unmapAndForget({ zaps: true, release });
    if (without === "nothing" || release === "v7.1") return { fault: whole, munmap };
    const looksUp = lockVmaUnderRcu({ of: release }).with({ drop: [IS_DETACHED[release]], as: "detached or not" });
    return { fault: whole.calling(looksUp), munmap };
  },
  init(k) {
    attached(k.vma[0], k.mm[0]);
    pageTables(k, "none");
  },
  specs: [nothingMappedAfterMunmap],
  unreached: neverTaken("vma-lock-vs-munmap"),
  expect: [
    { states: 777 },
    { memory: "tso", states: 1420 },
    { memory: "lkmm", states: 1049 },
    { set: { release: "v6.12" }, states: 421 },
    { set: { release: "v6.12" }, memory: "lkmm", states: 455 },
    { set: { release: "v6.6" }, states: 341 },
    { set: { release: "v6.6" }, memory: "lkmm", states: 340 },
    {
      set: { release: "v6.12", without: "vma->detached" },
      violated: ["nothing-mapped-after-munmap"],
      states: 487,
    },
    {
      set: { release: "v6.6", without: "vma->detached" },
      violated: ["nothing-mapped-after-munmap"],
      states: 402,
    },
  ],
});
