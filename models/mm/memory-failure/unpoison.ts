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

const LOGS = "what is logged, and counts for statistics";
const FOLIO = {
  at: {
    "page_count(page) > 1?": "folio_ref_count(folio)",
    "page_mapped(page)?": "folio_mapped(folio)",
    "page_mapping(page)?": "folio_mapping(folio)",
    "folio_put(folio)": "folio_put(folio) #2",
    "TestClearPageHWPoison(page)": "TestClearPageHWPoison(p)",
    "put_hwpoison_page(page), of memory_failure()": "folio_put(folio) #3",
    "TestClearPageHWPoison(p), of a free page": "folio_test_clear_hwpoison(folio)",
  },
  omits: {
    "unpoison_pr_info, num_poisoned_pages_sub, page_to_pfn": LOGS,
    "pfn_to_online_page, if (is_huge_zero_folio(folio)), is_huge_zero_folio": "memory that is no page of a file",
    "folio_test_slab, folio_test_pgtable, folio_test_reserved, folio_test_offline": "the page is one of a file",
    "folio_test_hugetlb, if (folio_test_hugetlb(folio)), folio_free_raw_hwp": "no page here is one of hugetlbfs",
    put_page_back_buddy: "a page that was taken off the lists of free pages: none here",
  },
};
const SOURCE = {
  "v5.9": {
    at: { "put_hwpoison_page(page), of memory_failure()": "put_hwpoison_page(page) #2" },
    omits: {
      "pfn_valid, unpoison_pr_info, num_poisoned_pages_dec": LOGS,
      "PageHuge, PageTransHuge, if (!PageHuge(page) && PageTransHuge(page))": "no page here is huge",
      "page_count(p)": "of the zero page alone",
    },
  },
  "v6.12": FOLIO,
  "v7.1": FOLIO,
} as const;

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
        if (hasMutex && !was) return END;
      }),
      "unlock_page(page)": !hasMutex && unlockPage,
      "put_hwpoison_page(page)": !hasMutex && putPage,
      "freeit?": !hasMutex && once((_, { freeit }) => (freeit ? undefined : done)),
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
      functions: ["unpoison_memory"],
      ...SOURCE[release],
      leavesOut: "huge pages, pages taken off the buddy lists, statistics",
    },
  );
};
