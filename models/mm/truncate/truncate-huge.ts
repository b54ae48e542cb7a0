import { call, done, ref } from "faultline";
import { lockPage, mappingMatches, pageMapped, putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { zapPmdRange } from "../huge-memory/zap-huge-pmd.ts";
import { SECOND_PASS } from "./truncate.ts";

/**
 * truncate_pagecache(), mm/truncate.c, v5.9, of a file that is one huge page, mapped by vma[0]; i_size has been set.
 * `waits`: unmap_mapping_page() of v5.13, see zapPmdRange().
 */
export const truncateHuge = (waits: boolean) =>
  kernel.path(
    "truncate_pagecache",
    { page: ref(Page) },
    {
      "unmap_mapping_range()": call(zapPmdRange(0, false)),
      "find_get_entries()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(page)" }),
      "truncate_cleanup_page(): page_mapped(page)?": pageMapped.then({ false: "delete_from_page_cache(page)" }),
      "truncate_cleanup_page(): unmap_mapping_pages(index, nr)": call(zapPmdRange(0, waits)),
      "delete_from_page_cache(page)": call(deleteFromPageCache("single"), ({ page }) => ({ page })),
      "unlock_page(page)": unlockPage,
      "pagevec_release()": putPage,
    },
    {
      file: "mm/truncate.c",
      release: waits ? "v5.13" : "v5.9",
      functions: [
        "truncate_pagecache",
        "truncate_inode_pages",
        "truncate_inode_pages_range",
        "truncate_inode_page",
        "truncate_cleanup_page",
      ],
      at: {
        "find_get_entries()": "pagevec_lookup_entries() #2",
        "page->mapping == mapping?": "truncate_inode_page: page->mapping != mapping",
        "truncate_cleanup_page(): page_mapped(page)?": "truncate_inode_page: page_mapped(page)",
        "truncate_cleanup_page(): unmap_mapping_pages(index, nr)": "truncate_inode_page: unmap_mapping_pages()",
        "unlock_page(page)": "unlock_page(page) #6",
        "pagevec_release()": "pagevec_release() #3",
      },
      omits: { ...SECOND_PASS, "unmap_mapping_range() #2": "comes after the deletion that the race is about" },
      leavesOut:
        "the pass that only tries the page lock (where it gets it, it does the same) and the second unmap (the page is gone by then, and the pmd with it), the tails, i_mmap_rwsem (nobody here but the two unmaps takes it)",
    },
  );
