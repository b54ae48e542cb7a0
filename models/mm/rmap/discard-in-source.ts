/** Where the steps of discard-page.ts are, by release, and what of try_to_unmap_one() is none. */
import { UNMAP_OMITS } from "./unmap-omits.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import type { MadviseRelease } from "../madvise/madvise-free.ts";

const WALK = {
  "page_vma_mapped_walk(): spin_lock(ptl)": "page_vma_mapped_walk()",
  "page_vma_mapped_walk(): maps the page?": "page_vma_mapped_walk()",
  "page_vma_mapped_walk(): spin_unlock(ptl)": "page_vma_mapped_walk()",
  "page_vma_mapped_walk_done(): spin_unlock(ptl)": "page_vma_mapped_walk_done()",
} as const;

export const DISCARD_AT: Readonly<Record<MadviseRelease, Readonly<Record<string, string | readonly string[]>>>> = {
  "v5.9": {
    ...WALK,
    "pteval = ptep_get_and_clear(mm, address, pvmw.pte)": "ptep_get_and_clear() #2",
    "set_pte_at(mm, address, pvmw.pte, pteval)": "set_pte_at(mm, address, pvmw.pte, pteval) #3",
    "discard: page_remove_rmap(page)": "discard: page_remove_rmap()",
  },
  "v6.12": {
    ...WALK,
    "pteval = ptep_get_and_clear(mm, address, pvmw.pte)": "ptep_get_and_clear()",
    "folio_mark_dirty(folio)": "folio_mark_dirty(folio) #2",
    "set_pte_at(mm, address, pvmw.pte, pteval)": "set_pte_at(mm, address, pvmw.pte, pteval) #2",
  },
  "v7.1": {
    ...WALK,
    "pteval = ptep_get_and_clear(mm, address, pvmw.pte)": "get_and_clear_ptes()",
    "folio_mark_dirty(folio)": "folio_mark_dirty(folio) #2",
    "folio_test_dirty(folio), first": "folio_test_dirty(folio)",
    "ref_count == 1 + map_count?": "ref_count != 1 + map_count",
    "set_pte_at(mm, address, pvmw.pte, pteval)": ["set_ptes() #1", "set_ptes() #2"],
    "discard: folio_remove_rmap_pte(folio)": "discard: folio_remove_rmap_ptes()",
    "discard: folio_put(folio)": "discard: folio_put_refs()",
  },
};

const SWAP = "swap out: share-anon-rmap.ts" as const;
const LAZYFREE = "the page is lazyfree, and not in the swap cache" as const;

export const DISCARD_OMITS: Readonly<Record<MadviseRelease, Readonly<Record<string, string>>>> = {
  "v5.9": {
    ...MMU_NOTIFIERS,
    mmu_notifier_invalidate_range: "no secondary MMU is modelled",
    "is_zone_device_page, is_device_private_page, if (is_zone_device_page(page))": "no page here is of a device",
    "if (!(flags & TTU_IGNORE_MLOCK))": "mlock(): only keeps the page",
    "if (!(flags & TTU_IGNORE_ACCESS))": "references: only keep the page",
    "if (PageHuge(page)), pte_pfn(*pvmw.pte)": "no page here is huge",
    "should_defer_flush, set_tlb_ubc_flush_pending, ptep_clear_flush":
      "whether the flush is batched: here it is, and try_to_unmap_flush() is a step of the caller",
    "PageHWPoison, if (PageHWPoison(page) && !(flags & TTU_IGNORE_HWPOISON))": "no page here is poisoned",
    "if (flags & (TTU_MIGRATION|TTU_SPLIT_FREEZE))": "migration, or a split",
    "PageAnon, page_private": "the page is anonymous",
    "PageSwapBacked, PageSwapCache, if (unlikely(PageSwapBacked(page) != PageSwapCache(page)))": LAZYFREE,
    SetPageSwapBacked: "the page stays as it is: nobody comes a second time",
    "if (swap_duplicate(entry) < 0), if (arch_unmap_one(mm, vma, address, pteval) < 0), if (list_empty(&mm->mmlist)), list_empty":
      SWAP,
    "set_pte_at(mm, address, pvmw.pte, swp_pte)": SWAP,
  },
  "v6.12": {
    ...UNMAP_OMITS,
    "ptep_get, PageAnonExclusive": "the entry that the walk has looked at; swap out asks for the flag",
    ptep_clear_flush: "whether the flush is batched: here it is, and try_to_unmap_flush() is a step of the caller",
    "folio_test_swapbacked, folio_test_swapcache": LAZYFREE,
    folio_set_swapbacked: "the page stays as it is: nobody comes a second time",
    "set_pte_at(mm, address, pvmw.pte, pteval) #3, set_pte_at(mm, address, pvmw.pte, pteval) #4, set_pte_at(mm, address, pvmw.pte, pteval) #5":
      SWAP,
    "folio_try_share_anon_rmap_pte, if (list_empty(&mm->mmlist)), list_empty": SWAP,
    "set_pte_at(mm, address, pvmw.pte, swp_pte)": SWAP,
  },
  "v7.1": {
    ...UNMAP_OMITS,
    "ptep_get, PageAnonExclusive": "the entry that the walk has looked at; swap out asks for the flag",
    "folio_test_lazyfree, folio_unmap_pte_batch": "a huge pmd, and a large folio: none here",
    flush_tlb_range: "whether the flush is batched: here it is, and try_to_unmap_flush() is a step of the caller",
    "folio_test_swapbacked, folio_test_swapcache": LAZYFREE,
    folio_set_swapbacked: "the page stays as it is: nobody comes a second time",
    "folio_dup_swap, folio_put_swap, set_pte_at(mm, address, pvmw.pte, pteval)": SWAP,
    "folio_try_share_anon_rmap_pte, if (list_empty(&mm->mmlist)), list_empty": SWAP,
    "set_pte_at(mm, address, pvmw.pte, swp_pte)": SWAP,
  },
};
