import { done, full, once, ref } from "faultline";
import { putPage, trylockPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";

/**
 * shrink_page_list() with add_to_swap(), mm/vmscan.c and mm/swap_state.c, v5.9, for an anonymous page: takes it off the
 * LRU and puts it into the swap cache; then it is found to be in use after all and stays mapped. Two references that
 * are nobody's PTE: that of the isolation comes and goes, that of the swap cache stays.
 */
export const addToSwap = () =>
  kernel.path(
    "shrink_page_list",
    { page: ref(Page) },
    {
      "isolate: get_page_unless_zero(page)": full((k, me) => {
        if (k.page.refcount === 0 && k.page.pins === 0) return done;
        k.page.refcount++;
        me.page = k.page;
      }),
      "trylock_page(page)": trylockPage("keep: put_page(page)"),
      "add_to_swap_cache(): page_ref_add(page, 1)": full((_, { page }) => {
        page!.refcount++;
      }),
      "add_to_swap_cache(): SetPageSwapCache(page)": once((_, { page }) => {
        page!.swapcache = true;
      }),
      "keep_locked: unlock_page(page)": unlockPage,
      "keep: put_page(page)": putPage,
    },
    {
      file: "mm/vmscan.c, mm/swap_state.c",
      release: "v5.9",
      leavesOut: "try_to_unmap() (the page is referenced again, so it is kept), swap out, the LRU lists",
    },
  );
