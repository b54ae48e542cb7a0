/** userfaultfd_register() against a fault that takes the lock of the VMA alone: fs/userfaultfd.c, v6.4 to v6.6. */
import { bugOn, call, done, once, ref } from "faultline";
import { Mm, Vma, kernel } from "../../kernel/world.ts";
import { mmapWriteLockOf, mmapWriteUnlockOf } from "../mmap-lock/mmap-lock.ts";
import { lockVmaUnderRcu, vmaEndRead, vmaStartWrite } from "../mmap-lock/vma-rwsem.ts";

type Of = "v6.4" | "v6.6";

/** userfaultfd_register() of a VMA that it covers: the flag, then the context, both while the VMA is write-locked. */
export const userfaultfdRegister = (of: Of) =>
  kernel.path(
    "userfaultfd_register",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mm = ctx->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "mmap_write_lock(mm)": call(mmapWriteLockOf(of), ({ mm }) => ({ mm })),
      "vma = find_vma()": once((_, me) => {
        me.vma = me.mm!.mmMt[0];
      }),
      "vma_start_write(vma)": call(vmaStartWrite(of), ({ mm, vma }) => ({ mm, vma })),
      "userfaultfd_set_vm_flags(vma, new_flags)": once((_, me) => {
        me.vma!.uffdArmed = true;
      }),
      "vma->vm_userfaultfd_ctx.ctx = ctx": once((_, me) => {
        me.vma!.uffdCtx = true;
      }),
      "mmap_write_unlock(mm)": call(mmapWriteUnlockOf(of), ({ mm }) => ({ mm })),
    },
    {
      file: "fs/userfaultfd.c",
      leavesOut: "a VMA that is split or merged, page tables",
      release: of,
      notInSource: "userfaultfd_register() from the lock to the unlock, of a VMA that is neither split nor merged",
    },
  );

/** A fault that asks whether the VMA is armed, and by whom. */
export const faultAsksForUffd = (of: Of) =>
  kernel.path(
    "do_user_addr_fault",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "vma = lock_vma_under_rcu(mm, address)": call(
        lockVmaUnderRcu({ of }),
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
          if (!vma) return done;
        },
      ),
      "userfaultfd_armed(vma)": once((_, { vma }) => {
        if (!vma!.uffdArmed) return "vma_end_read(vma)";
      }),
      "handle_userfault(): ctx = vma->vm_userfaultfd_ctx.ctx": once((_, { vma }) =>
        bugOn(!vma!.uffdCtx, "the VMA is armed, and nobody has armed it: this was seen in the middle of a change"),
      ),
      "vma_end_read(vma)": call(vmaEndRead(of), ({ vma }) => ({ vma })),
    },
    {
      file: "arch/x86/mm/fault.c",
      leavesOut: "what the fault does, and the way with mmap_lock",
      release: of,
      notInSource: "stands for a page fault: what it reads of the VMA, it reads while the VMA is locked",
    },
  );
