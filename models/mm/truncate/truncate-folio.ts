import { call, once, ref } from "faultline";
import { lockPage, putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { zapPageRangeSingle } from "../memory/zap.ts";

/**
 * truncate_setsize() to one page, with truncate_inode_partial_folio(), mm/truncate.c, v6.17, of a file that is one folio
 * of two pages. The folio cannot be split, as when somebody else holds a reference: it stays, across the end of the file.
 */
export const truncateInsideFolio = () =>
  kernel.path(
    "truncate_setsize, inside a folio",
    { page: ref(Page) },
    {
      "i_size_write(inode, newsize)": once((k) => {
        k.isize = 1;
      }),
      "unmap_mapping_range(even_cows = 1)": call(zapPageRangeSingle(1, true)),
      "__filemap_get_folio()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
      }),
      "folio_lock(folio)": call(lockPage(), ({ page }) => ({ page })),
      // truncate_inode_partial_folio() zeroes the tail, and split_folio() fails.
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage,
      "unmap_mapping_range(even_cows = 1), again": call(zapPageRangeSingle(1, true)),
    },
    { file: "mm/truncate.c", release: "v6.17", leavesOut: "the split itself, whole folios beyond the new end" },
  );
