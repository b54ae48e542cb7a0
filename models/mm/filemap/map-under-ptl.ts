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
import { IN_SOURCE } from "./filemap-map-pages.ts";
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
    {
      file: "mm/filemap.c",
      release: sleeps ? "v5.9, with lock_page()" : "v5.9",
      functions: IN_SOURCE.functions,
      at: {
        "page = xas_next_entry(&xas)": ["xas_for_each()", "page_cache_get_speculative(page)", "xas_reload(&xas)"],
      },
      notInSource: {
        "spin_lock(vmf->ptl), for the 1st page": "alloc_set_pte() has taken it in an earlier turn of the loop",
        ...(sleeps && { "lock_page(page)": "what must not be done: v5.9 only tries" }),
      },
      omits: {
        ...IN_SOURCE.omits,
        PageLocked: "a page that is locked is given up there, or by trylock_page()",
        i_size_read: "a hole punch leaves i_size",
        "if (!vmf->pte)": "the 1st page has set it, with ptl held",
        pte_none: "nobody else maps the page in this address space",
      },
      leavesOut: "the first page, the PTE that is there already, i_size",
    },
  );
