import { noreturn } from "faultline";
import { mustBeKept } from "../../kernel/primitives.ts";
import { kernel } from "../../kernel/world.ts";

/**
 * copy_present_ptes(), mm/memory.c, v7.1, of a process that nobody else here knows: it maps a page of the large folio, and its child
 * comes to map it, too. The reference comes before the mapping.
 */
export const copyPteElsewhere = kernel.path(
  "copy_present_ptes",
  {},
  {
    "folio_ref_add(folio, nr)": noreturn(({ page }) => {
      page.refcount++;
    }),
    // A load and a store under the bit lock of the folio: nobody sees what is in between.
    "folio_add_large_mapcount(folio, nr, dst_vma)": noreturn(({ page }) => {
      mustBeKept(page);
      page.largeMapcount++;
    }),
  },
  {
    file: "mm/memory.c",
    release: "v7.1",
    notInSource:
      "two operations of copy_present_ptes() and __folio_try_dup_anon_rmap(): mm/memory.c 1156 and 1158, include/linux/rmap.h 633",
    leavesOut:
      "the process, its page tables and their locks, and its child: nobody here asks for them; PageAnonExclusive (its page is shared)",
  },
);
