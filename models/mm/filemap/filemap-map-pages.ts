import { bool, call, done, once, ref, type Path } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  getPageUnlessZero,
  indexInFile,
  lockPtl,
  mappingMatches,
  pageAddFileRmap,
  pageFlag,
  pteNone,
  putPage,
  setPteAt,
  trylockPage,
  unlockPage,
  unlockPtl,
  xasLoad,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type PageTables, type VmaIndex } from "../../kernel/world.ts";
import { pteAllocOneMap } from "../memory/page-table.ts";

/** vma->vm_ops->map_pages(), with do_fault_around() around it: whether it holds ptl, and whether it has solved the fault. */
export type MapPages = Path<Kernel, { ptl: boolean; solved: boolean }>;

interface Around {
  /** What page tables there are at the start: where none, the fault puts one in. */
  readonly pmd?: PageTables;
  /** A file system has wrapped it: it returns with ptl held if `ptl` is set, and leaves the end of do_fault_around() to it. */
  readonly isWrapped?: boolean;
}

/** Where the steps are in mm/memory.c and mm/filemap.c, and what of them is no step; see `leavesOut`, too. */
export const IN_SOURCE = {
  functions: ["do_fault_around", "filemap_map_pages", "alloc_set_pte"],
  at: {
    "index < i_size?": "i_size_read(mapping->host)",
    "spin_lock(vmf->ptl)": "pte_alloc_one_map(): pte_offset_map_lock()",
  },
  omits: {
    "if (pmd_none(*vmf->pmd)), if (pmd_none(*vmf->pmd) && PageTransCompound(page))":
      "allocates a page table that nobody else knows yet; maps a huge page, and no page here is huge",
    "if (pmd_trans_huge(*vmf->pmd))": "no page here is huge",
    "rcu_read_lock, rcu_read_unlock": "keeps the memory of a page, which is not reused here",
    find_subpage: "no page here is compound",
    PageUptodate: "nothing clears it, and a page that is read in is locked until it is set",
    PageReadahead: "only ends the fault earlier",
    PageHWPoison: "where memory_failure() runs, it is a step; elsewhere nothing sets it",
    "xas_retry, xa_is_value": "a slot that is in motion or has no page: the loop goes on as for an empty one",
    inc_mm_counter_fast: "rss: no other CPU reads it",
    "if (write && !(vma->vm_flags & VM_SHARED))": "only read faults map around",
  },
} as const;

/**
 * do_fault_around() with filemap_map_pages() and alloc_set_pte(), mm/memory.c and mm/filemap.c, v5.9: a read fault maps the
 * one page around it that is in the page cache, or gives up on anything odd. The local `ptl` stands for `vmf->pte`, which
 * is set once ptl is held; `solved` says whether a PTE is there.
 */
export const filemapMapPages = (i: VmaIndex, { pmd = "populated", isWrapped = false }: Around = {}) => {
  /** `goto next` where vmf->pte is NULL: the window has no other page, and do_fault_around() goes to `out`. */
  const nothingMapped = (k: Kernel): typeof done => {
    k.vma[i].fellBack = true;
    return done;
  };
  return kernel.path(
    "filemap_map_pages",
    { page: ref(Page), ptl: bool, solved: bool },
    {
      "page = xas_find(&xas)": xasLoad.then((k, { page }) => (page ? undefined : nothingMapped(k))),
      "PageLocked(page)?": pageFlag("locked").then((k: Kernel, _, locked) => (locked ? nothingMapped(k) : undefined)),
      "page_cache_get_speculative(page)": getPageUnlessZero.then((k: Kernel, _, got) =>
        got ? undefined : nothingMapped(k),
      ),
      "page == xas_reload(&xas)?": once((k, { page }) => {
        if (page !== k.slot) return "skip: put_page(page)";
      }),
      "trylock_page(page)": trylockPage.then({ false: "skip: put_page(page)" }),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock: unlock_page(page)" }),
      "index < i_size?": indexInFile.then({ false: "unlock: unlock_page(page)" }),

      // alloc_set_pte(vmf, page)
      "pte_alloc_one_map()": call(pteAllocOneMap(i, pmd)),
      "spin_lock(vmf->ptl)": lockPtl(i).then((_, me: { ptl: boolean }) => {
        me.ptl = true;
      }),
      "pte_none(*vmf->pte)?": pteNone(i).then({ false: "unlock: unlock_page(page)" }),
      "page_add_file_rmap(page)": pageAddFileRmap(i),
      "set_pte_at(vmf->pte)": setPteAt(i).then((k, { page }) => rmapMapped(k.vma[i], page!)),

      "unlock_page(page)": unlockPage.then("do_fault_around(): pte_none(pte)?"),
      "unlock: unlock_page(page)": unlockPage,
      "skip: put_page(page)": putPage.then((k: Kernel, { ptl }: { ptl: boolean; page: PageDraft | null }) =>
        ptl ? undefined : nothingMapped(k),
      ),

      "do_fault_around(): pte_none(pte)?":
        !isWrapped &&
        pteNone(i).then((k, me: { solved: boolean }, none) => {
          me.solved = !none;
          if (none) k.vma[i].fellBack = true;
        }),
      "pte_unmap_unlock(vmf->ptl)": !isWrapped && unlockPtl(i),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      ...IN_SOURCE,
      leavesOut:
        "PG_readahead, PG_hwpoison (nothing sets it), PG_uptodate (nothing clears it), swap and retry entries of the xarray (none is there, or it ends the fault as an empty slot does), compound pages, the other pages of the window (which would hold ptl for longer), RCU (a page that is freed is not reused here), the allocation of a page table, rss",
    },
  );
};
