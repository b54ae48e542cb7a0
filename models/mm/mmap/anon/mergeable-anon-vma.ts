/** anon_vma_prepare() under the lock of a VMA, mm/mmap.c and mm/memory.c, v6.4 to v6.6: it looks at the VMA beside. */
import { call, done, freeRcu, once, ref } from "faultline";
import { rcuFreedVmas } from "../../../kernel/vma-lock.ts";
import { Mm, Vma, kernel } from "../../../kernel/world.ts";
import { mmapWriteLockOf, mmapWriteUnlockOf } from "../../mmap-lock/mmap-lock.ts";
import { lockVmaUnderRcu, vmaEndRead, vmaMarkDetached, vmaStartWrite } from "../../mmap-lock/vma-rwsem.ts";

/** With the order of b1f02b95758d, without which `lkmm` finds another way to the same end: races/mm-lock-seq-order. */
const OF = "v6.6";

/** find_mergeable_anon_vma(): the VMA at the next address may lend its anon_vma. Its own lock is not taken. */
const findMergeableAnonVma = kernel.path(
  "find_mergeable_anon_vma",
  { mm: ref(Mm), near: ref(Vma) },
  {
    "next = mas_walk(&mas)": once((_, me) => {
      me.near = me.mm!.mmMt[1];
      if (!me.near) return done;
    }),
    "reusable_anon_vma(next, vma, next)": once((_, me) => void me.near!.anonVma),
  },
  {
    file: "mm/mmap.c",
    release: OF,
    notInSource: "find_mergeable_anon_vma(), of which the look at the VMA behind is modelled",
    leavesOut: "the VMA in front, which is asked for in the same way",
  },
);

/** An anonymous fault at address 0. `anonVma`: whether lock_vma_under_rcu() asks for vma->anon_vma with the lock held. */
export const faultPreparesAnonVma = (anonVma: "locked" | "unlocked") =>
  kernel.path(
    "do_user_addr_fault",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "vma = lock_vma_under_rcu(mm, address)": call(
        lockVmaUnderRcu({ of: OF, anonVma }),
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
          if (!vma) return done;
        },
      ),
      "anon_vma_prepare(vma): vma->anon_vma": once((_, { vma }) => {
        if (vma!.anonVma) return "vma_end_read(vma)";
      }),
      "__anon_vma_prepare(vma): find_mergeable_anon_vma(vma)": call(findMergeableAnonVma, ({ mm }) => ({ mm })),
      "vma_end_read(vma)": call(vmaEndRead(OF), ({ vma }) => ({ vma })),
    },
    {
      file: "arch/x86/mm/fault.c",
      leavesOut: "page tables, and the way with mmap_lock",
      release: anonVma === "locked" ? OF : "v6.4",
      notInSource: "stands for a page fault down to do_anonymous_page()",
    },
  );

/** mremap(MREMAP_DONTUNMAP) of the VMA of address 0, which loses its anon_vma; then munmap() of the one behind. */
export const mremapThenMunmap = rcuFreedVmas.path(
  "mremap, then munmap",
  { mm: ref(Mm), vma: ref(Vma) },
  {
    "mm = current->mm": once((k, me) => {
      me.mm = k.mm[0];
    }),
    "mremap(): mmap_write_lock(mm)": call(mmapWriteLockOf(OF), ({ mm }) => ({ mm })),
    "move_vma(): vma": once((_, me) => {
      me.vma = me.mm!.mmMt[0];
    }),
    "move_vma(): vma_start_write(vma)": call(vmaStartWrite(OF), ({ mm, vma }) => ({ mm, vma })),
    "unlink_anon_vmas(vma): vma->anon_vma = NULL": once((_, me) => {
      me.vma!.anonVma = false;
    }),
    "mremap(): mmap_write_unlock(mm)": call(mmapWriteUnlockOf(OF), ({ mm }) => ({ mm })),
    "munmap(): mmap_write_lock(mm)": call(mmapWriteLockOf(OF), ({ mm }) => ({ mm })),
    "munmap_sidetree(): vma": once((_, me) => {
      me.vma = me.mm!.mmMt[1];
    }),
    "munmap_sidetree(): vma_start_write(vma)": call(vmaStartWrite(OF), ({ mm, vma }) => ({ mm, vma })),
    "munmap_sidetree(): vma_mark_detached(vma, true)": vmaMarkDetached,
    "vma_iter_clear_gfp()": once((_, { mm }) => {
      mm!.mmMt[1] = null;
    }),
    "munmap(): mmap_write_unlock(mm)": call(mmapWriteUnlockOf(OF), ({ mm }) => ({ mm })),
    "vm_area_free(vma): call_rcu()": freeRcu((_, me) => me.vma),
  },
  {
    file: "mm/mremap.c",
    release: OF,
    notInSource: "two system calls of a process, of which the locks are modelled",
    leavesOut: "mmap_write_downgrade() of munmap(): it unlocks the VMAs, too, and frees later",
  },
);
