/** madvise(MADV_COLD) and madvise(MADV_PAGEOUT) of one page, mm/madvise.c, v5.9, v6.12 and v7.1. */
import { call, done, ref } from "faultline";
import { ptepTestAndClearYoung } from "../../kernel/entries.ts";
import { lockPtl, ptepGet, unlockPtl } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { swapOut, type SwapOutRelease } from "../vmscan/swap-out.ts";

const FILE = "mm/madvise.c";
const UNLOCK = "pte_unmap_unlock(orig_pte, ptl)" as const;

/** MADV_COLD: takes the accessed bit from the PTE; MADV_PAGEOUT leaves it, and reclaims the page that was isolated. */
export const madviseColdOrPageout = (i: VmaIndex, does: "cold" | "pageout", release: SwapOutRelease) =>
  kernel.path(
    "madvise_cold_or_pageout_pte_range",
    { page: ref(Page) },
    {
      "orig_pte = pte_offset_map_lock(mm, pmd, addr, &ptl)": lockPtl(i),
      "pte_present(ptent)?": ptepGet(i).then((_, me, { page }) => {
        me.page = page;
        if (!page) return UNLOCK;
      }),
      "pte_mkold(ptent)": does === "cold" && ptepTestAndClearYoung(i).then({}),
      [UNLOCK]: unlockPtl(i).then((_, { page }) => (page && does === "pageout" ? undefined : done)),
      "reclaim_pages(&page_list)": does === "pageout" && call(swapOut(i, { keeps: false, release })),
    },
    {
      file: FILE,
      release,
      notInSource:
        "the steps of madvise_cold_or_pageout_pte_range() that one page takes, in the names of v5.9, and reclaim_pages() behind it",
      leavesOut:
        "LRU lists (isolate_lru_page() is what swap-out.ts begins with), that a page which several map is passed by, large folios, the flush of what was young",
    },
  );
