/** The per-VMA lock of a release, for paths that are the same but for it. */
import { mmapWriteLockOf, mmapWriteUnlockOf } from "./mmap-lock.ts";
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

export const vmaLockOf = (release: VmaLockRelease, { current = 0, acquires = false }: WriterRules = {}) => ({
  lockVmaUnderRcu: release === "v7.1" ? refcnt.lockVmaUnderRcu() : rwsem.lockVmaUnderRcu({ of: release }),
  vmaEndRead: release === "v7.1" ? refcnt.vmaEndRead : rwsem.vmaEndRead(release),
  vmaStartWrite: release === "v7.1" ? refcnt.vmaStartWrite(current, { acquires }) : rwsem.vmaStartWrite(release),
  mmapWriteLock: mmapWriteLockOf(release),
  mmapWriteUnlock: mmapWriteUnlockOf(release),
});
