/**
 * What per-VMA locks add to the kernel's state. Of v6.4 to v6.14: a rwsem in each VMA. Since v6.15: a reference count with a
 * bit by which a writer keeps new readers out. Of both: a VMA is write-locked if its sequence number is that of its mm.
 */
import { allocated, array, bool, extend, ghost, int, inWord, ref, rwsem, slab, struct, task } from "faultline";
import type { Draft, StateOf } from "faultline";
import { Mm, Vma, kernel } from "./world.ts";

/** struct task_struct, of who may wait for the readers of a VMA. */
export const Task = struct("Task", { state: task });

export const vmaLocks = extend(kernel, {
  /** Who waits in mm->vma_writer_wait, by the number that its path was given. */
  task: array(2, Task),
  within: {
    Vma: {
      vmMm: ref(Mm),
      /** vma->vm_start and vm_end, in pages of the address space, which has two. */
      start: int(0, 2),
      end: int(0, 2),
      /** VM_WRITE in vma->vm_flags */
      vmWrite: bool,
      /** VM_UFFD_* in vma->vm_flags */
      uffdArmed: bool,
      /** vma->vm_userfaultfd_ctx.ctx is set. */
      uffdCtx: bool,
      /** vma->anon_vma is set. */
      anonVma: bool,
      /** vma->vm_lock->lock, v6.4 to v6.14 */
      vmLock: rwsem,
      /** vma->detached, v6.4 to v6.14 */
      detached: bool,
      /** vma->vm_lock_seq; -1 is UINT_MAX, that of a VMA which was never write-locked. */
      vmLockSeq: int(-1, 7, -1),
      /** vma->vm_refcnt without VM_REFCNT_EXCLUDE_READERS_FLAG, since v6.15: 0 is detached, 1 attached, each reader one more. */
      vmRefcnt: inWord("vm_refcnt", int(0, 4)),
      /** VM_REFCNT_EXCLUDE_READERS_FLAG in vma->vm_refcnt */
      excludesReaders: inWord("vm_refcnt", bool),
      /** vma_mark_detached() has dropped the reference of being attached; its write lock keeps readers out meanwhile. */
      unattached: ghost(bool),
      /** Whose VMA it is, from when it is allocated. */
      owner: ghost(ref(Mm)),
    },
    Mm: {
      /** mm->mm_lock_seq: odd while mmap_lock is held for writing, where it is a seqcount. */
      mmLockSeq: int(0, 7),
      /** mm->vma_writer_wait.task */
      vmaWriterWait: ref(Task),
      /** mm->mm_mt, by page of the address space: the VMA that the maple tree has there. */
      mmMt: array(2, ref(Vma)),
      /** mm->mm_count: how many keep the mm_struct, the process itself among them. */
      mmCount: int(0, 3),
    },
  },
});
export type VmaLocks = StateOf<typeof vmaLocks>;
export type LockedVma = VmaLocks["vma"][number];
export type TaskIndex = 0 | 1;
export type LockedMm = VmaLocks["mm"][number];

/**
 * The same with VMAs and mms that are allocated and freed. A world of its own, as few ask for it: who does says which VMA is
 * allocated from the beginning, and each access to it asks whether it still is.
 */
export const recycledVmas = extend(vmaLocks, {
  /** vm_area_cachep: since v6.15 SLAB_TYPESAFE_BY_RCU, so that a VMA may be another one's while a reader looks at it. */
  vmArea: slab(Vma, 1, { typesafe: true }),
  /** mm_cachep, which is not: who touches an mm_struct that was freed touches freed memory. */
  mmStruct: slab(Mm, 2),
  /** task->mm of two processes */
  process: array(2, ref(Mm)),
});

/** Up to v6.14 a VMA is freed by call_rcu(): whoever found it under rcu_read_lock() may look at it until it unlocks. */
export const rcuFreedVmas = extend(vmaLocks, { vmArea: slab(Vma, 1) });

/** The VMA is that of address 0 of the mm: attached, writable, and not locked by anybody. */
export function attached(vma: Draft<typeof Vma> & LockedVma, mm: LockedMm): void {
  vma.vmMm = mm;
  vma.owner = mm;
  vma.start = 0;
  vma.end = 1;
  vma.vmRefcnt = 1;
  vma.vmWrite = true;
  vma.anonVma = true;
  mm.mmMt[0] = vma;
}

/** Two processes live, and the first one has a VMA. */
export function twoProcesses(k: StateOf<typeof recycledVmas>): void {
  for (const i of [0, 1] as const) {
    k.process[i] = allocated(k.mmStruct[i]);
    k.mmStruct[i].mmCount = 1;
  }
  attached(allocated(k.vmArea[0]), k.mmStruct[0]);
}
