import { once, ref } from "faultline";
import { putPage, setMapping, xasStore } from "../../kernel/primitives.ts";
import { I_PAGES_LOCK } from "../../kernel/omissions.ts";
import { deletedWhileMapped } from "../../kernel/deletion.ts";
import { Page, kernel } from "../../kernel/world.ts";

const NAMES = {
  single: "delete_from_page_cache",
  batch: "delete_from_page_cache_batch",
  frozen: "__delete_from_page_cache",
} as const;

/** Where its steps are: the batch has a function of its own that empties the slots, the others share one. */
const inSource = (variant: keyof typeof NAMES) =>
  ({
    functions: [
      NAMES[variant],
      ...(variant === "single" ? ["__delete_from_page_cache"] : []),
      "unaccount_page_cache_page",
      variant === "batch" ? "page_cache_delete_batch" : "page_cache_delete",
      ...(variant === "frozen" ? [] : ["page_cache_free_page"]),
    ],
    at: {
      "unaccount: page_mapped(page)?": ["page_mapped(page) #1", "page_mapped(page) #2"],
      "unaccount: WARN_ON_ONCE(PageDirty(page))": "PageDirty(page)",
      ...(variant === "batch" ? {} : { "xas_store(&xas, NULL)": "xas_store(&xas, shadow)" }),
    },
    omits: {
      ...(variant === "frozen" ? {} : I_PAGES_LOCK),
      "PageUptodate, PageMappedToDisk, cleancache_put_page, cleancache_invalidate_page":
        "no page here goes to the cleancache",
      "if (!IS_ENABLED(CONFIG_DEBUG_VM) && unlikely(page_mapped(page)))":
        "prints that something is wrong; the counts are only reset where the inode goes away",
      "PageHuge, compound_nr": "no page here is huge",
      "if (PageSwapBacked(page)), else (PageSwapBacked(page))": "counts for who looks at statistics",
      "if (WARN_ON_ONCE(PageDirty(page)))": "counts for who looks at statistics",
      ...(variant === "batch"
        ? { "xas_for_each, xa_is_value": "finds the slots of the pages that it was given, which are locked" }
        : { "if (shadow)": "a shadow entry is no page, as an empty slot" }),
      ...(variant === "single"
        ? { "page_mapping(page)": "the mapping stays while the page is locked, but for this deletion" }
        : {}),
      ...(variant === "batch"
        ? {}
        : {
            "page->mapping": "the mapping stays while the page is locked, but for this deletion",
            "compound_order, xas_init_marks": "no page here is huge; marks are of slots that have a page",
          }),
      mapping_set_update: "the nodes of the xarray, for their shrinker",
      ...(variant === "frozen"
        ? {}
        : {
            freepage: "of file systems that keep something with the page",
            "if (PageTransHuge(page) && !PageHuge(page))": "no page here is huge",
          }),
    },
  }) as const;

/**
 * delete_from_page_cache(), delete_from_page_cache_batch() and, for a page whose references are frozen,
 * __delete_from_page_cache(), mm/filemap.c, v5.9. The batch clears page->mapping before the xarray entry, the others
 * after it. `checksDirty`: the page may be dirty, and unaccount_page_cache_page() warns of it; elsewhere it is clean.
 */
export const deleteFromPageCache = (variant: keyof typeof NAMES, checksDirty = false) =>
  kernel.path(
    NAMES[variant],
    { page: ref(Page) },
    {
      "unaccount: page_mapped(page)?": once((k, { page }) => {
        if (page!.mapcount > 0) deletedWhileMapped(k, page!);
      }),
      "unaccount: WARN_ON_ONCE(PageDirty(page))":
        checksDirty &&
        once((_, { page }) => {
          if (page!.dirty) page!.deletedDirty = true;
        }),
      "page->mapping = NULL (batch)": variant === "batch" && setMapping("NULL"),
      "xas_store(&xas, NULL)": xasStore(() => null),
      "page->mapping = NULL": variant !== "batch" && setMapping("NULL"),
      "put_page(page) of the page cache": variant !== "frozen" && putPage,
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      ...inSource(variant),
      leavesOut:
        "the i_pages lock (no other path here takes it), statistics; a page that is still mapped when its inode goes away, whose counts are reset",
    },
  );
