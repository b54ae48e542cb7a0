/** migrate_vma_collect_pmd(), mm/migrate_device.c: memory of a process is unmapped, to be moved to a device or back. */
import { bool, choose, done, once, ref } from "faultline";
import { setMigrationPte } from "../../kernel/entries.ts";
import {
  getPage,
  lockPtl,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

export type CollectRelease = "v5.19" | "v6.12" | "v7.1";

export interface Collect {
  readonly release: CollectRelease;
  /** v7.1: the entry behind maps a large folio, which has to be split without ptl. */
  readonly large?: boolean;
  /** What would mend that: a flush before ptl is dropped. */
  readonly early?: boolean;
}

const LARGE = "folio_test_large(folio), of the entry behind" as const;
const UNLOCK = "pte_unmap_unlock(ptep - 1, ptl)" as const;

const HUGE = "no page here is huge";
const DEVICE = "entries of devices: there is none";
const FOLIO = {
  "vm_normal_page, is_zone_device_page, is_device_coherent_page": "whether it is a page, and where it is",
  "migrate_pfn, !page->mapping": "what the caller is told of the page",
  "folio_trylock(folio)": "nobody else locks the folio here; who cannot lock it leaves it alone",
  "folio_test_anon, PageAnonExclusive, if (anon_exclusive)":
    "a page that is exclusive is flushed at once, by ptep_clear_flush(): the page here is shared, as after fork()",
  folio_mark_dirty: "nobody here asks whether the folio is dirty",
};
const OMITS: Readonly<Record<CollectRelease, (large: boolean) => Readonly<Record<string, string>>>> = {
  "v5.19": () => ({
    ...OMITS["v6.12"](false),
    "flush_tlb_range(walk->vma, start, end)": "where v6.0 has put the flush",
  }),
  "v6.12": () => ({
    "pmd_none(*pmdp), if (pmd_trans_huge(*pmdp))": HUGE,
    "if (!pte_present(pte))": DEVICE,
    ...FOLIO,
    "folio_put(folio) #4": "of a folio that is locked by somebody else",
  }),
  "v7.1": (large) => ({
    "if (pmd_trans_huge(*pmdp) || !pmd_present(*pmdp))": HUGE,
    "lazy_mmu_mode_enable, lazy_mmu_mode_disable": "batches changes of PTEs where a hypervisor makes them",
    "if (!pte_present(pte))": DEVICE,
    ...FOLIO,
    page_pgmap: "whether it is a page, and where it is",
    ...(!large && { "if (folio && folio_test_large(folio))": "no folio here is large" }),
    "folio_put(folio) #3": "of a folio that is locked by somebody else",
  }),
};
const UNDER_PTL = {
  "pte_offset_map_lock(mm, pmdp, start, &ptl)": "pte_offset_map_lock()",
  "set_pte_at(mm, addr, ptep, swp_pte)": "set_pte_at() #2",
  "folio_put(folio)": "folio_put(folio) #2",
};
const AT: Readonly<Record<CollectRelease, Readonly<Record<string, string>>>> = {
  "v5.19": { ...UNDER_PTL, "folio_put(folio)": "folio_put(folio) #3" },
  "v6.12": { ...UNDER_PTL, "folio_put(folio)": "folio_put(folio) #3" },
  "v7.1": {
    ...UNDER_PTL,
    "pte_unmap_unlock(ptep, ptl), to split": "pte_unmap_unlock(ptep, ptl) #2",
    "migrate_vma_split_folio(folio, migrate->fault_page)": "migrate_vma_split_folio() #2",
    "flush_tlb_range(), the split has failed": "flush_tlb_range() #2",
    "flush_tlb_range(walk->vma, start, end)": "flush_tlb_range() #3",
    "again: pte_offset_map_lock(mm, pmdp, start, &ptl)": "pte_offset_map_lock()",
    [UNLOCK]: "pte_unmap_unlock(ptep - 1, ptl)",
  },
};

/**
 * One page that is not exclusive, and in v7.1 a large folio behind it, which is split. v5.19 drops ptl before it flushes;
 * 60bae7370896 (v6.0) flushes first. Who meets a large folio in v7.1 drops ptl before it is split, with the flush still to
 * come: behind the other entries, or at once if the split fails.
 */
export const migrateVmaCollect = (i: VmaIndex, { release, large = false, early = false }: Collect) =>
  kernel.path(
    "migrate_vma_collect_pmd",
    { page: ref(Page), unmapped: bool },
    {
      "pte_offset_map_lock(mm, pmdp, start, &ptl)": lockPtl(i),
      "pte = ptep_get(ptep)": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page;
        if (!pte.page) return large ? LARGE : UNLOCK;
      }),
      "folio_get(folio)": getPage,
      "ptep_get_and_clear(mm, addr, ptep)": ptepGetAndClear(i),
      "set_pte_at(mm, addr, ptep, swp_pte)": setMigrationPte(i),
      "folio_remove_rmap_pte(folio, page, vma)": pageRemoveRmap(),
      "folio_put(folio)": putPage.then((_, me) => {
        me.unmapped = true;
        return large ? LARGE : "flush_tlb_range(walk->vma, start, end)";
      }),

      [LARGE]: large && once((k) => void k.table[i].tailPte.page),
      "flush_tlb_range(), with ptl held": early && flushTlb(i).when((_, { unmapped }) => unmapped),
      "pte_unmap_unlock(ptep, ptl), to split": large && unlockPtl(i),
      "migrate_vma_split_folio(folio, migrate->fault_page)":
        large &&
        once((_, { unmapped }) => {
          if (choose("is split", "fails") === "is split") return "again: pte_offset_map_lock(mm, pmdp, start, &ptl)";
          return unmapped ? "flush_tlb_range(), the split has failed" : done;
        }),
      "flush_tlb_range(), the split has failed": large && flushTlb(i).then(done),
      "again: pte_offset_map_lock(mm, pmdp, start, &ptl)": large && lockPtl(i),
      "if (unmapped)": large && once((_, { unmapped }) => (unmapped ? undefined : UNLOCK)),

      "flush_tlb_range(walk->vma, start, end)": release !== "v5.19" && flushTlb(i),
      [UNLOCK]: unlockPtl(i).then((_, { unmapped }) => (release === "v5.19" && unmapped ? undefined : done)),
      "flush_tlb_range(walk->vma, start, end), without ptl": release === "v5.19" && flushTlb(i),
    },
    {
      file: "mm/migrate_device.c",
      release,
      ...(release === "v5.19" && { fits: "..v5.19" }),
      leavesOut:
        "a page that is exclusive (ptep_clear_flush() flushes it at once), huge pages, PG_dirty, what becomes of the page (migrate_vma() has a reference and the page lock), why a split fails",
      notInSource: {
        ...(early && { "flush_tlb_range(), with ptl held": "what would mend it" }),
        ...(large && {
          [LARGE]: "the next round of the loop: what its entry maps",
          "if (unmapped)": "the test before the flush: whether an entry was taken off",
        }),
        ...(release === "v5.19" && {
          "flush_tlb_range(walk->vma, start, end), without ptl": "v6.0 has put it before the unlock",
        }),
      },
      ...(large && {
        leads: {
          "folio_put(folio)": {
            "pte_unmap_unlock(ptep, ptl), to split": "the next round of the loop meets a large folio",
          },
        },
      }),
      at: AT[release],
      omits: OMITS[release](large),
    },
  );
