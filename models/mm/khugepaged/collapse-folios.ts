import { bugOn, call, done, once, ref, smpMb } from "faultline";
import {
  allocate,
  countIs,
  getPage,
  mappingMatches,
  newpage,
  of,
  pageMapped,
  putPage,
  putReferences,
  setMapping,
  trylockPage,
  unlockPage,
  xasLoad,
  xasStore,
  setPageLocked,
  pageFlag,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import type { FolioZap } from "../memory/zap-folio.ts";
import { tryToUnmapFolio } from "../vmscan/reclaim-folios.ts";
import { lockUnderIPages } from "./collapse.ts";

/**
 * collapse_file(), mm/khugepaged.c, v6.12 and v7.1, for one small folio of a read-only file: puts a large folio, `newpage`,
 * in its place. The references are counted once, and frozen no more, as they were until v6.1: whoever comes later has to
 * get the folio from the page cache, and to lock it. `beside`: somebody may take the folio out of the file meanwhile, so
 * that i_pages matters.
 */
export const collapseFolios = (zap: FolioZap, beside = false) => {
  const { release, vmas, dirty = false } = zap;
  return kernel.path(
    "collapse_file",
    { page: ref(Page) },
    {
      "alloc_charge_folio(&new_folio)": of(newpage, allocate),
      "__folio_set_locked(new_folio)": of(newpage, setPageLocked),
      "new_folio->mapping = mapping": of(newpage, setMapping("file")),
      "xas_lock_irq(&xas): xas_load(), folio_trylock(), folio_get()":
        beside && lockUnderIPages.then((_k, _me, found) => (found ? undefined : "rollback: new_folio->mapping = NULL")),
      "folio = xas_load(&xas)": !beside && xasLoad,
      "folio_trylock(folio)?": !beside && trylockPage.then({ false: "rollback: new_folio->mapping = NULL" }),
      "folio_get(folio)": !beside && getPage,
      "folio_mapping(folio) == mapping?": mappingMatches.then({ false: "out_unlock: folio_unlock(folio)" }),
      "folio_test_dirty(folio)?": dirty && pageFlag("dirty").then({ true: "out_unlock: folio_unlock(folio)" }),
      "folio_test_writeback(folio)?": dirty && pageFlag("writeback").then({ true: "out_unlock: folio_unlock(folio)" }),
      "folio_isolate_lru(): folio_test_clear_lru(folio)": smpMb,
      "folio_isolate_lru(): folio_get(folio)": getPage,
      "folio_mapped(folio)?": pageMapped.then({ false: "folio == xa_load(xas.xa, index)?" }),
      "try_to_unmap(folio, TTU_IGNORE_MLOCK | TTU_BATCH_FLUSH)": call(tryToUnmapFolio(0, zap), ({ page }) => ({
        page,
      })),
      "try_to_unmap(), vma[1]": vmas > 1 && call(tryToUnmapFolio(1, zap), ({ page }) => ({ page })),
      "folio == xa_load(xas.xa, index)?": once((k, { page }) =>
        bugOn(k.slot !== page, "VM_BUG_ON_FOLIO(folio != xa_load(xas.xa, index))"),
      ),
      "folio_ref_count(folio) == 2 + folio_nr_pages(folio)?": countIs(3).then({ false: "folio_putback_lru(folio)" }),
      "xas_store(&xas, new_folio)": xasStore(newpage),
      "folio_unlock(new_folio)": of(newpage, unlockPage),
      "folio->mapping = NULL": setMapping("NULL"),
      "folio_unlock(folio)": unlockPage,
      "folio_put_refs(folio, 2 + folio_nr_pages(folio))": putReferences(3).then(done),
      "folio_putback_lru(folio)": putPage,
      "out_unlock: folio_unlock(folio)": unlockPage,
      "out_unlock: folio_put(folio)": putPage,
      "rollback: new_folio->mapping = NULL": of(newpage, setMapping("NULL")),
      "rollback: folio_unlock(new_folio)": of(newpage, unlockPage),
      "rollback: folio_put(new_folio)": of(newpage, putPage),
    },
    {
      file: "mm/khugepaged.c",
      release,
      leavesOut:
        "the other 511 folios, tmpfs, writers of the file, buffers, the copy (new_folio is locked), i_pages (then the page lock keeps the folio in the file), page tables that are taken away",
      functions: ["collapse_file"],
      at: {
        ...(dirty && {
          "folio_test_dirty(folio)?": "folio_test_dirty(folio) #2",
          "folio_test_writeback(folio)?": "folio_test_writeback(folio) #2",
        }),
        "folio_trylock(folio)?": "folio_trylock(folio) #2",
        "folio_get(folio)": "folio_get(folio) #2",
        "folio_isolate_lru(): folio_test_clear_lru(folio)": "folio_isolate_lru(folio)",
        "folio_isolate_lru(): folio_get(folio)": "folio_isolate_lru(folio)",
        "xas_lock_irq(&xas): xas_load(), folio_trylock(), folio_get()": [
          "xas_lock_irq(&xas)",
          "xas_load(&xas)",
          "folio_trylock(folio) #2",
          "folio_get(folio) #2",
        ],
        "xas_store(&xas, new_folio)": "xas_store(&xas, new_folio)",
        "folio_unlock(new_folio)": "folio_unlock(new_folio) #1",
        "folio_ref_count(folio) == 2 + folio_nr_pages(folio)?": "folio_ref_count(folio)",
        "folio_unlock(folio)": "folio_unlock(folio) #2",
        "folio_putback_lru(folio)": "folio_putback_lru(folio) #2",
        "rollback: new_folio->mapping = NULL": "new_folio->mapping = NULL",
        "rollback: folio_unlock(new_folio)": "folio_unlock(new_folio) #2",
        "out_unlock: folio_unlock(folio)": "out_unlock: folio_unlock(folio)",
        "out_unlock: folio_put(folio)": "out_unlock: folio_put(folio)",
        "rollback: folio_put(new_folio)": "folio_put(new_folio)",
      },
      omits: {
        "shmem_file, if (is_shmem), if (!is_shmem && result == SCAN_COPY_MC), shmem_charge":
          "the file is not one of tmpfs",
        "mapping_set_update, xas_create_range, xas_nomem": "how the slots are made",
        "xas_lock_irq, xas_unlock_irq":
          "i_pages: keeps the folio in the file until it is locked; from then on that does",
        "if (!folio || xa_is_value(folio))": "no page: reads it in and comes to the same place, or gives up",
        ...(dirty
          ? {
              "if (folio_test_dirty(folio)), if (folio_test_writeback(folio))":
                "under i_pages, before the folio is locked: gives up what is given up under its lock, too",
            }
          : {
              "folio_test_dirty, if (folio_test_dirty(folio)), folio_test_writeback, if (folio_test_writeback(folio))":
                "the folio is clean",
            }),
        folio_test_uptodate: "the folio is read in, and nothing clears that",
        "filemap_release_folio, folio_putback_lru #1": "the folio has no buffers",
        "list_add_tail, list_for_each_entry, list_for_each_entry_safe, list_del": "the list of the 512 folios",
        "if (result == SCAN_SUCCEED && !is_shmem && !mapping_large_folio_support(mapping))":
          "writers of the file: it has none",
        "clear_highpage, copy_mc_highpage, folio_mark_uptodate": "new_folio is locked until they are done",
        "if (nr_none), else (nr_none)": "holes, which tmpfs alone may have here",
        folio_ref_add: "the references of the other 511 slots",
        "folio_add_lru, folio_clear_active, folio_clear_unevictable": "the LRU lists",
        retract_page_tables: "takes page tables away that are empty",
        "folio_unlock(folio) #3, folio_putback_lru(folio) #3, rollback: folio_put(folio)":
          "rolls back what was done to other folios than this one, which was the last",
        trace_mm_khugepaged_collapse_file: "for who looks at statistics",
      },
    },
  );
};
