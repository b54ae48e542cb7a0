import { done, ref } from "faultline";
import { filePage, getPage, of, putPage, setPageSwapCache, trylockPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { tryGrabCompoundHead } from "../gup/reference.ts";

/**
 * add_to_swap(), mm/swap_state.c, v5.9, as shrink_page_list() in mm/vmscan.c calls it: the page is isolated from the LRU
 * and put into the swap cache; then it is found to be in use after all and stays mapped. Two references that are nobody's
 * PTE: that of the isolation comes and goes, that of the swap cache stays.
 */
export const addToSwap = () =>
  kernel.path(
    "add_to_swap",
    { page: ref(Page) },
    {
      "isolate: get_page_unless_zero(page)": of(filePage, tryGrabCompoundHead({ pin: false })).then((k, me, got) => {
        if (!got) return done;
        me.page = k.page;
      }),
      "trylock_page(page)": trylockPage.then({ false: "keep: put_page(page)" }),
      "add_to_swap_cache(): page_ref_add(page, 1)": getPage,
      "add_to_swap_cache(): SetPageSwapCache(page)": setPageSwapCache,
      "keep_locked: unlock_page(page)": unlockPage,
      "keep: put_page(page)": putPage,
    },
    {
      file: "mm/swap_state.c, mm/vmscan.c",
      release: "v5.9",
      leavesOut:
        "get_swap_page(), the i_pages lock of the swap cache and page->private (nobody looks the page up there), SetPageDirty(), try_to_unmap() (the page is referenced again, so it is kept), swap out, the LRU lists",
    },
  );
