import { call, done, once, ref, smpWmb } from "faultline";
import {
  addMmCounter,
  lockPtl,
  isNone,
  ptepGet,
  putPage,
  setMapcountToOne,
  setMapping,
  setPageAnonExclusive,
  setPteAt,
  unlockPtl,
  storeData,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";
import type { FolioRelease } from "./wp-folio.ts";

interface Anonymous {
  readonly poisoned?: boolean;
  readonly reaped?: StableCheck;
}

/** Where a fault asks whether the oom reaper has begun, since 6b31d5955cb2 under ptl: `under ptl` is the source. */
export type StableCheck = "under ptl" | "before ptl" | "nowhere";

const isUnstable = (i: VmaIndex) => once((k: Kernel) => k.mm[i].unstable);

/**
 * do_anonymous_page(), mm/memory.c, v5.19 to v7.1: a write fault where nothing is mapped gets a zeroed folio of one page,
 * which is exclusive; `poisoned`: as in anonymous-fault.ts; `reaped`: an oom reaper runs. Since v7.1 rss is counted after the PTE is stored, before in the others, under ptl in all.
 */
export const doAnonymousFolio = (i: VmaIndex, release: FolioRelease, { poisoned = false, reaped }: Anonymous = {}) => {
  const rssLast = release === "v7.1";
  return kernel.path(
    "do_anonymous_page",
    { page: ref(Page) },
    {
      "check_stable_address_space(mm), too early": reaped === "before ptl" && isUnstable(i).then({ true: done }),
      "folio = alloc_anon_folio(vmf)": call(allocPage(poisoned ? "cow" : "page"), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "folio_zero_user(folio)": once((_, { page }) => storeData(page!, 0)),
      "__folio_mark_uptodate(folio): smp_wmb()": smpWmb,
      "pte_offset_map_lock(&vmf->ptl)": lockPtl(i),
      "vmf_pte_changed(vmf)?": ptepGet(i).then((_, _me, pte) =>
        isNone(pte) ? undefined : "release: folio_put(folio)",
      ),
      "check_stable_address_space(mm)":
        reaped === "under ptl" && isUnstable(i).then({ true: "release: folio_put(folio)" }),
      "add_mm_counter(MM_ANONPAGES)": !rssLast && addMmCounter(i, 1),
      "folio_add_new_anon_rmap(): mapping = anon_vma": setMapping("anon"),
      "folio_add_new_anon_rmap(): _mapcount = 0": setMapcountToOne,
      "folio_add_new_anon_rmap(): SetPageAnonExclusive()": setPageAnonExclusive,
      "set_ptes(vmf->pte)": setPteAt(i, { writable: true, dirty: true }),
      "add_mm_counter(MM_ANONPAGES), last": rssLast && addMmCounter(i, 1),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i).then(done),
      "release: folio_put(folio)": putPage,
      "unlock: pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release:
        reaped === undefined || reaped === "under ptl" ? release : `${release}, unstable memory asked for ${reaped}`,
      fits: "v5.19..",
      functions: ["do_anonymous_page", ...(rssLast ? ["map_anon_folio_pte_pf", "map_anon_folio_pte_nopf"] : [])],
      at: {
        "folio_zero_user(folio)": "alloc_anon_folio()",
        "__folio_mark_uptodate(folio): smp_wmb()": "__folio_mark_uptodate(folio)",
        ...(reaped === "under ptl" && { "check_stable_address_space(mm)": "check_stable_address_space() #2" }),
        "pte_offset_map_lock(&vmf->ptl)": "pte_offset_map_lock() #2",
        "vmf_pte_changed(vmf)?": "vmf_pte_changed(vmf) #2",
        "folio_add_new_anon_rmap(): mapping = anon_vma": "folio_add_new_anon_rmap()",
        "folio_add_new_anon_rmap(): _mapcount = 0": "folio_add_new_anon_rmap()",
        "folio_add_new_anon_rmap(): SetPageAnonExclusive()": "folio_add_new_anon_rmap()",
        "add_mm_counter(MM_ANONPAGES), last": "add_mm_counter()",
        "pte_unmap_unlock(vmf->ptl)": "unlock: pte_unmap_unlock()",
        "unlock: pte_unmap_unlock(vmf->ptl)": "unlock: pte_unmap_unlock()",
      },
      omits: {
        pte_alloc: "the page table is there",
        "if (!(vmf->flags & FAULT_FLAG_WRITE) && !mm_forbids_zeropage(vma->vm_mm))": "read faults: the zero page",
        vmf_anon_prepare: "there is one anon_vma",
        "if (IS_ERR(folio))": "a large folio: tried again",
        "if (!vmf->pte)": "the page table stays",
        pte_range_none: "folios of one page",
        ...(reaped === undefined && { check_stable_address_space: "no oom reaper runs" }),
        "if (userfaultfd_missing(vma)), vmf_orig_pte_uffd_wp": "no userfaultfd",
        folio_add_lru_vma: "references of the LRU lists come and go; who counts references copies then",
        folio_ref_add: "adds nothing for a folio of one page",
      },
      leavesOut:
        "read faults (the zero page), large folios, allocating the page table (it is there), memcg charge, PG_uptodate (nobody looks for it in an anonymous page), where none runs the oom reaper, userfaultfd, LRU lists",
    },
  );
};
