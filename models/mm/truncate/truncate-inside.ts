import { call, done, once, ref } from "faultline";
import { of, pageRefFreeze, pageRefUnfreeze, putPage, setMapping, tail, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { zapVma, type FolioZap } from "../memory/zap-folio.ts";
import { BEHIND_THE_START, filemapGetFolioLocked } from "./truncate-folios.ts";

/** unmap_mapping_range() from the second page on, which vma[1] stands for. */
const unmapTail = (zap: FolioZap) => call(zapVma(1, true, zap));

/**
 * truncate_inode_partial_folio() with the split, mm/truncate.c, v6.12 and v7.1, of a dirty folio of two pages whose second one
 * is cut off. A folio that somebody else has a reference to is not split: it stays, across the end of the file.
 */
const cutFolio = ({ release }: FolioZap) =>
  kernel.path(
    "truncate_inode_partial_folio",
    { page: ref(Page) },
    {
      "try_folio_split_or_unmap(): folio_ref_freeze(folio)?": pageRefFreeze(2).then({ false: done }),
      "try_folio_split_or_unmap(): __filemap_remove_folio(new_folio)": of(tail, setMapping("NULL")),
      "try_folio_split_or_unmap(): folio_ref_unfreeze(folio)": pageRefUnfreeze(2),
    },
    {
      file: "mm/truncate.c",
      release,
      at: {
        "try_folio_split_or_unmap(): folio_ref_freeze(folio)?": "try_folio_split_or_unmap() #1",
        "try_folio_split_or_unmap(): __filemap_remove_folio(new_folio)": "try_folio_split_or_unmap() #1",
        "try_folio_split_or_unmap(): folio_ref_unfreeze(folio)": "try_folio_split_or_unmap() #1",
      },
      omits: {
        folio_wait_writeback: "no path writes beside it",
        "truncate_inode_folio, folio->mapping": "a folio that is covered whole, or is clean: it leaves the file",
        "mapping_inaccessible, folio_zero_range": "zeroes what is cut off: nobody looks at the data",
        "folio_needs_release, folio_invalidate": "the folio has no buffers",
        folio_test_dirty: "it is dirty",
        ...(release === "v7.1" && {
          "mapping_min_folio_order, PAGE_ALIGN_DOWN": "where it is split",
          "folio_try_get, if (!folio_test_large(folio2)), folio_trylock, folio2->mapping == folio->mapping":
            "the second split, at the other end of a hole",
          "try_folio_split_or_unmap(folio2, split_at2, min_order), folio_unlock, folio_put":
            "the second split, at the other end of a hole",
        }),
      },
      leavesOut: "try_to_unmap() where the split has failed: what it unmaps beyond the end, the second unmap does, too",
    },
  );

/** truncate_inode_pages_range(), mm/truncate.c, v6.12 and v7.1, from the second page of the folio on. */
const truncateInside = (zap: FolioZap) =>
  kernel.path(
    "truncate_inode_pages_range",
    { page: ref(Page) },
    {
      "__filemap_get_folio(mapping, FGP_LOCK)": call(filemapGetFolioLocked(zap), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "truncate_inode_partial_folio(folio)": call(cutFolio(zap), ({ page }) => ({ page })),
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/truncate.c",
      release: zap.release,
      leavesOut: "folios that begin in the range: there is none",
      at: {
        "truncate_inode_partial_folio(folio)": "truncate_inode_partial_folio(folio) #1",
        "folio_unlock(folio)": "folio_unlock(folio) #1",
        "folio_put(folio)": "folio_put(folio) #1",
      },
      omits: {
        ...BEHIND_THE_START,
        "find_lock_entries, truncate_cleanup_folio, delete_from_page_cache_batch, folio_unlock(fbatch.folios[i]), folio_batch_release(&fbatch) #1":
          "folios that begin in the range: there is none",
      },
    },
  );

/** truncate_setsize() to one page of a file that is one dirty folio of two pages, mm/truncate.c, v6.12 and v7.1. */
export const truncateInsideDirtyFolio = (release: FolioZap["release"]) => {
  const zap = { release, vmas: 2 } as const;
  return kernel.path(
    "truncate_setsize",
    {},
    {
      "i_size_write(inode, newsize)": once((k) => {
        k.isize = 1;
      }),
      "unmap_mapping_range(even_cows = 1)": unmapTail(zap),
      "truncate_inode_pages()": call(truncateInside(zap)),
      "unmap_mapping_range(even_cows = 1), again": unmapTail(zap),
    },
    {
      file: "mm/truncate.c",
      release,
      functions: ["truncate_setsize", "truncate_pagecache"],
      omits: {
        "inode->i_size": "what the size was: only for pagecache_isize_extended()",
        pagecache_isize_extended: "the file does not grow",
      },
      leavesOut: "what the file system does before and after, i_rwsem",
    },
  );
};
