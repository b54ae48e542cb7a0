import { bool, call, done, ref } from "faultline";
import { MMU_NOTIFIERS, iPagesAndILock } from "../../kernel/omissions.ts";
import {
  filePage,
  freeFrozen,
  getPageUnlessZero,
  mappingMatches,
  of,
  pageFlag,
  pageMapped,
  pageRefFreeze,
  pageRefUnfreeze,
  putPage,
  trylockPage,
  unlockPage,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { filemapRemoveFolio } from "../filemap/remove-folio.ts";
import type { FolioZap } from "../memory/zap-folio.ts";
import { tryToUnmapFlush } from "../rmap/batched-flush.ts";
import { IN_FOLIO_WALK, UNMAP_LOCALS, unmapFileFolio } from "../rmap/unmap-file-folio.ts";

/** What try_to_unmap_one() of v6.12 and v7.1 does besides, of a small folio that nobody uses meanwhile. */
export const unmapOneOmits = (release: FolioZap["release"], users = false, batches = false) => ({
  ...MMU_NOTIFIERS,
  "DEFINE_FOLIO_VMA_WALK, page_vma_mapped_walk_restart, page_vma_mapped_walk_done": "the walk is this thread's own",
  "if (!(flags & TTU_IGNORE_MLOCK) && (vma->vm_flags & VM_LOCKED))": "mlock(): only keeps the folio",
  "if (!pvmw.pte)": "no folio here is large",
  "ptep_get(pvmw.pte), softleaf_from_pte, softleaf_to_pfn": "the entry that the walk has looked at, under ptl",
  "if (folio_test_hugetlb(folio))": "no folio here is one of hugetlbfs",
  "folio_test_anon, PageAnonExclusive, if (folio_test_anon(folio))": "the folio is one of a file",
  ...(batches
    ? {
        [`should_defer_flush${release === "v7.1" ? ", flush_tlb_range" : ""}`]: "whether the flush waits: here it does",
      }
    : {
        [`should_defer_flush, set_tlb_ubc_flush_pending${release === "v7.1" ? ", flush_tlb_range" : ""}`]: users
          ? "whether the flush waits for others: here each is made at once"
          : "no user runs: nothing is in a TLB",
      }),
  ...(!users && { "if (pte_dirty(pteval))": "nobody stores to a folio that is unmapped here" }),
  "pte_clear, pte_install_uffd_wp_if_needed": "entries that are not present, and userfaultfd: there is neither",
  hugetlb_remove_rmap: "no folio here is one of hugetlbfs",
  ...(release === "v7.1" && { folio_unmap_pte_batch: "no folio here is large" }),
});

/**
 * try_to_unmap_one() under page_vma_mapped_walk(), mm/rmap.c, v6.12 and v7.1, of a small folio of a file: without
 * TTU_SYNC, `sync`, a PTE that looks empty is skipped without ptl.
 */
export const tryToUnmapFolio = (i: VmaIndex, { release, users = false }: FolioZap, sync = false, batches = false) =>
  kernel.path("try_to_unmap_one", UNMAP_LOCALS, unmapFileFolio(i, { sync, users, batches }), {
    file: "mm/rmap.c",
    release,
    leavesOut: `references and mlock, i_mmap_rwsem, ${batches ? "" : users ? "that the flush may wait for others" : "the dirty bit and the flush (no user runs)"}${batches ? "" : ", "}entries that are not present`,
    functions: ["try_to_unmap_one"],
    at: {
      ...IN_FOLIO_WALK,
      ...(release === "v6.12"
        ? { "ptep_get_and_clear(mm, address, pvmw.pte)": ["ptep_get_and_clear()", "ptep_clear_flush()"] }
        : {
            "ptep_get_and_clear(mm, address, pvmw.pte)": "get_and_clear_ptes()",
            "folio_remove_rmap_pte(folio, subpage, vma)": "folio_remove_rmap_ptes()",
            "folio_put(folio)": "folio_put_refs()",
          }),
      ...(users && {
        ...(!batches && { "flush_tlb_page()": release === "v6.12" ? "ptep_clear_flush()" : "flush_tlb_range()" }),
        "pte_dirty(pteval)?": "pte_dirty(pteval) #2",
        "folio_mark_dirty(folio)": "folio_mark_dirty(folio) #2",
      }),
    },
    omits: {
      ...unmapOneOmits(release, users, batches),
      "PageHWPoison, if (PageHWPoison(subpage) && (flags & TTU_HWPOISON))":
        "a fault on the entry of a broken page ends in a signal",
    },
  });

interface Unmapping {
  readonly page: PageDraft | null;
  flushPending: boolean;
}

const unmapOne = (i: VmaIndex, zap: FolioZap, batches: boolean) =>
  call(
    tryToUnmapFolio(i, zap, false, batches),
    ({ page }: Unmapping) => ({ page }),
    (me, { flushPending }) => {
      if (flushPending) me.flushPending = true;
    },
  );

const KEEP_LOCKED = "keep_locked: folio_unlock(folio)" as const;

const UNFREEZE = "__remove_mapping(): folio_ref_unfreeze(folio, refcount)" as const;

/**
 * shrink_folio_list() with __remove_mapping(), mm/vmscan.c, v6.12 and v7.1, of one folio of a file: unmaps it, and takes it
 * out of the page cache once nobody else has a reference. It is clean; or, where users run, it is kept while it is dirty or written.
 */
export const shrinkFolioList = (zap: FolioZap, { batches = false }: { readonly batches?: boolean } = {}) => {
  const { release, vmas, users = false } = zap;
  const keep = batches ? "keep: try_to_unmap_flush()" : "keep: folio_put(folio)";
  const freeze = pageRefFreeze(2).then({ false: KEEP_LOCKED });
  return kernel.path(
    "shrink_folio_list",
    { page: ref(Page), flushPending: bool },
    {
      "isolate: folio_try_get(folio)?": of(filePage, getPageUnlessZero).then(
        (k, me: { page: PageDraft | null }, got) => {
          if (!got) return done;
          me.page = k.page;
        },
      ),
      "folio_trylock(folio)?": trylockPage.then({ false: keep }),
      "folio_test_writeback(folio)?": users && pageFlag("writeback").then({ true: KEEP_LOCKED }),
      "folio_mapped(folio)?": pageMapped.then({ false: "mapping = folio_mapping(folio)" }),
      "try_to_unmap(folio, flags), vma[0]": unmapOne(0, zap, batches),
      "try_to_unmap(folio, flags), vma[1]": vmas > 1 && unmapOne(1, zap, batches),
      "folio_mapped(folio)?, again": pageMapped.then({ true: KEEP_LOCKED }),
      "mapping = folio_mapping(folio)": mappingMatches.then({ false: KEEP_LOCKED }),
      "folio_test_dirty(folio)?": users && pageFlag("dirty").then({ true: KEEP_LOCKED }),
      "__remove_mapping(): folio_ref_freeze(folio, refcount)?": freeze,
      "__remove_mapping(): folio_test_dirty(folio)?": users && pageFlag("dirty").then({ true: UNFREEZE }),
      "__filemap_remove_folio(folio, shadow)": call(filemapRemoveFolio("frozen", release), ({ page }) => ({ page })),
      "folio_unlock(folio)": unlockPage,
      "try_to_unmap_flush()": batches && tryToUnmapFlush(vmas),
      "free_unref_folios(&free_folios)": freeFrozen.then(done),
      [UNFREEZE]: users && pageRefUnfreeze(2),
      [KEEP_LOCKED]: unlockPage,
      "keep: try_to_unmap_flush()": batches && tryToUnmapFlush(vmas),
      "keep: folio_put(folio)": putPage,
    },
    {
      file: "mm/vmscan.c",
      release,
      leavesOut: `the LRU lists, references, ${users ? "" : "dirty folios, "}buffers, demotion, i_pages, more than one folio`,
      functions: ["shrink_folio_list", "__remove_mapping"],
      notInSource: {
        "isolate: folio_try_get(folio)?": "isolate_lru_folios(), before",
        "keep: folio_put(folio)": "move_folios_to_lru(), which puts the folio back on a list",
      },
      at: {
        "folio_mapped(folio)?": release === "v6.12" ? "folio_mapped(folio) #3" : "folio_mapped(folio) #2",
        "folio_mapped(folio)?, again": release === "v6.12" ? "folio_mapped(folio) #4" : "folio_mapped(folio) #3",
        "free_unref_folios(&free_folios)": ["free_unref_folios(&free_folios) #1", "free_unref_folios(&free_folios) #2"],
        ...(batches && {
          "try_to_unmap_flush()": ["try_to_unmap_flush() #1", "try_to_unmap_flush() #2"],
          "keep: try_to_unmap_flush()": "try_to_unmap_flush() #2",
        }),
        ...(users && {
          "folio_test_writeback(folio)?": "folio_test_writeback(folio) #1",
          "folio_test_dirty(folio)?": "folio_test_dirty(folio) #1",
        }),
      },
      omits: {
        ...iPagesAndILock(release),
        "memset, can_demote, list_empty, lru_to_folio, list_del, list_add, list_splice":
          "the lists of folios, and their counts",
        "if (folio_contain_hwpoisoned_page(folio))": "where memory_failure() does not run, nothing sets it",
        "folio_evictable, folio_mapped(folio) #1, folio_check_references": "only keep the folio",
        "folio_check_dirty_writeback, folio_test_reclaim(folio) #1": "counts for who waits for write-back",
        ...(!users && {
          "if (folio_test_writeback(folio))": "no write-back runs",
          "if (folio_test_dirty(folio)), if (unlikely(folio_test_dirty(folio)))":
            "the folio is clean, and nobody stores to one that is unmapped",
        }),
        "if (do_demote_pass && (thp_migration_supported() || !folio_test_large(folio)))": "migration to slower memory",
        folio_test_swapbacked: "counts what turned out to be of a file no more",
        folio_maybe_dma_pinned: "only keeps the folio",
        "if (folio_needs_release(folio))": "the folio has no buffers",
        "__remove_mapping(): if (folio_test_swapcache(folio))": "the folio is in the page cache of its file",
        "folio_is_file_lru, mapping_exiting, dax_mapping, workingset_eviction":
          "the slot becomes a shadow entry, which is no page to who looks it up",
        free_folio: "of file systems that keep something with the page",
        "folio_unqueue_deferred_split, mem_cgroup_uncharge_folios": "the folios that nobody has any more",
        "activate_locked:": "a folio that is kept: as keep_locked, but for the list it goes to",
        "demote_folio_list, list_splice_init": "migration to slower memory",
        swap_write_unplug: "no write-back runs",
        ...(release === "v6.12"
          ? {
              "lru_gen_enabled, folio_mapped(folio) #2, folio_test_referenced": "only keep the folio",
              "if (folio_test_anon(folio) && folio_test_swapbacked(folio)), if (folio_test_anon(folio) && !folio_test_swapbacked(folio))":
                "the folio is one of a file",
            }
          : {
              "if (folio_test_anon(folio) && folio_test_swapbacked(folio) && !folio_test_swapcache(folio)), if (folio_test_lazyfree(folio))":
                "the folio is one of a file",
              "folio_batch_init, folio_batch_add": "the folios that nobody has any more",
            }),
      },
    },
  );
};
