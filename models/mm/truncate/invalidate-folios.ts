import { bugOn, call, done, once, ref } from "faultline";
import {
  lockPage,
  mappingMatches,
  pageMapped,
  putPage,
  unlockPage,
  pageFlag,
  waitOnPageWriteback,
} from "../../kernel/primitives.ts";
import { iPagesAndILock } from "../../kernel/omissions.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { findFolio } from "../filemap/find-folio.ts";
import { filemapRemoveFolio } from "../filemap/remove-folio.ts";
import { unmapMappingFolio, unmapMappingRange, type FolioZap } from "../memory/zap-folio.ts";

/**
 * invalidate_inode_pages2_range(), mm/truncate.c, v6.12, and with folio_unmap_invalidate() v7.1: what direct I/O, NFS, FUSE
 * and 9p use. The BUG_ON() is there in every configuration, and there is no file system lock around it.
 */
export const invalidateFolios = (zap: FolioZap) => {
  const { dirty = false } = zap;
  const isSplit = zap.release === "v7.1";
  return kernel.path(
    "invalidate_inode_pages2_range",
    { page: ref(Page) },
    {
      "find_get_entries(mapping)": call(findFolio(zap.release), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "folio_mapped(folio)?": pageMapped.then({ false: "folio_lock(folio)" }),
      "unmap_mapping_pages(mapping)": call(unmapMappingRange(false, zap)),
      "folio_lock(folio)": call(lockPage(), ({ page }) => ({ page })),
      "folio->mapping == mapping?": mappingMatches.then({ false: "folio_unlock(folio)" }),
      "folio_wait_writeback(folio)": dirty && waitOnPageWriteback,
      "folio_mapped(folio)?, locked": pageMapped.then({ false: "BUG_ON(folio_mapped(folio))" }),
      "unmap_mapping_folio(folio)": call(unmapMappingFolio(zap)),
      "BUG_ON(folio_mapped(folio))": once((_, { page }) => bugOn(page!.mapcount > 0, "BUG_ON(folio_mapped(folio))")),
      // Not written, as file systems without ->launder_folio() are: it stays.
      "folio_test_dirty(folio)?": dirty && pageFlag("dirty").then({ true: "folio_unlock(folio)" }),
      "__filemap_remove_folio(folio, NULL)": call(filemapRemoveFolio("frozen", zap.release, dirty), ({ page }) => ({
        page,
      })),
      "folio_put_refs(folio)": putPage,
      "folio_unlock(folio)": unlockPage,
      "folio_batch_release(&fbatch)": putPage.then((_, me) => {
        me.page = null;
      }),
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      leavesOut: `${dirty ? "" : "writeback, the test of PG_dirty before the deletion (the folio is clean), "}->launder_folio(), buffers, DAX`,
      functions: [
        "invalidate_inode_pages2_range",
        isSplit ? "folio_unmap_invalidate" : "invalidate_complete_folio2",
        ...(isSplit ? [] : ["filemap_free_folio"]),
      ],
      at: { "folio_unlock(folio)": ["folio_unlock(folio) #2", "folio_unlock(folio) #1"] },
      omits: {
        ...iPagesAndILock(zap.release),
        folio_batch_init: "the batch is this thread's own",
        "if (xa_is_value(folio)), clear_shadow_entries, folio_batch_remove_exceptionals":
          "shadow entries: none is there",
        "if (dax_mapping(mapping))": "no file here is one of persistent memory",
        ...(!dirty && { folio_wait_writeback: "no path writes beside it" }),
        folio_launder: dirty ? "of file systems that have ->launder_folio()" : "the folio is clean",
        [isSplit
          ? "folio_unmap_invalidate(): folio->mapping != mapping"
          : "invalidate_complete_folio2(): folio->mapping != mapping"]: "it stays what it is under the page lock",
        "filemap_release_folio, BUG_ON(folio_has_private(folio))": "the folio has no buffers",
        ...(!dirty && { folio_test_dirty: "the folio is clean, and nobody stores to one that is unmapped" }),
        free_folio: "of file systems that keep something with the page",
      },
    },
  );
};
