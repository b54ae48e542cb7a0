import { call, done, once, ref, smpMb, type Path } from "faultline";
import { checkUnmapped, type MappedCheck } from "../../kernel/deletion.ts";
import {
  lockPage,
  mappingMatches,
  pageFlag,
  pageMapped,
  putPage,
  unlockPage,
  waitOnPageWriteback,
} from "../../kernel/primitives.ts";
import { I_PAGES_LOCK } from "../../kernel/omissions.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import type { Remover } from "./truncate.ts";
import { unmapMappingRange } from "../memory/zap.ts";

export interface Invalidation {
  /** v5.9 unmaps only `if (page_mapped(page))`; `none`: it always does. */
  readonly gate?: Remover["gate"];
  readonly check?: MappedCheck;
  /** A full barrier between the page lock and page_mapped(), which v5.9 does not have. */
  readonly mb?: boolean;
  /** What it unmaps with. */
  readonly unmap?: Path;
  /** False: before d00806b18315 (2.6.23), which added the BUG_ON(). */
  readonly checks?: boolean;
  /** A path writes the page back beside it, so that it may be dirty. */
  readonly written?: boolean;
}

/**
 * invalidate_inode_pages2_range(), mm/truncate.c, v5.9: what direct I/O, NFS, FUSE and 9p use. No unmap before, no file
 * system lock around it, and a BUG_ON() that is there in every configuration. `vmas` vmas map the file.
 */
export const invalidateInodePages2Range = (
  vmas: number,
  {
    gate = "page_mapped",
    check = "BUG_ON",
    mb = false,
    unmap = unmapMappingRange(vmas, false),
    checks = true,
    written = false,
  }: Invalidation = {},
) =>
  kernel.path(
    "invalidate_inode_pages2_range",
    { page: ref(Page) },
    {
      "pagevec_lookup_entries()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(page)" }),
      "wait_on_page_writeback(page)": written && waitOnPageWriteback,
      "smp_mb()": mb && smpMb,
      "page_mapped(page)?":
        gate === "page_mapped" &&
        pageMapped.then({ false: checks ? "BUG_ON(page_mapped(page))" : "invalidate_complete_page2(page)" }),
      "unmap_mapping_pages(index, 1)": call(unmap),
      "while (page_mapped(page))": !checks && once(() => "page_mapped(page)?"),
      "BUG_ON(page_mapped(page))": checks && once((k, { page }) => checkUnmapped(k, page!, check)),
      // A file system without ->launder_page() does not write it here: it stays.
      "invalidate_complete_page2(): PageDirty(page)?": written && pageFlag("dirty").then({ true: "unlock_page(page)" }),
      "invalidate_complete_page2(page)": call(deleteFromPageCache("single", written), ({ page }) => ({ page })),
      "unlock_page(page)": unlockPage,
      "pagevec_release()": putPage.then((_, me) => {
        me.page = null;
      }),
    },
    {
      file: "mm/truncate.c",
      release: checks ? "v5.9" : "v2.6.22",
      ...(written && { functions: ["invalidate_inode_pages2_range", "invalidate_complete_page2"] }),
      at: {
        ...(written && { "invalidate_complete_page2(page)": ["__delete_from_page_cache(page)", "put_page(page)"] }),
        "unmap_mapping_pages(index, 1)": ["unmap_mapping_pages() #1", "unmap_mapping_pages() #2"],
        "unlock_page(page)": ["unlock_page(page) #2", "unlock_page(page) #1"],
      },
      omits: {
        ...(!written && { wait_on_page_writeback: "no path writes beside it" }),
        ...(written && {
          ...I_PAGES_LOCK,
          "invalidate_complete_page2(): page->mapping != mapping": "it stays what it is under the page lock",
          "page_has_private, try_to_release_page, BUG_ON(page_has_private(page))": "the page has no buffers",
          freepage: "of file systems that keep something with the page",
        }),
        do_launder_page: written ? "of file systems that have ->launder_page()" : "the page is clean",
        "invalidate_exceptional_entry2, pagevec_remove_exceptionals": "shadow entries: none is there",
        "if (dax_mapping(mapping))": "no file here is one of persistent memory",
        cleancache_invalidate_inode: "no page here was in the cleancache",
      },
      leavesOut: written
        ? "launder_page(), private data, DAX, more than one page"
        : "writeback, launder_page(), private data and the test of PG_dirty before the deletion (the page is clean), DAX, more than one page",
    },
  );
