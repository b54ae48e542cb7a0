/** Where the steps of change-protection.ts are, by release, and what of the C is none. */
import type { MprotectRelease } from "./change-protection.ts";

const WAY_DOWN = [
  "change_protection",
  "change_protection_range",
  "change_p4d_range",
  "change_pud_range",
  "change_pmd_range",
  "change_pte_range",
] as const;

const COMMIT = ["set_write_prot_commit_flush_ptes()", "prot_commit_flush_ptes()"] as const;

export const FUNCTIONS: Readonly<Record<MprotectRelease, readonly string[]>> = {
  "v5.9": WAY_DOWN,
  "v6.12": [...WAY_DOWN, "can_change_pte_writable"],
  "v7.1": [...WAY_DOWN, "change_present_ptes"],
};

export const AT: Readonly<Record<MprotectRelease, Readonly<Record<string, string | readonly string[]>>>> = {
  "v5.9": { "oldpte: present?": ["*pte", "pte_present(oldpte)"] },
  "v6.12": {
    "oldpte: present?": ["ptep_get(pte)", "pte_present(oldpte)"],
  },
  "v7.1": {
    "oldpte: present?": ["ptep_get(pte)", "pte_present(oldpte)"],
    "ptep_modify_prot_start()": "modify_prot_start_ptes()",
    "can_change_pte_writable(): PageAnonExclusive(page)": COMMIT[0],
    "ptep_modify_prot_commit()": COMMIT,
  },
};

const SAME = {
  "pgd_none_or_clear_bad, p4d_none_or_clear_bad": "the upper page tables stay while the vma does",
  count_vm_numa_events: "counts for who looks at statistics",
} as const;
const PREPARE = {
  "change_prepare, change_pmd_prepare": "allocates tables for markers of userfaultfd alone",
  "pud_leaf, pmd_none, pmdp_get_lockless": "the page table is there, and no page here is huge",
  change_huge_pmd: "no page here is huge",
  "tlb_change_page_size, tlb_end_vma": "how flushes are gathered",
} as const;

export const OMITS: Readonly<Record<MprotectRelease, (byExclusive: boolean) => Readonly<Record<string, string>>>> = {
  "v5.9": () => ({
    ...SAME,
    pud_none_or_clear_bad: "the upper page tables stay while the vma does",
    "is_vm_hugetlb_page, hugetlb_change_protection": "no page here is one of hugetlbfs",
    "pmd_none_or_clear_bad_unless_trans_huge, pmd_trans_unstable": "the page table is there",
    "is_swap_pmd, pmd_devmap, pmd_trans_huge, change_huge_pmd": "no page here is huge",
    "if (prot_numa), numa_node_id, atomic_read(&vma->vm_mm->mm_users)": "NUMA hints: nobody asks for them here",
    "pte_modify, pte_mk_savedwrite": "what the new entry is, computed from the old one",
    "if (is_swap_pte(oldpte))": "an entry that maps no page: none here",
  }),
  "v6.12": (byExclusive) => ({
    ...SAME,
    ...PREPARE,
    is_swap_pmd: "no page here is huge",
    "if (prot_numa), if (prot_numa && !(vma->vm_flags & VM_SHARED) && atomic_read(&vma->vm_mm->mm_users) == 1), atomic_read":
      "NUMA hints: nobody asks for them here",
    ...(byExclusive
      ? {}
      : { can_change_pte_writable: "of a shared mapping, what the old entry says; else nothing is asked" }),
    "pte_modify, vm_normal_page, PageAnon": "what the new entry is, computed from the old one; the page is anonymous",
    "if (is_swap_pte(oldpte)), change_pte_range(): set_pte_at()": "an entry that maps no page: none here",
  }),
  "v7.1": () => ({
    ...SAME,
    ...PREPARE,
    pmd_is_huge: "no page here is huge",
    "lazy_mmu_mode_enable, lazy_mmu_mode_disable": "batches changes of PTEs where a hypervisor makes them",
    vma_is_single_threaded_private: "NUMA hints: nobody asks for them here",
    "vm_normal_page, mprotect_folio_pte_batch": "how many entries are alike: one",
    "else (likely(nr_ptes == 1))": "the same of more than one entry",
    pte_modify: "what the new entry is, computed from the old one",
    "change_softleaf_pte, change_pte_range(): set_pte_at()": "an entry that maps no page: none here",
  }),
};
