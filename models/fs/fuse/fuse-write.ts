import { call, ref } from "faultline";
import { lockPage, putPage, unlockPage, pteNone } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { doReadFault } from "../../mm/memory/read-fault.ts";
import { findGetEntry } from "../../mm/filemap/find-get-entry.ts";

/**
 * fuse_fill_write_pages(), fs/fuse/file.c, v5.9: copies a write() into locked pages, and keeps them locked until they are
 * sent. The source of the next page is a mapping of the first, vma[0], which may not be faulted in yet. `unlocks`: the first
 * page is unlocked before the next one's source is touched.
 */
export const fuseFillWritePages = (unlocks: boolean) =>
  kernel.path(
    "fuse_fill_write_pages",
    { page: ref(Page) },
    {
      "grab_cache_page_write_begin(): find_get_page()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
      }),
      "grab_cache_page_write_begin(): lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "unlock_page(page), early": unlocks && unlockPage,
      "next page: is its source mapped?": pteNone(0).then({
        false: unlocks ? "put_page(page)" : "fuse_send_write_pages(): unlock_page(page)",
      }),
      "next page: iov_iter_fault_in_readable()": call(doReadFault(0, null)),
      "fuse_send_write_pages(): unlock_page(page)": !unlocks && unlockPage,
      "put_page(page)": putPage,
    },
    {
      file: "fs/fuse/file.c",
      release: unlocks ? "v5.9, with 4f06dd92b5d0" : "v5.9",
      functions: [
        "fuse_fill_write_pages",
        "grab_cache_page_write_begin",
        "pagecache_get_page",
        "fuse_send_write_pages",
      ],
      at: {
        "grab_cache_page_write_begin(): find_get_page()": "pagecache_get_page(): find_get_entry()",
        "grab_cache_page_write_begin(): lock_page(page)": "pagecache_get_page(): lock_page(page)",
        "put_page(page)": "fuse_send_write_pages(): put_page(page)",
      },
      notInSource: {
        "next page: is its source mapped?": "the MMU asks when iov_iter_fault_in_readable() loads a byte",
        "next page: iov_iter_fault_in_readable()":
          "at the top of the loop: the next turn comes there with the page of this one locked",
        "unlock_page(page), early": "what later releases do (4f06dd92b5d0)",
      },
      omits: {
        iov_iter_fault_in_readable: "for the next page it is a step; before the first one, no page is locked",
        "get_fuse_conn, iov_iter_count, iov_iter_advance": "where the write is: its own",
        "if (fgp_flags & FGP_NOWAIT), if (fgp_flags & FGP_ACCESSED)":
          "flags that grab_cache_page_write_begin() does not give",
        "if (compound_head(page)->mapping != mapping)": "nobody truncates the file",
        "page_is_idle, clear_page_idle": "idle page tracking: nobody asks",
        "if (!page && (fgp_flags & FGP_CREAT))": "the page is cached",
        "wait_for_stable_page, fuse_wait_on_page_writeback": "no writeback runs",
        "mapping_writably_mapped, SetPageUptodate": "nobody asks for caches of addresses, or whether the page is read",
        iov_iter_copy_from_user_atomic: "the copy: page faults are off, so that it waits for nobody",
        "if (!tmp)": "the source has been unmapped again: nobody does",
        fuse_simple_request: "the request: user space answers it, and asks for none of these locks",
      },
      leavesOut: "the copy, the request, all pages but the first",
    },
  );
