import { bool, oneOf, scenario } from "faultline";
import { readOnlyIsReadOnly } from "../../../specs/vma-lock.ts";
import { attached } from "../../kernel/vma-lock.ts";
import { kernel, pageTables } from "../../kernel/world.ts";
import { faultUnderVmaLock } from "../../mm/memory/vma-lock-fault.ts";
import { mprotectReadOnly } from "../../mm/mprotect/mprotect.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/vma-start-write-vs-end-read.md. Does a writer see, behind vma_start_write(), what the last reader did before
 * vma_end_read()? In v7.1 it loads vma->vm_refcnt without order, and the barrier is in front of that. `acquires`: that load is
 * an acquire, which it is in no release; the rwsem of v6.12 needs none.
 */
export default scenario("questions/vma-start-write-vs-end-read", {
  about: "mprotect() makes a VMA read-only while a write fault installs a page table under the lock of the VMA",
  world: kernel,
  params: { release: oneOf("v7.1", "v6.12"), acquires: bool },
  threads: ({ release, acquires }) => ({
    fault: faultUnderVmaLock(release),
    mprotect: mprotectReadOnly(release, { acquires }),
  }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
    pageTables(k, "none");
  },
  specs: [readOnlyIsReadOnly],
  unreached: neverTaken("questions/vma-start-write-vs-end-read"),
  expect: [
    { states: 636 },
    { memory: "tso", states: 1269 },
    { memory: "lkmm", violated: ["read-only-is-read-only"], states: 782 },
    { set: { acquires: true }, memory: "lkmm", states: 742 },
    { set: { release: "v6.12" }, states: 399 },
    { set: { release: "v6.12" }, memory: "tso", states: 757 },
    { set: { release: "v6.12" }, memory: "lkmm", states: 413 },
  ],
});
