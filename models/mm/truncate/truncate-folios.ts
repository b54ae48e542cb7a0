import { call, done, once, ref } from "faultline";
import {
  lockPage,
  mappingMatches,
  pageMapped,
  putPage,
  testClearPageFlag,
  trylockPage,
  unlockPage,
  pageFlag,
  waitOnPageWriteback,
} from "../../kernel/primitives.ts";
import { RCU } from "../../kernel/omissions.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { filemapGetEntry, findFolio } from "../filemap/find-folio.ts";
import { filemapRemoveFolio } from "../filemap/remove-folio.ts";
import { unmapMappingFolio, unmapMappingRange, type FolioZap } from "../memory/zap-folio.ts";

/** truncate_cleanup_folio(), mm/truncate.c, v6.12 and v7.1, under the page lock: unmaps the folio if it looks mapped. */
export const truncateCleanupFolio = (zap: FolioZap) =>
  kernel.path(
    "truncate_cleanup_folio",
    { page: ref(Page) },
    {
      "folio_mapped(folio)?": pageMapped.then({
        false: zap.dirty === true ? "folio_cancel_dirty(folio)" : done,
      }),
      "unmap_mapping_folio(folio)": call(unmapMappingFolio(zap)),
      "folio_cancel_dirty(folio)": zap.dirty === true && testClearPageFlag("dirty").then(() => done),
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      leavesOut: zap.dirty === true ? "buffers" : "buffers, PG_dirty",
      omits: {
        "folio_needs_release, folio_invalidate": "the folio has no buffers",
        ...(zap.dirty !== true && { folio_cancel_dirty: "the folio is clean: a test that fails" }),
        ...(zap.release === "v6.12" && { folio_clear_mappedtodisk: "of file systems with buffers, for themselves" }),
      },
    },
  );

/** find_lock_entries(), mm/filemap.c: the first pass takes only what it need not wait for. */
const findLockEntries = ({ release, dirty = false }: FolioZap) =>
  kernel.path(
    "find_lock_entries",
    { page: ref(Page) },
    {
      "find_get_entry(&xas, end, XA_PRESENT)": call(findFolio(release), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "folio_trylock(folio)?": trylockPage.then({ false: "put: folio_put(folio)" }),
      "folio->mapping == mapping?": mappingMatches.then(
        dirty ? { false: "unlock: folio_unlock(folio)" } : { true: done },
      ),
      "folio_test_writeback(folio)?": dirty && pageFlag("writeback").then({ false: done }),
      "unlock: folio_unlock(folio)": unlockPage,
      "put: folio_put(folio)": putPage.then((_, me) => {
        me.page = null;
      }),
    },
    {
      file: "mm/filemap.c",
      release,
      leavesOut: `${dirty ? "" : "PG_writeback, "}large folios, the batch`,
      omits: {
        ...RCU,
        ...(!dirty && { folio_test_writeback: "no path writes beside it" }),
        "xas_get_order, folio_batch_add": "which indices there are, and the batch, of one folio here",
      },
    },
  );

/** __filemap_get_folio() with FGP_LOCK, mm/filemap.c: waits for the page lock, and looks up again what was truncated. */
export const filemapGetFolioLocked = ({ release }: FolioZap) =>
  kernel.path(
    "__filemap_get_folio",
    { page: ref(Page) },
    {
      "filemap_get_entry(mapping, index)": call(filemapGetEntry(release), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "folio_lock(folio)": call(lockPage(), ({ page }) => ({ page })),
      "folio->mapping == mapping?": mappingMatches.then({ true: done }),
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage.then("filemap_get_entry(mapping, index)"),
    },
    {
      file: "mm/filemap.c",
      release,
      leavesOut: "FGP_CREAT, FGP_NOWAIT and others that are not asked for",
      functions: [release === "v6.12" ? "__filemap_get_folio" : "__filemap_get_folio_mpol"],
      omits: {
        "if (fgp_flags & FGP_NOWAIT)": "it may wait",
        "if (fgp_flags & FGP_ACCESSED), else (fgp_flags & FGP_ACCESSED), if (fgp_flags & FGP_STABLE)": "not asked for",
        "if (!folio && (fgp_flags & FGP_CREAT))": "no page is made here",
        ...(release === "v7.1" && {
          "folio_test_dropbehind, folio_clear_dropbehind": "no page here is dropped behind",
        }),
      },
    },
  );

/** truncate_inode_folio(), mm/truncate.c, of a folio that the caller has locked. */
export const truncateInodeFolio = (zap: FolioZap) =>
  kernel.path(
    "truncate_inode_folio",
    { page: ref(Page) },
    {
      "truncate_cleanup_folio(folio)": call(truncateCleanupFolio(zap), ({ page }) => ({ page })),
      "filemap_remove_folio(folio)": call(filemapRemoveFolio("single", zap.release, zap.dirty), ({ page }) => ({
        page,
      })),
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      leavesOut: "the second look at folio->mapping",
      omits: { "folio->mapping != mapping": "the caller has looked, under the page lock" },
    },
  );

/** truncate_inode_partial_folio(), mm/truncate.c, of a folio that the range covers. */
const truncateInodePartialFolio = (zap: FolioZap) =>
  kernel.path(
    "truncate_inode_partial_folio",
    { page: ref(Page) },
    {
      "folio_wait_writeback(folio)": zap.dirty === true && waitOnPageWriteback,
      "truncate_inode_folio(folio->mapping, folio)": call(truncateInodeFolio(zap), ({ page }) => ({ page })),
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      leavesOut: zap.dirty === true ? "folios that are not covered" : "folios that are not covered, writeback",
      at: { "truncate_inode_folio(folio->mapping, folio)": "truncate_inode_folio(folio->mapping, folio) #1" },
      omits: {
        ...(zap.dirty !== true && { folio_wait_writeback: "no path writes beside it" }),
        "mapping_inaccessible, folio_zero_range, folio_needs_release, folio_invalidate":
          "of a folio that stays, as it is not covered",
        "try_folio_split_or_unmap, folio_test_dirty, truncate_inode_folio(folio->mapping, folio) #2, folio->mapping":
          "a large folio that is not covered",
        ...(zap.release === "v7.1" && {
          "mapping_min_folio_order, PAGE_ALIGN_DOWN, if (!try_folio_split_or_unmap(folio, split_at, min_order))":
            "a large folio that is not covered",
        }),
      },
    },
  );

/** What truncate_inode_pages_range() leaves out besides the folio at the start of the range. */
export const BEHIND_THE_START = {
  folio_batch_init: "the batch is this thread's own",
  truncate_folio_batch_exceptionals: "shadow entries: none is there",
  "if (!same_folio)": "the folio at the end of the range is the one at its start",
  "find_get_entries, folio_lock(folio), folio_wait_writeback, truncate_inode_folio, folio_unlock(folio) #3, folio_batch_release(&fbatch) #2":
    "the pass that waits for what lies further inside the range, and does the same with it",
} as const;

/**
 * truncate_inode_pages_range(), mm/truncate.c, v6.12 and v7.1, from the first page of a file of one page: a pass that skips
 * what is locked, and then the folio at the start of the range, which it waits for.
 */
export const truncateInodePagesRange = (zap: FolioZap) =>
  kernel.path(
    "truncate_inode_pages_range",
    { page: ref(Page) },
    {
      "find_lock_entries(mapping)": call(findLockEntries(zap), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "__filemap_get_folio(mapping, FGP_LOCK)";
      }),
      "truncate_cleanup_folio(fbatch.folios[i])": call(truncateCleanupFolio(zap), ({ page }) => ({ page })),
      "delete_from_page_cache_batch(mapping, &fbatch)": call(
        filemapRemoveFolio("batch", zap.release, zap.dirty),
        ({ page }) => ({
          page,
        }),
      ),
      "folio_unlock(fbatch.folios[i])": unlockPage,
      "folio_batch_release(&fbatch)": putPage.then((_, me) => {
        me.page = null;
      }),
      "__filemap_get_folio(mapping, FGP_LOCK)": call(filemapGetFolioLocked(zap), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "truncate_inode_partial_folio(folio)": call(truncateInodePartialFolio(zap), ({ page }) => ({ page })),
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      leavesOut: "shadow entries, the folio at the end of the range, what lies further inside it",
      at: {
        "truncate_inode_partial_folio(folio)": "truncate_inode_partial_folio(folio) #1",
        "folio_unlock(folio)": "folio_unlock(folio) #1",
        "folio_put(folio)": "folio_put(folio) #1",
        "folio_batch_release(&fbatch)": "folio_batch_release(&fbatch) #1",
      },
      omits: {
        ...BEHIND_THE_START,
      },
    },
  );

/** truncate_pagecache_range(), mm/truncate.c: a hole punch. One unmap before, which spares private copies, and none after. */
export const punchFolios = (zap: FolioZap) =>
  kernel.path(
    "truncate_pagecache_range",
    {},
    {
      "unmap_mapping_range(even_cows = 0)": call(unmapMappingRange(false, zap)),
      "truncate_inode_pages_range()": call(truncateInodePagesRange(zap)),
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      leavesOut: "what the file system does before and after, i_rwsem, the file system's lock against faults",
    },
  );

/** truncate_setsize() with truncate_pagecache(), mm/truncate.c: the size first, and an unmap before and one after. */
export const truncateFolios = (zap: FolioZap) =>
  kernel.path(
    "truncate_setsize",
    {},
    {
      "i_size_write(inode, newsize)": once((k) => {
        k.isize = 0;
      }),
      "unmap_mapping_range(even_cows = 1)": call(unmapMappingRange(true, zap)),
      "truncate_inode_pages()": call(truncateInodePagesRange(zap)),
      "unmap_mapping_range(even_cows = 1), again": call(unmapMappingRange(true, zap)),
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      omits: {
        "inode->i_size": "what the size was: only for pagecache_isize_extended()",
        pagecache_isize_extended: "the file does not grow",
      },
      leavesOut: "what the file system does before and after, i_rwsem, the file system's lock against faults",
    },
  );
