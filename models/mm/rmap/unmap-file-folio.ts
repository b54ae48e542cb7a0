import { done } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import {
  lockPtl,
  pageRemoveRmap,
  pmdNone,
  pteNone,
  ptepGet,
  ptepGetAndClear,
  putPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import type { PageDraft, VmaIndex } from "../../kernel/world.ts";

/**
 * What try_to_unmap_one() and try_to_migrate_one() do alike to a clean small folio of a file, under page_vma_mapped_walk(),
 * mm/rmap.c, v6.12 and v7.1. `sync`: PVMW_SYNC, which takes ptl even where the PTE looks empty.
 */
export const unmapFileFolio = (i: VmaIndex, sync = false) => ({
  "pmd_present(*pvmw->pmd)?": pmdNone(i).then({ true: done }),
  "map_pte(): pte_present(ptep_get(pvmw->pte))?": !sync && pteNone(i).then({ true: done }),
  "spin_lock(pvmw->ptl)": lockPtl(i),
  "check_pte(): maps the folio?": ptepGet(i).then((_, { page }: { readonly page: PageDraft | null }, pte) =>
    pte.page === page ? undefined : "spin_unlock(pvmw->ptl)",
  ),
  "ptep_get_and_clear(mm, address, pvmw.pte)": ptepGetAndClear(i, (k) => rmapAhead(k.vma[i])),
  "folio_remove_rmap_pte(folio, subpage, vma)": pageRemoveRmap(i),
  "folio_put(folio)": putPage,
  "spin_unlock(pvmw->ptl)": unlockPtl(i),
});

/** Where the steps of the walk are: it takes ptl, and drops it. */
export const IN_FOLIO_WALK = {
  "pmd_present(*pvmw->pmd)?": "page_vma_mapped_walk()",
  "map_pte(): pte_present(ptep_get(pvmw->pte))?": "page_vma_mapped_walk()",
  "spin_lock(pvmw->ptl)": "page_vma_mapped_walk()",
  "check_pte(): maps the folio?": "page_vma_mapped_walk()",
  "spin_unlock(pvmw->ptl)": "page_vma_mapped_walk()",
} as const;
