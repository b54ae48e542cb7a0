import { acquire, atomic, bugOn, call, done, full, once, ref, release, wait } from "faultline";
import { rmapAhead, rmapTakenBack } from "../kernel/deletion.ts";
import { Page, kernel, type MmIndex } from "../kernel/world.ts";
import { deleteFromPageCache } from "./delete-from-page-cache.ts";

/** try_to_unmap_one() under page_vma_mapped_walk(), mm/rmap.c, v5.9: a PTE that looks empty is skipped without ptl. */
const tryToUnmapOne = (i: MmIndex) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page) },
    {
      "pmd_present(*pvmw->pmd)?": once((k) => {
        if (k.mm[i].pmd === "none") return done;
      }),
      "map_pte(): pte_present(*pvmw->pte)?": once((k) => {
        if (!k.mm[i].pte) return done;
      }),
      "spin_lock(pvmw->ptl)": acquire((k) => {
        if (k.mm[i].ptl) return wait;
        k.mm[i].ptl = true;
      }),
      "check_pte(): maps page?": once((k, { page }) => {
        if (k.mm[i].pte !== page) return "spin_unlock(pvmw->ptl)";
      }),
      "ptep_get_and_clear(pte)": full((k) => {
        k.mm[i].pte = null;
        rmapAhead(k.mm[i]);
      }),
      "page_remove_rmap(page)": full((k, { page }) => {
        page!.mapcount--;
        rmapTakenBack(k.mm[i], page!);
      }),
      "put_page(page)": full((_, { page }) => {
        page!.refcount--;
      }),
      "spin_unlock(pvmw->ptl)": release((k) => {
        k.mm[i].ptl = false;
      }),
    },
    {
      file: "mm/rmap.c",
      release: "v5.9",
      leavesOut: "TLB flushes, references and mlock, i_mmap_rwsem (no other path here takes it)",
    },
  );

/** What is reclaimed: a clean page of an ordinary file, or a page of tmpfs that goes to swap. */
export type Reclaimed = "file" | "tmpfs";

/**
 * shrink_page_list(), mm/vmscan.c, v5.9, for one page: unmaps it and takes it out of the page cache, through
 * __remove_mapping() or, for tmpfs, through shmem_writepage(), mm/shmem.c. `freezes` set to false replaces
 * page_ref_freeze() by a plain test of the count, to show what it is for.
 */
export const shrinkPageList = (mms: number, what: Reclaimed, freezes = true) =>
  kernel.path(
    "shrink_page_list",
    { page: ref(Page) },
    {
      "isolate: get_page_unless_zero(page)": full((k, me) => {
        if (k.page.refcount === 0) return done;
        k.page.refcount++;
        me.page = k.page;
      }),
      "trylock_page(page)": acquire((_, { page }) => {
        if (page!.locked) return "keep: put_page(page)";
        page!.locked = true;
      }),
      "page_mapped(page)?": once((_, { page }) => {
        if (page!.mapcount === 0) return "page_mapping(page)?";
      }),
      "try_to_unmap() in mm[0]": call(tryToUnmapOne(0), ({ page }) => ({ page })),
      "page_not_mapped(page)?":
        mms > 1 &&
        once((_, { page }) => {
          if (page!.mapcount === 0) return "page_mapping(page)?";
        }),
      "try_to_unmap() in mm[1]": mms > 1 && call(tryToUnmapOne(1), ({ page }) => ({ page })),
      "try_to_unmap(): page_mapped(page)?": once((_, { page }) => {
        if (page!.mapcount > 0) return "keep_locked: unlock_page(page)";
      }),
      "page_mapping(page)?": once((_, { page }) => {
        if (!page!.mapping) return "keep_locked: unlock_page(page)";
      }),

      "add_to_swap_cache(page)":
        what === "tmpfs" &&
        atomic(
          "under the i_pages lock of the swap cache",
          full((_, { page }) => {
            page!.swapcache = true;
            page!.refcount++;
          }),
        ),
      "shmem_replace_entry(): slot = swap entry":
        what === "tmpfs" &&
        once((k) => {
          k.slot = null;
        }),
      "page->mapping = NULL":
        what === "tmpfs" &&
        once((_, { page }) => {
          page!.mapping = false;
        }),
      "put_page(page) of the page cache":
        what === "tmpfs" &&
        full((_, { page }) => {
          page!.refcount--;
        }),
      "shmem_writepage(): BUG_ON(page_mapped(page))":
        what === "tmpfs" &&
        once((_, { page }) => {
          bugOn(page!.mapcount > 0, "BUG_ON(page_mapped(page))");
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
      "__ClearPageLocked(page)":
        what === "file" &&
        once((_, { page }) => {
          page!.locked = false;
          return done;
        }),

      "keep_locked: unlock_page(page)": release((_, { page }) => {
        page!.locked = false;
      }),
      "keep: put_page(page)": full((_, { page }) => {
        page!.refcount--;
      }),
    },
    {
      file: what === "file" ? "mm/vmscan.c" : "mm/vmscan.c, mm/shmem.c",
      release: freezes ? "v5.9" : "v5.9, without page_ref_freeze()",
      leavesOut:
        "the LRU lists, dirty pages and writeback, the i_pages lock (no other path here takes it), swap out itself",
    },
  );
