/** The per-VMA lock of a release, for paths that are the same but for it. */
import { mmapWriteDowngradeOf, mmapWriteLockOf, mmapWriteUnlockOf } from "./mmap-lock.ts";
import * as refcnt from "./vma-refcnt.ts";
import * as rwsem from "./vma-rwsem.ts";
import type { TaskIndex } from "../../kernel/vma-lock.ts";

export const VMA_LOCK_RELEASES = ["v6.6", "v6.12", "v7.1"] as const;
export type VmaLockRelease = "v6.4" | (typeof VMA_LOCK_RELEASES)[number];

export interface WriterRules {
  /** Numbers the writer that may wait. */
  readonly current?: TaskIndex;
  readonly acquires?: boolean;
}

type AnyOf<F extends (...args: never[]) => unknown, G extends (...args: never[]) => unknown> =
  | ReturnType<F>
  | ReturnType<G>;

/** The paths of one release: those of a reader of a VMA, and those of who changes VMAs. */
export interface VmaLock {
  readonly lockVmaUnderRcu: AnyOf<typeof refcnt.lockVmaUnderRcu, typeof rwsem.lockVmaUnderRcu>;
  readonly vmaEndRead: typeof refcnt.vmaEndRead | ReturnType<typeof rwsem.vmaEndRead>;
  readonly vmaStartWrite: AnyOf<typeof refcnt.vmaStartWrite, typeof rwsem.vmaStartWrite>;
  readonly vmaMarkDetached: AnyOf<typeof refcnt.vmaMarkDetached, typeof rwsem.vmaMarkDetachedOf>;
  readonly mmapWriteLock: ReturnType<typeof mmapWriteLockOf>;
  readonly mmapWriteUnlock: ReturnType<typeof mmapWriteUnlockOf>;
  readonly mmapWriteDowngrade: ReturnType<typeof mmapWriteDowngradeOf>;
}

export const vmaLockOf = (release: VmaLockRelease, { current = 0, acquires = false }: WriterRules = {}): VmaLock => ({
  lockVmaUnderRcu: release === "v7.1" ? refcnt.lockVmaUnderRcu() : rwsem.lockVmaUnderRcu({ of: release }),
  vmaEndRead: release === "v7.1" ? refcnt.vmaEndRead : rwsem.vmaEndRead(release),
  vmaStartWrite: release === "v7.1" ? refcnt.vmaStartWrite(current, { acquires }) : rwsem.vmaStartWrite(release),
  vmaMarkDetached: release === "v7.1" ? refcnt.vmaMarkDetached(current) : rwsem.vmaMarkDetachedOf(release),
  mmapWriteLock: mmapWriteLockOf(release),
  mmapWriteUnlock: mmapWriteUnlockOf(release),
  mmapWriteDowngrade: mmapWriteDowngradeOf(release),
});
