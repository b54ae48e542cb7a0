/**
 * Tells real findings of unaccount_page_cache_page() from transient ones: ghost state only.
 *
 * The kernel complains ("BUG: Bad page cache", or VM_BUG_ON_PAGE() under CONFIG_DEBUG_VM) when a page is deleted from
 * the page cache while its mapcount is not 0. Whether that is a bug shows only later. The mapcount may belong to a PTE
 * that is there (real), to one that is stored after the deletion (late), or to a fault that raised it, finds that the
 * page is gone, and takes it back (transient). Without CONFIG_DEBUG_VM the kernel prints and goes on; so does the model.
 */
import type { Kernel, MmDraft, PageDraft } from "./world.ts";

/** mapcount has been raised for `mm`, or its PTE cleared: for now mapcount counts a PTE that is not there. */
export function rmapAhead(mm: MmDraft): void {
  mm.rmap = "ahead";
}

/** The PTE that was counted ahead is stored: if a deletion has counted it as well, the page stays mapped. */
export function rmapMapped(mm: MmDraft, page: PageDraft): void {
  if (mm.rmap === "counted" && page.deletedMapped !== "real") page.deletedMapped = "late";
  mm.rmap = "mapped";
}

/** The mapcount of `mm` is taken back: if a deletion has counted it, that was a false alarm. */
export function rmapTakenBack(mm: MmDraft, page: PageDraft): void {
  if (mm.rmap === "counted" && page.deletedMapped === "no") page.deletedMapped = "transient";
  mm.rmap = "unmapped";
}

/** unaccount_page_cache_page() sees a mapcount that is not 0. */
export function deletedWhileMapped(k: Kernel, page: PageDraft): void {
  for (const mm of k.mm) {
    if (mm.rmap === "mapped") page.deletedMapped = "real";
    if (mm.rmap === "ahead") mm.rmap = "counted";
  }
}
