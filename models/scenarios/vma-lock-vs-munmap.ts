import { scenario } from "faultline";
import { nothingMappedAfterMunmap } from "../../specs/vma-lock.ts";
import { attached } from "../kernel/vma-lock.ts";
import { kernel, pageTables } from "../kernel/world.ts";
import { faultUnderVmaLock } from "../mm/memory/vma-lock-fault.ts";
import { unmapAndForget } from "../mm/mmap-lock/unmap.ts";
import { neverTaken } from "./recorded.ts";

/**
 * munmap() write-locks and detaches a VMA while a fault has it locked for reading. What questions/vma-start-write-vs-end-read
 * finds does not reach it: vm_refcnt falls to 0 when the VMA is detached, and that is an acquire.
 */
export default scenario("vma-lock-vs-munmap", {
  about: "munmap() empties the page table of a VMA while a write fault fills it under the lock of the VMA",
  world: kernel,
  params: {},
  threads: () => ({ fault: faultUnderVmaLock("v7.1"), munmap: unmapAndForget({ zaps: true }) }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
    pageTables(k, "none");
  },
  specs: [nothingMappedAfterMunmap],
  unreached: neverTaken("vma-lock-vs-munmap"),
  expect: [{ states: 777 }, { memory: "tso", states: 1420 }, { memory: "lkmm", states: 1049 }],
});
