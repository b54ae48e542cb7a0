import { call, done, ref } from "faultline";
import { indexInFile, lockPage, mappingMatches, putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft } from "../../kernel/world.ts";
import { filemapGetEntry } from "./find-folio.ts";

/** The releases whose faults on files are written by folios here; they have the same steps. */
export type FaultRelease = "v6.12" | "v7.1";

const FIND = "filemap_get_folio(mapping, index)";

const gone = (_: unknown, me: { page: PageDraft | null }): void => {
  me.page = null;
};

/**
 * filemap_fault(), mm/filemap.c, v6.12 and v7.1, of a folio that is in the page cache: returns it locked, with a reference, in
 * the local `page`; NULL ends the fault, as it does where the folio has gone.
 */
export const filemapFaultFolio = (release: FaultRelease) =>
  kernel.path(
    "filemap_fault",
    { page: ref(Page) },
    {
      "index < max_idx?": indexInFile.then({ false: done }),
      [FIND]: call(filemapGetEntry(release), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "lock_folio_maybe_drop_mmap(folio)": call(lockPage(), ({ page }) => ({ page })),
      "folio->mapping == mapping?": mappingMatches.then({ false: "folio_unlock(folio), retry" }),
      "index < max_idx? under the folio lock": indexInFile.then({ true: done }),
      "folio_unlock(folio), SIGBUS": unlockPage,
      "folio_put(folio), SIGBUS": putPage.then((k, me) => {
        gone(k, me);
        return done;
      }),
      "folio_unlock(folio), retry": unlockPage,
      "folio_put(folio), retry": putPage.then((k, me) => {
        gone(k, me);
        return FIND;
      }),
    },
    {
      file: "mm/filemap.c",
      release,
      at: {
        "index < max_idx?": "i_size_read(inode) #1",
        // Where it is gone once it is locked, it is looked for by the call that would make it.
        [FIND]: ["filemap_get_folio(mapping, index)", "__filemap_get_folio()"],
        "folio->mapping == mapping?": "folio->mapping != mapping",
        "index < max_idx? under the folio lock": "i_size_read(inode) #2",
        "folio_unlock(folio), SIGBUS": "folio_unlock(folio) #4",
        "folio_put(folio), SIGBUS": "folio_put(folio) #3",
        "folio_unlock(folio), retry": "folio_unlock(folio) #1",
        "folio_put(folio), retry": "folio_put(folio) #1",
      },
      omits: {
        do_async_mmap_readahead: "reads in other pages",
        "do_sync_mmap_readahead, filemap_fault_recheck_pte_none, filemap_invalidate_lock_shared, filemap_invalidate_unlock_shared":
          "reads in a folio that is not cached, which ends the fault here",
        "folio_test_uptodate, if (unlikely(!folio_test_uptodate(folio)))": "a folio that is unlocked has been read",
        trace_mm_filemap_fault: "for a tracepoint",
        "if (fpin)": "VM_FAULT_RETRY: the fault starts anew",
        "page_not_uptodate:": "reading failed once: it is read again; no device fails here",
        "out_retry:": "VM_FAULT_RETRY: the fault starts anew",
      },
      leavesOut:
        "VM_FAULT_RETRY and dropping mmap_lock while it sleeps, PG_uptodate, the invalidate_lock and reading in: a folio that is gone would be read in anew, beyond i_size or behind the remover",
    },
  );
