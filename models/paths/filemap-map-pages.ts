import { acquire, bool, call, done, full, once, ref, release, wait, type Path } from "faultline";
import { rmapAhead, rmapMapped } from "../kernel/deletion.ts";
import { mappingMatches, setPte, trylockPage, unlockPage, unlockPtl } from "../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageTables, type VmaIndex } from "../kernel/world.ts";
import { pteAllocOneMap } from "./fault/page-table.ts";

/** vma->vm_ops->map_pages(), with do_fault_around() around it: whether it holds ptl, and whether it has solved the fault. */
export type MapPages = Path<Kernel, { ptl: boolean; solved: boolean }>;

interface Around {
  /** What page tables there are at the start: where none, the fault puts one in. */
  readonly pmd?: PageTables;
  /** A file system has wrapped it: it returns with ptl held if `ptl` is set, and leaves the end of do_fault_around() to it. */
  readonly isWrapped?: boolean;
}

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
      "page = xas_find(&xas)": once((k, me) => {
        me.page = k.slot;
        if (!me.page) return nothingMapped(k);
      }),
      "PageLocked(page)?": once((k, { page }) => {
        if (page!.locked) return nothingMapped(k);
      }),
      "page_cache_get_speculative(page)": full((k, { page }) => {
        if (page!.refcount === 0) return nothingMapped(k);
        page!.refcount++;
      }),
      "page == xas_reload(&xas)?": once((k, { page }) => {
        if (page !== k.slot) return "skip: put_page(page)";
      }),
      "trylock_page(page)": trylockPage("skip: put_page(page)"),
      "page->mapping == mapping?": mappingMatches("unlock: unlock_page(page)"),
      "index < i_size?": once((k) => {
        if (k.isize === 0) return "unlock: unlock_page(page)";
      }),

      // alloc_set_pte(vmf, page)
      "pte_alloc_one_map()": call(pteAllocOneMap(i, pmd)),
      "spin_lock(vmf->ptl)": acquire((k, me) => {
        if (k.vma[i].ptl) return wait;
        k.vma[i].ptl = true;
        me.ptl = true;
      }),
      "pte_none(*vmf->pte)?": once((k) => {
        if (k.vma[i].pte.page) return "unlock: unlock_page(page)";
      }),
      "page_add_file_rmap(page)": full((k, { page }) => {
        page!.mapcount++;
        rmapAhead(k.vma[i]);
      }),
      "set_pte_at(vmf->pte)": once((k, { page }) => {
        setPte(k.vma[i], page!);
        rmapMapped(k.vma[i], page!);
      }),

      "unlock_page(page)": release((_, { page }) => {
        page!.locked = false;
        return "do_fault_around(): pte_none(pte)?";
      }),
      "unlock: unlock_page(page)": unlockPage,
      "skip: put_page(page)": full((k, { page, ptl }) => {
        page!.refcount--;
        if (!ptl) return nothingMapped(k);
      }),

      "do_fault_around(): pte_none(pte)?":
        !isWrapped &&
        once((k, me) => {
          me.solved = k.vma[i].pte.page !== null;
          if (!me.solved) k.vma[i].fellBack = true;
        }),
      "pte_unmap_unlock(vmf->ptl)": !isWrapped && unlockPtl(i),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      leavesOut:
        "PG_readahead, PG_hwpoison (nothing sets it), PG_uptodate (nothing clears it), swap and retry entries of the xarray (none is there, or it ends the fault as an empty slot does), compound pages, the other pages of the window (which would hold ptl for longer), RCU (a page that is freed is not reused here), the allocation of a page table, rss",
    },
  );
};
