import { bool, ghost, inWord, int, oneOf, ref, rwsem, spinlock, struct } from "faultline";
import { PageTable } from "./page-table.ts";

/** vma->vm_truncate_count is an address: no call counts that far. */
export const RESTART = 4;

/** A vma of one page. vma[0] comes first in the file's interval tree. */
export const Vma = struct("Vma", {
  /** What the pmd entry holds: nothing, a page table, or the huge page that `page` is the head of. */
  pmd: inWord("pmd", oneOf("none", "table", "huge")),
  /** The page table that the pmd entry holds. A path for which page tables stay where they are takes table[i] at once. */
  table: inWord("pmd", ref(PageTable)),
  /** pgtable_trans_huge_deposit(): the table that is kept for the day the huge pmd is split. */
  deposit: ref(PageTable),
  /** pmd_lock(), where it matters who populates the pmd entry. */
  pmdLock: spinlock,
  /** vma->vm_private_data->rw_sema of a vma of hugetlbfs: hugetlb_vma_lock_read(), since v6.1 */
  hugetlbLock: rwsem,
  /** The vma may share page tables: VM_MAYSHARE in vm_flags, and since v6.1 vm_private_data, too. */
  mayShare: bool,
  /** The vma has all of what one page table covers: split, it has not. */
  spansTable: bool,
  /** The vma is in the interval tree of the anon_vma, behind vma[0], which is there from the start: mm/rmap/anon-vma.ts. */
  inAnonVma: bool,
  /** The vma has left the interval tree of the file: unmap_mapping_range() no longer finds it. */
  unlinked: bool,
  /** munmap() or madvise(MADV_DONTNEED) has returned: the user relies on it. */
  unmapped: ghost(bool),
  /** mprotect(PROT_READ) has returned: the user relies on it. */
  readOnly: ghost(bool),
  /** The process has accessed the broken page again that memory_failure() has told it is taken care of. */
  usesBroken: ghost(bool),
  /** An access has ended in SIGBUS, by VM_FAULT_HWPOISON. */
  signalled: ghost(bool),
  /** How far mapcount and the PTE agree: see deletion.ts. */
  rmap: ghost(oneOf("unmapped", "ahead", "counted", "mapped")),
  /** do_fault_around() ended without a PTE: the fault goes on in __do_fault(), which sleeps for the page lock. */
  fellBack: ghost(bool),
  /** The fault has slept for the page lock. */
  slept: ghost(bool),
  /**
   * vma->vm_truncate_count, up to 2.6.39: the mapping->truncate_count of the unmap that was last done with this vma, or
   * RESTART: an unmap that stopped half-way left a restart address beyond the page.
   */
  truncateCount: int(0, RESTART),
});
