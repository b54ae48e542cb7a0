import { call, done, once, ref } from "faultline";
import { iMmapLockWrite, iMmapUnlockWrite } from "../../kernel/table-sync.ts";
import { lockTable, pmdClear, pmdpGet, unlockTable } from "../../kernel/walk.ts";
import { PageTable, kernel, type VmaIndex } from "../../kernel/world.ts";
import { dropShareCount, hugetlbVmaLockWrite, hugetlbVmaUnlockWrite, isShared } from "./pmd-share.ts";

/** hugetlb_unshare_pmds() with huge_pmd_unshare(), mm/hugetlb.c, of one page table: in v6.6 it takes the locks itself. */
const hugetlbUnsharePmds = (i: VmaIndex, release: "v6.6" | "v7.1") => {
  const takesLocks = release === "v6.6";
  return kernel.path(
    "hugetlb_unshare_pmds",
    { table: ref(PageTable) },
    {
      "hugetlb_vma_lock_write(vma)": takesLocks && hugetlbVmaLockWrite(i),
      "i_mmap_lock_write(vma->vm_file->f_mapping)": takesLocks && iMmapLockWrite,
      "ptep = hugetlb_walk(vma, address, sz)": pmdpGet(i).then({
        null: takesLocks ? "i_mmap_unlock_write(vma->vm_file->f_mapping)" : done,
      }),
      "ptl = huge_pte_lock(h, mm, ptep)": lockTable,
      "huge_pmd_unshare(): shared?": isShared(release).then({ false: "spin_unlock(ptl)" }),
      "huge_pmd_unshare(): pud_clear(pud)": pmdClear(i),
      "huge_pmd_unshare(): ptdesc_pmd_pts_dec()": dropShareCount(release),
      "spin_unlock(ptl)": unlockTable,
      "i_mmap_unlock_write(vma->vm_file->f_mapping)": takesLocks && iMmapUnlockWrite,
      "hugetlb_vma_unlock_write(vma)": takesLocks && hugetlbVmaUnlockWrite(i),
    },
    {
      file: "mm/hugetlb.c",
      release,
      functions: ["hugetlb_unshare_pmds", takesLocks ? "huge_pmd_unshare" : "__huge_pmd_unshare"],
      at: {
        "huge_pmd_unshare(): shared?": takesLocks ? "ptdesc_pmd_pts_count()" : "ptdesc_pmd_is_shared()",
        "huge_pmd_unshare(): pud_clear(pud)": "pud_clear(pud)",
        "huge_pmd_unshare(): ptdesc_pmd_pts_dec()": takesLocks ? "ptdesc_pmd_pts_dec()" : "tlb_unshare_pmd_ptdesc()",
      },
      omits: {
        "mmu_notifier_invalidate_range_start, mmu_notifier_invalidate_range_end": "no secondary MMU is modelled",
        "i_mmap_assert_write_locked, virt_to_ptdesc, mm_dec_nr_pmds": "an assertion, a conversion and a counter",
        ...(takesLocks
          ? { flush_hugetlb_tlb_range: "no user runs" }
          : {
              "tlb_gather_mmu_vma, huge_pmd_unshare_flush, tlb_finish_mmu": "no user runs, and no GUP-fast",
              "if (take_locks)": "hugetlb_split() takes none: its caller has i_mmap_rwsem",
            }),
      },
      leavesOut: "the other page tables of the range, TLB flushes (no user runs, and no GUP-fast)",
    },
  );
};

/**
 * __split_vma(), mm/mmap.c, v6.6, and mm/vma.c, v7.1, of a vma of hugetlbfs, in the middle of what one page table covers: it must not be
 * shared any more. v6.6 asks may_split() before it takes the locks; since 081056dc00a2 (v6.16) hugetlb_split() is called under them.
 */
export const splitVma = (i: VmaIndex, release: "v6.6" | "v7.1") =>
  kernel.path(
    "__split_vma",
    {},
    {
      "vma->vm_ops->may_split(vma, addr)": release === "v6.6" && call(hugetlbUnsharePmds(i, release)),
      "vma_prepare(&vp)": iMmapLockWrite,
      "hugetlb_split(vma, addr)": release === "v7.1" && call(hugetlbUnsharePmds(i, release)),
      "vma->vm_end = addr": once((k) => {
        k.vma[i].spansTable = false;
      }),
      "vma_complete(&vp, vmi, vma->vm_mm)": iMmapUnlockWrite,
    },
    {
      file: release === "v6.6" ? "mm/mmap.c" : "mm/vma.c",
      release,
      functions: ["__split_vma"],
      ...(release === "v7.1" && { at: { "hugetlb_split(vma, addr)": "hugetlb_split()" } }),
      omits: {
        ...(release === "v7.1" && {
          may_split: "only says whether it may be split there",
          "validate_mm, vma_prev": "an assertion; where the caller goes on",
        }),
        "vm_area_dup, vma_iter_config, vma_iter_prealloc, vma_dup_policy, anon_vma_clone, get_file, open":
          "the new vma, which nobody can find yet",
        "vma_start_write, init_vma_prep":
          "the lock of the vma: no other thread of the process runs; what vma_prepare() is told",
        vma_next: "where the caller goes on",
        "vma_policy, mpol_put, vma_iter_free, vm_area_free": "no memory",
      },
      leavesOut:
        "mmap_lock and the lock of the vma (no other thread of the process runs; one that faults by the lock of the vma, since v6.9, does in v6.12 what the other process does here), the new vma, the tree of VMAs",
    },
  );
