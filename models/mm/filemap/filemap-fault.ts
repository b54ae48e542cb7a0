import { bool, call, done, ref } from "faultline";
import { indexInFile, lockPage, mappingMatches, putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { findGetEntry } from "./find-get-entry.ts";
import { pageCacheRead } from "./page-cache-read.ts";

/**
 * filemap_fault(), mm/filemap.c, v5.9: finds the page in the page cache and returns it locked and referenced, in the
 * local `page`; NULL stands for SIGBUS. `slept`: it has waited for the page lock.
 * `reads`: a page that is not cached is read in; otherwise it ends the fault, as it does once i_size has shrunk.
 */
export const filemapFault = (reads = false) =>
  kernel.path(
    "filemap_fault",
    { page: ref(Page), slept: bool },
    {
      "index < i_size?": indexInFile.then({ false: done }),
      "find_get_page(mapping, offset)": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (page) return "lock_page_maybe_drop_mmap(page)";
        if (!reads) return done;
      }),
      "page_cache_read()":
        reads &&
        call(pageCacheRead(), undefined, (_, { page, cached }) =>
          page || cached ? "find_get_page(mapping, offset)" : done,
        ),
      "lock_page_maybe_drop_mmap(page)": call(
        lockPage(),
        ({ page }) => ({ page }),
        (me, { slept }) => {
          if (slept) me.slept = true;
        },
      ),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(page), retry" }),
      "index < i_size? under the page lock": indexInFile.then({ true: done }),
      "unlock_page(page), SIGBUS": unlockPage,
      "put_page(page), SIGBUS": putPage.then((_, me) => {
        me.page = null;
        return done;
      }),
      "unlock_page(page), retry": unlockPage,
      "put_page(page), retry": putPage.then((_, me) => {
        me.page = null;
        return "find_get_page(mapping, offset)";
      }),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      at: {
        "index < i_size?": "i_size_read(inode) #1",
        // Where it is gone once it is locked, it is looked for by the call that would allocate it.
        "find_get_page(mapping, offset)": ["find_get_page(mapping, offset)", "pagecache_get_page()"],
        "page_cache_read()": [
          "do_sync_mmap_readahead()",
          "pagecache_get_page()",
          "page_not_uptodate: mapping->a_ops->readpage()",
        ],
        "page->mapping == mapping?": "compound_head(page)->mapping != mapping",
        "index < i_size? under the page lock": "i_size_read(inode) #2",
        "unlock_page(page), SIGBUS": "unlock_page(page) #3",
        "put_page(page), SIGBUS": "put_page(page) #2",
        "unlock_page(page), retry": "unlock_page(page) #1",
        "put_page(page), retry": "put_page(page) #1",
      },
      omits: {
        do_async_mmap_readahead: "reads in other pages",
        "do_sync_mmap_readahead, pagecache_get_page, if (!page)":
          "reads in a page that is not cached: where it may be, page_cache_read() is a step",
        PageUptodate: "a page that is unlocked has been read",
        "if (fpin)": "VM_FAULT_RETRY: the fault starts anew",
        "page_not_uptodate:": "reading failed once: it is read again; no device fails here",
        "out_retry:": "VM_FAULT_RETRY: the fault starts anew",
      },
      leavesOut:
        "VM_FAULT_RETRY and dropping mmap_lock while it sleeps; PG_uptodate (a page that is unlocked has been read); that, where `reads` is not set, a page which is gone is allocated and read in anew: it would lie beyond i_size, or behind the remover",
    },
  );
