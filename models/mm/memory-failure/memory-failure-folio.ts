import { call, done, ref } from "faultline";
import {
  filePage,
  getPageUnlessZero,
  lockPage,
  mappingMatches,
  of,
  pageMapped,
  testSetPageFlag,
  unlockPage,
  waitOnPageWriteback,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import type { FolioZap } from "../memory/zap-folio.ts";
import { truncateInodeFolio } from "../truncate/truncate-folios.ts";
import { tryToUnmapFolio } from "../vmscan/reclaim-folios.ts";

/** What memory_failure() and hwpoison_user_mappings() do besides, of a page of a file or an anonymous one. */
export const OMITS_FAILURE_FOLIO = {
  "panic, mutex_lock, mutex_unlock": "a machine that stops for it; one memory_failure() runs at a time",
  "if (!p), pfn_to_online_page": "memory that is no page of the kernel's",
  "try_memory_failure_hugetlb, if (hugetlb)": "no page here is one of hugetlbfs",
  "if (TestSetPageHWPoison(p)), action_result": "what is logged; a page that is poisoned already is left alone",
  "if (!res), if (res < 0)": "a page that nobody has: it is free, and nobody gets it any more",
  "folio_lock(folio) #1, if (hwpoison_filter(p)), hwpoison_filter, folio_unlock(folio) #2":
    "for tests: filters no page unless told to, under the page lock, which it drops again",
  "if (folio_test_large(folio))": "a large folio is split first: none here",
  "shake_folio, folio_test_lru, folio_test_writeback, folio_wait_writeback":
    "the folio is on an LRU list, and not being written",
  "folio_test_mlocked, folio_test_reserved, folio_test_slab, folio_test_pgtable, folio_test_offline":
    "the folio is one of a file, on an LRU list",
  "collect_procs, kill_procs, hwpoison_user_mappings(): folio_test_dirty": "signals to the processes",
  "folio_test_swapcache, folio_test_anon, if (folio_test_hugetlb(folio) && !folio_test_anon(folio))":
    "the folio is one of a file, and not of hugetlbfs",
  "if (!must_kill && !folio_test_dirty(folio) && mapping && mapping_can_writeback(mapping)), unmap_poisoned_folio(): folio_mapping, unmap_poisoned_folio(): folio_test_dirty, mapping_can_writeback":
    "folio_mkclean() visits shared vmas alone, and these are private",
  folio_mapcount: "for what is logged",
} as const;
const SAME = {
  ...OMITS_FAILURE_FOLIO,
  delete_from_lru_cache: "a reference that comes and goes under the page lock, and that no count is compared with",
  "me_pagecache_clean(): folio_mapping": "stays what it is under the page lock",
  S_ISREG: "the file is an ordinary one",
  "filemap_release_folio, mapping_evict_folio": "buffers, and file systems without ->error_remove_folio: none here",
  has_extra_refcount: "for what is logged, and returned",
} as const;
const OMITS = { "v6.12": SAME, "v7.1": SAME } as const;

/**
 * memory_failure() with hwpoison_user_mappings(), unmap_poisoned_folio() and truncate_error_folio(), mm/memory-failure.c, v6.12
 * and v7.1, of a clean small folio of a file: takes it from page tables, by a walk that waits for ptl (TTU_SYNC) where v5.9's
 * passes by what looks empty, and out of the page cache, under the page lock and no lock of the file system.
 */
export const memoryFailureFolio = (zap: FolioZap) => {
  const { release, vmas, dirty = false } = zap;
  return kernel.path(
    "memory_failure",
    { page: ref(Page) },
    {
      "TestSetPageHWPoison(p)": of(filePage, testSetPageFlag("hwpoison")).then({ true: done }),
      "get_hwpoison_page(p, flags)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        if (!got) return done;
        k.page.poisonRef = true;
        me.page = k.page;
      }),
      "folio_lock(folio)": call(lockPage(), ({ page }) => ({ page })),
      "folio_wait_writeback(folio)": dirty && waitOnPageWriteback,
      "hwpoison_user_mappings(): folio_mapped(folio)?": pageMapped.then({ false: "folio->mapping == NULL?" }),
      "unmap_poisoned_folio(): try_to_unmap(folio, ttu)": call(tryToUnmapFolio(0, zap, true), ({ page }) => ({
        page,
      })),
      "unmap_poisoned_folio(): try_to_unmap(), vma[1]":
        vmas > 1 && call(tryToUnmapFolio(1, zap, true), ({ page }) => ({ page })),
      "unmap_poisoned_folio(): folio_mapped(folio)?": pageMapped.then({ true: "folio_unlock(folio), failed" }),
      "folio->mapping == NULL?": mappingMatches.then({ false: "folio_unlock(folio), failed" }),
      "truncate_inode_folio(mapping, folio)": call(truncateInodeFolio(zap), ({ page }) => ({ page })),
      "folio_unlock(folio)": unlockPage.then(done),
      "folio_unlock(folio), failed": unlockPage,
    },
    {
      file: "mm/memory-failure.c",
      release,
      functions: [
        "memory_failure",
        "hwpoison_user_mappings",
        "unmap_poisoned_folio",
        "identify_page_state",
        "page_action",
        "action: me_pagecache_clean",
        "truncate_error_folio",
        "error_remove_folio: generic_error_remove_folio",
      ],
      at: {
        "folio_lock(folio)": "folio_lock(folio) #2",
        "unmap_poisoned_folio(): try_to_unmap(folio, ttu)": "try_to_unmap(folio, ttu)",
        "unmap_poisoned_folio(): try_to_unmap(), vma[1]": "try_to_unmap(folio, ttu)",
        "folio->mapping == NULL?": "memory_failure(): folio->mapping == NULL",
        "folio_unlock(folio)": "out: folio_unlock(folio)",
        "folio_unlock(folio), failed": "unlock_page: folio_unlock(folio)",
      },
      omits: OMITS[release],
      leavesOut:
        "signals to the processes, dirty folios, large ones, the first lock of the page for hwpoison_filter(), page_mkclean() (the vmas are private), unpoisoning, hugetlbfs",
    },
  );
};
