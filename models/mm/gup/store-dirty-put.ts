import { choose, once, ref } from "faultline";
import { putPage, setPageFlag, storeData } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";

/** What it stores. */
const STORED = 1;

/** What who got a page by get_user_pages() does with it, while the user who had it mapped is gone: it reads, or stores and sets PG_dirty; and puts it. */
export const storeDirtyPut = kernel.path(
  "store_dirty_put",
  { page: ref(Page) },
  {
    "page = pages[0]": once((k, me) => {
      me.page = k.mm[0].got;
      return choose("reads", "stores") === "reads" ? "folio_put(folio)" : undefined;
    }),
    "store to the page": once((_, { page }) => storeData(page!, STORED)),
    "folio_set_dirty(folio)": setPageFlag("dirty"),
    "folio_put(folio)": putPage,
  },
  {
    file: "mm/gup.c",
    release: "v7.1",
    notInSource: "what a holder of the page does",
    leavesOut: "folio_mark_dirty(), which many use, and which takes i_pages: without that lock more can happen",
  },
);
