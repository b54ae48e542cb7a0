/** The locks of the kernel but for the page lock, as steps: a part of the table in primitives.ts. */
import { lock, lockShared, unlock, unlockShared } from "faultline";
import type { Kernel, VmaIndex } from "./world.ts";

const mmapLock = (i: VmaIndex) => (k: Kernel) => k.mm[i].mmapLock;
const ptl = (i: VmaIndex) => (k: Kernel) => k.table[i].ptl;
const pmdLock = (i: VmaIndex) => (k: Kernel) => k.vma[i].pmdLock;
const queueLock = (k: Kernel) => k.waitQueue.lock;
const invalidation = (k: Kernel) => k.invalidateLock;

/** mmap_read_lock(mm) */
export const mmapReadLock = (i: VmaIndex) => lockShared(mmapLock(i));
/** mmap_read_unlock(mm) */
export const mmapReadUnlock = (i: VmaIndex) => unlockShared(mmapLock(i));
/** mmap_write_lock(mm) */
export const mmapWriteLock = (i: VmaIndex) => lock(mmapLock(i));
/** mmap_write_unlock(mm) */
export const mmapWriteUnlock = (i: VmaIndex) => unlock(mmapLock(i));

/** spin_lock() of the page table that serves a vma. */
export const lockPtl = (i: VmaIndex) => lock(ptl(i));
/** spin_unlock() of the page table that serves a vma. */
export const unlockPtl = (i: VmaIndex) => unlock(ptl(i));
/** pmd_lock() */
export const lockPmd = (i: VmaIndex) => lock(pmdLock(i));
/** spin_unlock() of pmd_lock() */
export const unlockPmd = (i: VmaIndex) => unlock(pmdLock(i));

/** spin_lock_irq(&q->lock) of the queue of those who wait for the page lock. */
export const lockQueue = lock(queueLock);
/** spin_unlock_irq(&q->lock) */
export const unlockQueue = unlock(queueLock);

/** XFS_MMAPLOCK_SHARED, ext4's i_mmap_sem for reading, filemap_invalidate_lock_shared() */
export const invalidateLockShared = lockShared(invalidation);
export const invalidateUnlockShared = unlockShared(invalidation);
/** XFS_MMAPLOCK_EXCL, ext4's i_mmap_sem for writing, filemap_invalidate_lock() */
export const invalidateLock = lock(invalidation);
export const invalidateUnlock = unlock(invalidation);
