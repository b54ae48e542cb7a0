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
      functions: ["add_to_swap", "add_to_swap_cache"],
      notInSource: {
        "isolate: get_page_unless_zero(page)": "isolate_lru_pages(), before",
        "trylock_page(page)": "shrink_page_list(), which calls it",
        "keep_locked: unlock_page(page)": "shrink_page_list(), which calls it",
        "keep: put_page(page)": "putback of the LRU lists, behind it",
      },
      omits: {
        "get_swap_page, put_swap_page, if (err)": "a free slot is found, and nobody else uses it",
        "swap_address_space, compound_order, xas_create_range, xas_nomem, xas_error": "how the slot is found, and made",
        "xas_lock_irq, xas_unlock_irq": "i_pages of the swap cache, taken by no other path",
        "xas_load, xas_store, xas_next, set_page_private": "the swap cache: nobody looks the page up there",
        "ADD_CACHE_INFO, __mod_node_page_state": "counts for who looks at statistics",
        "ClearPageSwapCache, page_ref_sub": "no slot: the page stays as it was",
        set_page_dirty: "an anonymous page: nobody writes it back here",
      },
      leavesOut:
        "get_swap_page(), the i_pages lock of the swap cache and page->private (nobody looks the page up there), SetPageDirty(), try_to_unmap() (the page is referenced again, so it is kept), swap out, the LRU lists",
    },
  );
