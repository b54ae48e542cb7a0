import { bool, call, done, int, once, ref, smpWmb } from "faultline";
import {
  lockPtl,
  of,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setMapcountToOne,
  setMapping,
  setPageAnonExclusive,
  setPteAt,
  unlockPtl,
  storeData,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";
import type { FaultFlag, FolioRelease } from "./wp-folio.ts";

interface Locals {
  copy: PageDraft | null;
}
const copy = (_: Kernel, { copy }: Locals): PageDraft | null => copy;

/**
 * wp_page_copy(), mm/memory.c, v5.19 to v7.1: gives the address space a copy of `page`, unless its PTE has changed
 * meanwhile. The copy is exclusive, and for FAULT_FLAG_UNSHARE its PTE is read-only. Entered with a reference on `page`
 * and without ptl. Its local `oom` is VM_FAULT_OOM.
 */
export const wpCopyFolio = (i: VmaIndex, release: FolioRelease, flag: FaultFlag) => {
  const write = flag === "FAULT_FLAG_WRITE";
  return kernel.path(
    "wp_page_copy",
    { page: ref(Page), copy: ref(Page), data: int(0, 2), oom: bool },
    {
      "new_folio = folio_prealloc()": call(allocPage(), undefined, (me, { page }) => {
        me.copy = page;
        if (page) return;
        me.oom = true;
        return "oom: folio_put(old_folio)";
      }),
      "__wp_page_copy_user(): load from vmf->page": once((_, me) => {
        me.data = me.page!.data;
      }),
      "__wp_page_copy_user(): store to new_folio": once((_, { copy, data }) => storeData(copy!, data)),
      "__folio_mark_uptodate(new_folio): smp_wmb()": smpWmb,
      "pte_offset_map_lock(&vmf->ptl)": lockPtl(i),
      "pte_same(ptep_get(vmf->pte), vmf->orig_pte)?": ptepGet(i).then((_, { page }, pte) =>
        pte.page !== page || pte.writable ? "pte_unmap_unlock(vmf->ptl), changed" : undefined,
      ),
      // The PTE is cleared and flushed before the copy is mapped: no CPU writes to the old page from here on.
      "ptep_clear_flush(): ptep_get_and_clear()": ptepGetAndClear(i),
      "ptep_clear_flush(): flush_tlb_page()": flushTlb(i),
      "folio_add_new_anon_rmap(): mapping = anon_vma": of(copy, setMapping("anon")),
      "folio_add_new_anon_rmap(): _mapcount = 0": of(copy, setMapcountToOne),
      "folio_add_new_anon_rmap(): SetPageAnonExclusive()": of(copy, setPageAnonExclusive),
      "set_pte_at(vmf->pte)": of(copy, setPteAt(i, { writable: write, dirty: write })),
      // After the flush, so that whoever finds no other reference and reuses the page is alone with it.
      "folio_remove_rmap_pte(old_folio)": pageRemoveRmap(),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      "folio_put(new_folio), which is the old one": putPage.then("folio_put(old_folio)"),

      "pte_unmap_unlock(vmf->ptl), changed": unlockPtl(i),
      "folio_put(new_folio)": of(copy, putPage),
      "folio_put(old_folio)": putPage.then(done),
      "oom: folio_put(old_folio)": putPage,
    },
    {
      file: "mm/memory.c",
      release,
      fits: "v5.19..",
      at: {
        "__wp_page_copy_user(): load from vmf->page": "__wp_page_copy_user()",
        "__wp_page_copy_user(): store to new_folio": "__wp_page_copy_user()",
        "__folio_mark_uptodate(new_folio): smp_wmb()": "__folio_mark_uptodate(new_folio)",
        "ptep_clear_flush(): ptep_get_and_clear()": "ptep_clear_flush()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush()",
        "folio_add_new_anon_rmap(): mapping = anon_vma": "folio_add_new_anon_rmap()",
        "folio_add_new_anon_rmap(): _mapcount = 0": "folio_add_new_anon_rmap()",
        "folio_add_new_anon_rmap(): SetPageAnonExclusive()": "folio_add_new_anon_rmap()",
        "pte_same(ptep_get(vmf->pte), vmf->orig_pte)?": ["ptep_get(vmf->pte)", "pte_same()"],
        "pte_unmap_unlock(vmf->ptl)": "pte_unmap_unlock() #1",
        "pte_unmap_unlock(vmf->ptl), changed": "pte_unmap_unlock() #2",
        "folio_put(new_folio), which is the old one": "folio_put(new_folio) #2",
        "folio_put(new_folio)": "folio_put(new_folio) #2",
        "folio_put(old_folio)": "folio_put(old_folio) #2",
        "oom: folio_put(old_folio)": "out: folio_put(old_folio)",
      },
      omits: {
        "delayacct_wpcopy_start, delayacct_wpcopy_end": "statistics",
        vmf_anon_prepare: "there is one anon_vma",
        "is_zero_pfn(pte_pfn(vmf->orig_pte)), ksm_might_unmap_zero_page": "the zero page: none is mapped here",
        "if (err)": "the source is not mapped any more: another fault, as if this had not been",
        kmsan_copy_page_meta: "a sanitizer",
        "mmu_notifier_range_init, mmu_notifier_invalidate_range_start, mmu_notifier_invalidate_range_end":
          "no secondary MMU is modelled",
        "if (!folio_test_anon(old_folio))": "rss of a file's page: an anonymous page replaces one",
        folio_add_lru_vma: "references of the LRU lists come and go; who counts references copies then",
        free_swap_cache: "an optimisation: reclaim would free the slot",
        "pte_soft_dirty, pte_uffd_wp, pte_mksoft_dirty": "nobody reads these bits",
      },
      leavesOut:
        "the zero page, memcg charge, PG_uptodate of the copy (nobody looks for it in an anonymous page), LRU lists and their references (they come and go; whoever counts references copies then), free_swap_cache() of the old page (an optimisation), MMU notifiers, rss of a file's page",
    },
  );
};
