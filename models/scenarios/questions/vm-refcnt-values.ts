import { int, oneOf, scenario } from "faultline";
import { attached } from "../../kernel/vma-lock.ts";
import { faultAnywhere } from "../../mm/memory/vma-users.ts";
import { mprotectReadOnly } from "../../mm/mprotect/mprotect.ts";
import { unmapAndForget } from "../../mm/mmap-lock/unmap.ts";
import { neverTaken } from "../recorded.ts";
import { refcntSpecs } from "../../../specs/vma-lock.ts";
import { kernel } from "../../kernel/world.ts";

/**
 * Are the values of vma->vm_refcnt that its comment in include/linux/mm_types.h lists all that there are, and do they mean
 * what it says? Faults lock the VMA while a writer changes or unmaps it.
 */
export default scenario("questions/vm-refcnt-values", {
  about: "Faults and a writer count in vma->vm_refcnt, whose comment says what each value means",
  world: kernel,
  params: { writer: oneOf("munmap", "mprotect"), faults: int(1, 2) },
  threads: ({ writer, faults }) => ({
    fault: [faultAnywhere, faultAnywhere].slice(0, faults),
    writer: writer === "munmap" ? unmapAndForget({ zaps: false }) : mprotectReadOnly("v7.1"),
  }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
  },
  specs: refcntSpecs,
  unreached: neverTaken("questions/vm-refcnt-values"),
  expect: [
    { set: { writer: "munmap" }, violated: ["counted-is-attached"], states: 560 },
    { set: { writer: "munmap" }, memory: "tso", violated: ["counted-is-attached"], states: 912 },
    { set: { writer: "munmap" }, memory: "lkmm", violated: ["counted-is-attached"], states: 786 },
    { set: { writer: "mprotect" }, states: 429 },
    { set: { writer: "mprotect" }, memory: "tso", states: 745 },
    { set: { writer: "mprotect" }, memory: "lkmm", states: 530 },
    { set: { faults: 2 }, violated: ["counted-is-attached"], states: 10678 },
  ],
});
