/** Faults that take the lock of a VMA and look at it, without page tables. */
import { bugOn, call, done, once, ref } from "faultline";
import { recycledVmas } from "../../kernel/vma-lock.ts";
import { lockVmaUnderRcu, vmaEndRead, type Grabs } from "../mmap-lock/vma-refcnt.ts";
import { Mm, Vma, kernel } from "../../kernel/world.ts";

const HANDLER = "stands for a page fault, which uses the VMA while it is locked";

/** A fault of A, at an address whose VMA may have become another process's. */
export const faultOfA = (grabs: Grabs) =>
  recycledVmas.path(
    "do_user_addr_fault",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.process[0];
      }),
      "vma = lock_vma_under_rcu(mm, address)": call(
        lockVmaUnderRcu({ grabs }),
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
          if (!vma) return done;
        },
      ),
      "handle_mm_fault()": once((_, { vma, mm }) => bugOn(vma!.owner !== mm, "the VMA is another mm's")),
      "vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
    },
    {
      file: "arch/x86/mm/fault.c",
      leavesOut: "what the fault does, and the way with mmap_lock",
      release: grabs === "never" ? "v6.16" : "v7.1",
      notInSource: HANDLER,
    },
  );

/** The same of a VMA that stays the same mm's. */
export const faultAnywhere = kernel.path(
  "do_user_addr_fault",
  { mm: ref(Mm), vma: ref(Vma) },
  {
    "mm = current->mm": once((k, me) => {
      me.mm = k.mm[0];
    }),
    "vma = lock_vma_under_rcu(mm, address)": call(
      lockVmaUnderRcu(),
      ({ mm }) => ({ mm }),
      (me, { vma }) => {
        me.vma = vma;
        if (!vma) return done;
      },
    ),
    "vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
  },
  {
    file: "arch/x86/mm/fault.c",
    leavesOut: "what the fault does, and the way with mmap_lock",
    release: "v7.1",
    notInSource: HANDLER,
  },
);
