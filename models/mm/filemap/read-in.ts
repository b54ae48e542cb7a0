import { call, done, once, ref, smpRmb, smpWmb } from "faultline";
import { filePage, of, pageFlag, putPage, setPageFlag, unlockPage, storeData } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { findGetEntry } from "./find-get-entry.ts";

/**
 * The end of ->readpage(), mpage_end_io(), fs/mpage.c: the page has been read, and may be used from now on. `ordered`:
 * SetPageUptodate() has the smp_wmb() of 0ed361dec369 (v2.6.25).
 */
export const readpageEnds = (ordered: boolean) =>
  kernel.path(
    "mpage_end_io",
    {},
    {
      "the page is filled": once((k) => storeData(k.page, 1)),
      "SetPageUptodate(page): smp_wmb()": ordered && smpWmb,
      "SetPageUptodate(page): set_bit(PG_uptodate)": of(filePage, setPageFlag("uptodate")),
      "unlock_page(page)": of(filePage, unlockPage),
    },
    {
      file: "fs/mpage.c",
      release: ordered ? "v2.6.25" : "v2.6.24",
      leavesOut: "errors, further pages; that a device filled the page: the CPU does, as a file system in memory",
    },
  );

/**
 * do_generic_file_read(), mm/filemap.c, v2.6.25: copies a page out without the page lock if it is uptodate. `ordered`:
 * PageUptodate() has the smp_rmb() of 0ed361dec369.
 */
export const genericFileRead = (ordered: boolean) =>
  kernel.path(
    "do_generic_file_read",
    { page: ref(Page) },
    {
      "find_get_page(mapping, index)": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "PageUptodate(page)?": pageFlag("uptodate").then({ false: "put_page(page)" }),
      "PageUptodate(page): smp_rmb()": ordered && smpRmb,
      "file_read_actor(): load the page": once((_, { page }) => {
        if (page!.data === 0) page!.readEarly = true;
      }),
      "put_page(page)": putPage,
    },
    {
      file: "mm/filemap.c",
      release: ordered ? "v2.6.25" : "v2.6.24",
      leavesOut: "readahead; a page that is not uptodate, which is locked and looked at again; i_size",
    },
  );
