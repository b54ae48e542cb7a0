import { bool, done, int, noreturn, once, ref, smpMb, smpRmb } from "faultline";
import {
  freeFrozen,
  lockPtl,
  pageRefFreeze,
  ptepGet,
  ptepGetAndClear,
  putReferences,
  setPte,
  unlockPage,
  unlockPtl,
  setPageDirty,
  mustBeKept,
} from "../../kernel/primitives.ts";
import { UNMAP_OMITS } from "./unmap-omits.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";

interface Locals {
  page: PageDraft | null;
  dirty: boolean;
}

const RESTORE = "set_ptes(pvmw.pte, pteval), first";

const clear = (i: VmaIndex) =>
  ptepGetAndClear(i, (k: Kernel, me: Locals) => {
    me.dirty = me.dirty || k.table[i].pte.dirty;
  });
const restore = (i: VmaIndex) =>
  once((k: Kernel, { page, dirty }: Locals): void => setPte(k.table[i].pte, page!, { writable: true, dirty }));

interface Counts {
  readonly page: PageDraft | null;
  mapcount: number;
}

const readMapcount = once((_: unknown, me: Counts): void => {
  me.mapcount = me.page!.largeMapcount;
});

/**
 * shrink_folio_list() with try_to_unmap_one(), mm/vmscan.c and mm/rmap.c, v7.1, of a large lazyfree folio (MADV_FREE), of which two
 * entries of one page table map a page each: both are cleared in one batch, and one smp_mb() stands for both. v6.12 does one
 * entry, and looks, before it comes to the next one. Reclaim has isolated the folio and locked it. `mapcountFirst`: what would be
 * enough of an order where memory is not weak.
 */
export const discardLazyfree = ({ mapcountFirst = false } = {}) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page), dirty: bool, refs: int(0, 7), mapcount: int(0, 4) },
    {
      // One lock in the kernel: it is the same page table.
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(0),
      "page_vma_mapped_walk(): the same lock": lockPtl(1),
      "pteval = ptep_get(pvmw.pte)": ptepGet(0).then((_, me, pte) => {
        me.page = pte.page;
      }),
      "get_and_clear_ptes(): first": clear(0),
      "get_and_clear_ptes(): second": clear(1),
      "folio_mark_dirty(folio)": setPageDirty.when((_, { dirty }: Locals) => dirty),
      "smp_mb()": smpMb,
      "map_count = folio_mapcount(folio), first": mapcountFirst && readMapcount,
      "ref_count = folio_ref_count(folio)": once((_, me) => {
        me.refs = me.page!.refcount;
      }),
      "map_count = folio_mapcount(folio)": !mapcountFirst && readMapcount,
      "smp_rmb()": smpRmb,
      "folio_test_dirty(folio)?": once((_, { page }) => (page!.dirty ? RESTORE : undefined)),
      "ref_count != 1 + map_count?": once((_, { refs, mapcount }) => {
        if (refs !== 1 + mapcount) return RESTORE;
      }),
      // What v7.1 counts under a bit lock, and without CONFIG_MM_ID by atomic_sub().
      "discard: folio_remove_rmap_ptes(folio)": noreturn((_, { page }) => {
        mustBeKept(page!);
        page!.largeMapcount -= 2;
      }),
      "discard: folio_put_refs(folio, 2)": putReferences(2),
      "spin_unlock(ptl)": unlockPtl(0),
      "spin_unlock(ptl), the same": unlockPtl(1),
      "folio_ref_freeze(folio, 1)": pageRefFreeze(1).then({ false: "keep_locked: folio_unlock(folio)" }),
      "folio_unlock(folio)": unlockPage,
      "free_unref_folios(&free_folios)": freeFrozen.then(done),

      [RESTORE]: restore(0),
      "set_ptes(pvmw.pte, pteval), second": restore(1),
      "walk_abort: spin_unlock(ptl)": unlockPtl(0),
      "walk_abort: spin_unlock(ptl), the same": unlockPtl(1),
      "keep_locked: folio_unlock(folio)": unlockPage,
    },
    {
      file: "mm/rmap.c, mm/vmscan.c",
      release: "v7.1",
      functions: ["try_to_unmap_one"],
      at: {
        "page_vma_mapped_walk(): spin_lock(ptl)": "page_vma_mapped_walk()",
        "get_and_clear_ptes(): first": "get_and_clear_ptes()",
        "get_and_clear_ptes(): second": "get_and_clear_ptes()",
        "folio_mark_dirty(folio)": "folio_mark_dirty(folio) #2",
        "smp_mb()": "smp_mb()",
        "folio_test_dirty(folio)?": "folio_test_dirty(folio)",
        "discard: folio_remove_rmap_ptes(folio)": "discard: folio_remove_rmap_ptes()",
        "discard: folio_put_refs(folio, 2)": "discard: folio_put_refs()",
        "spin_unlock(ptl)": "page_vma_mapped_walk() #1",
        [RESTORE]: ["set_ptes() #1", "set_ptes() #2"],
        "set_ptes(pvmw.pte, pteval), second": ["set_ptes() #1", "set_ptes() #2"],
        "walk_abort: spin_unlock(ptl)": "page_vma_mapped_walk_done()",
      },
      notInSource: {
        ...(mapcountFirst && { "map_count = folio_mapcount(folio), first": "the two loads the other way round" }),
        "page_vma_mapped_walk(): the same lock": "one lock: both entries are in one page table",
        "spin_unlock(ptl), the same": "one lock: both entries are in one page table",
        "walk_abort: spin_unlock(ptl), the same": "one lock: both entries are in one page table",
        "folio_ref_freeze(folio, 1)": "shrink_folio_list(), which calls it",
        "folio_unlock(folio)": "shrink_folio_list(), which calls it",
        "free_unref_folios(&free_folios)": "shrink_folio_list(), which calls it",
        "keep_locked: folio_unlock(folio)": "shrink_folio_list(), which calls it",
      },
      omits: {
        ...UNMAP_OMITS,
        folio_test_lazyfree: "a huge pmd: none here",
        "folio_unmap_pte_batch, PageAnonExclusive(subpage)": "both entries are alike",
        flush_tlb_range: "no user runs, and nothing is in a TLB",
        "folio_test_swapbacked, folio_test_swapcache": "the folio is lazyfree",
        folio_set_swapbacked: "the folio stays as it is",
        "folio_dup_swap, arch_unmap_one, folio_put_swap, folio_try_share_anon_rmap_pte, if (list_empty(&mm->mmlist))":
          "swap out: share-anon-rmap.ts",
        set_pte_at: "swap out: share-anon-rmap.ts",
      },
      leavesOut:
        "TLB flushes (no user runs: what a device stores is what counts), folio_set_swapbacked() (the folio stays as it is), mlock(), VM_DROPPABLE, mmu notifiers, rss, how shrink_folio_list() has come to the folio",
    },
  );
