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
    { file: "fs/fuse/file.c", release: "v5.9", leavesOut: "the copy, the request, all pages but the first" },
  );
