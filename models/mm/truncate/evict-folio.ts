import { call, done, once, ref } from "faultline";
import { iPagesAndILock } from "../../kernel/omissions.ts";
import { pageFlag, pageRefFreeze, pageRefUnfreeze } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { filemapRemoveFolio } from "../filemap/remove-folio.ts";

/**
 * mapping_evict_folio() with remove_mapping(), mm/truncate.c and mm/vmscan.c, v6.12 and v7.1: a clean folio, locked, of which the page cache and
 * the caller have the only references, leaves the page cache.
 */
export const mappingEvictFolio = (release: "v6.12" | "v7.1") =>
  kernel.path(
    "mapping_evict_folio",
    { page: ref(Page) },
    {
      "folio_test_dirty(folio)": pageFlag("dirty").then({ true: done }),
      "folio_ref_count(folio) > 2?": once((_, { page }) => (page!.refcount > 2 ? done : undefined)),
      "__remove_mapping(): folio_ref_freeze(folio, refcount)?": pageRefFreeze(2).then({ false: done }),
      "__filemap_remove_folio(folio, shadow)": call(filemapRemoveFolio("frozen", release), ({ page }) => ({ page })),
      "remove_mapping(): folio_ref_unfreeze(folio, 1)": pageRefUnfreeze(1),
    },
    {
      file: "mm/truncate.c, mm/vmscan.c",
      release,
      functions: ["mapping_evict_folio", "remove_mapping", "__remove_mapping"],
      at: { "folio_test_dirty(folio)": "mapping_evict_folio(): folio_test_dirty(folio)" },
      omits: {
        ...iPagesAndILock(release),
        folio_test_writeback: "nobody writes the folio back here",
        filemap_release_folio: "the folio has no buffers",
        "__remove_mapping(): folio_test_dirty, if (unlikely(folio_test_dirty(folio)))":
          "clean, locked, unmapped, and without another reference it stays clean",
        [release === "v6.12"
          ? "folio_test_swapcache, __delete_from_swap_cache"
          : "folio_test_swapcache, swap_cluster_get_and_lock_irq, __swap_cache_del_folio, swap_cluster_unlock_irq"]:
          "the folio is in the page cache of its file",
        "folio_is_file_lru, dax_mapping, workingset_eviction":
          "the slot becomes a shadow entry, which is no page to who looks it up",
        free_folio: "of file systems that keep something with the page",
      },
      leavesOut:
        "buffers, writeback, the swap cache, the shadow entry, that somebody dirties the folio meanwhile (who could has a reference)",
    },
  );
