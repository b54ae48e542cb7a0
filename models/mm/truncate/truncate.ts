import { call, done, once, ref, smpMb, smpMbAfterAtomic } from "faultline";
import {
  lockPage,
  mappingMatches,
  pageFlag,
  pageMapped,
  putPage,
  testClearPageFlag,
  trylockPage,
  unlockPage,
  waitOnPageWriteback,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { unmapMappingRange, type ZapRules } from "../memory/zap.ts";

export interface Remover {
  /** How many vmas map the file. */
  readonly vmas: number;
  /** truncate_cleanup_page() unmaps only `if (page_mapped(page))`; `none`: it always does. */
  readonly gate: "page_mapped" | "none";
  /** Where users run: how the zaps flush. The page may be dirty then, and cancel_dirty_page() is a step. */
  readonly rules?: ZapRules;
  /** A path writes the page back beside it. */
  readonly written?: boolean;
  /** How the first pass deletes: v5.9 in a batch, that is with page->mapping before the xarray entry. Default: batch. */
  readonly deletion?: "batch" | "single";
  /** What orders page_mapped(), or the unmap, after the page lock is taken. Default: none, as in v5.9. */
  readonly barrier?: Barrier;
}

/** trylock_page() is an acquire; in its place an RMW that is a full barrier, or a barrier of its own. */
export const BARRIERS = ["none", "smp_mb", "smp_mb__after_atomic", "full-rmw"] as const;
export type Barrier = (typeof BARRIERS)[number];

/** What truncate_inode_pages_range() leaves out, and truncate_cleanup_page(). */
const PAGES_LEFT_OUT = {
  "if (partial_start), if (partial_end)": "zeroes a part of a page, which stays in the file",
  "truncate_exceptional_pvec_entries, pagevec_remove_exceptionals": "shadow entries: none is there",
  "if (index == start && indices[0] >= end)": "the lookup has found what lies behind the range, and gives it back",
  cleancache_invalidate_inode: "no page here was in the cleancache",
} as const;
const PAGE_LEFT_OUT = {
  "PageTransHuge(page)": "tells how much is unmapped",
  "if (page_has_private(page))": "the page has no buffers",
  cancel_dirty_page: "where no user runs, the page is clean, and it is a test that fails",
  ClearPageMappedToDisk: "of file systems with buffers, for themselves",
} as const;

/** The same of a file that is one page, in the second pass alone. */
export const SECOND_PASS = {
  ...PAGES_LEFT_OUT,
  ...PAGE_LEFT_OUT,
  "while (index < end)": "the pass that only tries the page lock: where it gets it, it does the same",
  wait_on_page_writeback: "no path writes beside it",
} as const;

/** truncate_cleanup_page(), mm/truncate.c, v5.9, under the page lock: unmaps the page if it looks mapped. */
export const truncateCleanupPage = ({ vmas, gate, rules, barrier = "none" }: Remover) =>
  kernel.path(
    "truncate_cleanup_page",
    { page: ref(Page) },
    {
      "smp_mb()": barrier === "smp_mb" && smpMb,
      "smp_mb__after_atomic()": barrier === "smp_mb__after_atomic" && smpMbAfterAtomic,
      "page_mapped(page)?":
        gate === "page_mapped" &&
        pageMapped.then({ false: rules === undefined ? done : "cancel_dirty_page(page): TestClearPageDirty(page)" }),
      "unmap_mapping_pages(page->index, 1)": call(unmapMappingRange(vmas, false, rules)),
      "cancel_dirty_page(page): TestClearPageDirty(page)":
        rules !== undefined && testClearPageFlag("dirty").then(() => undefined),
    },
    {
      file: "mm/truncate.c",
      release: "v5.9",
      omits: {
        ...PAGE_LEFT_OUT,
      },
      leavesOut:
        "do_invalidatepage(): the page has no buffers; where no user access is modelled, cancel_dirty_page(): the page is clean",
    },
  );

/**
 * truncate_inode_pages_range(), mm/truncate.c, v5.9: a pass that skips locked pages and deletes in batches, then one
 * that waits for each page, until nothing is left.
 */
export const truncateInodePagesRange = (remover: Remover) =>
  kernel.path(
    "truncate_inode_pages_range",
    { page: ref(Page) },
    {
      "pagevec_lookup_entries()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "pagevec_lookup_entries(), 2nd pass";
      }),
      "trylock_page(page)": trylockPage
        .then({ false: "pagevec_release()" })
        .as(remover.barrier === "full-rmw" ? "full" : "acquire"),
      "PageWriteback(page)?": remover.written === true && pageFlag("writeback").then({ true: "unlock_page(page)" }),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(page)" }),
      "truncate_cleanup_page(page)": call(truncateCleanupPage(remover), ({ page }) => ({ page })),
      "delete_from_page_cache_batch()": call(
        deleteFromPageCache(remover.deletion ?? "batch", remover.rules !== undefined),
        ({ page }) => ({ page }),
      ),
      "unlock_page(page)": unlockPage,
      "pagevec_release()": putPage.then((_, me) => {
        me.page = null;
      }),
      "pagevec_lookup_entries(), 2nd pass": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "lock_page(page)": call(lockPage(remover.barrier === "full-rmw"), ({ page }) => ({ page })),
      "wait_on_page_writeback(page)": remover.written === true && waitOnPageWriteback,
      "page->mapping == mapping?, 2nd pass": mappingMatches.then({ false: "unlock_page(page), 2nd pass" }),
      "truncate_cleanup_page(page), 2nd pass": call(truncateCleanupPage(remover), ({ page }) => ({ page })),
      "delete_from_page_cache(page)": call(deleteFromPageCache("single", remover.rules !== undefined), ({ page }) => ({
        page,
      })),
      "unlock_page(page), 2nd pass": unlockPage,
      "pagevec_release(), 2nd pass": putPage.then((_, me) => {
        me.page = null;
        return "pagevec_lookup_entries(), 2nd pass";
      }),
    },
    {
      file: "mm/truncate.c",
      release: "v5.9",
      functions: ["truncate_inode_pages_range", "truncate_inode_page"],
      at: {
        "unlock_page(page)": [
          ...(remover.written === true ? (["unlock_page(page) #1"] as const) : []),
          "unlock_page(locked_pvec.pages[i]) #3",
          "unlock_page(page) #2",
        ],
        ...(remover.written === true && { "wait_on_page_writeback(page)": "wait_on_page_writeback(page) #3" }),
        "unlock_page(page), 2nd pass": "unlock_page(page) #6",
      },
      leads: {
        "trylock_page(page)": {
          "pagevec_release()": "no page is in the batch then: there is none to be cleaned up and deleted",
        },
      },
      omits: {
        ...(remover.written !== true && {
          "if (PageWriteback(page)), PageWriteback(page), wait_on_page_writeback(page)": "no path writes beside it",
        }),
        ...PAGES_LEFT_OUT,
      },
      leavesOut: `a file without pages, for which nothing is done, partial pages, ${remover.written === true ? "" : "waiting for writeback (there is none), "}shadow entries, more than one page`,
    },
  );

/**
 * truncate_pagecache_range(), mm/truncate.c, v5.9: what a hole punch does to the page cache. One unmap pass before,
 * which spares private copies, and nothing after. The caller holds i_rwsem, so no other remover runs.
 */
export const truncatePagecacheRange = (remover: Remover) =>
  kernel.path(
    "truncate_pagecache_range",
    {},
    {
      "unmap_mapping_range(even_cows = 0)": call(unmapMappingRange(remover.vmas, false, remover.rules)),
      "truncate_inode_pages_range()": call(truncateInodePagesRange(remover)),
    },
    {
      file: "mm/truncate.c",
      release: "v5.9",
      leavesOut: "what the file system does before and after, i_rwsem",
    },
  );

/**
 * truncate_setsize() with truncate_pagecache(), mm/truncate.c, v5.9: the new size first, then an unmap pass before
 * and one after the page cache is emptied; both also take private copies. `unmapsAgain` set to false leaves the second
 * one out, to show what it is for.
 */
export const truncateSetsize = (remover: Remover, unmapsAgain = true) =>
  kernel.path(
    "truncate_setsize",
    {},
    {
      "i_size_write(inode, newsize)": once((k) => {
        k.isize = 0;
      }),
      "unmap_mapping_range(even_cows = 1)": call(unmapMappingRange(remover.vmas, true, remover.rules)),
      "truncate_inode_pages()": call(truncateInodePagesRange(remover)),
      "unmap_mapping_range(even_cows = 1), again":
        unmapsAgain && call(unmapMappingRange(remover.vmas, true, remover.rules)),
    },
    {
      file: "mm/truncate.c",
      release: "v5.9",
      omits: {
        "inode->i_size": "what the size was: only for pagecache_isize_extended()",
        pagecache_isize_extended: "the file does not grow",
      },
      leavesOut: "what the file system does before and after, i_rwsem",
    },
  );
