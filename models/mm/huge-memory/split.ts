import { bugOn, call, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import {
  filePage,
  getPageUnlessZero,
  lockPtl,
  mapcountAboveZero,
  of,
  pageRefFreeze,
  pageRefUnfreeze,
  pageRemoveRmap,
  pmdpHugeGetAndClear,
  pmdTransHuge,
  putPage,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { tryToUnmapOne } from "../vmscan/reclaim.ts";

/**
 * try_to_unmap_one() with TTU_SPLIT_HUGE_PMD, mm/rmap.c, v5.9, of a huge page of a file that a pmd may map:
 * split_huge_pmd_address() looks at the pmd under pmd_lock(), whatever it holds, and takes it off.
 */
const tryToUnmapHuge = (i: VmaIndex) =>
  kernel.path(
    "try_to_unmap_one, huge",
    { page: ref(Page) },
    {
      "__split_huge_pmd(): pmd_lock(mm, pmd)": lockPtl(i),
      "page != pmd_page(*pmd)?": pmdTransHuge(i).then({ false: "spin_unlock(ptl)" }),
      "pmdp_huge_clear_flush(pmd)": pmdpHugeGetAndClear(i, (k) => rmapAhead(k.vma[i])),
      "page_remove_rmap(page, true)": pageRemoveRmap(i),
      "put_page(page)": putPage,
      "spin_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c, mm/huge_memory.c",
      release: "v5.9",
      leavesOut:
        "i_mmap_rwsem for reading (nobody here takes it for writing), the walk for PTEs (a file's pmd leaves none behind), the deposited page table, the flush (no user runs), rss",
    },
  );

/**
 * split_huge_page_to_list(), mm/huge_memory.c, v5.9, of a huge page of a file, up to the point of no return,
 * page_ref_freeze(). vma[0] maps it by a huge pmd, or its head by a PTE. `sync`: with TTU_SYNC, see tryToUnmapOne().
 */
export const splitHugePage = (by: "pmd" | "pte", sync: boolean) =>
  kernel.path(
    "split_huge_page_to_list",
    { page: ref(Page) },
    {
      "get_page_unless_zero(page)": of(filePage, getPageUnlessZero).then((k, me) => {
        me.page = k.page;
      }),
      "trylock_page(page)": trylockPage.then({ false: "put_page(page)" }),
      "unmap_page(): try_to_unmap()": call(
        by === "pmd" ? tryToUnmapHuge(0) : tryToUnmapOne(0, false, sync),
        ({ page }) => ({ page }),
      ),
      "unmap_page(): VM_BUG_ON_PAGE(!unmap_success)": mapcountAboveZero.then((_k, _me, isMapped) =>
        bugOn(isMapped, "VM_BUG_ON_PAGE(!unmap_success)"),
      ),
      // CONFIG_DEBUG_VM, too. Where it is not set, a page that is mapped is not split: -EBUSY.
      "total_mapcount(head)? BUG()": mapcountAboveZero.then((_k, _me, isMapped) =>
        bugOn(isMapped, "total_mapcount(head) > 0: BUG()"),
      ),
      "page_ref_freeze(head, 1 + extra_pins)": pageRefFreeze(2).then({ false: "unlock_page(page)" }),
      "__split_huge_page(): page_ref_unfreeze(head, 2)": pageRefUnfreeze(2),
      "unlock_page(page)": unlockPage,
      "put_page(page)": putPage,
    },
    {
      file: "mm/huge_memory.c",
      // v5.13 has both TTU_SYNC and 504e070dc08f, which makes a warning of the BUG.
      release: sync ? "v5.9, with 732ed55823fc" : "v5.9",
      leavesOut:
        "can_split_huge_page() (it compares the counts before anything is unmapped, where they agree unless somebody has a reference: a fault that comes later passes it), the tails, xas_load() == head (the page lock keeps it in the file), i_mmap_rwsem, i_pages and lru_lock (nobody else here takes them), remap_page() (a file's page is left unmapped)",
    },
  );
