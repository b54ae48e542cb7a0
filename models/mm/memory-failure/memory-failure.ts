import { call, done, ref } from "faultline";
import {
  filePage,
  getPageUnlessZero,
  lockPage,
  mapcountAboveZero,
  mappingMatches,
  of,
  pageFlag,
  pageMapped,
  putPage,
  testSetPageFlag,
  unlockPage,
  waitOnPageWriteback,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { tryToUnmapOne } from "../vmscan/reclaim.ts";
import { truncateCleanupPage } from "../truncate/truncate.ts";
import type { ZapRules } from "../memory/zap.ts";

/** What memory_failure() and hwpoison_user_mappings() of v5.9 do besides, of a page of a file or an anonymous one. */
export const OMITS_FAILURE_59 = {
  "panic, pfn_valid, pfn_to_online_page, get_dev_pagemap, memory_failure_dev_pagemap, memory_failure_hugetlb":
    "memory that is no page of a file, or none of the kernel's",
  "num_poisoned_pages_inc, num_poisoned_pages_dec, action_result":
    "counts for who looks at statistics, and what is logged",
  "PageHuge, if (PageTransHuge(hpage)), PageCompound, PageTransTail, if (PageCompound(p) && compound_head(p) != orig_head)":
    "no page here is huge",
  "if (is_free_buddy_page(p)), is_free_buddy_page": "a page that has a reference is not free",
  shake_page: "moves pages from the pagevecs to the LRU lists",
  "PageLRU, PageReserved, PageSlab, PageMlocked, PageKsm": "the page is one of a file, on the LRU lists",
  "hwpoison_filter, if (hwpoison_filter(p))": "for tests: filters no page unless told to",
  "if (!PageHWPoison(p)), PageHWPoison": "nothing takes the mark off again",
  wait_on_page_writeback: "no write-back runs",
} as const;

const {
  "if (!PageHWPoison(p)), PageHWPoison": mark,
  wait_on_page_writeback: noWriteback,
  ...others
} = OMITS_FAILURE_59;

export interface Failure {
  /** unpoison_memory() runs beside it, and may have taken the mark off. */
  readonly unpoisons?: boolean;
  /** How many vmas may map the page. */
  readonly vmas?: 1 | 2;
  /** Where users run: how the zaps flush. The page may be dirty then, and a path write it back beside this one. */
  readonly rules?: ZapRules;
}

/**
 * memory_failure() with me_pagecache_clean(), mm/memory-failure.c, v5.9: takes a broken page out of the page cache, under the
 * page lock and no lock of the file system. Its own reference is never put.
 */
export const memoryFailure = ({ unpoisons = false, vmas = 1, rules }: Failure = {}) => {
  const users = rules !== undefined;
  return kernel.path(
    "memory_failure",
    { page: ref(Page) },
    {
      "TestSetPageHWPoison(p)": of(filePage, testSetPageFlag("hwpoison")).then({ true: done }),
      "get_hwpoison_page(p)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        if (!got) return done;
        k.page.poisonRef = true;
        me.page = k.page;
      }),
      "lock_page(p)": call(lockPage(), ({ page }) => ({ page })),
      "PageHWPoison(p)?": unpoisons && pageFlag("hwpoison").then({ false: "unlock_page(p), unpoisoned" }),
      "wait_on_page_writeback(p)": users && waitOnPageWriteback,
      "hwpoison_user_mappings(): page_mapped(hpage)?": pageMapped.then({
        false: "truncate_inode_page(): page->mapping == mapping?",
      }),
      "hwpoison_user_mappings(): try_to_unmap(hpage)": call(
        tryToUnmapOne(0, { flushes: users, dirty: users }),
        ({ page }) => ({ page }),
      ),
      "hwpoison_user_mappings(): try_to_unmap(hpage), vma[1]":
        vmas > 1 && call(tryToUnmapOne(1, { flushes: users, dirty: users }), ({ page }) => ({ page })),
      "try_to_unmap(): page_mapcount(hpage)?": mapcountAboveZero.then({ true: "unlock_page(p)" }),
      "truncate_inode_page(): page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(p)" }),
      "truncate_cleanup_page(page)": call(
        truncateCleanupPage({ vmas, gate: "page_mapped", ...(rules && { rules }) }),
        ({ page }) => ({ page }),
      ),
      "delete_from_page_cache(page)": call(deleteFromPageCache("single", users), ({ page }) => ({ page })),
      "unlock_page(p)": unlockPage.then(done),
      "unlock_page(p), unpoisoned": unpoisons && unlockPage,
      "put_hwpoison_page(p), unpoisoned":
        unpoisons &&
        putPage.then((k) => {
          k.page.poisonRef = false;
        }),
    },
    {
      file: "mm/memory-failure.c",
      release: "v5.9",
      functions: [
        "memory_failure",
        "hwpoison_user_mappings",
        "identify_page_state",
        "page_action",
        "action: me_pagecache_clean",
        "truncate_error_page",
        "error_remove_page: generic_error_remove_page",
        "truncate_inode_page",
      ],
      at: {
        "lock_page(p)": "lock_page(p) #2",
        "hwpoison_user_mappings(): try_to_unmap(hpage)": "try_to_unmap(hpage, ttu)",
        ...(vmas > 1 && { "hwpoison_user_mappings(): try_to_unmap(hpage), vma[1]": "try_to_unmap(hpage, ttu)" }),
        "try_to_unmap(): page_mapcount(hpage)?": "try_to_unmap(hpage, ttu)",
        "truncate_inode_page(): page->mapping == mapping?": "truncate_inode_page(): page->mapping != mapping",
        "unlock_page(p)": "out: unlock_page(p)",
      },
      omits: {
        ...others,
        ...(!unpoisons && { "if (!PageHWPoison(p)), PageHWPoison": mark }),
        ...(!users && { wait_on_page_writeback: noWriteback }),
        PageSwapCache: "the page is in the page cache of its file",
        "if (!(flags & MF_MUST_KILL) && !PageDirty(hpage) && mapping && mapping_cap_writeback_dirty(mapping)), hwpoison_user_mappings(): page_mapping, page_mkclean, SetPageDirty":
          "page_mkclean() visits shared vmas alone, and vma[0] is private",
        "collect_procs, kill_procs, hwpoison_user_mappings(): PageDirty": "signals to the processes",
        "else (!PageHuge(hpage))": "no page here is huge",
        page_mapcount: "for what is logged",
        delete_from_lru_cache:
          "a reference that comes and goes under the page lock, and that no count is compared with",
        PageAnon: "the page is one of a file",
        "me_pagecache_clean(): page_mapping": "asked again by truncate_inode_page(), under the same page lock",
        S_ISREG: "the file is an ordinary one",
        "try_to_release_page, invalidate_inode_page":
          "buffers, and file systems without ->error_remove_page: none here",
        "page_action(): page_count": "for what is logged, and returned",
        "memory_failure(): p->mapping == NULL": "asked again by truncate_inode_page(), under the same page lock",
      },
      leavesOut:
        "page_mkclean() (it visits shared vmas alone: vma[0] is private), signals to the processes, dirty pages (me_pagecache_dirty() goes on as this does), huge pages, isolate_lru_page() and its put_page() (a reference that comes and goes under the page lock, and that no count here is compared with)",
    },
  );
};
