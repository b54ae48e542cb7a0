import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";

/** What try_to_unmap_one() of v6.12 and v7.1 does besides clearing a PTE of an anonymous folio. */
export const UNMAP_OMITS = {
  ...MMU_NOTIFIERS,
  "DEFINE_FOLIO_VMA_WALK, page_vma_mapped_walk_restart": "the walk: one entry, or one batch",
  "mlock_vma_folio, if (vma->vm_flags & VM_LOCKED)": "mlock(): only keeps the folio",
  "softleaf_from_pte, softleaf_to_pfn, pte_clear(mm, address, pvmw.pte)": "entries of device memory: there is none",
  folio_test_anon: "the folio is anonymous",
  "try_to_unmap_one(): if (folio_test_hugetlb(folio))": "no page here is one of hugetlbfs",
  "should_defer_flush, set_tlb_ubc_flush_pending": "no user runs, and nothing is in a TLB",
  pte_install_uffd_wp_if_needed: "no userfaultfd",
  "if (PageHWPoison(subpage) && (flags & TTU_HWPOISON))": "no page here is poisoned",
} as const;
