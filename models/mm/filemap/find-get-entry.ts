import { done, once, ref } from "faultline";
import { getPageUnlessZero, putPage, xasLoad } from "../../kernel/primitives.ts";
import { RCU } from "../../kernel/omissions.ts";
import { Page, kernel } from "../../kernel/world.ts";

/**
 * find_get_entry(), and what find_get_entries() does for each entry, mm/filemap.c, v5.9: looks the page up under RCU
 * and takes a reference. The local `page` is NULL if there is none.
 */
export const findGetEntry = () =>
  kernel.path(
    "find_get_entry",
    { page: ref(Page) },
    {
      "page = xas_load(&xas)": xasLoad.then((_, { page }) => (page ? undefined : done)),
      "page_cache_get_speculative(page)": getPageUnlessZero.then({ false: "page = xas_load(&xas)" }),
      "page == xas_reload(&xas)?": once((k, { page }) => {
        if (k.slot === page) return done;
      }),
      "put_page(page)": putPage.then("page = xas_load(&xas)"),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      omits: {
        ...RCU,
        "xas_retry, xa_is_value": "a slot that is in motion or has no page",
        find_subpage: "no page here is compound",
      },
      leavesOut:
        "compound pages, shadow and swap entries (no page, as an empty slot), RCU (a page that is freed is not reused here)",
    },
  );
