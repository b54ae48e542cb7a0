import { call, done, full, once, ref } from "faultline";
import { markDirty, storeData } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { gupFast } from "./gup-fast.ts";
import { gupFastFolio, gupReleaseFolio, type FolioGup } from "./gup-folio.ts";
import { dropReference } from "./reference.ts";

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
      "store to the page": once((_, { page }) => storeData(page!, STORED)),
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

/** The same in v5.9. */
export const pinWriteUnpinPage = (i: VmaIndex) =>
  kernel.path(
    "pin_write_unpin",
    { page: ref(Page) },
    {
      "pin_user_pages_fast()": call(
        gupFast(i, { pin: true, write: true, wp: { rule: "5.9" } }),
        undefined,
        (me, { got }) => {
          me.page = got;
          if (!got) return done;
        },
      ),
      "store to the page": once((_, { page }) => storeData(page!, STORED)),
      "set_page_dirty(page)": full((_, { page }) => markDirty(page!)),
      "unpin_user_page(page)": dropReference({ pin: true, write: true, wp: { rule: "5.9" } }).then((k) => {
        k.mm[i].got = null;
        k.mm[i].pinned = false;
      }),
    },
    {
      file: "mm/gup.c",
      release: "v5.9",
      notInSource: "what a holder of the page does",
      leavesOut: "the page lock around set_page_dirty(), which the holder need not take: without it more can happen",
    },
  );
