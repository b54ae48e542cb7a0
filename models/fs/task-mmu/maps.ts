/**
 * /proc/<pid>/maps under the locks of VMAs, v7.1: lock_next_vma(), mm/mmap_lock.c, and its callers in fs/proc/task_mmu.c; and the
 * split of a VMA, mm/vma.c. vma[0] has two addresses; the split leaves it the first one, and gives the second to vma[1]. The third
 * address is that of another VMA, `behind`.
 */
import {
  acquire,
  array,
  bool,
  call,
  extend,
  ghost,
  int,
  once,
  rcuReadLock,
  rcuReadUnlock,
  ref,
  release,
  smpRmb,
  type StateOf,
} from "faultline";
import { Mm, Vma, kernel, type Kernel, type VmaDraft } from "../../kernel/world.ts";
import { mmapReadLockOf, mmapReadUnlockOf, mmapWriteLockOf, mmapWriteUnlockOf } from "../../mm/mmap-lock/mmap-lock.ts";
import { vmaEndRead, vmaMarkAttached, vmaStartRead, vmaStartWrite } from "../../mm/mmap-lock/vma-refcnt.ts";

const RELEASE = "v7.1";
const SHOW = "m_show(): vma->vm_start" as const;
const NEXT = "mmap_lock_speculate_try_begin(mm, &mm_wr_seq)" as const;
const LAST = "the last one: rcu_read_unlock()" as const;

export const mapsWorld = extend(kernel, {
  /** The tree has vma[1] at the second address: a store puts a new node in the place of the old one, all at once. */
  split: bool,
  behind: Vma,
  /** Which addresses /proc/<pid>/maps has shown. */
  shown: array(3, ghost(bool)),
});

type Maps = StateOf<typeof mapsWorld>;
type Address = 0 | 1 | 2;

/** What the tree has at an address: the VMA, and the last address of its range. */
const found = (k: Maps, at: Address): readonly [VmaDraft, Address] => {
  if (at === 2) return [k.behind, 2];
  return k.split ? [k.vma[at], at] : [k.vma[0], 1];
};

/**
 * read() of /proc/<pid>/maps, of a buffer that has room for all. `iterator`: v7.1 goes on in the tree behind the range that it
 * has found there; or, as would be with vma_iter_set() after each success, behind the VMA as it was when it was locked.
 */
export const readMaps = (iterator: "v7.1" | "set to vm_end") =>
  mapsWorld.path(
    "lock_next_vma",
    { mm: ref(Mm), vma: ref(Vma), from: int(0, 3), last: int(-1, 2), start: int(0, 3), seq: int(0, 7) },
    {
      "m_start(): rcu_read_lock()": rcuReadLock,
      "mm = lock_ctx->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      [NEXT]: acquire((_, me) => {
        me.seq = me.mm!.mmLockSeq;
      }),
      // mas_find(): what comes behind mas->last. Its range there, not that of the VMA, is the next mas->last.
      "vma = vma_next(vmi)": once((k, me) => {
        if (me.last === 2) return LAST;
        [me.vma, me.last] = found(k, (me.last + 1) as Address);
      }),
      "vma_start_read(mm, vma)": call(
        vmaStartRead(),
        ({ mm, vma }) => ({ mm, vma }),
        (_, { result }) => (result === "locked" ? undefined : "mmap_read_lock_killable(mm)"),
      ),
      "from_addr >= vma->vm_end": once((_, me) => {
        if (me.from >= me.vma!.end) return "fallback_unlock: rcu_read_unlock()";
      }),
      "from_addr < vma->vm_start": once((_, me) => {
        if (me.from >= me.vma!.start) return SHOW;
        if (me.seq % 2 === 1) return "vma != vma_next(vmi)";
      }),
      "mmap_lock_speculate_retry(mm, mm_wr_seq): smp_rmb()": smpRmb,
      "mmap_lock_speculate_retry(mm, mm_wr_seq)": once((_, me) => {
        if (me.mm!.mmLockSeq === me.seq) return SHOW;
      }),
      "vma != vma_next(vmi)": once((k, me) => {
        const [next, last] = found(k, me.from as Address);
        me.last = last;
        return next === me.vma ? SHOW : "fallback_unlock: rcu_read_unlock()";
      }),
      [SHOW]: once((_, me) => {
        me.start = me.vma!.start;
      }),
      "*ppos = vma->vm_end": once((k, me) => {
        for (const address of [0, 1, 2] as const)
          if (address >= me.start && address < me.vma!.end) k.shown[address] = true;
        me.from = me.vma!.end;
        if (iterator === "set to vm_end") me.last = me.from - 1;
      }),
      "unlock_ctx_vma(): vma_end_read(vma)": call(
        vmaEndRead,
        ({ vma }) => ({ vma }),
        () => NEXT,
      ),
      "fallback_unlock: rcu_read_unlock()": rcuReadUnlock,
      "fallback_unlock: vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
      "mmap_read_lock_killable(mm)": mmapReadLockOf,
      "vma_iter_set(vmi, from_addr); vma = vma_next(vmi)": once((k, me) => {
        [me.vma] = found(k, me.from as Address);
      }),
      "vma_start_read_locked(vma)": acquire((_, { vma }) => {
        vma!.vmRefcnt++;
      }),
      "mmap_read_unlock(mm)": mmapReadUnlockOf,
      "rcu_read_lock()": rcuReadLock,
      "vma_iter_set(vmi, vma->vm_end)": once((_, me) => {
        me.last = me.vma!.end - 1;
        return SHOW;
      }),
      [LAST]: rcuReadUnlock,
    },
    {
      file: "mm/mmap_lock.c",
      release: RELEASE,
      notInSource: "lock_next_vma() in the loop of m_start() and m_next(), with the tree as one word",
      leavesOut:
        "nodes of the tree: that a dead one is walked again from mas->last is what the step of vma_next() does",
    },
  );

const both = (k: Kernel): readonly [VmaDraft, VmaDraft] => [k.vma[0], k.vma[1]];

/** __split_vma() for mprotect() of the second address alone; then the process takes mmap_lock for something else. */
export const splitVma = mapsWorld.path(
  "__split_vma",
  { mm: ref(Mm), vma: ref(Vma), new: ref(Vma) },
  {
    "mm = current->mm": once((k, me) => {
      me.mm = k.mm[0];
    }),
    "mmap_write_lock_killable(mm)": call(mmapWriteLockOf(RELEASE), ({ mm }) => ({ mm })),
    "new = vm_area_dup(vma)": once((k, me) => {
      [me.vma, me.new] = both(k);
    }),
    "vma_start_write(vma)": call(vmaStartWrite(0), ({ mm, vma }) => ({ mm, vma })),
    "vma_start_write(new)": call(vmaStartWrite(0), ({ mm, new: vma }) => ({ mm, vma })),
    "vma->vm_end = addr": once((_, me) => {
      me.vma!.end = 1;
    }),
    "vma_iter_store_new(): vma_mark_attached(insert)": vmaMarkAttached().with(
      (_: Kernel, { new: vma }: { readonly new: VmaDraft | null }) => ({ vma }),
    ),
    "vma_iter_store_new(): mas_store_prealloc(insert)": release((k) => {
      k.split = true;
    }),
    "mmap_write_unlock(mm)": call(mmapWriteUnlockOf(RELEASE), ({ mm }) => ({ mm })),
    "elsewhere: mmap_write_lock(mm)": call(mmapWriteLockOf(RELEASE), ({ mm }) => ({ mm })),
    "elsewhere: mmap_write_unlock(mm)": call(mmapWriteUnlockOf(RELEASE), ({ mm }) => ({ mm })),
  },
  {
    file: "mm/vma.c",
    release: RELEASE,
    notInSource: "__split_vma() between the locks of mprotect(), of which the VMAs and the tree are modelled",
    leavesOut: "i_mmap, anon_vma, huge pages: nobody here looks at them",
  },
);
