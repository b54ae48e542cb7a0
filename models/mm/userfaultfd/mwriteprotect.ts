import { call, ref } from "faultline";
import {
  decTlbFlushPending,
  incTlbFlushPending,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  ptePage,
  ptepGetAndClear,
  setPteAt,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

/** change_protection(), mm/mprotect.c, v5.9: makes a PTE read-only, and flushes the TLB at the end, without ptl. */
const changeProtection = (i: VmaIndex) =>
  kernel.path(
    "change_protection",
    { page: ref(Page) },
    {
      "inc_tlb_flush_pending(mm)": incTlbFlushPending(i),
      "pte_offset_map_lock(&ptl)": lockPtl(i),
      "oldpte = *pte": ptePage(i),
      "ptep_modify_prot_start(pte)": ptepGetAndClear(i),
      "ptep_modify_prot_commit(pte), read-only": setPteAt(i, { dirty: true }),
      "pte_unmap_unlock(ptl)": unlockPtl(i),
      "flush_tlb_range(vma, start, end)": flushTlb(i),
      "dec_tlb_flush_pending(mm)": decTlbFlushPending(i),
    },
    {
      file: "mm/mprotect.c",
      release: "v5.9",
      functions: [
        "change_protection",
        "change_protection_range",
        "change_p4d_range",
        "change_pud_range",
        "change_pmd_range",
        "change_pte_range",
      ],
      at: { "flush_tlb_range(vma, start, end)": "flush_tlb_range()" },
      omits: {
        "if (is_vm_hugetlb_page(vma))": "no page here is one of hugetlbfs",
        "pgd_none_or_clear_bad, p4d_none_or_clear_bad, pud_none_or_clear_bad":
          "the upper page tables stay while the vma does",
        "pmd_none_or_clear_bad_unless_trans_huge, pmd_trans_unstable": "the page table is there",
        "is_swap_pmd, pmd_devmap, if (is_swap_pmd(*pmd) || pmd_trans_huge(*pmd) || pmd_devmap(*pmd))":
          "no page here is huge",
        "mmu_notifier_invalidate_range_start, mmu_notifier_invalidate_range_end": "no secondary MMU is modelled",
        "if (prot_numa), numa_node_id, atomic_read(&vma->vm_mm->mm_users)": "NUMA hints: nobody asks for them here",
        flush_tlb_batched_pending: "reclaim does not run",
        "if (preserve_write), if (uffd_wp), if (uffd_wp_resolve), pte_modify, pte_soft_dirty":
          "bits of the entry that nobody reads here",
        "if (is_swap_pte(oldpte)), pte_present": "swap entries: there are none",
        count_vm_numa_events: "counts for who looks at statistics",
      },
      leavesOut:
        "empty PTEs (one is empty only under ptl here), swap entries, flush_tlb_batched_pending() (reclaim does not run), NUMA hints, the soft-dirty and uffd-wp bits (a fault on a page that is still write-protected goes to the user, and copies nothing)",
    },
  );

/**
 * UFFDIO_WRITEPROTECT: mwriteprotect_range(), mm/userfaultfd.c, v5.9, with mmap_lock for reading, as faults have it. To
 * protect makes the PTE read-only; so, by mistake, does to unprotect one that was writable.
 */
export const mwriteprotectRange = (i: VmaIndex) =>
  kernel.path(
    "mwriteprotect_range",
    {},
    {
      "mmap_read_lock(dst_mm)": mmapReadLock(i),
      "change_protection(dst_vma)": call(changeProtection(i)),
      "mmap_read_unlock(dst_mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/userfaultfd.c",
      release: "v5.9",
      omits: {
        "find_dst_vma, userfaultfd_wp, vm_get_page_prot": "the vma stays",
      },
      leavesOut: "finding the vma (it stays), mmap_changing (nothing moves the mapping)",
    },
  );
