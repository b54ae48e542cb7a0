import { bool, once, ref, smpMb, smpMbAfterAtomic } from "faultline";
import {
  clearPte,
  lockPtl,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPte,
  unlockPtl,
  clearPageFlag,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import type { FolioRelease } from "../memory/wp-folio.ts";
import { UNMAP_OMITS } from "./unmap-omits.ts";

/** Where it goes on if the folio is pinned. */
export const PINNED = "pinned: set_pte_at(pvmw.pte, pteval)";

export interface Locals {
  readonly page: PageDraft | null;
}

/**
 * folio_try_share_anon_rmap_pte(), include/linux/rmap.h, until v6.7 page_try_share_anon_rmap(): its caller has cleared the
 * PTE; the page is no longer exclusive if nobody has pinned it. Both barriers are of 088b8aa537c2 (v6.1).
 */
export const tryShareAnonRmap = (release: FolioRelease) => {
  const barriers = release !== "v5.19";
  return {
    "share: smp_mb()": barriers && smpMb,
    "share: folio_maybe_dma_pinned(folio)?": once((_: unknown, { page }: Locals) => {
      if (page!.pins > 0) return PINNED;
    }),
    "share: ClearPageAnonExclusive(page)": clearPageFlag("exclusive"),
    "share: smp_mb__after_atomic()": barriers && smpMbAfterAtomic,
  };
};

/**
 * try_to_unmap_one(), mm/rmap.c, of an anonymous folio that reclaim has put into the swap cache: clears the PTE, and will
 * flush later, but until 088b8aa537c2, which flushed at once where the page is exclusive. What is stored instead maps no page.
 */
export const tryToUnmapOne = (i: VmaIndex, release: FolioRelease) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page), writable: bool },
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "pteval = ptep_get(pvmw.pte)": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || (me.page && pte.page !== me.page)) return "page_vma_mapped_walk_done(): spin_unlock(ptl)";
        me.page = pte.page;
        me.writable = pte.writable;
      }),
      "get_and_clear_ptes(pvmw.pte)": ptepGetAndClear(i),
      "ptep_clear_flush(): flush_tlb_page()": release === "v5.19" && flushTlb(i),
      ...tryShareAnonRmap(release),
      "set_pte_at(pvmw.pte, swp_pte)": once((k) => {
        const { pte } = k.table[i];
        clearPte(pte);
        pte.kind = "swap";
      }),
      "folio_remove_rmap_ptes(folio)": pageRemoveRmap(),
      "folio_put_refs(folio)": putPage.then("page_vma_mapped_walk_done(): spin_unlock(ptl)"),
      [PINNED]: once((k, { page, writable }) => setPte(k.table[i].pte, page!, { writable, dirty: true })),
      "page_vma_mapped_walk_done(): spin_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release,
      fits: release === "v5.19" ? "v5.19..v6.0" : "v6.1..",
      functions: ["try_to_unmap_one", "folio_try_share_anon_rmap_pte", "__folio_try_share_anon_rmap"],
      at: {
        "page_vma_mapped_walk(): spin_lock(ptl)": "page_vma_mapped_walk()",
        "pteval = ptep_get(pvmw.pte)": "ptep_get(pvmw.pte)",
        "get_and_clear_ptes(pvmw.pte)": "ptep_get_and_clear()",
        "share: smp_mb()": "__folio_try_share_anon_rmap(): smp_mb()",
        "share: folio_maybe_dma_pinned(folio)?": "folio_maybe_dma_pinned(folio)",
        "share: ClearPageAnonExclusive(page)": "ClearPageAnonExclusive(page) #2",
        "share: smp_mb__after_atomic()": "smp_mb__after_atomic()",
        "set_pte_at(pvmw.pte, swp_pte)": "set_pte_at(mm, address, pvmw.pte, swp_pte)",
        "folio_remove_rmap_ptes(folio)": "discard: folio_remove_rmap_pte()",
        "folio_put_refs(folio)": "discard: folio_put(folio)",
        [PINNED]: `set_pte_at(mm, address, pvmw.pte, pteval) #${release === "v7.1" ? 6 : 5}`,
        "page_vma_mapped_walk_done(): spin_unlock(ptl)": "page_vma_mapped_walk_done()",
      },
      leads: {
        ...(release !== "v7.1" && {
          "folio_put_refs(folio)": {
            "page_vma_mapped_walk_done(): spin_unlock(ptl)":
              "page_vma_mapped_walk(), which finds no other entry, unlocks",
          },
        }),
      },
      omits: {
        ...UNMAP_OMITS,
        "PageAnonExclusive(subpage)": "the page is exclusive here",
        "folio_mark_dirty(folio) #2": "PG_dirty: nobody asks",
        "folio_test_swapbacked, folio_test_swapcache": "the folio is in the swap cache",
        "if (!folio_test_swapbacked(folio))": "MADV_FREE: lazyfree.ts",
        "arch_unmap_one, if (list_empty(&mm->mmlist))": "the slot, and swapoff()",
        ...(release === "v7.1"
          ? {
              "folio_test_lazyfree, folio_unmap_pte_batch": "a huge pmd, and a large folio: none here",
              flush_tlb_range: "without TTU_BATCH_FLUSH: a flush that is waited for comes at once",
              "folio_dup_swap, folio_put_swap": "the slot, and swapoff()",
              "set_pte_at(mm, address, pvmw.pte, pteval) #4, set_pte_at(mm, address, pvmw.pte, pteval) #5":
                "there is a slot, and nothing else fails",
              __folio_rmap_sanity_checks: "assertions",
            }
          : {
              huge_ptep_get: "no page here is one of hugetlbfs",
              ptep_clear_flush: "without TTU_BATCH_FLUSH: a flush that is waited for comes at once",
              "swap_duplicate, swap_free": "the slot, and swapoff()",
              "set_pte_at(mm, address, pvmw.pte, pteval) #3, set_pte_at(mm, address, pvmw.pte, pteval) #4":
                "there is a slot, and nothing else fails",
            }),
        "folio_is_device_private, ClearPageAnonExclusive(page) #1": "no page here is of a device",
      },
      leavesOut:
        "the swap slot and its count, what the entry says of the slot (it maps no page), deferred TLB flushes (no user runs), mlock(), large folios, MADV_FREE (lazyfree.ts), mmu notifiers, rss",
    },
  );
