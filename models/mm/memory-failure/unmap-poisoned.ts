import { done, once, ref } from "faultline";
import { setHwpoisonEntry } from "../../kernel/entries.ts";
import {
  addMmCounter,
  lockPtl,
  pageRemoveRmap,
  pteNone,
  ptepGet,
  ptepGetAndClear,
  putPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { unmapOneOmits } from "../vmscan/reclaim-folios.ts";
import { UNMAP_ONE_OMITS } from "../vmscan/reclaim.ts";

export const POISON_RELEASES = ["v5.9", "v6.12", "v7.1"] as const;
export type PoisonRelease = (typeof POISON_RELEASES)[number];

const IN_SOURCE = {
  "v5.9": {
    "ptep_clear_flush(vma, address, pvmw.pte)": ["ptep_get_and_clear(pvmw.pte) #2", "ptep_clear_flush(pvmw.pte)"],
    "dec_mm_counter(mm, mm_counter(page))": "dec_mm_counter() #1",
    "set_pte_at(mm, address, pvmw.pte, hwpoison)": "set_pte_at(mm, address, pvmw.pte, pteval) #1",
  },
  "v6.12": {
    "ptep_clear_flush(vma, address, pvmw.pte)": ["ptep_get_and_clear()", "ptep_clear_flush()"],
    "dec_mm_counter(mm, mm_counter(page))": "dec_mm_counter() #1",
    "set_pte_at(mm, address, pvmw.pte, hwpoison)": "set_pte_at(mm, address, pvmw.pte, pteval) #1",
    "page_remove_rmap(subpage)": "folio_remove_rmap_pte()",
    "put_page(page)": "folio_put(folio)",
  },
  "v7.1": {
    "ptep_clear_flush(vma, address, pvmw.pte)": "get_and_clear_ptes()",
    "dec_mm_counter(mm, mm_counter(page))": "dec_mm_counter() #1",
    "set_pte_at(mm, address, pvmw.pte, hwpoison)": "set_pte_at(mm, address, pvmw.pte, pteval) #1",
    "page_remove_rmap(subpage)": "folio_remove_rmap_ptes()",
    "put_page(page)": "folio_put_refs()",
  },
} as const;

const POISONED = "the page is poisoned" as const;
const WALK = "page_vma_mapped_walk()" as const;

/**
 * try_to_unmap_one() under page_vma_mapped_walk(), mm/rmap.c, of a poisoned anonymous page: leaves an entry at which an access ends in a
 * signal. v5.9 passes by what looks empty, without ptl; since v5.14 memory_failure() asks for TTU_SYNC.
 */
export const tryToUnmapPoisoned = (i: VmaIndex, release: PoisonRelease) =>
  kernel.path(
    "try_to_unmap_one",
    { page: ref(Page) },
    {
      "map_pte(): pte_present(*pvmw->pte)?": release === "v5.9" && pteNone(i).then({ true: done }),
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "check_pte(): maps page?": ptepGet(i).then((_, { page }, pte) =>
        pte.page === page ? undefined : "page_vma_mapped_walk(): spin_unlock(ptl)",
      ),
      "ptep_clear_flush(vma, address, pvmw.pte)": ptepGetAndClear(i),
      "dec_mm_counter(mm, mm_counter(page))": addMmCounter(i, -1),
      "set_pte_at(mm, address, pvmw.pte, hwpoison)": once((k) => setHwpoisonEntry(k.table[i].pte)),
      "page_remove_rmap(subpage)": pageRemoveRmap(),
      "put_page(page)": putPage,
      "page_vma_mapped_walk(): spin_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release,
      functions: ["try_to_unmap_one"],
      at: {
        "map_pte(): pte_present(*pvmw->pte)?": WALK,
        "page_vma_mapped_walk(): spin_lock(ptl)": WALK,
        "check_pte(): maps page?": WALK,
        "page_vma_mapped_walk(): spin_unlock(ptl)": WALK,
        ...IN_SOURCE[release],
      },
      omits:
        release === "v5.9"
          ? {
              ...UNMAP_ONE_OMITS,
              "PageAnon, if (PageAnon(page))": "the branch of a page that is not poisoned",
              PageHWPoison: POISONED,
              set_tlb_ubc_flush_pending: "no user runs",
            }
          : {
              ...unmapOneOmits(release),
              PageHWPoison: POISONED,
              [release === "v6.12" ? "dec_mm_counter #2, dec_mm_counter #5" : "dec_mm_counter #2"]:
                "the branches of a page that is not poisoned",
            },
      leavesOut:
        "the flush (no user runs), mlock(), MMU notifiers, huge pages, device memory; the anon_vma lock: the vma of a child is in its tree before fork() copies entries, behind that of its parent",
    },
  );
