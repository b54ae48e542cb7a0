import { done, full, once, ref } from "faultline";
import { Page, kernel } from "../kernel/world.ts";

/**
 * find_get_entry(), and what find_get_entries() does for each entry, mm/filemap.c, v5.9: looks the page up under RCU
 * and takes a reference. The local `page` is NULL if there is none.
 */
export const findGetEntry = () =>
  kernel.path(
    "find_get_entry",
    { page: ref(Page) },
    {
      "page = xas_load(&xas)": once((k, me) => {
        me.page = k.slot;
        if (!me.page) return done;
      }),
      "page_cache_get_speculative(page)": full((_, { page }) => {
        if (page!.refcount === 0) return "page = xas_load(&xas)";
        page!.refcount++;
      }),
      "page == xas_reload(&xas)?": once((k, { page }) => {
        if (k.slot === page) return done;
      }),
      "put_page(page)": full((_, { page }) => {
        page!.refcount--;
        return "page = xas_load(&xas)";
      }),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      leavesOut:
        "compound pages, shadow and swap entries (no page, as an empty slot), RCU (a page that is freed is not reused here)",
    },
  );

/** Only a second remover could take the page away during this one's lookup. */
export const LOST_LOOKUP = "find_get_entry: put_page(page)";
