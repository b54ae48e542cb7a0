/**
 * The per-VMA lock of v6.4 to v6.14: a rwsem in each VMA, which a writer holds only while it stores vma->vm_lock_seq.
 * include/linux/mm.h and mm/memory.c.
 */
import {
  acquire,
  bool,
  call,
  done,
  int,
  lock,
  once,
  rcuReadLock,
  rcuReadUnlock,
  ref,
  trylockShared,
  unlock,
  unlockShared,
} from "faultline";
import { Mm, Vma, kernel, type MmDraft, type VmaDraft } from "../../kernel/world.ts";

interface OfVma {
  readonly vma: VmaDraft | null;
}
/** v6.4 looks at mm_lock_seq without order, v6.6 by an acquire; in v6.12 it is a seqcount. */
export type RwsemRelease = "v6.4" | "v6.6" | "v6.12";

const HEADER = "include/linux/mm.h";
const FILE = "mm/memory.c";
const vmLock = (_: unknown, me: OfVma) => me.vma!.vmLock;

/** vma_start_read(vma), with rcu_read_lock() held: whether the VMA is locked is its local `locked`. */
const vmaStartRead = (of: RwsemRelease) => {
  interface Me {
    readonly vma: VmaDraft | null;
    readonly mm: MmDraft | null;
    readonly seq: number;
    locked: boolean;
  }
  const unlocked = (_: unknown, me: Me) => {
    if (me.mm!.mmLockSeq === me.seq) return "up_read(&vma->vm_lock->lock)";
    me.locked = true;
    return done;
  };
  return kernel.path(
    "vma_start_read",
    { mm: ref(Mm), vma: ref(Vma), seq: int(-1, 7), locked: bool },
    {
      "READ_ONCE(vma->vm_lock_seq)": once((_, me) => {
        me.seq = me.vma!.vmLockSeq;
      }),
      "READ_ONCE(vma->vm_mm->mm_lock_seq)": once((_, me) => {
        if (me.mm!.mmLockSeq === me.seq) return done;
      }),
      "down_read_trylock(&vma->vm_lock->lock)": trylockShared(vmLock, done),
      "vma->vm_lock_seq": once((_, me) => {
        me.seq = me.vma!.vmLockSeq;
      }),
      "READ_ONCE(vma->vm_mm->mm_lock_seq), locked": of === "v6.4" && once(unlocked),
      "smp_load_acquire(&vma->vm_mm->mm_lock_seq)": of === "v6.6" && acquire(unlocked),
      "raw_read_seqcount(&vma->vm_mm->mm_lock_seq)": of === "v6.12" && acquire(unlocked),
      "up_read(&vma->vm_lock->lock)": unlockShared(vmLock),
    },
    {
      file: HEADER,
      leavesOut: "lockdep; vm_mm is taken for what the fault knows: VMAs are not reused under RCU",
      release: of,
      at: {
        "READ_ONCE(vma->vm_mm->mm_lock_seq)": `READ_ONCE(vma->vm_mm->mm_lock_seq${of === "v6.12" ? ".sequence" : ""})`,
        ...(of !== "v6.4" && { "vma->vm_lock_seq": of === "v6.6" ? "smp_load_acquire()" : "raw_read_seqcount()" }),
        ...(of === "v6.6" && { "smp_load_acquire(&vma->vm_mm->mm_lock_seq)": "smp_load_acquire()" }),
        ...(of === "v6.12" && { "raw_read_seqcount(&vma->vm_mm->mm_lock_seq)": "raw_read_seqcount()" }),
      },
    },
  );
};

/** vma_end_read(vma): RCU keeps the VMA until up_read() is done with it. */
export const vmaEndRead = (of: RwsemRelease) =>
  kernel.path(
    "vma_end_read",
    { vma: ref(Vma) },
    {
      "rcu_read_lock()": rcuReadLock,
      "up_read(&vma->vm_lock->lock)": unlockShared(vmLock),
      "rcu_read_unlock()": rcuReadUnlock,
    },
    { file: HEADER, leavesOut: "lockdep", release: of },
  );

/** `anon`: 657b5146955e (v6.5) looks at vma->anon_vma with the lock held, v6.4 before. v6.12 leaves it to the fault. */
export interface RwsemRead {
  readonly of: RwsemRelease;
  readonly anonVma?: "unlocked" | "locked" | "later";
}

/** lock_vma_under_rcu(mm, address): the VMA is in the local `vma`, locked, or NULL is. */
export const lockVmaUnderRcu = ({ of, anonVma = of === "v6.12" ? "later" : "locked" }: RwsemRead) => {
  const hasAnonVma = once((_: unknown, me: OfVma): boolean => me.vma!.anonVma);
  const PUT = "inval_end_read: up_read(&vma->vm_lock->lock)" as const;
  const detached = once((_: unknown, me: OfVma) => (me.vma!.detached ? "vma_end_read(vma), detached" : undefined));
  return kernel.path(
    "lock_vma_under_rcu",
    { mm: ref(Mm), vma: ref(Vma), address: int(0, 1) },
    {
      "rcu_read_lock()": rcuReadLock,
      "vma = mas_walk(&mas)": once((_, me) => {
        me.vma = me.mm!.mmMt[me.address]!;
        if (!me.vma) return "inval: rcu_read_unlock()";
      }),
      "vma->anon_vma, not locked":
        anonVma === "unlocked" &&
        hasAnonVma.then((_, me, has) => {
          if (has) return;
          me.vma = null;
          return "inval: rcu_read_unlock()";
        }),
      "vma_start_read(vma)": call(
        vmaStartRead(of),
        ({ mm, vma }) => ({ mm, vma }),
        (me, { locked }) => {
          if (locked) return;
          me.vma = null;
          return "inval: rcu_read_unlock()";
        },
      ),
      "vma->anon_vma": anonVma === "locked" && hasAnonVma.then({ false: PUT }),
      "vma->detached, first": of === "v6.12" && detached,
      "address < vma->vm_start": once((_, me) => {
        if (me.address < me.vma!.start) return PUT;
      }),
      "address >= vma->vm_end": once((_, me) => {
        if (me.address >= me.vma!.end) return PUT;
      }),
      "vma->detached": of !== "v6.12" && detached,
      "rcu_read_unlock()": rcuReadUnlock,
      "return vma": once(() => done),
      "vma_end_read(vma), detached": call(
        vmaEndRead(of),
        ({ vma }) => ({ vma }),
        () => "vma = mas_walk(&mas)",
      ),
      [PUT]: call(
        vmaEndRead(of),
        ({ vma }) => ({ vma }),
        (me) => {
          me.vma = null;
        },
      ),
      "inval: rcu_read_unlock()": rcuReadUnlock,
    },
    {
      file: FILE,
      release: of,
      at: {
        [PUT]: "inval_end_read: vma_end_read(vma)",
        "inval: rcu_read_unlock()": "inval: rcu_read_unlock()",
        "vma->detached, first": "vma->detached",
        "vma_end_read(vma), detached": "vma_end_read(vma) #1",
      },
      notInSource: { "return vma": "a return" },
      leavesOut: "nodes of the maple tree: the tree is one word for each page of the address space",
    },
  );
};

/** vma_start_write(vma), under mmap_lock for writing. */
export const vmaStartWrite = (of: RwsemRelease) =>
  kernel.path(
    "vma_start_write",
    { mm: ref(Mm), vma: ref(Vma), seq: int(0, 7) },
    {
      "*mm_lock_seq = vma->vm_mm->mm_lock_seq": once((_, me) => {
        me.seq = me.mm!.mmLockSeq;
      }),
      "__is_vma_write_locked(vma, &mm_lock_seq)": once((_, me) => {
        if (me.vma!.vmLockSeq === me.seq) return done;
      }),
      "down_write(&vma->vm_lock->lock)": lock(vmLock),
      "WRITE_ONCE(vma->vm_lock_seq, mm_lock_seq)": once((_, me) => {
        me.vma!.vmLockSeq = me.seq;
      }),
      "up_write(&vma->vm_lock->lock)": unlock(vmLock),
    },
    {
      file: HEADER,
      leavesOut: "lockdep",
      release: of,
      at: {
        "*mm_lock_seq = vma->vm_mm->mm_lock_seq": "__is_vma_write_locked(vma, &mm_lock_seq)",
        "__is_vma_write_locked(vma, &mm_lock_seq)": "__is_vma_write_locked(vma, &mm_lock_seq)",
      },
    },
  );

/** vma_mark_detached(vma, true) */
export const vmaMarkDetached = once((_: unknown, { vma }: OfVma): void => {
  vma!.detached = true;
});

/** The same, as a path: what a munmap() of any release calls. */
export const vmaMarkDetachedOf = (of: RwsemRelease) =>
  kernel.path(
    "vma_mark_detached",
    { mm: ref(Mm), vma: ref(Vma) },
    { "vma->detached = detached": vmaMarkDetached },
    { file: HEADER, leavesOut: "lockdep", release: of },
  );
