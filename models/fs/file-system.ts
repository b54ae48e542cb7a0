import { bool, call, done, once, ref } from "faultline";
import {
  invalidateLock,
  invalidateLockShared,
  invalidateUnlock,
  unlockPtl,
  invalidateUnlockShared,
  pteNone,
} from "../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../kernel/world.ts";
import { filemapFault } from "../mm/filemap/filemap-fault.ts";
import type { MapPages } from "../mm/filemap/filemap-map-pages.ts";
import { truncatePagecacheRange, truncateSetsize } from "../mm/truncate/truncate.ts";

/**
 * __xfs_filemap_fault(), fs/xfs/xfs_file.c, v5.9; ext4_filemap_fault(), fs/ext4/inode.c, since v4.5: filemap_fault(),
 * which reads a page in if it must, with the file system's lock against holes. finish_fault() comes after it.
 */
export const fsFilemapFault = () =>
  kernel.path(
    "fs_filemap_fault",
    { page: ref(Page), slept: bool },
    {
      "invalidate lock, shared": invalidateLockShared,
      "filemap_fault(vmf)": call(filemapFault(true), undefined, (me, { page, slept }) => {
        me.page = page;
        me.slept = slept;
      }),
      "invalidate unlock, shared": invalidateUnlockShared,
    },
    {
      file: "fs/xfs/xfs_file.c",
      release: "v5.9",
      notInSource: "stands for ->fault of any file system with such a lock",
      leavesOut: "freezing, DAX, times of the file (for a write fault: page_mkwrite takes the lock anew)",
    },
  );

/**
 * do_fault_around(), mm/memory.c, with xfs_filemap_map_pages(), fs/xfs/xfs_file.c, v5.9: the fault-around with
 * XFS_MMAPLOCK_SHARED, PTE stores and all. ptl is still held when that lock has been dropped. `mapPages` is wrapped: it
 * is filemap_map_pages() alone.
 */
export const fsMapPages = (i: VmaIndex, mapPages: MapPages) =>
  kernel.path(
    "xfs_filemap_map_pages",
    { ptl: bool, solved: bool },
    {
      "xfs_ilock(XFS_MMAPLOCK_SHARED)": invalidateLockShared,
      "filemap_map_pages(vmf)": call(mapPages, undefined, (me, { ptl }) => {
        me.ptl = ptl;
      }),
      "xfs_iunlock(XFS_MMAPLOCK_SHARED)": invalidateUnlockShared.then((_, { ptl }) => (ptl ? undefined : done)),
      "do_fault_around(): pte_none(pte)?": pteNone(i).then((k, me, none) => {
        me.solved = !none;
        if (!me.solved) k.vma[i].fellBack = true;
      }),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "fs/xfs/xfs_file.c",
      release: "v5.9",
      functions: ["do_fault_around", "xfs_filemap_map_pages"],
      at: {
        "do_fault_around(): pte_none(pte)?": "pte_none(*vmf->pte)",
        "pte_unmap_unlock(vmf->ptl)": "pte_unmap_unlock(vmf->pte, vmf->ptl)",
      },
      omits: {
        "if (pmd_none(*vmf->pmd))": "allocates a page table that nobody else knows yet",
        "if (pmd_trans_huge(*vmf->pmd))": "no page here is huge",
        XFS_I: "finds the lock",
      },
      leavesOut: "what do_fault_around() does before: the window and the allocation of a page table",
    },
  );

/**
 * xfs_file_fallocate(), ext4_punch_hole(), v5.9: takes the page cache off a hole, then frees its block. `locked`: under
 * the file system's lock, which ext4 has since ea3d7209ca01 (v4.5).
 */
export const fsPunchHole = (locked: boolean) =>
  kernel.path(
    "fs_punch_hole",
    {},
    {
      "invalidate lock, exclusive": locked && invalidateLock,
      "truncate_pagecache_range()": call(truncatePagecacheRange({ vmas: 1, gate: "page_mapped" })),
      "the extent is freed": once((k) => {
        k.block = "hole";
      }),
      "invalidate unlock, exclusive": locked && invalidateUnlock,
    },
    {
      file: "fs/xfs/xfs_file.c",
      release: "v5.9",
      notInSource: "stands for hole punching of any file system with such a lock",
      leavesOut:
        "i_rwsem (writes and other removers), the write-back before (the page is clean), partial pages, the transaction",
    },
  );

/** xfs_setattr_size(), fs/xfs/xfs_iops.c, v5.9, under XFS_MMAPLOCK_EXCL. */
export const fsTruncate = () =>
  kernel.path(
    "xfs_setattr_size",
    {},
    {
      "xfs_ilock(XFS_MMAPLOCK_EXCL)": invalidateLock,
      "truncate_setsize()": call(truncateSetsize({ vmas: 1, gate: "page_mapped" })),
      "xfs_iunlock(XFS_MMAPLOCK_EXCL)": invalidateUnlock,
    },
    {
      file: "fs/xfs/xfs_iops.c",
      release: "v5.9",
      functions: ["xfs_vn_setattr", "xfs_vn_setattr_size", "xfs_setattr_size"],
      at: {
        "xfs_ilock(XFS_MMAPLOCK_EXCL)": "xfs_vn_setattr(): xfs_ilock(ip, XFS_MMAPLOCK_EXCL)",
        "xfs_iunlock(XFS_MMAPLOCK_EXCL)": "xfs_vn_setattr(): xfs_iunlock(ip, XFS_MMAPLOCK_EXCL) #2",
      },
      omits: {
        "d_inode, XFS_I, VFS_I, M_RES, current_time": "find the inode, its mount or the time",
        "trace_xfs_setattr, trace_xfs_zero_eof, XFS_STATS_INC": "for who looks at statistics",
        "xfs_break_layouts, xfs_vn_change_ok, xfs_qm_dqattach, return if (error)":
          "DAX, permissions and quotas: no file here has the first, and where the others refuse, nothing has been done yet",
        "if (error)": "the lock is dropped on this way out, too",
        "xfs_setattr_size(): inode->i_size": "the size before, read under i_rwsem, which every change of it takes",
        "if (newsize == 0 && oldsize == 0 && ip->i_df.if_nextents == 0)": "an empty file stays one: there is no page",
        xfs_vn_setattr_nonsize: "the size is not set",
        inode_dio_wait: "no direct I/O is modelled",
        iomap_zero_range: "the file grows: there is no page to take off",
        iomap_truncate_page: "zeroes the rest of a partial block, before; the file is cut at a page",
        filemap_write_and_wait_range: "write-back of what stays in the file",
        "xfs_trans_alloc, xfs_trans_ijoin, xfs_trans_log_inode, xfs_trans_set_sync, xfs_trans_commit, xfs_trans_cancel":
          "the transaction of the file system's own metadata",
        "xfs_ilock(ip, XFS_ILOCK_EXCL), xfs_iunlock(ip, lock_flags)":
          "the lock of the extents, taken when no page is left and by no other path here",
        "xfs_itruncate_extents, xfs_iflags_set, xfs_inode_clear_eofblocks_tag":
          "frees the extents, behind the page cache and still under XFS_MMAPLOCK_EXCL",
        "xfs_setattr_mode, xfs_setattr_time": "mode and times of the file",
        "return if (iattr->ia_valid & ATTR_SIZE)": "a return to xfs_vn_setattr(), which drops the lock",
      },
      leavesOut: "i_rwsem, direct I/O that is waited for, zeroing of a partial block, the extents (freed after it)",
    },
  );
