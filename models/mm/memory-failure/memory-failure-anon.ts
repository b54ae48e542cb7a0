import { call, done, lock, ref, unlock } from "faultline";
import {
  filePage,
  getPageUnlessZero,
  lockPage,
  of,
  pageMapped,
  ptepGet,
  testSetPageFlag,
  unlockPage,
} from "../../kernel/primitives.ts";
import { wordsOf } from "../../kernel/words.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { OMITS_FAILURE_FOLIO } from "./memory-failure-folio.ts";
import { OMITS_FAILURE_59 } from "./memory-failure.ts";
import { tryToUnmapPoisoned, type PoisonRelease } from "./unmap-poisoned.ts";

const mfMutex = (k: Kernel) => k.mfMutex;

const OMITS_59 = {
  ...OMITS_FAILURE_59,
  "hwpoison_user_mappings(): page_mapping, PageDirty, mapping_cap_writeback_dirty, SetPageDirty":
    "the page is one of no file",
  "collect_procs, kill_procs, page_mapcount":
    "signals to the processes, and what is logged; before the unmapping the first of them walks as well, under ptl: mprotect() may begin behind it",
  "try_to_unmap(hpage, ttu|TTU_RMAP_LOCKED), i_mmap_unlock_write": "huge pages of hugetlbfs",
  PageSwapCache: "the page is not in the swap cache",
  identify_page_state: "of an anonymous page me_pagecache_dirty() takes it off the LRU lists, and nothing more",
} as const;
const OMITS_FOLIO = {
  ...OMITS_FAILURE_FOLIO,
  "folio->mapping == NULL": "an anonymous page keeps its anon_vma",
} as const;

export interface AnonFailure {
  readonly release: PoisonRelease;
  /** One at a time: since 171936ddaf97 (v5.13). */
  readonly mutex?: boolean;
  /** Whose access has found the page broken, and who goes on once it is told that it is taken care of; nobody's, where a scrubber has. */
  readonly tells?: VmaIndex;
}

interface Broken {
  readonly page: PageDraft | null;
}

const TELLS = "the process goes on, with what is returned" as const;
const RETURN = "the process goes on" as const;

/** The process goes on, and accesses the page by its entry, if that maps it. */
const tell = (i: VmaIndex) =>
  ptepGet(i).then((k: Kernel, _me: unknown, pte) => {
    if (pte.page === k.page) k.vma[i].usesBroken = true;
  });

/**
 * memory_failure() with hwpoison_user_mappings(), mm/memory-failure.c, of an anonymous page that two processes may map: takes it from
 * their page tables. A page that is poisoned already is somebody else's work, and is reported as done: until 47af12bae17f (v5.13) by 0, and without
 * mf_mutex before it is done.
 */
export const memoryFailureAnon = ({ release, mutex = release !== "v5.9", tells }: AnonFailure) => {
  const old = release === "v5.9";
  const said = wordsOf(release);
  const failed = said("unlock_page(p), failed", "folio_unlock(folio), failed");
  const unlockIt = said("unlock_page(p)", "folio_unlock(folio)");
  const lockIt = said("lock_page(p)", "folio_lock(folio)");
  const isMapped = said(
    "hwpoison_user_mappings(): page_mapped(hpage)?",
    "hwpoison_user_mappings(): folio_mapped(folio)?",
  );
  const unmap = said("try_to_unmap(hpage, ttu)", "try_to_unmap(folio, ttu)");
  const unmapOther = said("try_to_unmap(hpage, ttu), vma[1]", "try_to_unmap(folio, ttu), vma[1]");
  const isUnmapped = said("unmap_success = try_to_unmap(hpage, ttu)", "unmap_poisoned_folio(): folio_mapped(folio)?");
  const ends = tells === undefined;
  const giveUp = mutex ? "mutex_unlock(&mf_mutex)" : ends ? done : RETURN;
  return kernel.path(
    "memory_failure",
    { page: ref(Page) },
    {
      "mutex_lock(&mf_mutex)": mutex && lock(mfMutex),
      "TestSetPageHWPoison(p)": of(filePage, testSetPageFlag("hwpoison")).then({ true: giveUp }),
      "get_hwpoison_page(p, flags)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        if (!got) return giveUp;
        k.page.poisonRef = true;
        me.page = k.page;
      }),
      [lockIt]: call(lockPage(), ({ page }: Broken) => ({ page })),
      [isMapped]: pageMapped.then({ false: unlockIt }),
      [unmap]: call(tryToUnmapPoisoned(0, release), ({ page }: Broken) => ({ page })),
      [unmapOther]: call(tryToUnmapPoisoned(1, release), ({ page }: Broken) => ({ page })),
      [isUnmapped]: pageMapped.then({ true: failed }),
      [unlockIt]: ends && !mutex ? unlockPage.then(done) : unlockPage,
      "mutex_unlock(&mf_mutex)": mutex && (ends ? unlock(mfMutex).then(done) : unlock(mfMutex)),
      [RETURN]: !ends && tell(tells).then(done),
      // -EBUSY: whoever accessed the page may be killed for that, others go on.
      [failed]: unlockPage,
      "mutex_unlock(&mf_mutex), failed": mutex && unlock(mfMutex),
    },
    {
      file: "mm/memory-failure.c",
      release,
      functions: ["memory_failure", "hwpoison_user_mappings", ...(old ? [] : ["unmap_poisoned_folio"])],
      at: {
        [isMapped]: old ? "page_mapped(hpage)" : "hwpoison_user_mappings(): folio_mapped(folio)",
        "get_hwpoison_page(p, flags)": "get_hwpoison_page()",
        [lockIt]: old ? "lock_page(p) #2" : "folio_lock(folio) #2",
        [unmap]: old ? "try_to_unmap(hpage, ttu)" : "try_to_unmap(folio, ttu)",
        [unmapOther]: old ? "try_to_unmap(hpage, ttu)" : "try_to_unmap(folio, ttu)",
        [isUnmapped]: old ? "try_to_unmap(hpage, ttu)" : "unmap_poisoned_folio(): folio_mapped(folio)",
        [unlockIt]: old ? "out: unlock_page(p)" : "identify_page_state()",
        [failed]: old ? "out: unlock_page(p)" : "unlock_page: folio_unlock(folio)",
        "mutex_unlock(&mf_mutex)": "unlock_mutex: mutex_unlock()",
        "mutex_unlock(&mf_mutex), failed": "unlock_mutex: mutex_unlock()",
      },
      notInSource: ends ? {} : { [RETURN]: TELLS },
      leads: old
        ? {}
        : {
            "folio_unlock(folio)": { "mutex_unlock(&mf_mutex)": "identify_page_state() unlocks it in the end" },
          },
      omits: old ? OMITS_59 : OMITS_FOLIO,
      leavesOut:
        "signals to the processes, the swap cache, large folios, what is done about a page that could not be unmapped (v6.12 kills its processes)",
    },
  );
};
