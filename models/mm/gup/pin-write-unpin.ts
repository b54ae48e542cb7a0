import { call, done, full, once, ref } from "faultline";
import { markDirty } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { gupFastFolio, gupReleaseFolio, type FolioGup } from "./gup-folio.ts";

/** What a device stores. */
const STORED = 2;

/** Pins a page, stores to it, marks it dirty, and unpins it, as unpin_user_pages_dirty_lock() does without its lock. */
export const pinWriteUnpin = (i: VmaIndex, gup: FolioGup) =>
  kernel.path(
    "pin_write_unpin",
    { page: ref(Page) },
    {
      "pin_user_pages_fast()": call(gupFastFolio(i, gup), undefined, (me, { got }) => {
        me.page = got;
        if (!got) return done;
      }),
      "store to the page": once((_, { page }) => {
        page!.data = STORED;
      }),
      "folio_mark_dirty(folio)": full((_, { page }) => markDirty(page!)),
      "unpin_user_page(page)": call(gupReleaseFolio(i, gup), ({ page }) => ({ page })),
    },
    {
      file: "mm/gup.c",
      release: gup.release,
      notInSource: "what a holder of the page does",
      leavesOut: "the page lock around folio_mark_dirty(), which the holder need not take: without it more can happen",
    },
  );
