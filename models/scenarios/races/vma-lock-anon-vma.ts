import { allocated, bool, scenario } from "faultline";
import { attached, rcuFreedVmas } from "../../kernel/vma-lock.ts";
import { faultPreparesAnonVma, mremapThenMunmap } from "../../mm/mmap/anon/mergeable-anon-vma.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 657b5146955e (v6.5). A fault under the lock of its VMA must find an anon_vma there: to make one it would look at
 * the VMAs beside, which it has not locked. It asked before it had the lock, and mremap(MREMAP_DONTUNMAP) could take the
 * anon_vma away in between; the VMA beside is then unmapped and freed while the fault looks at it.
 */
export default scenario("races/vma-lock-anon-vma", {
  about: "mremap() takes the anon_vma of a VMA whose fault has seen it, and munmap() the VMA beside",
  world: rcuFreedVmas,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ fault: faultPreparesAnonVma(fixed ? "locked" : "unlocked"), process: mremapThenMunmap }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
    const beside = allocated(k.vmArea[0]);
    beside.vmMm = k.mm[0];
    beside.start = 1;
    beside.end = 2;
    k.mm[0].mmMt[1] = beside;
  },
  specs: [],
  unreached: neverTaken("races/vma-lock-anon-vma"),
  expect: [
    { set: { fixed: false }, violated: ["use-after-free"], states: 542 },
    { set: { fixed: false }, memory: "tso", violated: ["use-after-free"], states: 824 },
    { set: { fixed: false }, memory: "lkmm", violated: ["use-after-free"], states: 680 },
    { set: { fixed: true }, states: 438 },
    { set: { fixed: true }, memory: "tso", states: 652 },
    { set: { fixed: true }, memory: "lkmm", states: 562 },
  ],
});
