import { call, done, free, full, once, ref } from "faultline";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { iMmapLockWrite, iMmapUnlockWrite, freeTableRcu } from "../../kernel/table-sync.ts";
import { clearPte, hugetlbRemoveRmap, putPage } from "../../kernel/primitives.ts";
import { lockTable, pmdClear, pmdpGet, tablePte, tablePtepGetAndClear, unlockTable } from "../../kernel/walk.ts";
import { Page, PageTable, kernel, type VmaIndex } from "../../kernel/world.ts";
import {
  dropShareCount,
  hugetlbVmaLockWrite,
  hugetlbVmaTrylockWrite,
  hugetlbVmaUnlockWrite,
  isShared,
  type ShareRelease,
} from "./pmd-share.ts";

export interface Unmap {
  readonly release: ShareRelease;
  /** Somebody takes references of pages by page frame: who puts the last one frees the table. */
  readonly scanned?: boolean;
}

export interface Teardown extends Unmap {
  /**
   * The last unmap keeps others from sharing the page table that is about to be freed, until the vma has left the interval tree. Until
   * d833352a4338 (v3.6) nothing did.
   */
  readonly keepsOut?: boolean;
}

const RESERVATIONS = {
  virt_to_ptdesc: "a conversion",
  "spin_lock_irq, folio_test_anon, folio_set_hugetlb_restore_reserve, spin_unlock_irq": "reservations",
  "vma_needs_reservation, folio_clear_hugetlb_restore_reserve, vma_add_reservation": "reservations",
} as const;

/** __unmap_hugepage_range() with huge_pmd_unshare(), mm/hugetlb.c, of one huge page; its callers hold i_mmap_rwsem for writing. */
const unmapRange = (i: VmaIndex, { release, scanned = false }: Unmap) => {
  const mayBeLast = scanned && release === "v5.9";
  return kernel.path(
    "__unmap_hugepage_range",
    { table: ref(PageTable), page: ref(Page) },
    {
      "ptep = huge_pte_offset(mm, address, sz)": pmdpGet(i).then({ null: done }),
      "ptl = huge_pte_lock(h, mm, ptep)": lockTable,
      "huge_pmd_unshare(): shared?": isShared(release).then({ false: "pte = huge_ptep_get(ptep)" }),
      "huge_pmd_unshare(): pud_clear(pud)": pmdClear(i),
      "huge_pmd_unshare(): put_page(virt_to_page(ptep))": mayBeLast
        ? dropShareCount(release).then((_, { table }) =>
            table!.pageCount > 0 ? "spin_unlock(ptl), unshared" : undefined,
          )
        : dropShareCount(release),
      "huge_pmd_unshare(): put_page(virt_to_page(ptep)), the last one": mayBeLast && free((_, { table }) => table),
      "spin_unlock(ptl), unshared": unlockTable.then(done),
      "pte = huge_ptep_get(ptep)": tablePte.then((_, me, { page }) => {
        me.page = page;
        return page ? undefined : "spin_unlock(ptl)";
      }),
      "huge_ptep_get_and_clear(mm, address, ptep)": tablePtepGetAndClear(),
      "page_remove_rmap(page)": hugetlbRemoveRmap,
      "spin_unlock(ptl)": unlockTable,
      "put_page(page)": putPage.when((_, { page }) => page !== null),
    },
    {
      file: "mm/hugetlb.c",
      release,
      functions: ["__unmap_hugepage_range", "huge_pmd_unshare", ...(release === "v5.9" ? [] : ["__huge_pmd_unshare"])],
      at: {
        ...(release === "v5.9"
          ? { "huge_pmd_unshare(): shared?": "page_count(virt_to_page(ptep)) #2" }
          : {
              "huge_pmd_unshare(): pud_clear(pud)": "__huge_pmd_unshare(): pud_clear(pud)",
              "huge_pmd_unshare(): put_page(virt_to_page(ptep))": "tlb_unshare_pmd_ptdesc()",
              ...(release === "v6.1"
                ? { "huge_pmd_unshare(): shared?": "atomic_read(&virt_to_page(ptep)->pt_share_count)" }
                : {
                    "ptep = huge_pte_offset(mm, address, sz)": "hugetlb_walk()",
                    "huge_pmd_unshare(): shared?": "__huge_pmd_unshare(): ptdesc_pmd_is_shared()",
                    "page_remove_rmap(page)": "hugetlb_remove_rmap()",
                  }),
            }),
        "spin_unlock(ptl), unshared": "spin_unlock(ptl) #1",
        "pte = huge_ptep_get(ptep)": ["huge_ptep_get()", "huge_pte_none(pte)"],
        "spin_unlock(ptl)": ["spin_unlock(ptl) #5", "spin_unlock(ptl) #2"],
      },
      notInSource: { "put_page(page)": "tlb_finish_mmu(), behind it" },
      omits: {
        "tlb_change_page_size, tlb_end_vma, tlb_remove_huge_tlb_entry, tlb_remove_page_size":
          "puts it into the gather, which is this thread's own",
        "if (unlikely(!pte_present(pte)))": "an entry of migration or poison: none here",
        [`huge_pte_dirty, ${release === "v7.1" ? "folio_mark_dirty" : "set_page_dirty"}, hugetlb_count_sub`]:
          "no spec asks",
        ...(release === "v5.9" || release === "v6.1"
          ? { ...MMU_NOTIFIERS, virt_to_page: "a conversion" }
          : RESERVATIONS),
        ...(release === "v6.12" && { folio_mapped: "reservations" }),
        ...(release === "v5.9"
          ? { "page_count(virt_to_page(ptep)) #1": "an assertion" }
          : {
              huge_pmd_unshare_flush: "flushes: no user and no GUP-fast runs",
              huge_pte_uffd_wp: "userfaultfd",
            }),
        [release === "v7.1" ? "if (folio_provided)" : "if (ref_page)"]:
          "one page of the range is asked for: here it is all of it",
        "i_mmap_assert_write_locked, mm_dec_nr_pmds": "an assertion, and a counter",
      },
      leavesOut:
        "the other huge pages of the range, TLB flushes (no user runs, and no GUP-fast: races/pmd-unshare-vs-gup-fast), reservations, the dirty bit, entries of other kinds",
    },
  );
};

/** hugetlb_vmdelete_list(), fs/hugetlbfs/inode.c, of one vma: a hole punch, or a truncate, by whoever has the file open. */
export const hugetlbVmdeleteList = (i: VmaIndex, release: ShareRelease) =>
  kernel.path(
    "hugetlb_vmdelete_list",
    {},
    {
      "i_mmap_lock_write(mapping)": iMmapLockWrite,
      "hugetlb_vma_trylock_write(vma)":
        release !== "v5.9" && hugetlbVmaTrylockWrite(i).then({ false: "i_mmap_unlock_write(mapping)" }),
      "unmap_hugepage_range(vma)": call(unmapRange(i, { release })),
      "hugetlb_vma_unlock_write(vma)": release !== "v5.9" && hugetlbVmaUnlockWrite(i),
      "i_mmap_unlock_write(mapping)": iMmapUnlockWrite,
    },
    {
      file: "fs/hugetlbfs/inode.c",
      release,
      notInSource: {
        "i_mmap_lock_write(mapping)": "hugetlbfs_punch_hole() or hugetlb_vmtruncate(), which calls it",
        "i_mmap_unlock_write(mapping)": "hugetlbfs_punch_hole() or hugetlb_vmtruncate(), which calls it",
      },
      omits: { vma_interval_tree_foreach: "the other vmas: that of the other process leaves by itself" },
      leavesOut:
        "the other vmas of the tree, and what is done about one whose lock is not to be had (its pages are unmapped one by one, later)",
    },
  );

const UNLINK = {
  "v5.9": "unlink_file_vma()",
  "v6.1": "unlink_file_vma()",
  "v6.6": "unlink_file_vma()",
  "v6.12": "unlink_file_vma()",
  "v7.1": "unlink_file_vma_batch_final()",
} as const;

/** free_pgtables() with free_pmd_range(), mm/memory.c: frees the page table, once the vma has left the interval tree. */
const freePgtables = (i: VmaIndex, { release, scanned = release === "v5.9" }: Teardown) =>
  kernel.path(
    "free_pgtables",
    { table: ref(PageTable) },
    {
      "unlink_file_vma(vma): i_mmap_lock_write(mapping)": iMmapLockWrite,
      "unlink_file_vma(vma): vma_interval_tree_remove()": once((k) => {
        k.vma[i].unlinked = true;
      }),
      "unlink_file_vma(vma): i_mmap_unlock_write(mapping)": iMmapUnlockWrite,
      "pud_none_or_clear_bad(pud)": pmdpGet(i).then({ null: done }),
      // Not bad if it is none; a huge page is.
      "pmd_none_or_clear_bad(pmd)": tablePte.then((_, _me, { page }) => (page ? undefined : "pud_clear(pud)")),
      "pmd_none_or_clear_bad(pmd): pmd_clear_bad(pmd)": once((_, { table }) => clearPte(table!.pte)),
      "pud_clear(pud)": pmdClear(i),
      "pmd_free_tlb(tlb, pmd, start): put_page_testzero()":
        scanned &&
        full((_, { table }) => {
          table!.pageCount--;
          if (table!.pageCount > 0) return done;
        }),
      "pmd_free_tlb(tlb, pmd, start)": freeTableRcu,
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["free_pgtables", "free_pgd_range", "free_p4d_range", "free_pud_range", "free_pmd_range"],
      at: {
        "unlink_file_vma(vma): i_mmap_lock_write(mapping)": UNLINK[release],
        "unlink_file_vma(vma): vma_interval_tree_remove()": UNLINK[release],
        "unlink_file_vma(vma): i_mmap_unlock_write(mapping)": UNLINK[release],
        "pud_none_or_clear_bad(pud)": "free_pud_range(): pud_none_or_clear_bad(pud)",
        "pmd_none_or_clear_bad(pmd)": "free_pmd_range(): pmd_none_or_clear_bad(pmd)",
        "pmd_none_or_clear_bad(pmd): pmd_clear_bad(pmd)": "free_pmd_range(): pmd_none_or_clear_bad(pmd)",
        "pud_clear(pud)": "free_pmd_range(): pud_clear(pud)",
        "pmd_free_tlb(tlb, pmd, start): put_page_testzero()": "pmd_free_tlb()",
        "pmd_free_tlb(tlb, pmd, start)": "pmd_free_tlb()",
      },
      omits: {
        "mm_dec_nr_pmds, mm_dec_nr_puds": "counters",
        "pgd_none_or_clear_bad, p4d_none_or_clear_bad, p4d_clear, pud_free_tlb, pgd_clear, p4d_free_tlb":
          "the page tables above, which belong to this mm alone",
        unlink_anon_vmas: "the vma has no anonymous memory",
        tlb_change_page_size: "the gather, which is this thread's own",
        ...((release === "v5.9" || release === "v6.1") && { "unlink_file_vma(vma) #2": "vmas of ordinary files" }),
        ...(release !== "v5.9" && { mas_find: "the next vma: there is none" }),
        ...(release === "v6.12" && {
          "vma_start_write, unlink_file_vma_batch_init, unlink_file_vma_batch_add, unlink_file_vma_batch_final":
            "the lock of the vma, which no other thread takes; vmas of ordinary files",
        }),
        ...(release === "v7.1" && {
          "vma_start_write, tlb_free_vmas, unlink_file_vma_batch_init, unlink_file_vma_batch_add":
            "the lock of the vma, which no other thread takes; what is collected in advance",
          "return if (!addr), return if (start < floor), return if (!ceiling), return if (addr > end - 1), return if (end - 1 > ceiling - 1)":
            "something else is mapped by the table: nothing is here",
        }),
        free_pte_range: "a page table below: the entries are huge pages",
      },
      leavesOut: "the other vmas and page tables, anon_vma",
    },
  );

/** unmap_region(), of the only vma that a process has there: unmap_vmas(), then free_pgtables(). */
export const unmapRegionHugetlb = (i: VmaIndex, teardown: Teardown) => {
  const { release, keepsOut = true } = teardown;
  return kernel.path(
    "unmap_region",
    {},
    {
      "unmap_vmas(): hugetlb_vma_lock_write(vma)": release !== "v5.9" && hugetlbVmaLockWrite(i),
      "unmap_vmas(): i_mmap_lock_write(mapping)": iMmapLockWrite,
      "unmap_vmas(): __unmap_hugepage_range()": call(unmapRange(i, teardown)),
      "unmap_vmas(): vma->vm_flags &= ~VM_MAYSHARE":
        keepsOut &&
        once((k) => {
          k.vma[i].mayShare = false;
        }),
      "unmap_vmas(): hugetlb_vma_unlock_write(vma)": release !== "v5.9" && hugetlbVmaUnlockWrite(i),
      "unmap_vmas(): i_mmap_unlock_write(mapping)": iMmapUnlockWrite,
      "free_pgtables()": call(freePgtables(i, teardown)),
    },
    {
      file: "mm/mmap.c",
      release: keepsOut ? release : `${release}, VM_MAYSHARE stays`,
      notInSource:
        "unmap_region(), or exit_mmap(): unmap_vmas() with unmap_single_vma(), or __hugetlb_zap_begin() and __hugetlb_zap_end(), and free_pgtables()",
      leavesOut: "the other vmas, mmap_lock (no other thread of the process runs), TLB flushes",
    },
  );
};
