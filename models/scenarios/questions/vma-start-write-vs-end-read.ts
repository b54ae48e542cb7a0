import { oneOf, scenario } from "faultline";
import { attached, vmaLocks } from "../../kernel/vma-lock.ts";
import { faultUnderVmaLock } from "../../mm/memory/vma-lock-fault.ts";
import { mprotectReadOnly } from "../../mm/mprotect/mprotect.ts";
import { neverTaken } from "../recorded.ts";

export default scenario("questions/vma-start-write-vs-end-read", {
  about: "mprotect() makes a VMA read-only while a write fault installs a page table under the lock of the VMA",
  world: vmaLocks,
  params: { release: oneOf("v7.1", "v6.12") },
  threads: ({ release }) => ({ fault: faultUnderVmaLock(release), mprotect: mprotectReadOnly(release) }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
  },
  specs: [
    vmaLocks.atEnd("read-only-is-read-only", "no PTE of a read-only VMA is writable", (k) => k.vma[0].vmWrite || !k.vma[0].pte.writable),
  ],
  unreached: neverTaken("questions/vma-start-write-vs-end-read"),
  expect: [],
});
