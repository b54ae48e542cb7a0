import { atomic, call, done, full, once, ref, release } from "faultline";
import { checkUnmapped, rmapAhead, rmapTakenBack, type MappedCheck } from "../kernel/deletion.ts";
import {
  getPage,
  lockPtl,
  mappingMatches,
  pageMapped,
  ptepGetAndClear,
  putPage,
  setPageSwapCache,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../kernel/primitives.ts";
import { dropTlbEntries } from "../kernel/tlb.ts";
import { Page, VMAS, kernel, type VmaIndex } from "../kernel/world.ts";
import { deleteFromPageCache } from "./delete-from-page-cache.ts";

/**
 * try_to_unmap_one() under page_vma_mapped_walk(), mm/rmap.c, v5.9: a PTE that looks empty is skipped without ptl. `sync`:
 * TTU_SYNC of 732ed55823fc (v5.13): it is looked at under ptl.
 */
export const tryToUnmapOne = (i: VmaIndex, batches = false, sync = false) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page) },
    {
      "pmd_present(*pvmw->pmd)?": once((k) => {
        if (k.vma[i].pmd === "none") return done;
      }),
      "map_pte(): pte_present(*pvmw->pte)?":
        !sync &&
        once((k) => {
          if (!k.vma[i].pte.page) return done;
        }),
      "spin_lock(pvmw->ptl)": lockPtl(i),
      "check_pte(): maps page?": once((k, { page }) => {
        if (k.vma[i].pte.page !== page) return "spin_unlock(pvmw->ptl)";
      }),
      "ptep_get_and_clear(pte)": ptepGetAndClear(i, (k) => rmapAhead(k.vma[i])),
      "set_tlb_ubc_flush_pending(mm)":
        batches &&
        once((k) => {
          k.mm[i].tlbFlushBatched = true;
        }),
      "page_remove_rmap(page)": full((k, { page }) => {
        page!.mapcount--;
        rmapTakenBack(k.vma[i], page!);
      }),
      "put_page(page)": putPage,
      "spin_unlock(pvmw->ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release: sync ? "v5.13" : "v5.9",
      leavesOut: "references and mlock, i_mmap_rwsem (no other path here takes it)",
    },
  );

/** What is reclaimed: a clean page of an ordinary file, or a page of tmpfs that goes to swap. */
export type Reclaimed = "file" | "tmpfs";

interface ReclaimRules {
  /** Set to false: page_ref_freeze() is replaced by a plain test of the count, to show what it is for. */
  readonly freezes?: boolean;
  /**
   * Users run, and their TLB entries are flushed once for many pages, before the pages are freed; without it nothing is
   * in a TLB.
   */
  readonly batches?: boolean;
  /** Of shmem_writepage(). */
  readonly check?: MappedCheck;
}

/**
 * shrink_page_list(), mm/vmscan.c, v5.9, for one page: unmaps it and takes it out of the page cache, through
 * __remove_mapping() or, for tmpfs, through shmem_writepage(), mm/shmem.c.
 */
export const shrinkPageList = (
  vmas: number,
  what: Reclaimed,
  { freezes = true, batches = false, check = "BUG_ON" }: ReclaimRules = {},
) =>
  kernel.path(
    "shrink_page_list",
    { page: ref(Page) },
    {
      "isolate: get_page_unless_zero(page)": full((k, me) => {
        if (k.page.refcount === 0) return done;
        k.page.refcount++;
        me.page = k.page;
      }),
      "trylock_page(page)": trylockPage("keep: put_page(page)"),
      "page_mapped(page)?": pageMapped("page_mapping(page)?"),
      "try_to_unmap() in vma[0]": call(tryToUnmapOne(0, batches), ({ page }) => ({ page })),
      "page_not_mapped(page)?": vmas > 1 && pageMapped("page_mapping(page)?"),
      "try_to_unmap() in vma[1]": vmas > 1 && call(tryToUnmapOne(1, batches), ({ page }) => ({ page })),
      "try_to_unmap(): page_mapped(page)?": once((_, { page }) => {
        if (page!.mapcount > 0) return "keep_locked: unlock_page(page)";
      }),
      "page_mapping(page)?": mappingMatches("keep_locked: unlock_page(page)"),

      "add_to_swap_cache(): page_ref_add(page, 1)": what === "tmpfs" && getPage,
      "add_to_swap_cache(): SetPageSwapCache(page)": what === "tmpfs" && setPageSwapCache,
      "shmem_replace_entry(): slot = swap entry":
        what === "tmpfs" &&
        once((k) => {
          k.slot = null;
        }),
      "page->mapping = NULL":
        what === "tmpfs" &&
        once((_, { page }) => {
          page!.mapping = "NULL";
        }),
      "put_page(page) of the page cache":
        what === "tmpfs" &&
        full((_, { page }) => {
          page!.refcount--;
        }),
      "shmem_writepage(): BUG_ON(page_mapped(page))":
        what === "tmpfs" &&
        once((k, { page }) => {
          checkUnmapped(k, page!, check);
          return "keep_locked: unlock_page(page)";
        }),

      "page_ref_freeze(page, 2)":
        what === "file" &&
        freezes &&
        full((_, { page }) => {
          if (page!.refcount !== 2) return "keep_locked: unlock_page(page)";
          page!.refcount = 0;
        }),
      "page_count(page) == 2?":
        what === "file" &&
        !freezes &&
        once((_, { page }) => {
          if (page!.refcount !== 2) return "keep_locked: unlock_page(page)";
        }),
      "__delete_from_page_cache(page)":
        what === "file" && call(deleteFromPageCache("frozen"), ({ page }) => ({ page })),
      "put both references":
        what === "file" &&
        !freezes &&
        full((_, { page }) => {
          page!.refcount -= 2;
        }),
      "unlock_page(page)":
        what === "file" &&
        release((_, { page }) => {
          page!.locked = false;
          return "try_to_unmap_flush()";
        }),

      "keep_locked: unlock_page(page)": unlockPage,
      "keep: put_page(page)": putPage,
      "try_to_unmap_flush()":
        batches &&
        atomic("an IPI that is waited for", (k) => {
          for (const i of VMAS.slice(0, vmas)) dropTlbEntries(k, i);
        }),
    },
    {
      file: what === "file" ? "mm/vmscan.c" : "mm/vmscan.c, mm/shmem.c",
      release: freezes ? "v5.9" : "v5.9, without page_ref_freeze()",
      leavesOut:
        "the LRU lists, dirty pages and writeback, the i_pages lock (no other path here takes it), swap out itself",
    },
  );
