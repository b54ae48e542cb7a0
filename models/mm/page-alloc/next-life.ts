import { acquire, call, done, once, release, wait } from "faultline";
import { filePage, mappingMatches, newOwner, of, trylockPage } from "../../kernel/primitives.ts";
import { kernel } from "../../kernel/world.ts";
import { folioUnlockWaking } from "../filemap/wait-locked.ts";
import { shrinkFolioList } from "../vmscan/reclaim-folios.ts";

/** Reclaim of one folio to its end: free_pages_prepare() clears the flags, and the page is the allocator's. */
export const reclaimAndFree = (release_: "v6.12" | "v7.1") =>
  kernel.path(
    "shrink_inactive_list",
    {},
    {
      "shrink_folio_list()": call(shrinkFolioList({ vmas: 1, release: release_ })),
      "list_empty(&free_folios)?": of(filePage, mappingMatches).then({ true: done }),
      "free_pages_prepare(): page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP": release((k) => {
        k.page.uptodate = false;
        k.page.waiters = false;
      }),
    },
    {
      file: "mm/vmscan.c, mm/page_alloc.c",
      release: release_,
      leavesOut: "the lists, and the lock of the allocator but for its order",
      notInSource: "the end of shrink_folio_list(), which frees what it has put on a list",
    },
  );

/** Whoever allocates the page next: it locks it, as for a read, and unlocks it once that is done. */
export const nextOwner = (release_: "v6.12" | "v7.1") =>
  kernel.path(
    "next owner",
    {},
    {
      // Until it is free, PG_uptodate is set.
      "alloc_pages()": acquire((k) => {
        if (k.page.uptodate) return wait;
      }),
      "set_page_refcounted(page)": once((k) => {
        newOwner(k.page);
      }),
      "__folio_set_locked(folio)": of(filePage, trylockPage).then(() => {}),
      "folio_unlock(folio)": call(folioUnlockWaking(release_, true)),
    },
    {
      file: "mm/filemap.c",
      release: release_,
      leavesOut: "what the page is read for",
      notInSource: "stands for any user of the page cache, or of another page that is locked",
    },
  );
