/** A fault, or remap_file_pages(), in a non-linear mapping until 2.6.22, mm/filemap.c and mm/fremap.c. */
import { call, done, once, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  indexInFile,
  isNone,
  lockPtl,
  pageAddFileRmap,
  ptepGet,
  putPage,
  setPteAt,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";

const UNLOCK = "pte_unmap_unlock(pte, ptl), it has gone" as const;

/**
 * filemap_populate() with install_page(): the page is looked at under ptl, in place of the count of truncations of do_no_page(); ptl keeps
 * an unmap out, and not who finds the page unmapped and removes it. No page lock.
 */
export const filemapPopulate = (i: VmaIndex) =>
  kernel.path(
    "filemap_populate",
    { page: ref(Page) },
    {
      "filemap_getpage()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "install_page(): get_locked_pte(mm, addr, &ptl)": lockPtl(i),
      "!page->mapping?": once((_, { page }) => (page!.mapping === "NULL" ? UNLOCK : undefined)),
      "page->index >= size?": indexInFile.then({ false: UNLOCK }),
      "pte_none(*pte)?": ptepGet(i).then((_, _me, pte) => (isNone(pte) ? undefined : UNLOCK)),
      "set_pte_at(mm, addr, pte, pte_val)": setPteAt(i).then((k, { page }) => rmapMapped(k.vma[i], page!)),
      "page_add_file_rmap(page)": pageAddFileRmap(),
      "pte_unmap_unlock(pte, ptl)": unlockPtl(i).then(done),
      [UNLOCK]: unlockPtl(i),
      "page_cache_release(page)": putPage,
    },
    {
      file: "mm/filemap.c, mm/fremap.c",
      release: "v2.6.22",
      leavesOut:
        "reading a page in; a PTE that is there already, which install_page() takes off first (one thread faults at this address); the try again of a page that has gone; rss",
    },
  );
