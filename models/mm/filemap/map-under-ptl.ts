import { call, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  lockPage,
  lockPtl,
  mappingMatches,
  pageAddFileRmap,
  putPage,
  setPteAt,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { findGetEntry } from "./find-get-entry.ts";

/**
 * filemap_map_pages() with alloc_set_pte(), mm/filemap.c, v5.9, from the second page of the window on: ptl is held
 * already when it comes to the page lock. `sleeps`: lock_page() in place of trylock_page().
 */
export const mapNextPage = (i: VmaIndex, sleeps: boolean) =>
  kernel.path(
    "filemap_map_pages, 2nd page",
    { page: ref(Page) },
    {
      "spin_lock(vmf->ptl), for the 1st page": lockPtl(i),
      "page = xas_next_entry(&xas)": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "pte_unmap_unlock(vmf->ptl)";
      }),
      "lock_page(page)": sleeps && call(lockPage(), ({ page }) => ({ page })),
      "trylock_page(page)": !sleeps && trylockPage.then({ false: "skip: put_page(page)" }),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock: unlock_page(page)" }),
      "page_add_file_rmap(page)": pageAddFileRmap(i),
      "set_pte_at(vmf->pte)": setPteAt(i).then((k, { page }) => rmapMapped(k.vma[i], page!)),
      "unlock_page(page)": unlockPage.then("pte_unmap_unlock(vmf->ptl)"),
      "unlock: unlock_page(page)": unlockPage,
      "skip: put_page(page)": putPage,
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    { file: "mm/filemap.c", release: "v5.9", leavesOut: "the first page, the PTE that is there already, i_size" },
  );
