import { bool, call, int, once, ref, smpWmb } from "faultline";
import {
  lockPtl,
  of,
  ptepGetAndClear,
  putPage,
  setPte,
  unlockPtl,
  storeData,
  setMapcountToOne,
  setMapping,
  setPageAnonExclusive,
  pageRemoveRmap,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

interface WpPageCopy {
  /** Since v5.19: the copy is marked PageAnonExclusive. */
  readonly exclusive: boolean;
  /** The vma has VM_WRITE; if not, the PTE stays read-only. */
  readonly vmaWritable: boolean;
}

interface Locals {
  readonly copy: PageDraft | null;
  readonly unused: PageDraft | null;
}
const copy = (_: Kernel, { copy }: Locals): PageDraft | null => copy;
const unused = (_: Kernel, { unused }: Locals): PageDraft | null => unused;

/**
 * wp_page_copy(), mm/memory.c, v5.9: gives the address space a copy of `page`, unless its PTE has changed meanwhile.
 * Entered with a reference on `page` and without ptl. Its local `wrote` is VM_FAULT_WRITE, `oom` VM_FAULT_OOM.
 */
export const wpPageCopy = (i: VmaIndex, { exclusive, vmaWritable }: WpPageCopy) =>
  kernel.path(
    "wp_page_copy",
    { page: ref(Page), copy: ref(Page), unused: ref(Page), data: int(0, 2), wrote: bool, oom: bool },
    {
      "new_page = alloc_page_vma()": call(allocPage(), undefined, (me, { page }) => {
        me.copy = page;
        if (page) return;
        me.oom = true;
        return "put_page(old_page)";
      }),
      "cow_user_page(): load from old_page": once((_, me) => {
        me.data = me.page!.data;
      }),
      "cow_user_page(): store to new_page": once((_, { copy, data }) => storeData(copy!, data)),
      "__SetPageUptodate(new_page): smp_wmb()": smpWmb,
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_same(*vmf->pte, vmf->orig_pte)?": once((k, me) => {
        const { pte } = k.table[i];
        me.unused = me.copy;
        if (pte.page !== me.page || pte.writable) return "put_page() of the page not mapped";
        me.unused = me.page;
      }),
      // The PTE is cleared and flushed before the copy is mapped: no CPU writes to the old page from here on.
      "ptep_clear_flush(): ptep_get_and_clear()": ptepGetAndClear(i),
      "ptep_clear_flush(): flush_tlb_page()": flushTlb(i),
      "page_add_new_anon_rmap(): _mapcount = 0": of(copy, setMapcountToOne),
      "page_add_new_anon_rmap(): mapping = anon_vma": of(copy, setMapping("anon")),
      "page_add_new_anon_rmap(): SetPageAnonExclusive()": exclusive && of(copy, setPageAnonExclusive),
      "set_pte_at_notify(vmf->pte)": once((k, me) => {
        setPte(k.table[i].pte, me.copy!, { writable: vmaWritable, dirty: true });
        me.wrote = true;
      }),
      // After the flush, so that whoever finds mapcount 1 and reuses the page is alone with it.
      "page_remove_rmap(old_page)": pageRemoveRmap(),
      "put_page() of the page not mapped": of(unused, putPage),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      "put_page(old_page)": putPage,
    },
    {
      file: "mm/memory.c",
      release: exclusive ? "v5.19" : "v5.9",
      at: {
        "new_page = alloc_page_vma()": "alloc_page_vma()",
        "cow_user_page(): load from old_page": "cow_user_page()",
        "cow_user_page(): store to new_page": "cow_user_page()",
        "__SetPageUptodate(new_page): smp_wmb()": "__SetPageUptodate(new_page)",
        "spin_lock(vmf->ptl)": "pte_offset_map_lock()",
        "ptep_clear_flush(): ptep_get_and_clear()": "ptep_clear_flush_notify()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush_notify()",
        "page_add_new_anon_rmap(): _mapcount = 0": "page_add_new_anon_rmap()",
        "page_add_new_anon_rmap(): mapping = anon_vma": "page_add_new_anon_rmap()",
        "page_add_new_anon_rmap(): SetPageAnonExclusive()": "page_add_new_anon_rmap()",
        "put_page() of the page not mapped": "put_page(new_page) #2",
        "put_page(old_page)": ["put_page(old_page) #2", "oom: put_page(old_page)"],
      },
      omits: {
        anon_vma_prepare: "there is one anon_vma",
        "if (is_zero_pfn(pte_pfn(vmf->orig_pte)))": "the zero page: none is mapped here",
        "if (!cow_user_page(new_page, old_page, vmf))":
          "the source is not mapped any more: another fault, as if this had not been",
        "mmu_notifier_invalidate_range_start, mmu_notifier_invalidate_range_only_end": "no secondary MMU is modelled",
        "PageAnon, dec_mm_counter_fast, inc_mm_counter_fast": "rss of a file's page: an anonymous page replaces one",
        lru_cache_add_inactive_or_unevictable:
          "references of the LRU lists come and go; who counts references copies then",
        "if (page_copied && (vma->vm_flags & VM_LOCKED))": "mlock(): only keeps the page, once the PTE has changed",
        "oom_free_new: put_page(new_page)": "memcg charge: an early end",
      },
      fits: exclusive ? "v5.19.." : "..v5.18",
      leavesOut:
        "the zero page, memcg charge, the flag PG_uptodate of the copy (nobody looks for it in an anonymous page), the LRU lists and their references (they come and go at any time; whoever counts references copies then), munlock (lock_page() once the PTE has changed), MMU notifiers, rss of a file's page (an anonymous page replaces one)",
    },
  );
