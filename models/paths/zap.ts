import { call, done, full, once, ref, release } from "faultline";
import { rmapAhead, rmapTakenBack } from "../kernel/deletion.ts";
import { clearPte, lockPtl, putPage } from "../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../kernel/world.ts";

/** Whether an unmap also takes private copies (`details->check_mapping == NULL`) or only pages of the file. */
export type EvenCows = boolean;

/**
 * zap_page_range_single() down to zap_pte_range(), mm/memory.c, v5.9: clears the PTE of one address space.
 * The page's reference moves from the PTE to the mmu_gather batch and is put after ptl has been dropped.
 */
export const zapPteRange = (i: VmaIndex, evenCows: EvenCows) =>
  kernel.path(
    "zap_pte_range",
    { page: ref(Page) },
    {
      // Read without any lock: an empty page table is skipped.
      "pmd_none_or_clear_bad(pmd)?": once((k) => {
        if (k.vma[i].pmd === "none") return done;
      }),
      "pte_offset_map_lock(&ptl)": lockPtl(i),
      "pte_none(*pte)?": once((k, me) => {
        me.page = k.vma[i].pte.page;
        if (!me.page) return "pte_unmap_unlock(ptl)";
      }),
      // Once page->mapping is NULL, an unmap that spares private copies never removes the PTE.
      "check_mapping == page_rmapping(page)?":
        !evenCows &&
        once((_, me) => {
          if (me.page!.mapping === "file") return;
          me.page = null;
          return "pte_unmap_unlock(ptl)";
        }),
      "ptep_get_and_clear_full(pte)": full((k) => {
        clearPte(k.vma[i]);
        rmapAhead(k.vma[i]);
      }),
      "page_remove_rmap(page)": full((k, { page }) => {
        page!.mapcount--;
        rmapTakenBack(k.vma[i], page!);
      }),
      "pte_unmap_unlock(ptl)": release((k, { page }) => {
        k.vma[i].ptl = false;
        if (!page) return done;
      }),
      "put_page(page) from the gather": putPage,
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      leavesOut:
        "TLB flushes (no user access is modelled, and the gather's reference keeps the page), rss counters, dirty and young bits (the page is clean), huge pmds",
    },
  );

/**
 * unmap_mapping_range(), or unmap_mapping_pages() for one page, mm/memory.c, v5.9: zaps every vma that maps the range,
 * here each of the first `vmas`, in the order of the interval tree.
 */
export const unmapMappingRange = (vmas: number, evenCows: EvenCows) =>
  kernel.path(
    "unmap_mapping_range",
    {},
    {
      "zap_page_range_single() in vma[0]": call(zapPteRange(0, evenCows)),
      "zap_page_range_single() in vma[1]": vmas > 1 && call(zapPteRange(1, evenCows)),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      leavesOut: "i_mmap_rwsem: no other path of these models takes it",
    },
  );
