import { call, release } from "faultline";
import { allocateOnceFree, filePage, of, trylockPage } from "../../kernel/primitives.ts";
import { kernel } from "../../kernel/world.ts";
import { folioUnlockWaking } from "../filemap/wait-locked.ts";
import { shrinkFolioList } from "../vmscan/reclaim-folios.ts";

/** Reclaim of one folio to its end: free_pages_prepare() clears the flags, and the page is the allocator's. */
export const reclaimAndFree = (release_: "v6.12" | "v7.1") =>
  shrinkFolioList({ vmas: 1, release: release_ }).with({
    before: {
      "free_unref_folios(&free_folios)": {
        "free_pages_prepare(): page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP": release((_, { page }) => {
          page!.uptodate = false;
          page!.waiters = false;
        }),
      },
    },
    as: "free_pages_prepare()",
  });

/** Whoever allocates the page next: it locks it, as for a read, and unlocks it once that is done. */
export const nextOwner = (release_: "v6.12" | "v7.1") =>
  kernel.path(
    "next owner",
    {},
    {
      "alloc_pages()": of(filePage, allocateOnceFree),
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
