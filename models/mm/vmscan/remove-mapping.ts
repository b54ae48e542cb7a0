/** __remove_mapping(), mm/vmscan.c: what decides that nobody else has a page, and that nobody has stored to it. */
import { call, done, once, ref } from "faultline";
import { iPagesAndILock } from "../../kernel/omissions.ts";
import {
  countIs,
  filePage,
  freeFrozen,
  pageFlag,
  pageRefFreeze,
  pageRefUnfreeze,
  putPage,
  trylockPage,
  unlockPage,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft } from "../../kernel/world.ts";
import { filemapRemoveFolio } from "../filemap/remove-folio.ts";

export interface RemoveMapping {
  /** What is asked first: v7.1 asks for the count. */
  readonly first: "count" | "PG_dirty";
  /** The count is frozen by an RMW, as since e286781d5f2e; without it, it is loaded, with no barrier behind. */
  readonly freezes: boolean;
}

const IN_CALLER = "shrink_folio_list(), around it";
const CANNOT_FREE = "folio_unlock(folio), kept" as const;

/** Where the steps are in v7.1, and what of it is no step. */
const IN_SOURCE = {
  functions: ["__remove_mapping"],
  notInSource: {
    "folio = lru_to_folio(folio_list)": IN_CALLER,
    "folio_trylock(folio)": IN_CALLER,
    "folio_unlock(folio)": IN_CALLER,
    "free_unref_folios(&free_folios)": IN_CALLER,
    [CANNOT_FREE]: IN_CALLER,
    "folio_put(folio)": "move_folios_to_lru(), which puts the folio back on a list",
  },
  omits: {
    ...iPagesAndILock("v7.1"),
    "if (folio_test_swapcache(folio))": "the folio is in the page cache of its file",
    "folio_is_file_lru, mapping_exiting, dax_mapping, workingset_eviction":
      "the slot becomes a shadow entry, which is no page to who looks it up",
    free_folio: "of file systems that keep something with the page",
  },
} as const;

/**
 * __remove_mapping(), mm/vmscan.c, v7.1, of a file's page that reclaim has isolated, and that nobody maps any more. Its reference, and the
 * one of the page cache, are all there may be; what can take one more is gone with the mapping of the user.
 */
export const removeMapping = ({ first, freezes }: RemoveMapping) => {
  const dirty = pageFlag("dirty");
  const isSource = freezes && first === "count";
  return kernel.path(
    "__remove_mapping",
    { page: ref(Page) },
    {
      "folio = lru_to_folio(folio_list)": once((k, me) => {
        me.page = filePage(k);
      }),
      "folio_trylock(folio)": trylockPage.then({ false: "folio_put(folio)" }),
      "folio_test_dirty(folio)?, first": first === "PG_dirty" && dirty.then({ true: CANNOT_FREE }),
      "folio_ref_freeze(folio, refcount)?": freezes && pageRefFreeze(2).then({ false: CANNOT_FREE }),
      "folio_ref_count(folio) == refcount?": !freezes && countIs(2).then({ false: CANNOT_FREE }),
      "folio_test_dirty(folio)?": first === "count" && dirty.then({ false: "__filemap_remove_folio(folio, shadow)" }),
      "folio_ref_unfreeze(folio, refcount)": isSource && pageRefUnfreeze(2).then(CANNOT_FREE),
      "goto cannot_free": first === "count" && !freezes && once(() => CANNOT_FREE),
      "__filemap_remove_folio(folio, shadow)": call(
        filemapRemoveFolio("frozen", "v7.1"),
        ({ page }: { readonly page: PageDraft | null }) => ({ page }),
      ),
      "folio_put(folio), of the page cache": !freezes && putPage,
      "folio_unlock(folio)": freezes ? unlockPage : unlockPage.then("folio_put(folio)"),
      "free_unref_folios(&free_folios)": freezes && freeFrozen.then(done),
      [CANNOT_FREE]: unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/vmscan.c",
      release: isSource ? "v7.1" : `v7.1, ${freezes ? "PG_dirty first" : "without folio_ref_freeze()"}`,
      leavesOut:
        "the LRU lists, the unmap (nobody maps the folio), i_pages, folios in the swap cache, the shadow entry",
      ...(isSource ? IN_SOURCE : { notInSource: "__remove_mapping() as the comment in it says that it must not be" }),
    },
  );
};
