/**
 * Tells real findings of unaccount_page_cache_page() from transient ones: ghost state only.
 *
 * The kernel complains ("BUG: Bad page cache", or VM_BUG_ON_PAGE() under CONFIG_DEBUG_VM) when a page is deleted from
 * the page cache while its mapcount is not 0. Whether that is a bug shows only later. The mapcount may belong to a PTE
 * that is there (real), to one that is stored after the deletion (late), or to a fault that raised it, finds that the
 * page is gone, and takes it back (transient). Without CONFIG_DEBUG_VM the kernel prints and goes on; so does the model.
 */
import { bugOn } from "faultline";
import type { Kernel, VmaDraft, PageDraft } from "./world.ts";

/** mapcount has been raised for `vma`, or its PTE cleared: for now mapcount counts a PTE that is not there. */
export function rmapAhead(vma: VmaDraft): void {
  vma.rmap = "ahead";
}

/** The PTE that was counted ahead is stored: if a deletion has counted it as well, the page stays mapped. */
export function rmapMapped(vma: VmaDraft, page: PageDraft): void {
  if (vma.rmap === "counted" && page.deletedMapped !== "real") page.deletedMapped = "late";
  vma.rmap = "mapped";
}

/** The mapcount of `vma` is taken back: if a deletion has counted it, that was a false alarm. */
export function rmapTakenBack(vma: VmaDraft, page: PageDraft): void {
  if (vma.rmap === "counted" && page.deletedMapped === "no") page.deletedMapped = "transient";
  vma.rmap = "unmapped";
}

/** unaccount_page_cache_page() sees a mapcount that is not 0. */
export function deletedWhileMapped(k: Kernel, page: PageDraft): void {
  for (const vma of k.vma) {
    if (vma.rmap === "mapped") page.deletedMapped = "real";
    if (vma.rmap === "ahead") vma.rmap = "counted";
  }
}

/** What a remover does when it finds the page mapped that it has unmapped: v5.9 stops, whatever the configuration. */
export type MappedCheck = "BUG_ON" | "WARN_ON";

/** BUG_ON(page_mapped(page)), or a warning that goes on, and tells real findings from transient ones. */
export function checkUnmapped(k: Kernel, page: PageDraft, check: MappedCheck): void {
  if (check === "BUG_ON") bugOn(page.mapcount > 0, "BUG_ON(page_mapped(page))");
  else if (page.mapcount > 0) deletedWhileMapped(k, page);
}
