/** What takes PG_mlocked off a page, and the page from the unevictable list: mm/mlock.c. */
import { bool, call, done, full, noreturn, once } from "faultline";
import { lockLru, lruAdd, lruLists, setLru, unlockLru, type LruAdd } from "../swap/lru-add.ts";

const clearsLru = full((k: { page: { lru: boolean } }) => {
  if (!k.page.lru) return false;
  k.page.lru = false;
  return true;
});
const clearsMlocked = full((k: { page: { mlocked: boolean } }) => {
  if (!k.page.mlocked) return false;
  k.page.mlocked = false;
  return true;
});

/** clear_page_mlock(), v5.9: PG_mlocked first, then PG_lru, by which the page is isolated and put onto a list again. */
export const clearPageMlock = (add: LruAdd) =>
  lruLists.path(
    "clear_page_mlock",
    {},
    {
      "TestClearPageMlocked(page)": clearsMlocked.then({ false: done }),
      "isolate_lru_page(): PageLRU(page)": once((k) => (k.page.lru ? undefined : done)),
      "isolate_lru_page(): spin_lock_irq(&pgdat->lru_lock)": lockLru,
      "isolate_lru_page(): ClearPageLRU(page)": noreturn((k) => {
        k.page.lru = false;
      }),
      "isolate_lru_page(): del_page_from_lru_list()": once((k) => {
        k.list = "none";
      }),
      "isolate_lru_page(): spin_unlock_irq(&pgdat->lru_lock)": unlockLru,
      "putback_lru_page(): lru_cache_add()": call(lruAdd(add)),
    },
    {
      file: "mm/mlock.c",
      release: "v5.9",
      notInSource:
        "clear_page_mlock() with isolate_lru_page() and, once its pagevec is full, what lru_cache_add() leads to",
      leavesOut: "statistics, the reference of who isolates, PageLRU() again under the lock (nobody else isolates)",
    },
  );

export interface Munlock {
  readonly release: "v6.12" | "v7.1";
  /** An earlier folio of the batch has taken the lock of the same lruvec. */
  readonly isLocked: boolean;
  /** What would be a part of mending it: PG_lru is looked at again, behind PG_mlocked. */
  readonly looksAgain: boolean;
}

const OUT = "out: folio_set_lru(folio)" as const;
const CLEARS = "folio_test_clear_mlocked(folio)" as const;

/** __munlock_folio(), v5.18 to v7.1: PG_lru first, by which the folio is isolated, or is not on a list. */
export const munlockFolio = ({ release, isLocked, looksAgain }: Munlock) => {
  const last = isLocked ? "unlock_page_lruvec_irq(lruvec)" : done;
  return lruLists.path(
    "__munlock_folio",
    { isolated: bool },
    {
      "folio_lruvec_relock_irq() of an earlier folio": isLocked && lockLru,
      "folio_test_clear_lru(folio)": clearsLru.then((_, me, was) => {
        me.isolated = was;
        if (!was) return CLEARS;
      }),
      "folio_lruvec_relock_irq(folio, lruvec)": !isLocked && lockLru,
      [CLEARS]: clearsMlocked.then((_, { isolated }) => {
        if (!isolated) return looksAgain ? "folio_test_clear_lru(folio), again" : last;
      }),
      "folio_test_unevictable(folio)": once((k) => (k.page.unevictable ? undefined : OUT)),
      "folio_evictable(folio)": once((k) => (k.page.mlocked ? OUT : undefined)),
      "lruvec_del_folio(lruvec, folio)": once((k) => {
        k.list = "none";
      }),
      "folio_clear_unevictable(folio)": noreturn((k) => {
        k.page.unevictable = false;
      }),
      "lruvec_add_folio(lruvec, folio)": once((k) => {
        k.list = "evictable";
      }),
      [OUT]: setLru,
      "unlock_page_lruvec_irq(lruvec)": unlockLru.then(done),

      "folio_test_clear_lru(folio), again":
        looksAgain &&
        clearsLru.then((_, me, was) => {
          me.isolated = was;
          return was ? undefined : last;
        }),
      "folio_lruvec_relock_irq(folio, lruvec), again":
        looksAgain && !isLocked && lockLru.then("folio_test_unevictable(folio)"),
    },
    {
      file: "mm/mlock.c",
      release,
      leavesOut: "the other folios of the batch, mlock_count (it is 0 on the way), statistics",
      at: { "folio_test_unevictable(folio)": "folio_test_unevictable(folio) #3" },
      notInSource: {
        "unlock_page_lruvec_irq(lruvec)": "mlock_folio_batch(), which calls it",
        ...(isLocked && { "folio_lruvec_relock_irq() of an earlier folio": "mlock_folio_batch(), which calls it" }),
        ...(looksAgain && { "folio_test_clear_lru(folio), again": "what would mend it" }),
        ...(looksAgain && !isLocked && { "folio_lruvec_relock_irq(folio, lruvec), again": "what would mend it" }),
      },
      omits: {
        "folio_test_unevictable(folio) #1": "mlock_count: it is 0 on the way",
        [`folio_test_unevictable(folio) #2, __count_vm_events, ${release === "v7.1" ? "__zone_stat_mod_folio" : "zone_stat_mod_folio"}`]:
          "statistics",
      },
    },
  );
};
