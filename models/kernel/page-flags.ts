/** The page lock and the other flags of a page, as steps: a part of the table in primitives.ts. */
import { acquire, bool, done, full, noreturn, once, ref, release, wait, condition } from "faultline";
import type { OfPage } from "./of-page.ts";
import { mustBeKept } from "./page-references.ts";
import { Page, kernel, type PageDraft } from "./world.ts";

type PageFlag = "uptodate" | "dirty" | "writeback" | "swapcache" | "exclusive" | "waiters" | "hwpoison" | "bufferDirty";

function storeFlag(page: PageDraft, flag: PageFlag, to: boolean): void {
  mustBeKept(page);
  page[flag] = to;
  if (flag === "swapcache") page.inSwapCache = to;
}

const lockIfFree = (_: unknown, { page }: OfPage): boolean => {
  mustBeKept(page!);
  if (page!.locked) return false;
  page!.locked = true;
  return true;
};
const tryLock = acquire(lockIfFree);

/** trylock_page(page): whether it was not locked. */
export const trylockPage = condition(tryLock);

/** The test_and_set_bit(PG_locked) of who has waited: whether it was locked. */
export const testAndSetLocked = full((k: unknown, me: OfPage): boolean => !lockIfFree(k, me));

/** lock_page(page) in one step, where it is not modelled how who waits is woken. */
export const lockPageOrWait = acquire((k: unknown, me: OfPage) => (lockIfFree(k, me) ? undefined : wait));

/** __SetPageLocked(page), a plain store: nobody else knows the page. */
export const setPageLocked = once((_: unknown, { page }: OfPage): void => {
  mustBeKept(page!);
  page!.locked = true;
});

/** A plain store of all flags, in a step of the path's own: whose the page is, has put down what it knows of them. */
export function storeFlags(page: PageDraft, { locked = false, waiters = false }): void {
  page.locked = locked;
  page.uptodate = false;
  page.dirty = false;
  page.writeback = false;
  page.swapcache = false;
  page.exclusive = false;
  page.waiters = waiters;
  page.hwpoison = false;
}

/** unlock_page(page). The lock has no owner, as another one may be left to release it. */
export const unlockPage = release((_: unknown, { page }: OfPage): void => {
  mustBeKept(page!);
  page!.locked = false;
});

/** PageLocked(page), and its like of any other flag. */
export const pageFlag = (flag: PageFlag | "locked") => once((_: unknown, { page }: OfPage) => page![flag]);

/** wait_on_page_writeback(page): PageWriteback(), a plain load, until it says no. */
export const waitOnPageWriteback = once((_: unknown, { page }: OfPage) => (page!.writeback ? wait : undefined));

/** SetPageWaiters(page), and its like of any other flag: set_bit(). */
export const setPageFlag = (flag: PageFlag) =>
  noreturn((_: unknown, { page }: OfPage): void => {
    storeFlag(page!, flag, true);
  });

/** ClearPageWaiters(page), and its like of any other flag: clear_bit(). */
export const clearPageFlag = (flag: PageFlag) =>
  noreturn((_: unknown, { page }: OfPage): void => {
    storeFlag(page!, flag, false);
  });

/** TestClearPageDirty(page), and its like of any other flag: whether it was set. PG_hwpoison is for free pages, too. */
export const testClearPageFlag = (flag: PageFlag) =>
  full((_: unknown, { page }: OfPage) => {
    if (flag !== "hwpoison") mustBeKept(page!);
    if (!page![flag]) return false;
    page![flag] = false;
    return true;
  });

/** TestSetPageHWPoison(page), and its like of any other flag: whether it was set already. Of a free page, too. */
export const testSetPageFlag = (flag: PageFlag) =>
  full((_: unknown, { page }: OfPage) => {
    if (page![flag]) return true;
    page![flag] = true;
    return false;
  });

/** TestSetPageWriteback(page), TestClearPageWriteback(page) and their like, where what it was before is known. */
export const testAndChangePageFlag = (flag: PageFlag, to: boolean) =>
  full((_: unknown, { page }: OfPage): void => {
    mustBeKept(page!);
    page![flag] = to;
  });

/** folio_end_writeback(folio), since v6.7: folio_xor_flags_has_waiters(), as in folio_unlock(). Until then TestClearPageWriteback(). */
export const endWriteback = release((_: unknown, { page }: OfPage): void => {
  mustBeKept(page!);
  page!.writeback = false;
});

/** SetPageSwapCache(page) */
export const setPageSwapCache = setPageFlag("swapcache");

/** SetPageAnonExclusive(page) */
export const setPageAnonExclusive = setPageFlag("exclusive");

/**
 * set_page_dirty(page), in a step of the path's own: TestSetPageDirty(), which until 415d83249709 (v6.0) returns early if
 * the bit is set already, and then orders nothing.
 */
export function markDirty(page: PageDraft): void {
  mustBeKept(page);
  if (!page.dirty) page.dirty = true;
}

/** set_page_dirty(page) */
export const setPageDirty = full((_: unknown, { page }: OfPage): void => markDirty(page!));

/**
 * lock_page(), include/linux/pagemap.h and mm/filemap.c, v5.9: sleeps while the page is locked, then sets `slept`.
 * `isFull`: the first try is a full barrier, too, which test_and_set_bit_lock() is not. `slow`: who has waited tries by that as well, up to
 * v5.8.
 */
export const lockPage = (isFull = false, slow: "full" | "acquire" = "full") =>
  kernel.path(
    "lock_page",
    { page: ref(Page), slept: bool },
    {
      "trylock_page(page)": (isFull ? full(lockIfFree) : tryLock).then({ true: done, false: "__lock_page(page)" }),
      "__lock_page(page)": testAndSetLocked.as(slow).then((_, me, wasLocked) => {
        if (wasLocked) return wait;
        me.slept = true;
      }),
    },
    { file: "mm/filemap.c", release: "v5.9", leavesOut: "the wait queue: who waits longest does not matter here" },
  );
