import { bool, bugOn, call, once, ref, type Draft } from "faultline";
import {
  flushTlbRange,
  handled,
  tablePteClear,
  tableSyncOne,
  tableSyncRcu,
  type Flush,
  type Sync,
} from "../../kernel/table-sync.ts";
import { wordsOf } from "../../kernel/words.ts";
import { lockTable, pmdPopulateWith, pmdpGet, pmdpGetAndClear, tablePte, unlockTable } from "../../kernel/walk.ts";
import {
  Mm,
  Page,
  PageTable,
  Vma,
  kernel,
  type Kernel,
  type MmDraft,
  type PageDraft,
  type VmaDraft,
  type VmaIndex,
} from "../../kernel/world.ts";
import {
  allocate,
  countIsOne,
  lockPmd,
  mmapWriteLock,
  mmapWriteUnlock,
  newpage,
  of,
  pageRemoveRmap,
  putPage,
  setMapcountToOne,
  trylockPage,
  unlockPage,
  unlockPmd,
  storeData,
} from "../../kernel/primitives.ts";
import { vmaLockOf } from "../mmap-lock/by-release.ts";

interface Found {
  readonly table: Draft<typeof PageTable> | null;
}

export interface Collapse {
  /** v7.1 calls vma_start_write() before it looks at the pmd entry again, v6.12 after that; v5.9 has no per-VMA lock. */
  readonly release: "v5.9" | "v6.12" | "v7.1";
  /** Whose per-VMA lock it is, where that is not the one of `release`: v6.15 and v6.16 have the order of v6.12 with the lock of v7.1. */
  readonly lock?: "v5.9" | "v6.12" | "v7.1";
  /** vma_start_write() acquires, which it does in no release since v6.15: docs/questions/vma-start-write-vs-end-read.md. */
  readonly acquires?: boolean;
  readonly flush: Flush;
  readonly sync: Sync;
}

const UNLOCK = "mmap_write_unlock(mm)" as const;
const POPULATE = "BUG_ON(!pmd_none(*pmd)); pmd_populate(mm, pmd, pmd_pgtable(_pmd))" as const;
const FAIL = "fail: spin_lock(pmd_ptl)" as const;

const FITS = { "v5.9": "..v6.0", "v6.12": "v6.4..v6.16", "v7.1": "v6.17.." } as const;

const ISOLATE_OMITS = {
  "vm_normal_page, VM_BUG_ON_FOLIO": "the page is an anonymous one",
  "list_for_each_entry, list_add_tail, list_for_each_entry_safe, list_del":
    "the list of the pages that are large already",
} as const;
const SAME_OMITS = {
  "anon_vma_lock_write, anon_vma_unlock_write": "no rmap walk runs beside it",
  "mmu_notifier_range_init, mmu_notifier_invalidate_range_start, mmu_notifier_invalidate_range_end":
    "no secondary MMU is modelled",
  "mmap_read_lock, mmap_read_unlock, hugepage_vma_revalidate #1":
    "what is looked up under it is looked up again under the lock for writing",
  __collapse_huge_page_swapin: "no entry here is one of swap",
  "trace_mm_collapse_huge_page, trace_mm_collapse_huge_page_isolate": "tracing",
} as const;
const FOLIO_OMITS = {
  ...SAME_OMITS,
  ...ISOLATE_OMITS,
  find_pmd_or_thp_or_none: "looks for the pmd entry, which is where it always was",
  is_zone_device_page: "no page here is of a device",
  "folio_isolate_lru, folio_is_file_lru, folio_putback_lru":
    "the LRU, and its reference, which goes again with release_pte_folio()",
  "folio_test_young, folio_test_referenced": "references: nobody reads them",
  release_pte_pages: "puts back the pages before this one: there is none",
  "ksm_might_unmap_zero_page, clear_user_highpage": "an entry of the zero page: this one has a page",
  "spin_lock(ptl) #1, spin_unlock(ptl) #1": "an entry of the zero page: this one has a page",
  "__collapse_huge_page_copy(): ptep_get, __collapse_huge_page_copy_succeeded(): ptep_get":
    "the same entry again: nobody changes it while the page is locked and the table is out",
  __collapse_huge_page_copy_failed: "poisoned memory",
  __folio_mark_uptodate: "smp_wmb() before the huge pmd: no thread reads the copy",
  "pmd_pgtable #2, BUG_ON(!pmd_none(*pmd)) #2": "this thread has cleared the entry, and holds mmap_lock",
} as const;

const V7_FUNCTIONS = [
  "collapse_huge_page",
  "__collapse_huge_page_isolate",
  "__collapse_huge_page_copy",
  "__collapse_huge_page_copy_succeeded",
] as const;

const REVALIDATES = {
  "hugepage_vma_revalidate(mm, address, true, &vma, cc)": "hugepage_vma_revalidate() #2",
} as const;
const CALLED_WITH = { "mm = mm_slot->mm": "what it is called with" } as const;

/** Where the steps are, by release. */
const SOURCE = {
  "v5.9": {
    functions: ["collapse_huge_page", "__collapse_huge_page_isolate", "__collapse_huge_page_copy"],
    at: {
      ...REVALIDATES,
      "new_page = khugepaged_alloc_page(hpage, gfp, node)": "khugepaged_alloc_page()",
      "mm_find_pmd(mm, address) != pmd?": "mm_find_pmd() #2",
      "pmdp_collapse_flush(): pmdp_huge_get_and_clear()": "pmdp_collapse_flush()",
      "pmdp_collapse_flush(): flush_tlb_range()": "pmdp_collapse_flush()",
      "spin_lock(pte_ptl)": "spin_lock(pte_ptl)",
      "isolate: pteval = *_pte": "pte_none(pteval) #1",
      "isolate: trylock_page(page)": "trylock_page(page)",
      "isolate: is_refcount_suitable(page)?": "is_refcount_suitable(page)",
      "isolate: unlock_page(page)": ["unlock_page(page) #1", "unlock_page(page) #2", "unlock_page(page) #3"],
      "spin_unlock(pte_ptl)": "spin_unlock(pte_ptl)",
      "spin_unlock(pte_ptl), nothing isolated": "spin_unlock(pte_ptl)",
      "copy: unlock_page(src_page)": "release_pte_page(src_page) #1",
      "copy: spin_lock(ptl)": "spin_lock(ptl) #2",
      "copy: pte_clear(vma->vm_mm, address, _pte)": "pte_clear() #2",
      "copy: page_remove_rmap(src_page)": "page_remove_rmap()",
      "copy: spin_unlock(ptl)": "spin_unlock(ptl) #2",
      "copy: put_page(src_page)": "free_page_and_swap_cache(src_page)",
      "page_add_new_anon_rmap(new_page)": "page_add_new_anon_rmap()",
      "mmap_write_unlock(mm)": "mmap_write_unlock(mm)",
      [POPULATE]: ["BUG_ON(!pmd_none(*pmd)) #1", "pmd_pgtable(_pmd) #1", "pmd_populate(mm, pmd, pmd_pgtable(_pmd))"],
    },
    notInSource: {
      ...CALLED_WITH,
      "put_page(*hpage)": "khugepaged_do_scan(), which keeps it for the next turn, or puts it",
    },
    omits: {
      ...SAME_OMITS,
      "vm_normal_page, VM_BUG_ON_PAGE": "the page is an anonymous one",
      "list_for_each_entry, list_add_tail, list_for_each_entry_safe, list_del":
        "the list of the pages that are large already",
      "alloc_hugepage_khugepaged_gfpmask, mem_cgroup_charge, mem_cgroup_uncharge": "where the new page comes from",
      "mm_find_pmd #1": "what is looked up under it is looked up again under the lock for writing",
      page_mapcount: "nobody shares the page",
      "PageSwapCache, reuse_swap_page, if (!pte_write(pteval) && PageSwapCache(page) && !reuse_swap_page(page, NULL))":
        "the page is not in the swap cache",
      "isolate_lru_page, page_is_file_lru": "the LRU, and its reference, which goes again with release_pte_page()",
      "page_is_young, PageReferenced, mmu_notifier_test_young, return if (likely(referenced))":
        "references: there are enough of them",
      "release_pte_pages, release_pte_page #2": "puts back other pages than this one: there is none",
      "clear_user_highpage, pte_none #2, spin_lock(ptl) #1, pte_clear #1, spin_unlock(ptl) #1":
        "an entry of the zero page: this one has a page",
      "__SetPageUptodate, smp_wmb": "before the huge pmd: no thread reads the copy",
      "pmd_pgtable #2, BUG_ON(!pmd_none(*pmd)) #2": "this thread has cleared the entry, and holds mmap_lock",
      "mk_huge_pmd, lru_cache_add_inactive_or_unevictable": "the entry itself; the LRU",
    },
  },
  "v6.12": {
    functions: V7_FUNCTIONS,
    at: {
      ...REVALIDATES,
      "isolate: folio_expected_ref_count(folio) == folio_ref_count(folio)?": "is_refcount_suitable(folio)",
      "isolate: folio_unlock(folio)": ["folio_unlock(folio) #1", "folio_unlock(folio) #2"],
      "pmdp_collapse_flush(): pmdp_huge_get_and_clear()": "pmdp_collapse_flush()",
      "pmdp_collapse_flush(): flush_tlb_range()": "pmdp_collapse_flush()",
      "vma_start_write(vma), after the check": "vma_start_write(vma)",
      "spin_unlock(pte_ptl)": "spin_unlock(pte_ptl)",
      "spin_unlock(pte_ptl), nothing isolated": "spin_unlock(pte_ptl)",
      "copy: folio_unlock(src)": ["release_pte_folio(src)", "folio_unlock(src)"],
      "copy: spin_lock(ptl)": "spin_lock(ptl) #2",
      "copy: ptep_clear(_pte)": "ptep_clear() #2",
      "copy: spin_unlock(ptl)": "spin_unlock(ptl) #2",
      "copy: folio_put(src)": "free_page_and_swap_cache(src_page)",
      "mmap_write_unlock(mm)": "mmap_write_unlock(mm)",
      [POPULATE]: ["BUG_ON(!pmd_none(*pmd)) #1", "pmd_pgtable(_pmd) #1", "pmd_populate(mm, pmd, pmd_pgtable(_pmd))"],
    },
    notInSource: CALLED_WITH,
    omits: {
      ...FOLIO_OMITS,
      "folio_likely_mapped_shared, mmu_notifier_test_young": "nobody shares the page; no secondary MMU is modelled",
      "ptep_clear #1": "an entry of the zero page: this one has a page",
      "mk_huge_pmd, folio_add_lru_vma": "the entry itself; the LRU",
    },
  },
  "v7.1": {
    functions: V7_FUNCTIONS,
    notInSource: CALLED_WITH,
    at: {
      ...REVALIDATES,
      "pmdp_collapse_flush(): pmdp_huge_get_and_clear()": "pmdp_collapse_flush()",
      "pmdp_collapse_flush(): flush_tlb_range()": "pmdp_collapse_flush()",
      "isolate: folio_expected_ref_count(folio) == folio_ref_count(folio)?": [
        "folio_expected_ref_count(folio)",
        "folio_ref_count(folio)",
      ],
      "isolate: folio_unlock(folio)": ["folio_unlock(folio) #1", "folio_unlock(folio) #2"],
      "spin_unlock(pte_ptl)": "spin_unlock(pte_ptl)",
      "spin_unlock(pte_ptl), nothing isolated": "spin_unlock(pte_ptl)",
      "copy: folio_unlock(src)": ["release_pte_folio(src)", "folio_unlock(src)"],
      "copy: spin_lock(ptl)": "spin_lock(ptl) #2",
      "copy: ptep_clear(_pte)": "clear_ptes()",
      "copy: folio_remove_rmap_pte(src)": "folio_remove_rmap_ptes()",
      "copy: spin_unlock(ptl)": "spin_unlock(ptl) #2",
      "copy: folio_put(src)": "folio_put_refs(src, nr_ptes)",
      "map_anon_folio_pmd_nopf(): folio_add_new_anon_rmap(folio)": "map_anon_folio_pmd_nopf()",
      "set_pmd_at(mm, address, pmd, _pmd)": "map_anon_folio_pmd_nopf()",
      "mmap_write_unlock(mm)": "mmap_write_unlock(mm)",
      [POPULATE]: ["BUG_ON(!pmd_none(*pmd)) #1", "pmd_pgtable(_pmd) #1", "pmd_populate(mm, pmd, pmd_pgtable(_pmd))"],
    },
    omits: {
      ...FOLIO_OMITS,
      folio_test_lazyfree: "the page is not lazily freed",
      "folio_maybe_mapped_shared, mmu_notifier_test_young": "nobody shares the page; no secondary MMU is modelled",
      "node_stat_mod_folio, node_stat_sub_folio": "counts of pages",
      folio_pte_batch: "of a folio that is large already",
      ptep_clear: "an entry of the zero page: this one has a page",
    },
  },
} as const;

interface Isolates extends Found {
  page: PageDraft | null;
}
interface OfVma {
  readonly mm: MmDraft | null;
  readonly vma: VmaDraft | null;
}
interface Installs {
  installed: boolean;
}
const mapsNew = of<Installs, void>(newpage, setMapcountToOne).then((_, me) => {
  me.installed = true;
});

/**
 * collapse_huge_page(), mm/khugepaged.c, of anonymous memory, here of one small page that `newpage` takes the place of: it takes
 * the page table out of the pmd entry, so that nobody else finds the page, copies it, and puts a huge page into the entry.
 */
export const collapseHugePage = (
  i: VmaIndex,
  { release, lock = release, acquires = false, flush: how, sync }: Collapse,
) => {
  const said = wordsOf(release);
  const lockPtes = said("spin_lock(pte_ptl)", "pte = pte_offset_map_lock(mm, &_pmd)");
  const unlockIsolated = said("isolate: unlock_page(page)", "isolate: folio_unlock(folio)");
  const locks = lock === "v5.9" ? null : vmaLockOf(lock, { acquires });
  const startWrite = locks !== null && call(locks.vmaStartWrite, ({ mm, vma }: OfVma) => ({ mm, vma }));
  return kernel.path(
    "collapse_huge_page",
    { mm: ref(Mm), vma: ref(Vma), table: ref(PageTable), page: ref(Page), installed: bool },
    {
      "mm = mm_slot->mm": once((k, me) => {
        me.mm = k.mm[i];
      }),
      [said("new_page = khugepaged_alloc_page(hpage, gfp, node)", "alloc_charge_folio(&folio, mm, cc)")]: of(
        newpage,
        allocate,
      ),
      "mmap_write_lock(mm)": locks ? call(locks.mmapWriteLock, ({ mm }) => ({ mm })) : mmapWriteLock(i),
      "hugepage_vma_revalidate(mm, address, true, &vma, cc)": once((_, me) => {
        me.vma = me.mm!.mmMt[0];
      }),
      "vma_start_write(vma)": release === "v7.1" && startWrite,
      [said("mm_find_pmd(mm, address) != pmd?", "check_pmd_still_valid(mm, address, pmd)")]: pmdpGet(i).then({
        null: UNLOCK,
      }),
      "vma_start_write(vma), after the check": release === "v6.12" && startWrite,
      "pmd_ptl = pmd_lock(mm, pmd)": lockPmd(i),
      "pmdp_collapse_flush(): pmdp_huge_get_and_clear()": pmdpGetAndClear(i),
      "pmdp_collapse_flush(): flush_tlb_range()": flushTlbRange(how),
      "spin_unlock(pmd_ptl)": unlockPmd(i),
      "tlb_remove_table_sync_one()": tableSyncOne(sync),
      "tlb_remove_table_sync_rcu()": tableSyncRcu(sync),
      [lockPtes]: lockTable
        .when((_, { table }: Found) => table !== null)
        .then((_, { table }) => (table ? undefined : FAIL)),
      [said("isolate: pteval = *_pte", "isolate: pteval = ptep_get(_pte)")]: tablePte.then(
        (_, me: Isolates, { page }) => {
          me.page = page;
          return page ? undefined : "spin_unlock(pte_ptl), nothing isolated";
        },
      ),
      [said("isolate: trylock_page(page)", "isolate: folio_trylock(folio)")]: trylockPage.then({
        false: "spin_unlock(pte_ptl), nothing isolated",
      }),
      [said(
        "isolate: is_refcount_suitable(page)?",
        "isolate: folio_expected_ref_count(folio) == folio_ref_count(folio)?",
      )]: countIsOne.then({ false: unlockIsolated }),
      "spin_unlock(pte_ptl)": unlockTable,
      [said("copy_user_highpage()", "copy_mc_user_highpage()")]: once((k: Kernel, { page }: Isolates) =>
        storeData(k.newpage, page!.data),
      ),
      [said("copy: unlock_page(src_page)", "copy: folio_unlock(src)")]: unlockPage,
      "copy: spin_lock(ptl)": lockTable,
      [said("copy: pte_clear(vma->vm_mm, address, _pte)", "copy: ptep_clear(_pte)")]: tablePteClear,
      [said("copy: page_remove_rmap(src_page)", "copy: folio_remove_rmap_pte(src)")]: pageRemoveRmap(),
      "copy: spin_unlock(ptl)": unlockTable,
      [said("copy: put_page(src_page)", "copy: folio_put(src)")]: putPage,
      "spin_lock(pmd_ptl), again": lockPmd(i),
      [said("page_add_new_anon_rmap(new_page)", "folio_add_new_anon_rmap(folio)")]: release !== "v7.1" && mapsNew,
      "pgtable_trans_huge_deposit(mm, pmd, pgtable)": once((k, { table }) => {
        k.vma[i].deposit = table;
      }),
      "map_anon_folio_pmd_nopf(): folio_add_new_anon_rmap(folio)": release === "v7.1" && mapsNew,
      "set_pmd_at(mm, address, pmd, _pmd)": once((k) => {
        k.vma[i].pmd = "huge";
        k.vma[i].table = null;
      }),
      "spin_unlock(pmd_ptl), again": unlockPmd(i).then(UNLOCK),

      [unlockIsolated]: unlockPage,
      "spin_unlock(pte_ptl), nothing isolated": unlockTable,
      [FAIL]: lockPmd(i),
      [POPULATE]: pmdPopulateWith(i, ({ table }: Found) => table).then((_, { table }) =>
        bugOn(table === null, "pmd_populate() of pmd_pgtable() of an empty entry: page frame 0 becomes a page table"),
      ),
      "fail: spin_unlock(pmd_ptl)": unlockPmd(i),
      [UNLOCK]: locks ? call(locks.mmapWriteUnlock, ({ mm }) => ({ mm })) : mmapWriteUnlock(i),
      [said("put_page(*hpage)", "out_nolock: folio_put(folio)")]: of<Installs, void>(newpage, putPage).when(
        (_, { installed }) => !installed,
      ),
    },
    {
      file: "mm/khugepaged.c",
      release,
      fits: FITS[release],
      ...SOURCE[release],
      at: {
        ...SOURCE[release].at,
        ...handled(how === "ipi", "pmdp_collapse_flush(): flush_tlb_range()", "pmdp_collapse_flush()"),
        ...handled(sync === "ipi", "tlb_remove_table_sync_one()", "tlb_remove_table_sync_one()"),
      },
      ...(release === "v5.9" && {
        leads: {
          [lockPtes]: {
            [FAIL]: "the table of an empty pmd entry would be page frame 0, of which nothing can be isolated",
          },
        },
      }),
      leavesOut:
        "the other 511 entries, mmap_lock for reading and what is looked up under it (all of it is looked up again), the LRU and the reference that isolation takes and gives back, pages of other kinds, poisoned memory, the rmap lock (no rmap walk runs beside it), and swap",
    },
  );
};
