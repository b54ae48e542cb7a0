import { once, ref } from "faultline";
import { iPagesAndILock } from "../../kernel/omissions.ts";
import { deletedWhileMapped } from "../../kernel/deletion.ts";
import { putPage, setMapping, xasStore } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";

const NAMES = {
  single: "filemap_remove_folio",
  batch: "delete_from_page_cache_batch",
  frozen: "__filemap_remove_folio",
} as const;

/**
 * filemap_remove_folio(), delete_from_page_cache_batch() and, where the caller puts the reference of the page cache or has
 * frozen it, __filemap_remove_folio(), mm/filemap.c, v6.12 and v7.1, of a folio that is clean. The batch clears folio->mapping
 * before the xarray entry, the others after it. With `dirty`, it may be dirty, and is asked for that.
 */
export const filemapRemoveFolio = (variant: keyof typeof NAMES, release: "v6.12" | "v7.1", dirty = false) =>
  kernel.path(
    NAMES[variant],
    { page: ref(Page) },
    {
      "filemap_unaccount_folio(): folio_mapped(folio)?": once((k, { page }) => {
        if (page!.mapcount > 0) deletedWhileMapped(k, page!);
      }),
      "WARN_ON_ONCE(folio_test_dirty(folio))":
        dirty &&
        once((_, { page }) => {
          if (page!.dirty) page!.deletedDirty = true;
        }),
      "folio->mapping = NULL (batch)": variant === "batch" && setMapping("NULL"),
      "xas_store(&xas, NULL)": variant === "batch" && xasStore(() => null),
      "xas_store(&xas, shadow)": variant !== "batch" && xasStore(() => null),
      "folio->mapping = NULL": variant !== "batch" && setMapping("NULL"),
      "folio_put_refs(folio)": variant !== "frozen" && putPage,
    },
    {
      file: "mm/filemap.c",
      release,
      leavesOut:
        "i_lock and i_pages (within the page lock), PG_dirty (the folio is clean, or nobody asks), statistics, large folios",
      functions: [
        NAMES[variant],
        ...(variant === "single" ? ["__filemap_remove_folio"] : []),
        "filemap_unaccount_folio",
        variant === "batch" ? "page_cache_delete_batch" : "page_cache_delete",
        ...(variant === "frozen" ? [] : ["filemap_free_folio"]),
      ],
      at: {
        "filemap_unaccount_folio(): folio_mapped(folio)?": ["folio_mapped(folio) #1", "folio_mapped(folio) #2"],
      },
      omits: {
        ...(variant === "frozen" ? {} : iPagesAndILock(release)),
        "if (!IS_ENABLED(CONFIG_DEBUG_VM) && unlikely(folio_mapped(folio)))":
          "prints that something is wrong; the counts are only reset where the inode goes away",
        "folio_test_swapbacked, filemap_nr_thps_dec": "counts for who looks at statistics",
        ...(release === "v7.1" && {
          "if (test_bit(AS_KERNEL_FILE, &folio->mapping->flags))": "a count of pages of the kernel's own",
        }),
        ...(dirty
          ? { "folio_account_cleaned, inode_to_wb, mapping_can_writeback": "counts of dirty pages" }
          : { "folio_test_dirty, folio_account_cleaned, inode_to_wb, mapping_can_writeback": "the folio is clean" }),
        mapping_set_update: "the nodes of the xarray, for their shrinker",
        ...(variant === "batch"
          ? { xas_for_each: "finds the slots of the folios that it was given, which are locked" }
          : {
              "folio->mapping": "the mapping stays while the folio is locked, but for this deletion",
              "xas_set_order, xas_init_marks": "no folio here is large; marks are of slots that have a page",
            }),
        ...(variant === "frozen" ? {} : { free_folio: "of file systems that keep something with the page" }),
      },
    },
  );
