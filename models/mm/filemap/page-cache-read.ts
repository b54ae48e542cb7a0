import { bool, call, done, once, ref, release } from "faultline";
import {
  getPage,
  invalidateLockShared,
  putPage,
  setMapping,
  unlockPage,
  invalidateUnlockShared,
  allocateIfFree,
  of,
  newpage,
  setPageLocked,
  mustBeKept,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";

/**
 * What filemap_fault() does for a page that is not cached, mm/filemap.c, v4.4: allocates one, adds it to the page cache
 * locked, reads it from the block that the file has by then, and unlocks it. There is one page to allocate, `newpage`. If a page is in the cache by
 * then, `cached` is set; if there is none to allocate, `page` is NULL.
 */
export const pageCacheRead = () =>
  kernel.path(
    "page_cache_read",
    { page: ref(Page), block: bool, cached: bool },
    {
      "xa_load(&mapping->i_pages, index)?": once((k, me) => {
        if (!k.slot) return;
        me.cached = true;
        return done;
      }),
      "page = __page_cache_alloc()": of(newpage, allocateIfFree).then((k, me, got) => {
        if (!got) return done;
        me.page = k.newpage;
      }),
      "add_to_page_cache_lru(): __SetPageLocked(page)": setPageLocked,
      "add_to_page_cache_lru(): get_page(page)": getPage,
      "add_to_page_cache_lru(): page->mapping = mapping": setMapping("file"),
      "add_to_page_cache_lru(): xas_store(&xas, page)": release((k, me) => {
        k.slot = me.page;
      }),
      "->readpage(): get_block()": once((k, me) => {
        me.block = k.block !== "hole";
      }),
      "->readpage(): the page is read": once((_, { page, block }) => {
        mustBeKept(page!);
        page!.hasBlock = block;
      }),
      "unlock_page(page)": unlockPage,
      "put_page(page)": putPage,
    },
    {
      file: "mm/filemap.c",
      release: "v4.4",
      leavesOut:
        "readahead (in v5.9 the way it is read in first), -EEXIST (there is one page to add), the device: the page is unlocked when it is read",
    },
  );

/** page_cache_readahead_unbounded(), mm/readahead.c, v5.9, of one page; `locked`: under the file system's lock. */
export const readahead = (locked: boolean) =>
  kernel.path(
    "page_cache_readahead",
    {},
    {
      "invalidate lock, shared": locked && invalidateLockShared,
      "add_to_page_cache_lru(), ->readpage()": call(pageCacheRead()),
      "invalidate unlock, shared": locked && invalidateUnlockShared,
    },
    {
      file: "mm/readahead.c",
      release: "v5.9",
      functions: ["page_cache_readahead_unbounded", "read_pages"],
      at: {
        "add_to_page_cache_lru(), ->readpage()": [
          "xa_load(&mapping->i_pages)",
          "__page_cache_alloc()",
          "add_to_page_cache_lru()",
          "aops->readpage() #3",
          "read_pages(): put_page(page) #6",
        ],
      },
      notInSource: {
        "invalidate lock, shared": "its caller takes it, as xfs_file_fadvise() the lock of the inode, or does not",
        "invalidate unlock, shared": "its caller drops it",
      },
      omits: {
        "readahead_gfp_mask, memalloc_nofs_save, memalloc_nofs_restore": "how the memory may be got",
        "blk_start_plug, blk_finish_plug, readahead_page": "batches: one page is read in, by itself",
        "if (page && !xa_is_value(page))":
          "it is cached: page_cache_read asks for that, too, and there is no other to read",
        "if (add_to_page_cache_lru(page, mapping, index + i, gfp_mask) < 0)":
          "there is one by now: here is one page to allocate, and who has it adds it",
        SetPageReadahead: "PG_readahead: where the next readahead begins",
        "if (mapping->a_ops->readpages), if (aops->readahead), if (aops->readpages)":
          "file systems that read many pages at once: each is locked, read and unlocked as by ->readpage()",
      },
      leavesOut: "the window",
    },
  );
