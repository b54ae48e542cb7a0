import { call, once, ref } from "faultline";
import { checkUnmapped } from "../../kernel/deletion.ts";
import { lockPage, mappingMatches, pageMapped, putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { unmapMappingRangeTree } from "../memory/unmap-restart.ts";

const AGAIN = "unmap_mapping_range(), again" as const;

/** vmtruncate_range(), mm/memory.c, v2.6.35: what madvise(MADV_REMOVE) does, under i_mutex, to a page and those behind it. */
export const vmtruncateRange = kernel.path(
  "vmtruncate_range",
  { page: ref(Page) },
  {
    "unmap_mapping_range()": call(unmapMappingRangeTree("large")),
    "truncate_inode_pages_range(): pagevec_lookup()": call(findGetEntry(), undefined, (me, { page }) => {
      me.page = page;
      if (!page) return AGAIN;
    }),
    "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
    "page->mapping != mapping?": mappingMatches.then({ false: "unlock_page(page)" }),
    "truncate_inode_page(): page_mapped(page)?": pageMapped.then({ false: "BUG_ON(page_mapped(page))" }),
    "truncate_inode_page(): unmap_mapping_range()": call(unmapMappingRangeTree("page")),
    "BUG_ON(page_mapped(page))": once((k, { page }) => checkUnmapped(k, page!, "BUG_ON")),
    "remove_from_page_cache(page)": call(deleteFromPageCache("single"), ({ page }) => ({ page })),
    "unlock_page(page)": unlockPage,
    "pagevec_release()": putPage.then((_, me) => {
      me.page = null;
    }),
    [AGAIN]: call(unmapMappingRangeTree("large")),
  },
  {
    file: "mm/memory.c",
    release: "v2.6.35",
    leavesOut:
      "i_mutex (no other remover runs), the pass that only tries the page lock, writeback, the pages behind, ->truncate_range(), which does the same again; BUG_ON() is in __remove_from_page_cache(), behind the deletion, all under the page lock",
  },
);
