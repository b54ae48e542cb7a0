/**
 * What per-VMA locks add to VMAs and mms. Of v6.4 to v6.14: a rwsem in each VMA. Since v6.15: a reference count with a bit by
 * which a writer keeps new readers out. Of both: a VMA is write-locked if its sequence number is that of its mm.
 */
import { array, bool, ghost, int, inWord, ref, rwsem, struct, task } from "faultline";
import { Mm } from "./mm.ts";
import { Vma } from "./vma.ts";

/** struct task_struct, of who may wait for the readers of a VMA. */
export const Task = struct("Task", { state: task });

export const vmaLockFields = {
  Vma: {
    vmMm: ref(Mm),
    /** vma->vm_start and vm_end, in pages of the address space. */
    start: int(0, 3),
    end: int(0, 3),
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
    /** mm->mm_lock_seq: odd while mmap_lock is held for writing, where it is a seqcount; for three write sections at most. */
    mmLockSeq: int(0, 7),
    /** mm->vma_writer_wait.task */
    vmaWriterWait: ref(Task),
    /** mm->mm_mt, by page of the address space: the VMA that the maple tree has there. */
    mmMt: array(2, ref(Vma)),
    /** mm->mm_count: how many keep the mm_struct, the process itself among them. */
    mmCount: int(0, 3),
  },
};
