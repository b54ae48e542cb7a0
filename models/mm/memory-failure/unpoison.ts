/** unpoison_memory(), mm/memory-failure.c, v5.9, v6.12 and v7.1: a test takes the mark off a page that is not broken. */
import { bool, call, done, lock, once, ref, unlock } from "faultline";
import {
  filePage,
  getPageUnlessZero,
  lockPage,
  of,
  pageFlag,
  pageMapped,
  putPage,
  testClearPageFlag,
  unlockPage,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel } from "../../kernel/world.ts";
import { memoryFailureFolio } from "./memory-failure-folio.ts";
import { memoryFailure } from "./memory-failure.ts";

export type UnpoisonRelease = "v5.9" | "v6.12" | "v7.1";

const mfMutex = (k: Kernel) => k.mfMutex;
const END = "mutex_unlock(&mf_mutex)" as const;

/** memory_failure() of a page of a file: since 171936ddaf97 (v5.13) all of it is under mf_mutex. */
export const memoryFailureUnderMutex = (release: UnpoisonRelease) => {
  const failure = release === "v5.9" ? memoryFailure({ unpoisons: true }) : memoryFailureFolio({ release, vmas: 1 });
  const hasMutex = release !== "v5.9";
  return kernel.path(
    "memory_failure, and its mutex",
    {},
    {
      "mutex_lock(&mf_mutex)": hasMutex && lock(mfMutex),
      "memory_failure()": call(failure),
      [END]: hasMutex && unlock(mfMutex),
    },
    {
      file: "mm/memory-failure.c",
      release,
      notInSource: "the mutex around memory_failure(), which its own path leaves out",
      leavesOut: "all of memory_failure() but what its path has",
    },
  );
};

/**
 * A page that is marked, and has one reference, that of memory_failure(), gives it back. The tests are made with nothing held in v5.9; 91d005479e06
 * (v5.17) takes mf_mutex, so that memory_failure() is over, or has not begun.
 */
export const unpoisonMemory = (release: UnpoisonRelease) => {
  const hasMutex = release !== "v5.9";
  const end = hasMutex ? END : done;
  return kernel.path(
    "unpoison_memory",
    { page: ref(Page), freeit: bool },
    {
      "mutex_lock(&mf_mutex)": hasMutex && lock(mfMutex),
      "PageHWPoison(p)?": of(filePage, pageFlag("hwpoison")).then((_, _me, has) => (has ? undefined : end)),
      "page_count(page) > 1?": once(({ page }) => (page.refcount > 1 ? end : undefined)),
      "page_mapped(page)?": of(filePage, pageMapped).then((_, _me, is) => (is ? end : undefined)),
      "page_mapping(page)?": once(({ page }) => (page.mapping === "NULL" ? undefined : end)),
      "get_hwpoison_page(p)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        me.page = k.page;
        if (!got) return "TestClearPageHWPoison(p), of a free page";
      }),
      "lock_page(page)": !hasMutex && call(lockPage(), ({ page }) => ({ page })),
      "folio_put(folio)": hasMutex && putPage,
      "TestClearPageHWPoison(page)": of(filePage, testClearPageFlag("hwpoison")).then((_, me, was) => {
        me.freeit = was;
      }),
      "unlock_page(page)": !hasMutex && unlockPage,
      "put_hwpoison_page(page)": !hasMutex && putPage,
      "freeit?": once((_, { freeit }) => (freeit ? undefined : end)),
      "put_hwpoison_page(page), of memory_failure()": putPage.then((k) => {
        k.page.poisonRef = false;
        return end;
      }),
      "TestClearPageHWPoison(p), of a free page": of(filePage, testClearPageFlag("hwpoison")).then(() => undefined),
      [END]: hasMutex && unlock(mfMutex),
    },
    {
      file: "mm/memory-failure.c",
      release,
      notInSource: "the steps of unpoison_memory() for a small page, in the names of v5.9",
      leavesOut: "huge pages, pages taken off the buddy lists, statistics",
    },
  );
};
