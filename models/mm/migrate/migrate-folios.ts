import { call, done, ref } from "faultline";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  allocate,
  countIs,
  filePage,
  getPage,
  getPageUnlessZero,
  mappingMatches,
  newpage,
  of,
  pageFlag,
  pageMapped,
  pageRefFreeze,
  pageRefUnfreeze,
  putPage,
  setMapping,
  trylockPage,
  unlockPage,
  xasStore,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import type { FolioZap } from "../memory/zap-folio.ts";
import { IN_FOLIO_WALK, UNMAP_LOCALS, unmapFileFolio } from "../rmap/unmap-file-folio.ts";

/**
 * try_to_migrate_one() under page_vma_mapped_walk(), mm/rmap.c, v6.12 and v7.1, of a clean small folio of a file. The PTE is
 * empty after it, and no migration entry: where a fault would wait for that, it finds both folios locked.
 */
const tryToMigrateFolio = (i: VmaIndex, { release, users = false }: FolioZap) =>
  kernel.path("try_to_migrate_one", UNMAP_LOCALS, unmapFileFolio(i, { users }), {
    file: "mm/rmap.c",
    release,
    leavesOut: `the migration entry (a fault finds both folios locked), i_mmap_rwsem, ${users ? "that the flush may wait for others" : "the dirty bit and the flush"}`,
    functions: ["try_to_migrate_one"],
    at: {
      ...IN_FOLIO_WALK,
      "ptep_get_and_clear(mm, address, pvmw.pte)": ["ptep_get_and_clear()", "ptep_clear_flush()"],
      ...(users && {
        "flush_tlb_page()": "ptep_clear_flush()",
        "pte_dirty(pteval)?": "pte_dirty(pteval) #2",
        "folio_mark_dirty(folio)": "folio_mark_dirty(folio) #2",
      }),
    },
    omits: {
      ...MMU_NOTIFIERS,
      "DEFINE_FOLIO_VMA_WALK, page_vma_mapped_walk_done": "the walk is this thread's own",
      "if (!pvmw.pte)": "no folio here is large",
      "ptep_get(pvmw.pte)": "the entry that the walk has looked at, under ptl",
      ...(release === "v6.12"
        ? { "folio_is_zone_device, folio_is_device_private": "no folio here is of a device" }
        : {
            page_vma_mapped_walk_restart: "the walk is this thread's own",
            "softleaf_from_pte, softleaf_to_pfn, pte_clear, softleaf_is_device_private_write":
              "entries of devices: there is none",
          }),
      "if (folio_test_hugetlb(folio)), hugetlb_try_share_anon_rmap, hugetlb_remove_rmap":
        "no folio here is one of hugetlbfs",
      "folio_test_anon, PageAnonExclusive, if (anon_exclusive)": "the folio is one of a file",
      ...(users
        ? {
            "should_defer_flush, set_tlb_ubc_flush_pending":
              "whether the flush waits for others: here each is made at once",
          }
        : {
            "should_defer_flush, set_tlb_ubc_flush_pending, if (pte_dirty(pteval))":
              "no user runs: nothing is in a TLB, and the folio is clean",
          }),
      "PageHWPoison, if (PageHWPoison(subpage))": "nothing sets it here",
      "set_pte_at, trace_set_migration_pte":
        "the migration entry, where a fault would wait: here it finds both folios locked",
    },
  });

const MAPPED = "folio_mapped(src)?, again" as const;
const UNDO = "undo: folio_unlock(src)" as const;

/**
 * migrate_folio_unmap() and migrate_folio_move() with __folio_migrate_mapping(), mm/migrate.c, v6.12 and v7.1: moves a folio
 * of a file to `newpage`. The count is compared before the copy, and frozen after it.
 */
export const migrateFolio = (zap: FolioZap) => {
  const { release, vmas, users = false } = zap;
  return kernel.path(
    "migrate_folio_unmap",
    { page: ref(Page) },
    {
      "isolate: folio_try_get(src)?": of(filePage, getPageUnlessZero).then((k, me: { page: PageDraft | null }, got) => {
        if (!got) return done;
        me.page = k.page;
      }),
      "get_new_folio(src, private)": of(newpage, allocate),
      "folio_trylock(src)?": trylockPage.then({ false: "undo: folio_put(dst)" }),
      "folio_trylock(dst)?": of(newpage, trylockPage).then({ false: UNDO }),
      "folio_test_writeback(src)?": users && pageFlag("writeback").then({ true: UNDO }),
      "!src->mapping?": mappingMatches.then({ false: MAPPED }),
      "folio_mapped(src)?": pageMapped.then({ false: MAPPED }),
      "try_to_migrate(src)": call(tryToMigrateFolio(0, zap), ({ page }) => ({ page })),
      "try_to_migrate(src), vma[1]": vmas > 1 && call(tryToMigrateFolio(1, zap), ({ page }) => ({ page })),
      [MAPPED]: pageMapped.then({ true: UNDO }),

      "mapping = folio_mapping(src)": mappingMatches.then({ false: UNDO }),
      "folio_ref_count(src) == expected_count?": countIs(2).then({ false: UNDO }),
      "folio_ref_freeze(folio, expected_count)?": pageRefFreeze(2).then({ false: UNDO }),
      "newfolio->mapping = folio->mapping": of(newpage, setMapping("file")),
      "folio_ref_add(newfolio, nr)": of(newpage, getPage),
      "xas_store(&xas, newfolio)": xasStore(newpage),
      "folio_ref_unfreeze(folio, expected_count - nr)": pageRefUnfreeze(1),
      "src->mapping = NULL": setMapping("NULL"),
      "folio_unlock(dst)": of(newpage, unlockPage),
      "folio_put(dst)": of(newpage, putPage),
      "folio_unlock(src)": unlockPage,
      "migrate_folio_done(): folio_put(src)": putPage.then(done),

      [UNDO]: unlockPage,
      "undo: folio_unlock(dst)": of(newpage, unlockPage),
      "undo: folio_put(dst)": of(newpage, putPage),
      "undo: folio_put(src)": putPage,
    },
    {
      file: "mm/migrate.c",
      release,
      leavesOut:
        "migration entries, the copy, writeback and buffers, i_pages (page lock and freeze keep others away), that -EAGAIN is tried again",
      functions: [
        "migrate_folio_unmap",
        "migrate_folio_move",
        "move_to_new_folio",
        "__migrate_folio",
        "__folio_migrate_mapping",
      ],
      notInSource: {
        "isolate: folio_try_get(src)?": "isolate_folio_to_list(), of whoever wants the folio moved, before",
        "undo: folio_put(src)": "putback_movable_pages(), of the caller",
      },
      at: {
        [UNDO]: "migrate_folio_undo_src() #2",
        "undo: folio_unlock(dst)": "migrate_folio_undo_dst() #2",
        "undo: folio_put(dst)": "migrate_folio_undo_dst() #2",
        "folio_ref_freeze(folio, expected_count)?": "folio_ref_freeze(folio, expected_count) #2",
        "migrate_folio_done(): folio_put(src)":
          release === "v6.12" ? "migrate_folio_done() #2" : "migrate_folio_done() #1",
      },
      leads: {
        "folio_trylock(src)?": {
          "undo: folio_put(dst)": "migrate_folio_undo_src() and migrate_folio_undo_dst() of what is not locked yet",
        },
      },
      omits: {
        "if (mode == MIGRATE_ASYNC), folio_test_uptodate, folio_lock":
          "gives up, or waits for the lock: either way nothing is done until it is had",
        "migrate_folio_undo_src() #1, migrate_folio_undo_dst() #1":
          "the same, by way of the labels of migrate_folio_move()",
        folio_test_mlocked: "mlock()",
        ...(!users && { "if (folio_test_writeback(src))": "no write-back runs" }),
        "folio_test_anon, folio_test_ksm, folio_get_anon_vma, put_anon_vma": "the folio is one of a file",
        "if (folio_test_private(src)), folio_detach_private, folio_attach_private": "the folio has no buffers",
        "list_del, list_add, list_empty, folio_test_partially_mapped, folio_add_lru, lru_add_drain, data_race":
          "the lists of folios, and the LRU lists",
        "migrate_folio, fallback_migrate_folio":
          "a folio without a mapping, which is not moved here, and file systems without ->migrate_folio()",
        "if (!mapping)": "the folio has a mapping",
        "folio_expected_ref_count, folio->mapping":
          "1 + 1 for the page cache, and no buffers; under the page lock it stays",
        "folio_mc_copy, folio_migrate_flags, flush_dcache_folio": "the copy: newpage is locked until it is done",
        "xas_lock_irq, xas_unlock_irq, xas_unlock, local_irq_enable": "i_pages: page lock and freeze keep others away",
        folio_unqueue_deferred_split: "no folio here is large",
        mod_mthp_stat: "counts of folios",
        "folio_test_swapbacked, __folio_set_swapbacked, if (folio_test_swapcache(folio)), folio_test_swapcache":
          "the folio is one of an ordinary file",
        "folio_test_dirty, if (dirty)": "the folio is clean",
        "if (newzone != oldzone)": "counts of folios",
        folio_is_zone_device: "no folio here is of a device",
        ...(release === "v6.12"
          ? {
              "if (folio_ref_count(src) == 1)":
                "the folio is in the page cache, or was: that one more reference is put",
              "__folio_test_movable, migrate_movable_ops_page": "pages of drivers that move them by themselves",
              xas_next: "no folio here is large",
              set_page_owner_migrate_reason: "for who debugs",
            }
          : {
              "page_has_movable_ops, migrate_movable_ops_page": "pages of drivers that move them by themselves",
              folio_zone: "counts of folios",
              "swap_cluster_unlock_irq, swap_cluster_unlock": "the folio is one of an ordinary file",
              folio_set_owner_migrate_reason: "for who debugs",
            }),
        remove_migration_ptes: "no migration entry is left here: the next fault maps what it finds",
      },
    },
  );
};
