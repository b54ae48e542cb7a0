import { call, done, ref } from "faultline";
import {
  filePage,
  getPageUnlessZero,
  lockPage,
  mapcountAboveZero,
  mappingMatches,
  of,
  pageMapped,
  testAndChangePageFlag,
  unlockPage,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { tryToUnmapOne } from "../vmscan/reclaim.ts";
import { truncateCleanupPage } from "../truncate/truncate.ts";

/**
 * memory_failure() with me_pagecache_clean(), mm/memory-failure.c, v5.9: takes a broken page, which vma[0] may map, out of
 * the page cache, under the page lock and no lock of the file system. Its own reference is never put.
 */
export const memoryFailure = () =>
  kernel.path(
    "memory_failure",
    { page: ref(Page) },
    {
      "TestSetPageHWPoison(p)": of(filePage, testAndChangePageFlag("hwpoison", true)),
      "get_hwpoison_page(p)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        if (!got) return done;
        k.page.poisonRef = true;
        me.page = k.page;
      }),
      "lock_page(p)": call(lockPage(), ({ page }) => ({ page })),
      "hwpoison_user_mappings(): page_mapped(hpage)?": pageMapped.then({
        false: "truncate_inode_page(): page->mapping == mapping?",
      }),
      "hwpoison_user_mappings(): try_to_unmap(hpage)": call(tryToUnmapOne(0), ({ page }) => ({ page })),
      "try_to_unmap(): page_mapcount(hpage)?": mapcountAboveZero.then({ true: "unlock_page(p)" }),
      "truncate_inode_page(): page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(p)" }),
      "truncate_cleanup_page(page)": call(truncateCleanupPage({ vmas: 1, gate: "page_mapped" }), ({ page }) => ({
        page,
      })),
      "delete_from_page_cache(page)": call(deleteFromPageCache("single"), ({ page }) => ({ page })),
      "unlock_page(p)": unlockPage,
    },
    {
      file: "mm/memory-failure.c",
      release: "v5.9",
      leavesOut:
        "page_mkclean() (it visits shared vmas alone: vma[0] is private), signals to the processes, dirty pages (me_pagecache_dirty() goes on as this does), huge pages, a page that is poisoned already, isolate_lru_page() and its put_page() (a reference that comes and goes under the page lock, and that no count here is compared with), unpoisoning",
    },
  );
