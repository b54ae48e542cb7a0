/** How a page comes onto an LRU list, mm/swap.c, and which list that is. */
import {
  bool,
  extend,
  full,
  guarded,
  inWord,
  lock,
  noreturn,
  once,
  oneOf,
  smpMbAfterAtomic,
  spinlock,
  unlock,
  type StateOf,
} from "faultline";
import { kernel } from "../../kernel/world.ts";

/** LRU lists, and the flags by which a page is on one. A world of its own: no other path here looks at them. */
export const lruLists = extend(kernel, {
  /** lruvec->lru_lock; until v5.10 pgdat->lru_lock. */
  lruLock: spinlock,
  /** The list that the page is on. */
  list: guarded("lruLock", oneOf("none", "evictable", "unevictable")),
  within: {
    Page: {
      /** PG_lru */
      lru: inWord("flags", bool),
      /** PG_unevictable: the list is that of what reclaim does not look at. */
      unevictable: inWord("flags", bool),
      /** PG_mlocked */
      mlocked: inWord("flags", bool),
    },
  },
});

type Lru = StateOf<typeof lruLists>;
const lruLock = (k: Lru) => k.lruLock;
export const lockLru = lock(lruLock);
export const unlockLru = unlock(lruLock);
/** SetPageLRU(), folio_set_lru() */
export const setLru = noreturn((k: Lru): void => {
  k.page.lru = true;
});

export interface LruAdd {
  readonly release: "v5.9" | "v6.12" | "v7.1";
  /** PG_lru is set before PG_mlocked is looked at, as up to v6.0; and then a barrier is between them, as from v4.17 to v5.17. */
  readonly lruFirst: boolean;
  readonly barrier: boolean;
}

const BY_CALLER = "pagevec_lru_move_fn(), since v6.1 folio_batch_move_lru(), which calls it";
const AT_V59 = {
  "folio_test_clear_unevictable(folio)": "TestClearPageUnevictable(page)",
  "folio_set_lru(folio), first": "SetPageLRU(page)",
  "folio_evictable(folio)": "page_evictable(page)",
  "folio_set_unevictable(folio)": "SetPageUnevictable(page)",
  "lruvec_add_folio(lruvec, folio)": "add_page_to_lru_list()",
};

/** __pagevec_lru_add_fn(), since v6.1 lru_add_fn() and then lru_add(), of one page, with lru_lock. */
export const lruAdd = ({ release, lruFirst, barrier }: LruAdd) =>
  lruLists.path(
    release === "v5.9" ? "__pagevec_lru_add_fn" : "lru_add",
    { evictable: bool },
    {
      "spin_lock_irqsave(&lruvec->lru_lock)": lockLru,
      "folio_test_clear_unevictable(folio)": full((k) => {
        if (k.page.unevictable) k.page.unevictable = false;
      }),
      "folio_set_lru(folio), first": lruFirst && setLru,
      "smp_mb__after_atomic()": barrier && smpMbAfterAtomic,
      "folio_evictable(folio)": once((k, me) => {
        me.evictable = !k.page.mlocked;
        if (me.evictable) return "lruvec_add_folio(lruvec, folio)";
      }),
      "folio_set_unevictable(folio)": noreturn((k) => {
        k.page.unevictable = true;
      }),
      "lruvec_add_folio(lruvec, folio)": once((k, { evictable }) => {
        k.list = evictable ? "evictable" : "unevictable";
      }),
      "folio_set_lru(folio)": !lruFirst && setLru,
      "spin_unlock_irqrestore(&lruvec->lru_lock)": unlockLru,
    },
    {
      file: "mm/swap.c",
      release,
      leavesOut: "the other folios of the batch, PG_active, mlock_count (it is 0 on the way), statistics",
      notInSource: {
        "spin_lock_irqsave(&lruvec->lru_lock)": BY_CALLER,
        "spin_unlock_irqrestore(&lruvec->lru_lock)": BY_CALLER,
        ...(release !== "v5.9" && { "folio_set_lru(folio)": BY_CALLER }),
      },
      ...(release === "v5.9" && { at: AT_V59 }),
      omits:
        release === "v5.9"
          ? {
              page_lru: "which of the evictable lists it is",
              ClearPageActive: "PG_active",
              "__count_vm_events, trace_mm_lru_insertion": "statistics",
            }
          : {
              folio_clear_active: "PG_active",
              "__count_vm_events, trace_mm_lru_insertion": "statistics",
            },
    },
  );
