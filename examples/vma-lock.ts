// vma-lock.ts
import { bool, call, once, ref } from "faultline";
import { lockPtl, ptepGetAndClear, unlockPtl } from "faultline/models/kernel/primitives";
import { attached } from "faultline/models/kernel/vma-lock";
import { Mm, Vma, kernel, pageTables } from "faultline/models/kernel/world";
import { faultUnderVmaLock } from "faultline/models/mm/memory/vma-lock-fault";
import { vmaLockOf } from "faultline/models/mm/mmap-lock/by-release";
import { nothingMappedAfterMunmap } from "faultline/specs/vma-lock";

const { mmapWriteLock, mmapWriteUnlock, vmaStartWrite } = vmaLockOf("v6.12");
/** `fixed`: it waits for those who have the VMA locked for reading. */
const munmap = (fixed: boolean) => kernel.path("do_vmi_munmap", { mm: ref(Mm), vma: ref(Vma) }, {
  "mm = current->mm": once((k, me) => {
    me.mm = k.mm[0];
    me.vma = k.vma[0];
  }),
  "mmap_write_lock(mm)": call(mmapWriteLock, ({ mm }) => ({ mm })),
  "vma_start_write(vma)": fixed && call(vmaStartWrite, ({ mm, vma }) => ({ mm, vma })),
  "vma_mark_detached(vma)": once((_, { vma }) => { vma!.detached = true; }),
  "vma_iter_clear_gfp()": once((_, { mm }) => { mm!.mmMt[0] = null; }),
  "spin_lock(ptl)": lockPtl(0),
  "ptep_get_and_clear(pte)": ptepGetAndClear(0),
  "spin_unlock(ptl)": unlockPtl(0),
  "mmap_write_unlock(mm)": call(mmapWriteUnlock, ({ mm }) => ({ mm })),
});

export default kernel.scenario("vma-lock", "A fault takes the lock of a VMA alone while munmap() empties its page table", {
  params: { fixed: bool },
  threads: ({ fixed }) => ({ fault: faultUnderVmaLock("v6.12"), munmap: munmap(fixed) }),
  init(k) {
    pageTables(k, "populated");
    attached(k.vma[0], k.mm[0]);
    k.page.refcount = 1;
  },
  specs: [nothingMappedAfterMunmap],
  unreached: ({ fixed }) => ["pmd_install: *", ...(fixed ? [] : ["vma_start_read: up_read(&vma->vm_lock->lock)"])],
  expect: [
    { set: { fixed: true } },
    { set: { fixed: true }, memory: "lkmm" },
    { set: { fixed: false }, violated: ["nothing-mapped-after-munmap"] },
  ],
});
