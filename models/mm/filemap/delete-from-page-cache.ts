import { once, ref } from "faultline";
import { putPage, setMapping, xasStore } from "../../kernel/primitives.ts";
import { deletedWhileMapped } from "../../kernel/deletion.ts";
import { Page, kernel } from "../../kernel/world.ts";

const NAMES = {
  single: "delete_from_page_cache",
  batch: "delete_from_page_cache_batch",
  frozen: "__delete_from_page_cache",
} as const;

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
      leavesOut:
        "the i_pages lock (no other path here takes it), statistics; a page that is still mapped when its inode goes away, whose counts are reset",
    },
  );
