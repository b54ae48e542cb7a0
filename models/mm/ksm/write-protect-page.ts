import { bool, int, once, ref } from "faultline";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { lockPtl, ptepGet, ptepGetAndClear, setPte, unlockPtl } from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import type { FolioRelease } from "../memory/wp-folio.ts";
import { PINNED, tryShareAnonRmap } from "../rmap/share-anon-rmap.ts";

/**
 * write_protect_page(), mm/ksm.c: takes a page that only one process maps, write-protects it and lets it be shared, unless
 * somebody has another reference. KSM has one of its own, and the page lock.
 */
export const writeProtectPage = (i: VmaIndex, release: FolioRelease) =>
  kernel.path(
    "write_protect_page",
    { page: ref(Page), writable: bool, mapcount: int(-1, 3) },
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "entry = ptep_get(pvmw.pte)": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || (me.page && pte.page !== me.page)) return "page_vma_mapped_walk_done(): spin_unlock(ptl)";
        me.page = pte.page;
        me.writable = pte.writable;
      }),
      "ptep_clear_flush(): ptep_get_and_clear()": ptepGetAndClear(i),
      "ptep_clear_flush(): flush_tlb_page()": flushTlb(i),
      "folio_mapcount(folio)": once((_, me) => {
        me.mapcount = me.page!.mapcount;
      }),
      "folio_mapcount(folio) + 1 + swapped != folio_ref_count(folio)?": once((_, { page, mapcount }) => {
        if (page!.pins > 0 || mapcount + 1 !== page!.refcount) return PINNED;
      }),
      ...tryShareAnonRmap(release),
      "set_pte_at(pvmw.pte, entry)": once((k, { page }) => {
        setPte(k.table[i].pte, page!);
        return "page_vma_mapped_walk_done(): spin_unlock(ptl)";
      }),
      [PINNED]: once((k, { page, writable }) => setPte(k.table[i].pte, page!, { writable, dirty: true })),
      "page_vma_mapped_walk_done(): spin_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/ksm.c",
      release,
      fits: release === "v5.19" ? "v5.19..v6.0" : "v6.1..",
      functions: ["write_protect_page", "folio_try_share_anon_rmap_pte", "__folio_try_share_anon_rmap"],
      at: {
        "page_vma_mapped_walk(): spin_lock(ptl)": "page_vma_mapped_walk()",
        "ptep_clear_flush(): ptep_get_and_clear()": "ptep_clear_flush()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush()",
        "folio_mapcount(folio) + 1 + swapped != folio_ref_count(folio)?": "folio_ref_count(folio)",
        "share: smp_mb()": "__folio_try_share_anon_rmap(): smp_mb()",
        "share: folio_maybe_dma_pinned(folio)?": "folio_maybe_dma_pinned(folio)",
        "share: ClearPageAnonExclusive(page)": "ClearPageAnonExclusive(page) #2",
        "share: smp_mb__after_atomic()": "smp_mb__after_atomic()",
        [PINNED]: ["set_pte_at() #1", "set_pte_at() #2"],
        "set_pte_at(pvmw.pte, entry)": "set_pte_at() #3",
        "page_vma_mapped_walk_done(): spin_unlock(ptl)": "page_vma_mapped_walk_done()",
      },
      omits: {
        ...MMU_NOTIFIERS,
        ...(release === "v7.1" && { __folio_rmap_sanity_checks: "assertions" }),
        DEFINE_FOLIO_VMA_WALK: "the walk: one entry",
        "PageAnonExclusive(&folio->page), mm_tlb_flush_pending": "the page is exclusive here",
        folio_test_swapcache: "the page is not in the swap cache",
        "folio_is_device_private, ClearPageAnonExclusive(page) #1": "no page here is of a device",
        folio_mark_dirty: "the dirty bit: nobody asks",
      },
      leavesOut: "pages in the swap cache, the dirty bit, the merge that follows, mmu notifiers",
    },
  );
