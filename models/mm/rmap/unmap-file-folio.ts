import { bool, done, once, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import {
  lockPtl,
  pageRemoveRmap,
  pmdNone,
  pteNone,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPageDirty,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, type PageDraft, type VmaIndex } from "../../kernel/world.ts";

import { setTlbUbcFlushPending } from "./batched-flush.ts";

const REMOVE_RMAP = "folio_remove_rmap_pte(folio, subpage, vma)" as const;

interface UnmapFolio {
  /** PVMW_SYNC: ptl is taken even where the PTE looks empty. */
  readonly sync?: boolean;
  /** Users run: the PTE may be dirty, and the TLB has to be flushed. */
  readonly users?: boolean;
  /** The flush waits for others: try_to_unmap_flush() is a step of the caller. */
  readonly batches?: boolean;
}

export const UNMAP_LOCALS = { page: ref(Page), dirty: bool, flushPending: bool } as const;

/**
 * What try_to_unmap_one() and try_to_migrate_one() do alike to a small folio of a file, under page_vma_mapped_walk(),
 * mm/rmap.c, v6.12 and v7.1.
 */
export const unmapFileFolio = (i: VmaIndex, { sync = false, users = false, batches = false }: UnmapFolio = {}) => ({
  "pmd_present(*pvmw->pmd)?": pmdNone(i).then({ true: done }),
  "map_pte(): pte_present(ptep_get(pvmw->pte))?": !sync && pteNone(i).then({ true: done }),
  "spin_lock(pvmw->ptl)": lockPtl(i),
  "check_pte(): maps the folio?": ptepGet(i).then((_, { page }: { readonly page: PageDraft | null }, pte) =>
    pte.page === page ? undefined : "spin_unlock(pvmw->ptl)",
  ),
  "ptep_get_and_clear(mm, address, pvmw.pte)": ptepGetAndClear(i, (k, me: { dirty: boolean }) => {
    if (users) me.dirty = k.table[i].pte.dirty;
    rmapAhead(k.vma[i]);
  }),
  "set_tlb_ubc_flush_pending(mm, pteval)": batches && setTlbUbcFlushPending(i, "v6.12"),
  "flush_tlb_page()": users && !batches && flushTlb(i),
  "pte_dirty(pteval)?":
    users && once((_: unknown, { dirty }: { readonly dirty: boolean }) => (dirty ? undefined : REMOVE_RMAP)),
  "folio_mark_dirty(folio)": users && setPageDirty,
  [REMOVE_RMAP]: pageRemoveRmap(i),
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
