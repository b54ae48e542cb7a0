/** The per-VMA lock since v6.15, as in v7.1: vma->vm_refcnt. mm/mmap_lock.c and include/linux/mmap_lock.h. */
import {
  acquire,
  bool,
  call,
  done,
  int,
  oneOf,
  once,
  rcuReadLock,
  rcuReadUnlock,
  ref,
  relaxed,
  release,
  schedule,
  setCurrentState,
  setRunning,
  smpMb,
  smpRmb,
  wakeUpProcess,
} from "faultline";
import { type TaskIndex } from "../../kernel/vma-lock.ts";
import { mmdrop, mmgrab } from "../../kernel/mm-count.ts";
import { Mm, Task, Vma, kernel, type Kernel, type MmDraft, type VmaDraft } from "../../kernel/world.ts";

interface OfVma {
  readonly vma: VmaDraft | null;
}
const HEADER = "include/linux/mmap_lock.h";
const FILE = "mm/mmap_lock.c";
const RELEASE = "v7.1";
const WAIT = "rcuwait_wait_event()";
/** Of the step that a step of several ends with, which has no label of its own in the path. */
const barrierOf = (label: string, to: string) => ({ [`${label}: smp_mb()`]: { [to]: INSIDE } });
const INSIDE = "the macro: it makes ready, looks, and sleeps in a loop";
const WAKE = "rcuwait_wake_up()";
const PLAIN_LOAD = "a plain load of a field that no other path looks at: it stands where the step does";

/** vma_refcount_put(): drops a reader's reference, and wakes who waits for the last one. */
export const vmaRefcountPut = kernel.path(
  "vma_refcount_put",
  { vma: ref(Vma), mm: ref(Mm), task: ref(Task) },
  {
    "mm = vma->vm_mm": once((_, me) => {
      me.mm = me.vma!.vmMm;
    }),
    "__vma_refcount_put_return(vma)": release((_, { vma }) => {
      vma!.vmRefcnt--;
      // __vma_are_readers_excluded(newcnt): the flag, with at most the reference of being attached.
      if (!vma!.excludesReaders || vma!.vmRefcnt > 1) return done;
    }),
    "rcuwait_wake_up(): smp_mb()": smpMb,
    "rcuwait_wake_up(): task = rcu_dereference(w->task)": once((_, me) => {
      me.task = me.mm!.vmaWriterWait;
      if (!me.task) return done;
    }),
    "rcuwait_wake_up(): wake_up_process(task)": wakeUpProcess((_, me) => me.task!.state),
  },
  {
    file: HEADER,
    release: RELEASE,
    at: {
      "rcuwait_wake_up(): smp_mb()": WAKE,
      "rcuwait_wake_up(): task = rcu_dereference(w->task)": WAKE,
      "rcuwait_wake_up(): wake_up_process(task)": WAKE,
    },
    notInSource: { "mm = vma->vm_mm": PLAIN_LOAD },
    leavesOut: "rcu_read_lock() in rcuwait_wake_up(): it keeps the task, and no task ends here",
  },
);

/** vma_end_read() */
export const vmaEndRead = kernel.path(
  "vma_end_read",
  { vma: ref(Vma) },
  { "vma_refcount_put(vma)": call(vmaRefcountPut, ({ vma }) => ({ vma })) },
  { file: HEADER, leavesOut: "nothing", release: RELEASE },
);

/** What vma_start_read() returns: NULL, the VMA, or ERR_PTR(-EAGAIN). */
const LOCKED = oneOf("NULL", "locked", "-EAGAIN");
const FAILED = "err: rcu_read_unlock()" as const;

export const GRABS = ["before the put", "after the put", "never"] as const;
export type Grabs = (typeof GRABS)[number];

interface ReadRules {
  /**
   * When a reader of a VMA that has become another mm's takes a reference to that mm, whose writer it wakes: since
   * 9bbffee67ffd (v6.17) before it drops the VMA, until then never.
   */
  readonly grabs?: Grabs;
}

/**
 * vma_start_read(mm, vma): what the VMA is, is known once its reference is held. Called with rcu_read_lock(), which it
 * releases where it fails.
 */
export const vmaStartRead = ({ grabs = "before the put" }: ReadRules = {}) => {
  const grab = mmgrab.with((_: Kernel, { otherMm }: { readonly otherMm: MmDraft | null }) => ({ mm: otherMm }));
  return kernel.path(
    "vma_start_read",
    { mm: ref(Mm), vma: ref(Vma), otherMm: ref(Mm), seq: int(-1, 7), result: LOCKED },
    {
      "READ_ONCE(vma->vm_lock_seq)": once((_, me) => {
        me.seq = me.vma!.vmLockSeq;
      }),
      "READ_ONCE(mm->mm_lock_seq.sequence)": once((_, me) => {
        if (me.mm!.mmLockSeq === me.seq) return FAILED;
      }),
      "__refcount_inc_not_zero_limited_acquire(&vma->vm_refcnt)": acquire((_, me) => {
        if (me.vma!.excludesReaders) return FAILED;
        if (me.vma!.vmRefcnt > 0) {
          me.vma!.vmRefcnt++;
          return;
        }
        me.result = "-EAGAIN";
        return FAILED;
      }),
      "vma->vm_mm != mm": once((_, me) => {
        if (me.vma!.vmMm !== me.mm) return "other_mm = vma->vm_mm";
      }),
      "vma->vm_lock_seq": once((_, me) => {
        me.seq = me.vma!.vmLockSeq;
      }),
      "raw_read_seqcount(&mm->mm_lock_seq)": acquire((_, me) => {
        if (me.mm!.mmLockSeq === me.seq) return "vma_refcount_put(vma)";
        me.result = "locked";
        return done;
      }),
      "other_mm = vma->vm_mm": once((_, me) => {
        me.otherMm = me.vma!.vmMm;
      }),
      "rcu_read_unlock(), of another mm": rcuReadUnlock,
      "mmgrab(other_mm)": grabs === "before the put" && grab,
      "vma_refcount_put(vma), of another mm": call(
        vmaRefcountPut,
        ({ vma }) => ({ vma }),
        () => (grabs === "never" ? done : undefined),
      ),
      "mmgrab(other_mm), too late": grabs === "after the put" && grab,
      "mmdrop(other_mm)":
        grabs !== "never" &&
        call(
          mmdrop,
          ({ otherMm }) => ({ mm: otherMm }),
          () => done,
        ),
      "vma_refcount_put(vma)": call(vmaRefcountPut, ({ vma }) => ({ vma })),
      [FAILED]: rcuReadUnlock,
    },
    {
      file: FILE,
      release: grabs === "never" ? "v6.16" : RELEASE,
      at: {
        "vma->vm_lock_seq": "raw_read_seqcount(&mm->mm_lock_seq)",
        "raw_read_seqcount(&mm->mm_lock_seq)": "raw_read_seqcount(&mm->mm_lock_seq)",
      },
      notInSource: { "mmgrab(other_mm), too late": "what would be if the reference were taken behind the put" },
      leavesOut: `the limit of readers, 2^30${grabs === "never" ? "; vm_mm is looked at last, in lock_vma_under_rcu()" : ""}`,
    },
  );
};

interface LookUpRules extends ReadRules {
  /** VMAs are detached here, so that a fault may have to look a second time. */
  readonly retries?: boolean;
}

/**
 * lock_vma_under_rcu(mm, address): the VMA is in the local `vma`, locked, or NULL is. It looks twice at most; where the
 * second VMA has been detached, too, it ends as if it had found none.
 */
export const lockVmaUnderRcu = ({ retries = false, ...rules }: LookUpRules = {}) => {
  const NONE = "no VMA: rcu_read_unlock()" as const;
  const walk = once(
    (_: unknown, me: { vma: VmaDraft | null; readonly mm: MmDraft | null; readonly address: number }) => {
      me.vma = me.mm!.mmMt[me.address]!;
      return me.vma ? undefined : NONE;
    },
  );
  return kernel.path(
    "lock_vma_under_rcu",
    { mm: ref(Mm), vma: ref(Vma), address: int(0, 1) },
    {
      "rcu_read_lock()": rcuReadLock,
      "vma = mas_walk(&mas)": walk,
      "vma_start_read(mm, vma)": call(
        vmaStartRead(rules),
        ({ mm, vma }) => ({ mm, vma }),
        (me, { result }) => {
          if (result === "locked") return "rcu_read_unlock()";
          me.vma = null;
          return retries && result === "-EAGAIN" ? undefined : done;
        },
      ),
      "retry: rcu_read_lock()": retries && rcuReadLock,
      "retry: vma = mas_walk(&mas)": retries && walk,
      "retry: vma_start_read(mm, vma)":
        retries &&
        call(
          vmaStartRead(rules),
          ({ mm, vma }) => ({ mm, vma }),
          (me, { result }) => {
            if (result === "locked") return;
            me.vma = null;
            return done;
          },
        ),
      "rcu_read_unlock()": rcuReadUnlock,
      "address < vma->vm_start": once((_, me) => {
        if (me.address < me.vma!.start) return "vma_end_read(vma)";
      }),
      "address >= vma->vm_end": once((_, me) => {
        if (me.address < me.vma!.end) return done;
      }),
      "vma_end_read(vma)": call(
        vmaEndRead,
        ({ vma }) => ({ vma }),
        (me) => {
          me.vma = null;
          return done;
        },
      ),
      [NONE]: rcuReadUnlock,
    },
    {
      file: FILE,
      release: RELEASE,
      at: {
        [NONE]: "rcu_read_unlock() #1",
        "rcu_read_unlock()": "rcu_read_unlock() #2",
        ...(retries && {
          "retry: rcu_read_lock()": "retry: rcu_read_lock()",
          "retry: vma = mas_walk(&mas)": "mas_walk(&mas)",
          "retry: vma_start_read(mm, vma)": "vma_start_read(mm, vma)",
        }),
      },
      leavesOut: "nodes of the maple tree: the tree is one word for each page of the address space",
    },
  );
};

interface WriteRules {
  /** The test for the last reader is an acquire, which it is in no release. */
  readonly acquires?: boolean;
}
interface Excluding extends OfVma {
  exclusive: boolean;
}

/**
 * __vma_start_exclude_readers(): sets the flag that lets no new reader in, and waits for those that are in. Its local
 * `exclusive` says whether there was anybody to exclude: not of a VMA that is detached.
 */
const startExcludeReaders = (
  current: TaskIndex,
  { detaching, acquires }: WriteRules & { readonly detaching: boolean },
) =>
  kernel.path(
    "__vma_start_exclude_readers",
    { mm: ref(Mm), vma: ref(Vma), exclusive: bool },
    {
      "refcount_add_not_zero(VM_REFCNT_EXCLUDE_READERS_FLAG, &vma->vm_refcnt)": relaxed((_, { vma }) => {
        if (vma!.vmRefcnt === 0) return done;
        vma!.excludesReaders = true;
      }),
      "rcuwait_wait_event(): rcu_assign_pointer(w->task, current)": release((k, { mm }) => {
        mm!.vmaWriterWait = k.task[current];
      }),
      "rcuwait_wait_event(): set_current_state(state)": setCurrentState((k) => k.task[current].state),
      "refcount_read(&vma->vm_refcnt) == tgt_refcnt": (acquires === true ? acquire : once)(
        (_: unknown, me: Excluding) => {
          if (me.vma!.vmRefcnt !== (detaching ? 0 : 1)) return;
          me.exclusive = true;
          return "finish_rcuwait(): rcu_assign_pointer(w->task, NULL)";
        },
      ),
      "rcuwait_wait_event(): schedule()": schedule((k) => k.task[current].state),
      "rcuwait_wait_event(): for (;;)": once(() => "rcuwait_wait_event(): set_current_state(state)"),
      "finish_rcuwait(): rcu_assign_pointer(w->task, NULL)": once((_, { mm }) => {
        mm!.vmaWriterWait = null;
      }),
      "finish_rcuwait(): __set_current_state(TASK_RUNNING)": setRunning((k) => k.task[current].state),
    },
    {
      file: FILE,
      release: RELEASE,
      at: {
        "rcuwait_wait_event(): rcu_assign_pointer(w->task, current)": WAIT,
        "rcuwait_wait_event(): set_current_state(state)": WAIT,
        "refcount_read(&vma->vm_refcnt) == tgt_refcnt": "refcount_read(&vma->vm_refcnt)",
        "rcuwait_wait_event(): schedule()": WAIT,
        "rcuwait_wait_event(): for (;;)": WAIT,
        "finish_rcuwait(): rcu_assign_pointer(w->task, NULL)": WAIT,
        "finish_rcuwait(): __set_current_state(TASK_RUNNING)": WAIT,
      },
      leads: {
        "refcount_add_not_zero(VM_REFCNT_EXCLUDE_READERS_FLAG, &vma->vm_refcnt)": {
          "rcuwait_wait_event(): rcu_assign_pointer(w->task, current)": INSIDE,
        },
        ...barrierOf("rcuwait_wait_event(): set_current_state(state)", "refcount_read(&vma->vm_refcnt) == tgt_refcnt"),
      },
      omits: { "if (err)": "a fatal signal, of vma_start_write_killable() alone" },
      leavesOut: "a fatal signal, which ends the wait of vma_start_write_killable()",
    },
  );

/** __vma_end_exclude_readers(): refcount_sub_and_test(), whether the VMA is detached now. Release, and acquire only if it is. */
const endExcludeReaders = release((_: unknown, { vma }: OfVma): boolean => {
  vma!.excludesReaders = false;
  return vma!.vmRefcnt === 0;
});

/** vma_start_write(vma), under mmap_lock for writing: afterwards nobody has the VMA locked for reading. */
export const vmaStartWrite = (current: TaskIndex, rules: WriteRules = {}) =>
  kernel.path(
    "vma_start_write",
    { mm: ref(Mm), vma: ref(Vma), locked: int(-1, 7), seq: int(0, 7), exclusive: bool },
    {
      "vma->vm_lock_seq": once((_, me) => {
        me.locked = me.vma!.vmLockSeq;
      }),
      "__vma_raw_mm_seqnum(vma)": once((_, me) => {
        me.seq = me.mm!.mmLockSeq;
        if (me.seq === me.locked) return done;
      }),
      "__vma_start_exclude_readers(&ves)": call(
        startExcludeReaders(current, { ...rules, detaching: false }),
        ({ mm, vma }) => ({ mm, vma }),
        (me, { exclusive }) => {
          me.exclusive = exclusive;
        },
      ),
      "WRITE_ONCE(vma->vm_lock_seq, mm_lock_seq)": once((_, me) => {
        me.vma!.vmLockSeq = me.seq;
        if (!me.exclusive) return done;
      }),
      "__vma_end_exclude_readers(&ves)": endExcludeReaders.then(done),
    },
    {
      file: FILE,
      release: RELEASE,
      functions: ["vma_start_write", "__is_vma_write_locked", "__vma_start_write"],
      at: {
        "vma->vm_lock_seq": "__vma_raw_mm_seqnum(vma) #1",
        "__vma_raw_mm_seqnum(vma)": "__vma_raw_mm_seqnum(vma) #1",
      },
      omits: {
        "__vma_start_write(): __vma_raw_mm_seqnum(vma)":
          "the same value a second time: only who holds mmap_lock for writing changes it",
        "if (err)": "a fatal signal, of vma_start_write_killable() alone",
      },
      leavesOut: "vma_start_write_killable()",
    },
  );

/** vma_mark_attached(vma): the VMA is ready to be locked by whoever finds it. `order`: what publishes it. */
export const vmaMarkAttached = (order: "release" | "once" = "release") => {
  const one = (_: unknown, { vma }: OfVma): void => {
    vma!.vmRefcnt = 1;
    vma!.excludesReaders = false;
  };
  return order === "release" ? release(one) : once(one);
};

/** vma_mark_detached(vma), of a VMA that is write-locked: afterwards nobody can get a reference to it. */
export const vmaMarkDetached = (current: TaskIndex) =>
  kernel.path(
    "vma_mark_detached",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "__vma_refcount_put_return(vma)": release((_, { vma }) => {
        vma!.vmRefcnt--;
        vma!.unattached = true;
        if (vma!.vmRefcnt === 0) return "smp_acquire__after_ctrl_dep()";
      }),
      "__vma_start_exclude_readers(&ves)": call(
        startExcludeReaders(current, { detaching: true }),
        ({ mm, vma }) => ({ mm, vma }),
        (_, { exclusive }) => (exclusive ? undefined : done),
      ),
      "__vma_end_exclude_readers(&ves)": endExcludeReaders.then({ false: done }),
      "smp_acquire__after_ctrl_dep()": smpRmb,
    },
    {
      file: FILE,
      leavesOut: "lockdep",
      release: RELEASE,
      functions: ["vma_mark_detached", "__vma_exclude_readers_for_detach"],
      notInSource: { "smp_acquire__after_ctrl_dep()": "in refcount_sub_and_test(), where the count falls to 0" },
    },
  );
