/** The locks of the kernel but for the page lock, as steps: a part of the table in primitives.ts. */
import { acquire, release, wait } from "faultline";
import type { Kernel, VmaIndex } from "./world.ts";

/** Locks that belong to neither a page nor a vma. */
type WorldLock = "iMmap" | "unmapMutex" | "faultMutex";

/** mmap_read_lock(mm) */
export const mmapReadLock = (i: VmaIndex) =>
  acquire((k: Kernel) => {
    if (k.mm[i].mmapWriter) return wait;
    k.mm[i].mmapReaders++;
  });

/** mmap_read_unlock(mm) */
export const mmapReadUnlock = (i: VmaIndex) =>
  release((k: Kernel): void => {
    k.mm[i].mmapReaders--;
  });

/** mmap_write_lock(mm) */
export const mmapWriteLock = (i: VmaIndex) =>
  acquire((k: Kernel) => {
    if (k.mm[i].mmapWriter || k.mm[i].mmapReaders > 0) return wait;
    k.mm[i].mmapWriter = true;
  });

/** mmap_write_unlock(mm) */
export const mmapWriteUnlock = (i: VmaIndex) =>
  release((k: Kernel): void => {
    k.mm[i].mmapWriter = false;
  });

/** spin_lock() of the page table that serves a vma. */
export const lockPtl = (i: VmaIndex) =>
  acquire((k: Kernel) => {
    if (k.vma[i].ptl) return wait;
    k.vma[i].ptl = true;
  });

/** spin_unlock() of the page table that serves a vma. */
export const unlockPtl = (i: VmaIndex) =>
  release((k: Kernel): void => {
    k.vma[i].ptl = false;
  });

/** pmd_lock() */
export const lockPmd = (i: VmaIndex) =>
  acquire((k: Kernel) => {
    if (k.vma[i].pmdLock) return wait;
    k.vma[i].pmdLock = true;
  });

/** spin_unlock() of pmd_lock() */
export const unlockPmd = (i: VmaIndex) =>
  release((k: Kernel): void => {
    k.vma[i].pmdLock = false;
  });

/** spin_lock_irq(&q->lock) of the queue of those who wait for the page lock. */
export const lockQueue = acquire((k: Kernel) => {
  if (k.waitQueue.lock) return wait;
  k.waitQueue.lock = true;
});

/** spin_unlock_irq(&q->lock) */
export const unlockQueue = release((k: Kernel): void => {
  k.waitQueue.lock = false;
});

/** Takes a sleeping or spinning lock of the world's own. */
export const lock = (which: WorldLock) =>
  acquire((k: Kernel) => {
    if (k[which]) return wait;
    k[which] = true;
  });

/** Drops it. */
export const unlock = (which: WorldLock) =>
  release((k: Kernel): void => {
    k[which] = false;
  });

/** XFS_MMAPLOCK_SHARED, ext4's i_mmap_sem for reading, filemap_invalidate_lock_shared() */
export const lockShared = acquire(({ invalidateLock }: Kernel) => {
  if (invalidateLock.writer) return wait;
  invalidateLock.readers++;
});
export const unlockShared = release(({ invalidateLock }: Kernel): void => {
  invalidateLock.readers--;
});
export const lockExclusive = acquire(({ invalidateLock }: Kernel) => {
  if (invalidateLock.writer || invalidateLock.readers > 0) return wait;
  invalidateLock.writer = true;
});
export const unlockExclusive = release(({ invalidateLock }: Kernel): void => {
  invalidateLock.writer = false;
});
