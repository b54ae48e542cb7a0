import { done, once, ref } from "faultline";
import {
  getPageUnlessZero,
  indexInFile,
  mappingMatches,
  pageFlag,
  putPage,
  trylockPage,
  unlockPage,
  xasLoad,
} from "../../kernel/primitives.ts";
import { wordsOf } from "../../kernel/words.ts";
import { Page, kernel, type Kernel, type PageDraft } from "../../kernel/world.ts";

/** The releases whose filemap_map_pages() looks for pages in a function of its own; v6.6 stands for v6.4 and later. */
export type FolioRelease = "v5.15" | "v6.6" | "v6.12" | "v7.1";

interface Found {
  readonly page: PageDraft | null;
}

const OMITS = {
  "xas_retry, xa_is_value": "a slot that is in motion or has no page: the loop goes on as for an empty one",
  folio_test_uptodate: "nothing clears it, and a page that is read in is locked until it is set",
  folio_test_readahead: "only ends the fault earlier",
} as const;

/**
 * next_uptodate_folio(), mm/filemap.c, v6.12, and next_uptodate_page() of v5.15: the local `page` is the page that is to be
 * mapped, locked and with a reference, or NULL if there is none. v5.15 looks for poison here, later releases at each PTE.
 */
const looksBeforeGet = (release: Exclude<FolioRelease, "v7.1">) => {
  const said = wordsOf(release);
  const next = said("page = xas_find(xas, end_pgoff)", "folio = xas_next_entry(xas, end_pgoff)");
  const unlock = said("unlock: unlock_page(page)", "unlock: folio_unlock(folio)");
  const skip = said("skip: put_page(page)", "skip: folio_put(folio)");
  return kernel.path(
    release === "v5.15" ? "next_uptodate_page" : "next_uptodate_folio",
    { page: ref(Page) },
    {
      [next]: xasLoad.then((_, { page }) => (page ? undefined : done)),
      [said("PageLocked(page)?", "folio_test_locked(folio)?")]: pageFlag("locked").then({ true: "return NULL" }),
      [said("page_cache_get_speculative(page)?", "folio_try_get(folio)?")]: getPageUnlessZero.then({
        false: "return NULL",
      }),
      [said("page == xas_reload(xas)?", "folio == xas_reload(xas)?")]: once((k: Kernel, { page }: Found) =>
        k.slot === page ? undefined : skip,
      ),
      "PageHWPoison(page)?": release === "v5.15" && pageFlag("hwpoison").then({ true: skip }),
      [said("trylock_page(page)?", "folio_trylock(folio)?")]: trylockPage.then({ false: skip }),
      [said("page->mapping == mapping?", "folio->mapping == mapping?")]: mappingMatches.then({ false: unlock }),
      "xas->xa_index < max_idx?": indexInFile.then({ true: done }),
      [unlock]: unlockPage,
      [skip]: putPage,
      "return NULL": once(nothing),
    },
    {
      file: "mm/filemap.c",
      release,
      leavesOut: "PG_uptodate (nothing clears it), PG_readahead, slots in motion, other pages of the window",
      ...(release === "v5.15" && { functions: ["first_map_page", "next_uptodate_page"] }),
      at: { "xas->xa_index < max_idx?": "i_size_read(mapping->host)" },
      notInSource: WINDOW_ENDS,
      omits: {
        ...OMITS,
        [release === "v5.15" ? "xas_next_entry" : "xas_next_entry #2"]: "the window has no other page",
      },
    },
  );
};

/** The same of v7.1, which takes the reference before it looks at the page lock. */
const getsBeforeLook = () =>
  kernel.path(
    "next_uptodate_folio",
    { page: ref(Page) },
    {
      "folio = xas_next_entry(xas, end_pgoff)": xasLoad.then((_, { page }) => (page ? undefined : done)),
      "folio_try_get(folio)?": getPageUnlessZero.then({ false: "return NULL" }),
      "folio_test_locked(folio)?": pageFlag("locked").then({ true: "skip: folio_put(folio)" }),
      "folio == xas_reload(xas)?": once((k, { page }) => (k.slot === page ? undefined : "skip: folio_put(folio)")),
      "folio_trylock(folio)?": trylockPage.then({ false: "skip: folio_put(folio)" }),
      "folio->mapping == mapping?": mappingMatches.then({ false: "unlock: folio_unlock(folio)" }),
      "xas->xa_index < max_idx?": indexInFile.then({ true: done }),
      "unlock: folio_unlock(folio)": unlockPage,
      "skip: folio_put(folio)": putPage,
      "return NULL": once(nothing),
    },
    {
      file: "mm/filemap.c",
      release: "v7.1",
      leavesOut: "PG_uptodate (nothing clears it), PG_readahead, slots in motion, other pages of the window",
      at: { "xas->xa_index < max_idx?": "i_size_read(mapping->host)" },
      notInSource: WINDOW_ENDS,
      omits: { ...OMITS, "xas_next_entry #2": "the window has no other page" },
    },
  );

const WINDOW_ENDS = { "return NULL": "the loop ends, as the window has no other page" } as const;

function nothing(_: unknown, me: { page: PageDraft | null }): void {
  me.page = null;
}

/** next_uptodate_page() of v5.15. */
export const nextUptodatePage = () => looksBeforeGet("v5.15");

export const nextUptodateFolio = (release: FolioRelease) =>
  release === "v7.1" ? getsBeforeLook() : looksBeforeGet(release);
