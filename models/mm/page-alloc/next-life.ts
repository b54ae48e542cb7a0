import { bool, call, once } from "faultline";
import { allocateOnceFree, filePage, of, storeFlags } from "../../kernel/primitives.ts";
import { kernel } from "../../kernel/world.ts";
import { folioUnlockWaking } from "../filemap/wait-locked.ts";
import { shrinkFolioList } from "../vmscan/reclaim-folios.ts";

/** Reclaim of one folio to its end: free_pages_prepare() clears the flags, and the page is the allocator's. */
export const reclaimAndFree = (release_: "v6.12" | "v7.1") =>
  shrinkFolioList({ vmas: 1, release: release_ }).with({
    before: {
      "free_unref_folios(&free_folios)": {
        "free_pages_prepare(): page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP": once((_, { page }) => storeFlags(page!, {})),
      },
    },
    as: "free_pages_prepare()",
  });

/** Whoever allocates the page next: it locks it, as for a read, and unlocks it once that is done. */
export const nextOwner = (release_: "v6.12" | "v7.1") =>
  kernel.path(
    "next owner",
    { waiters: bool },
    {
      "alloc_pages()": of(filePage, allocateOnceFree),
      // A load and a store of the flags: who unlocked the page in its last life may come in between.
      "__folio_set_locked(folio): load": once(({ page }, me) => {
        me.waiters = page.waiters;
      }),
      "__folio_set_locked(folio): store": once(({ page }, { waiters }) => storeFlags(page, { locked: true, waiters })),
      "folio_unlock(folio)": call(folioUnlockWaking(release_, true)),
    },
    {
      file: "mm/filemap.c",
      release: release_,
      leavesOut: "what the page is read for",
      notInSource: "stands for any user of the page cache, or of another page that is locked",
    },
  );
