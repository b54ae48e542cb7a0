/** mmap_lock with what its writers do to mm->mm_lock_seq, by which all VMAs are unlocked at once. include/linux/mmap_lock.h. */
import { call, downgrade, int, lock, lockShared, once, ref, release, smpWmb, unlock, unlockShared } from "faultline";
import { Mm, kernel, type MmDraft } from "../../kernel/world.ts";

interface OfMm {
  readonly mm: MmDraft | null;
}
const FILE = "include/linux/mmap_lock.h";

/** mmap_read_lock(mm) and mmap_read_unlock(mm), of the mm in the local `mm`. */
export const mmapReadLockOf = lockShared((_: unknown, me: OfMm) => me.mm!.mmapLock);
export const mmapReadUnlockOf = unlockShared((_: unknown, me: OfMm) => me.mm!.mmapLock);

/** Who may change mm->mm_lock_seq, and how its last change is ordered: the release of b1f02b95758d (v6.5), or nothing. */
export type SeqRelease = "v6.4" | "v6.6" | "v6.12" | "v7.1";

/** mmap_write_lock(mm). Where mm_lock_seq is a seqcount it is odd from here on; before v6.13, and v6.12.y, only the unlock counts. */
export const mmapWriteLockOf = (of: SeqRelease) => {
  const isSeqcount = of === "v6.12" || of === "v7.1";
  return kernel.path(
    "mmap_write_lock",
    { mm: ref(Mm), seq: int(0, 7) },
    {
      "down_write(&mm->mmap_lock)": lock((_, me) => me.mm!.mmapLock),
      "mm_lock_seqcount_begin(mm): s->sequence":
        isSeqcount &&
        once((_, me) => {
          me.seq = me.mm!.mmLockSeq;
        }),
      "mm_lock_seqcount_begin(mm): s->sequence++":
        isSeqcount &&
        once((_, me) => {
          me.mm!.mmLockSeq = me.seq + 1;
        }),
      "mm_lock_seqcount_begin(mm): smp_wmb()": isSeqcount && smpWmb,
    },
    {
      file: FILE,
      leavesOut: "tracing, and a fatal signal while one waits",
      release: of,
      at: {
        "mm_lock_seqcount_begin(mm): s->sequence": "mm_lock_seqcount_begin(mm)",
        "mm_lock_seqcount_begin(mm): s->sequence++": "mm_lock_seqcount_begin(mm)",
        "mm_lock_seqcount_begin(mm): smp_wmb()": "mm_lock_seqcount_begin(mm)",
      },
    },
  );
};

/** vma_end_write_all(mm): from here on no VMA of the mm is write-locked. */
export const vmaEndWriteAll = (of: SeqRelease) => {
  const isSeqcount = of === "v6.12" || of === "v7.1";
  const bump = (_: unknown, me: { readonly mm: MmDraft | null; readonly seq: number }): void => {
    me.mm!.mmLockSeq = me.seq + 1;
  };
  return kernel.path(
    "vma_end_write_all",
    { mm: ref(Mm), seq: int(0, 7) },
    {
      "do_raw_write_seqcount_end(): smp_wmb()": isSeqcount && smpWmb,
      "mm->mm_lock_seq": once((_, me) => {
        me.seq = me.mm!.mmLockSeq;
      }),
      "do_raw_write_seqcount_end(): s->sequence++": isSeqcount && once(bump),
      "smp_store_release(&mm->mm_lock_seq, mm->mm_lock_seq + 1)": of === "v6.6" && release(bump),
      "WRITE_ONCE(mm->mm_lock_seq, mm->mm_lock_seq + 1)": of === "v6.4" && once(bump),
    },
    {
      file: FILE,
      leavesOut: "nothing that another CPU sees",
      release: of,
      at: isSeqcount
        ? {
            "do_raw_write_seqcount_end(): smp_wmb()": "mm_lock_seqcount_end(mm)",
            "mm->mm_lock_seq": "mm_lock_seqcount_end(mm)",
            "do_raw_write_seqcount_end(): s->sequence++": "mm_lock_seqcount_end(mm)",
          }
        : { "mm->mm_lock_seq": of === "v6.6" ? "smp_store_release()" : "WRITE_ONCE()" },
    },
  );
};

/** mmap_write_unlock(mm) */
export const mmapWriteUnlockOf = (of: SeqRelease) =>
  kernel.path(
    "mmap_write_unlock",
    { mm: ref(Mm) },
    {
      "vma_end_write_all(mm)": call(vmaEndWriteAll(of), ({ mm }) => ({ mm })),
      "up_write(&mm->mmap_lock)": unlock((_, me) => me.mm!.mmapLock),
    },
    { file: FILE, leavesOut: "tracing", release: of },
  );

/** mmap_write_downgrade(mm): VMAs are unlocked as by mmap_write_unlock(), and the lock is held for reading from here on. */
export const mmapWriteDowngradeOf = (of: SeqRelease) =>
  kernel.path(
    "mmap_write_downgrade",
    { mm: ref(Mm) },
    {
      "vma_end_write_all(mm)": call(vmaEndWriteAll(of), ({ mm }) => ({ mm })),
      "downgrade_write(&mm->mmap_lock)": downgrade((_, me) => me.mm!.mmapLock),
    },
    { file: FILE, leavesOut: "tracing", release: of },
  );
