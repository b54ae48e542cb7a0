import { bool, noreturn, once, ref, smpMb, smpMbAfterAtomic } from "faultline";
import {
  lockPtl,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPte,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import type { FolioRelease } from "../memory/wp-folio.ts";

/** Where it goes on if the folio is pinned. */
export const PINNED = "pinned: set_pte_at(pvmw.pte, pteval)";

export interface Locals {
  readonly page: PageDraft | null;
}

/**
 * folio_try_share_anon_rmap_pte(), include/linux/rmap.h, until v6.7 page_try_share_anon_rmap(): its caller has cleared the
 * PTE; the page is no longer exclusive if nobody has pinned it. Both barriers are of 088b8aa537c2 (v6.1).
 */
export const tryShareAnonRmap = (release: FolioRelease) => {
  const barriers = release !== "v5.19";
  return {
    "share: smp_mb()": barriers && smpMb,
    "share: folio_maybe_dma_pinned(folio)?": once((_: unknown, { page }: Locals) => {
      if (page!.pins > 0) return PINNED;
    }),
    "share: ClearPageAnonExclusive(page)": noreturn((_: unknown, { page }: Locals): void => {
      page!.exclusive = false;
    }),
    "share: smp_mb__after_atomic()": barriers && smpMbAfterAtomic,
  };
};

/**
 * try_to_unmap_one(), mm/rmap.c, of an anonymous folio that reclaim has put into the swap cache: clears the PTE, and will
 * flush later. What is stored instead maps no page.
 */
export const tryToUnmapOne = (i: VmaIndex, release: FolioRelease) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page), writable: bool },
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "pteval = ptep_get(pvmw.pte)": ptepGet(i).then((_, me, pte) => {
        if (!pte.page) return "page_vma_mapped_walk_done(): spin_unlock(ptl)";
        me.page = pte.page;
        me.writable = pte.writable;
      }),
      "get_and_clear_ptes(pvmw.pte)": ptepGetAndClear(i),
      ...tryShareAnonRmap(release),
      "set_pte_at(pvmw.pte, swp_pte)": once((k) => {
        k.table[i].pte.page = null;
      }),
      "folio_remove_rmap_ptes(folio)": pageRemoveRmap(),
      "folio_put_refs(folio)": putPage.then("page_vma_mapped_walk_done(): spin_unlock(ptl)"),
      [PINNED]: once((k, { page, writable }) => setPte(k.table[i].pte, page!, { writable, dirty: true })),
      "page_vma_mapped_walk_done(): spin_unlock(ptl)": unlockPtl(i),
    },
    { file: "mm/rmap.c", release, fits: release === "v5.19" ? "v5.19..v6.0" : "v6.1..", leavesOut: "" },
  );
