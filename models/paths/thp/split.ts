import { bugOn, call, done, full, once, ref, release } from "faultline";
import { rmapAhead, rmapTakenBack } from "../../kernel/deletion.ts";
import { lockPtl, putPage, trylockPage, unlockPage, unlockPtl } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { tryToUnmapOne } from "../reclaim.ts";

/**
 * try_to_unmap_one() with TTU_SPLIT_HUGE_PMD, mm/rmap.c, v5.9, of a huge page that a pmd maps. `sync`: TTU_SYNC of
 * 732ed55823fc (v5.13): an empty pmd is looked at under pmd_lock(), not skipped.
 */
const tryToUnmapHuge = (i: VmaIndex, sync: boolean) =>
  kernel.path(
    "try_to_unmap_one, huge",
    { page: ref(Page) },
    {
      "pmd_trans_huge(*pvmw->pmd)?": once((k) => {
        if (k.vma[i].pmd !== "huge" && !sync) return done;
      }),
      "pmd_lock(mm, pvmw->pmd)": lockPtl(i),
      "pmd_trans_huge(*pvmw->pmd)? under pmd_lock()": once((k) => {
        if (k.vma[i].pmd !== "huge") return "spin_unlock(pvmw->ptl)";
      }),
      "split_huge_pmd(): pmdp_huge_clear_flush(pmd)": full((k) => {
        k.vma[i].pmd = "none";
        rmapAhead(k.vma[i]);
      }),
      "split_huge_pmd(): page_remove_rmap(page, true)": full((k, { page }) => {
        page!.mapcount--;
        rmapTakenBack(k.vma[i], page!);
      }),
      "split_huge_pmd(): put_page(page)": putPage,
      "spin_unlock(pvmw->ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release: sync ? "v5.13" : "v5.9",
      leavesOut: "i_mmap_rwsem (nobody here takes it for writing), the deposited page table, rss",
    },
  );

/**
 * split_huge_page_to_list(), mm/huge_memory.c, v5.9, of a huge page of a file, up to the point of no return,
 * page_ref_freeze(). vma[0] maps it by a huge pmd, or its head by a PTE. `sync`: see above.
 */
export const splitHugePage = (by: "pmd" | "pte", sync: boolean) =>
  kernel.path(
    "split_huge_page_to_list",
    { page: ref(Page) },
    {
      "get_page_unless_zero(page)": full((k, me) => {
        k.page.refcount++;
        me.page = k.page;
      }),
      "trylock_page(page)": trylockPage("put_page(page)"),
      "unmap_page(): try_to_unmap()": call(by === "pmd" ? tryToUnmapHuge(0, sync) : tryToUnmapOne(0), ({ page }) => ({
        page,
      })),
      "unmap_page(): VM_BUG_ON_PAGE(!unmap_success)": once((_, { page }) =>
        bugOn(page!.mapcount > 0, "VM_BUG_ON_PAGE(!unmap_success)"),
      ),
      "page_ref_freeze(head, 1 + extra_pins)": full((_, { page }) => {
        if (page!.refcount !== 2) return "unlock_page(page)";
        page!.refcount = 0;
      }),
      "BUG_ON(total_mapcount(head))": once((_, { page }) => bugOn(page!.mapcount > 0, "BUG_ON(total_mapcount(head))")),
      "__split_huge_page(): page_ref_unfreeze(head, 2)": release((_, { page }) => {
        page!.refcount = 2;
      }),
      "unlock_page(page)": unlockPage,
      "put_page(page)": putPage,
    },
    {
      file: "mm/huge_memory.c",
      release: sync ? "v5.13" : "v5.9",
      leavesOut:
        "can_split_huge_page() (a hint that this race passes), the tails, i_pages and lru_lock, remap_page() (a file's page is left unmapped)",
    },
  );
