import { call, done, full, ref } from "faultline";
import { lockPage, mappingMatches, pageMapped, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../delete-from-page-cache.ts";
import { findGetEntry } from "../find-get-entry.ts";
import { zapPmdRange } from "./zap-huge-pmd.ts";

/**
 * truncate_pagecache(), mm/truncate.c, v5.9, of a file that is one huge page, mapped by vma[0]; i_size has been set.
 * `waits`: unmap_mapping_page() of v5.13, see zapPmdRange().
 */
export const truncateHuge = (waits: boolean) => {
  const found = (me: { page: PageDraft | null }, { page }: { readonly page: PageDraft | null }) => {
    me.page = page;
    if (!page) return done;
  };
  return kernel.path(
    "truncate_pagecache",
    { page: ref(Page) },
    {
      "unmap_mapping_range()": call(zapPmdRange(0, false)),
      "pagevec_lookup_entries()": !waits && call(findGetEntry(), undefined, found),
      "find_get_entries()": waits && call(findGetEntry(), undefined, found),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page->mapping == mapping?": mappingMatches("unlock_page(page)"),
      "truncate_cleanup_page(): page_mapped(page)?": pageMapped("delete_from_page_cache(page)"),
      "truncate_cleanup_page(): unmap_mapping_pages(index, nr)": !waits && call(zapPmdRange(0, false)),
      "truncate_cleanup_page(): unmap_mapping_page(page)": waits && call(zapPmdRange(0, true)),
      "delete_from_page_cache(page)": call(deleteFromPageCache("single"), ({ page }) => ({ page })),
      "unlock_page(page)": unlockPage,
      "pagevec_release()": full((_, { page }) => {
        page!.refcount--;
      }),
    },
    {
      file: "mm/truncate.c",
      release: waits ? "v5.13" : "v5.9",
      leavesOut: "the batched pass and the second unmap: both come too late or too early for this race",
    },
  );
};
