/** fork() beside faults that take the lock of a VMA alone. */
import { call, once, ref } from "faultline";
import { dupMmapFolio } from "../../mm/memory/copy-folio.ts";
import { vmaLockOf } from "../../mm/mmap-lock/by-release.ts";
import { Mm, Vma, kernel } from "../world.ts";

/**
 * dup_mmap(), kernel/fork.c, since v6.16 mm/mmap.c: of mm[0] and its VMA. `startsWrite`: since fb49c455323f (v6.5) it locks each
 * VMA before its page tables are copied, and all of them are unlocked with mmap_lock.
 */
export const forkVma = (release: "v6.12" | "v7.1", { startsWrite }: { readonly startsWrite: boolean }) => {
  const { mmapWriteLock, mmapWriteUnlock, vmaStartWrite } = vmaLockOf(release);
  const copies = dupMmapFolio(release).with({
    drop: ["mmap_write_lock(oldmm)", "mmap_write_unlock(oldmm)"],
    as: "mmap_lock is held",
  });
  return kernel.path(
    "dup_mmap",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "oldmm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
        me.vma = k.vma[0];
      }),
      "mmap_write_lock_killable(oldmm)": call(mmapWriteLock, ({ mm }) => ({ mm })),
      "vma_start_write(mpnt)": startsWrite && call(vmaStartWrite, ({ mm, vma }) => ({ mm, vma })),
      "copy_page_range(tmp, mpnt)": call(copies),
      "mmap_write_unlock(oldmm)": call(mmapWriteUnlock, ({ mm }) => ({ mm })),
    },
    {
      file: release === "v7.1" ? "mm/mmap.c" : "kernel/fork.c",
      release,
      notInSource: "dup_mmap(), of which the locks and the page tables of one VMA are modelled",
      leavesOut:
        "the copy of the VMA, its anon_vma and its file; vma_start_write_killable() of v7.1 can be interrupted while it waits",
    },
  );
};
