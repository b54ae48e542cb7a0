import { done, once, ref } from "faultline";
import { RCU } from "../../kernel/omissions.ts";
import { getPageUnlessZero, putPage, xasLoad } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";

const NO_PAGE = "a slot that is in motion or has no page";

/** filemap_get_entry(), mm/filemap.c, v6.12 and v7.1: looks the folio of one index up under RCU, and takes a reference. */
export const filemapGetEntry = (release: "v6.12" | "v7.1") =>
  kernel.path(
    "filemap_get_entry",
    { page: ref(Page) },
    {
      "folio = xas_load(&xas)": xasLoad.then((_, { page }) => (page ? undefined : done)),
      "folio_try_get(folio)?": getPageUnlessZero.then({ false: "folio = xas_load(&xas)" }),
      "folio == xas_reload(&xas)?": once((k, { page }) => {
        if (k.slot === page) return done;
      }),
      "folio_put(folio)": putPage.then("folio = xas_load(&xas)"),
    },
    {
      file: "mm/filemap.c",
      release,
      leavesOut: "RCU (a page that is freed is not reused here), slots in motion, marks",
      omits: { ...RCU, xas_reset: "the walk begins anew", "xas_retry, xa_is_value": NO_PAGE },
    },
  );

/** find_get_entry(), mm/filemap.c, v6.12 and v7.1, which finds the next folio for find_get_entries() and find_lock_entries(). */
export const findFolio = (release: "v6.12" | "v7.1") =>
  kernel.path(
    "find_get_entry",
    { page: ref(Page) },
    {
      "folio = xas_find(xas, max)": xasLoad.then((_, { page }) => (page ? undefined : done)),
      "folio_try_get(folio)?": getPageUnlessZero.then({ false: "folio = xas_find(xas, max)" }),
      "folio == xas_reload(xas)?": once((k, { page }) => {
        if (k.slot === page) return done;
      }),
      "folio_put(folio)": putPage.then("folio = xas_find(xas, max)"),
    },
    {
      file: "mm/filemap.c",
      release,
      leavesOut: "RCU (a page that is freed is not reused here), slots in motion, marks",
      omits: {
        xas_find_marked: "whatever its mark is, the folio is looked for",
        xas_reset: "the walk begins anew",
        "xas_retry, xa_is_value": NO_PAGE,
      },
    },
  );
