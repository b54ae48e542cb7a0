import { call, lock, once, unlock } from "faultline";
import { unmapMappingRange } from "../memory/zap.ts";
import { truncateInodePagesRange } from "../truncate/truncate.ts";
import { iLock, iMutex, tmpfs } from "./inode.ts";

/**
 * shmem_fallocate() for FALLOC_FL_PUNCH_HOLE, mm/shmem.c, v3.15. What shmem_undo_range() does to pages in memory is what
 * truncate_inode_pages_range() does, one page at a time: it begins anew until it finds none. `announced`: since f00cdc6df7d7
 * (v3.16) inode->i_private tells faults of the punch.
 */
export const shmemPunchHole = (announced: boolean) =>
  tmpfs.path(
    "shmem_fallocate",
    {},
    {
      "mutex_lock(&inode->i_mutex)": lock(iMutex),
      "spin_lock(&inode->i_lock)": announced && lock(iLock),
      "inode->i_private = &shmem_falloc": announced && once((k) => void (k.falloc = true)),
      "spin_unlock(&inode->i_lock)": announced && unlock(iLock),
      "unmap_mapping_range()": call(unmapMappingRange(1, false)),
      "shmem_truncate_range(): shmem_undo_range()": call(
        truncateInodePagesRange({ vmas: 1, gate: "page_mapped", deletion: "single" }),
      ),
      "spin_lock(&inode->i_lock), again": announced && lock(iLock),
      "inode->i_private = NULL": announced && once((k) => void (k.falloc = false)),
      "spin_unlock(&inode->i_lock), again": announced && unlock(iLock),
      "mutex_unlock(&inode->i_mutex)": unlock(iMutex).then((k) => void (k.punched = true)),
    },
    {
      file: "mm/shmem.c",
      release: announced ? "v3.16" : "v3.15",
      leavesOut: "swap entries, partial pages, what is accounted",
    },
  );
