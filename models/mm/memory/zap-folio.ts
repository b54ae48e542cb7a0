import { bool, call, done, once, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import { I_MMAP_READ, MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { isHwpoisonEntry, isMarker, isMigrationEntry, pteClear } from "../../kernel/entries.ts";
import {
  addMmCounter,
  lockPtl,
  pageRemoveRmap,
  pmdNone,
  ptePage,
  ptepGet,
  ptepGetAndClear,
  setPageDirty,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type PageDraft, type PteDraft, type VmaIndex } from "../../kernel/world.ts";
import { tlbFinishMmu, type EvenCows } from "./zap.ts";

/** The releases that zap by folios, and delay the rmap of a dirty page until the TLB is flushed. */
export type ZapRelease = "v6.12" | "v7.1";

export interface FolioZap {
  readonly release: ZapRelease;
  /** How many vmas map the file. */
  readonly vmas: number;
  /** Users run: pages may be dirty, and TLBs have to be flushed. */
  readonly users?: boolean;
  /** The folio may be dirty when it is removed: PG_dirty is taken off before, and asked for. */
  readonly dirty?: boolean;
  /**
   * There are entries that map no page: migration entries, markers, those of poisoned pages. They go where private copies do. Swap entries are
   * for drop-swap-entry.ts.
   */
  readonly nonpresent?: boolean;
  /** What is present is taken off mm->rss: a spec looks at that. */
  readonly rss?: boolean;
  /** What is mapped is anonymous: its dirty bit is of no use to a zap, which flushes with the gather, and not under ptl. */
  readonly anon?: boolean;
}

const CLEAR = "clear_not_present_full_ptes(mm, addr, pte, nr)" as const;
const ADD_RSS = "add_mm_rss_vec(mm, rss)" as const;

interface Zapped {
  readonly page: PageDraft | null;
  readonly dirty: boolean;
}

/** What it takes off without a flush is in the mmu_gather, as in zap.ts. */
const rules = ({ users = false }: FolioZap) => (users ? ({ dirty: "v6.2" } as const) : undefined);

const NONE = "entries that map no page: there is none";

/** Where the steps of zap_pte_range() are, and what of it is no step. */
export const inZapPteRange = (
  release: ZapRelease,
  users: boolean,
  { reclaims = false, nonpresent = false, rss = false } = {},
) => ({
  functions:
    release === "v6.12"
      ? ["zap_pmd_range", "zap_pte_range", "zap_present_ptes", "zap_present_folio_ptes"]
      : [
          "zap_pmd_range",
          "zap_pte_range",
          "do_zap_pte_range",
          "zap_present_ptes",
          "zap_present_folio_ptes",
          ...(nonpresent ? ["zap_nonpresent_ptes"] : []),
        ],
  at: {
    "pmd_none(*pmd)?": "pmd_none(*pmd) #2",
    "pte_none(ptent)?": ["ptep_get(pte)", "pte_none(ptent)"],
    "get_and_clear_full_ptes(mm, addr, pte, nr)": "get_and_clear_full_ptes() #2",
    "folio_mark_dirty(folio)": "folio_mark_dirty() #2",
    "folio_remove_rmap_ptes(folio, page, nr, vma)": "folio_remove_rmap_ptes() #2",
    "force_flush: tlb_flush_mmu_tlbonly(tlb)": "tlb_flush_mmu_tlbonly(tlb)",
  },
  omits: {
    ...(release === "v6.12"
      ? {
          "is_swap_pmd, pmd_trans_huge, pmd_devmap, pmd_lock, spin_unlock(ptl) #1": "no page here is huge",
          "pfn_swap_entry_to_page, should_zap_folio #2, folio_remove_rmap_pte, folio_put, swap_pte_batch": nonpresent
            ? "entries of devices and of swap slots: there is none"
            : NONE,
          [`pfn_swap_entry_folio, should_zap_folio #3${nonpresent ? "" : ", clear_not_present_full_ptes"}`]: nonpresent
            ? "the folio is one of the range"
            : NONE,
        }
      : {
          "pmd_is_huge, sync_with_folio_pmd_zap": "no page here is huge",
          "lazy_mmu_mode_enable, lazy_mmu_mode_disable": "batches changes of PTEs where a hypervisor makes them",
          "ptep_get(pte + nr), pte_none(ptent) #2": "the other PTEs of the range: there is none",
          ...(nonpresent
            ? {
                "softleaf_is_device_private, softleaf_to_page, should_zap_folio #2, folio_remove_rmap_pte, folio_put":
                  "entries of devices: there is none",
                "softleaf_is_swap, swap_pte_batch, swap_put_entries_direct": "swap entries: there is none",
                "softleaf_to_folio, should_zap_folio #3": "the folio is one of the range",
              }
            : { zap_nonpresent_ptes: NONE }),
          ...(reclaims
            ? {
                "zap_pte_table_if_empty, if (can_reclaim_pt)":
                  "frees the table, behind the flush, after a grace period",
              }
            : {
                "zap_empty_pte_table, zap_pte_table_if_empty, if (can_reclaim_pt)":
                  "a page table is freed by madvise() alone, and not for part of it",
              }),
        }),
    "zap_huge_pmd, pmd_none(*pmd) #1": "no page here is huge",
    "tlb_change_page_size, tlb_remove_tlb_entries, __tlb_remove_folio_pages":
      "puts it into the gather, which is this thread's own; one page never fills it",
    flush_tlb_batched_pending: "reclaim has cleared nothing that is not flushed, where it does not run",
    [rss ? "init_rss_vec" : "init_rss_vec, add_mm_rss_vec"]: "rss: no other CPU reads it",
    vm_normal_page: "tells by the PTE whether a page is mapped",
    "if (!page)": "no page: every PTE here maps one",
    "if (unlikely(folio_test_large(folio) && max_nr != 1))": "no page here is large",
    "folio_test_anon, clear_full_ptes":
      "of private copies the dirty bit is of no use; elsewhere both clear the PTE alike",
    tlb_delay_rmap: "true with more than one CPU",
    folio_mark_accessed: "the young bit: nobody reads it",
    zap_install_uffd_wp_if_needed: "no vma here has userfaultfd",
    "if (unlikely(folio_mapcount(folio) < 0))": "prints that something is wrong",
    ...(!users && {
      "folio_mark_dirty, tlb_flush_mmu_tlbonly": "where no user runs, the page is clean and nothing is in a TLB",
    }),
    "tlb_flush_mmu(tlb)": "frees early what was taken off: here that is for tlb_finish_mmu()",
  },
});

/**
 * zap_pte_range() with zap_present_ptes(), mm/memory.c, v6.12 and v7.1: clears the PTE of one vma. Without `evenCows` it
 * spares what is anonymous; that a page has left its file does not matter to it, as it did until v5.17.
 */
export const zapFolioPte = (i: VmaIndex, evenCows: EvenCows, zap: FolioZap) => {
  const { release, users = false, nonpresent = false, rss = false, anon = false } = zap;
  const looksAtDirty = users && !anon;
  const end = rss ? ADD_RSS : "pte_unmap_unlock(start_pte, ptl)";
  const isDropped = (pte: PteDraft): boolean =>
    evenCows && (isMigrationEntry(pte) || isMarker(pte) || isHwpoisonEntry(pte));
  return kernel.path(
    "zap_pte_range",
    { page: ref(Page), dirty: bool },
    {
      "pmd_none(*pmd)?": pmdNone(i).then({ true: done }),
      "pte_offset_map_lock(mm, pmd, addr, &ptl)": lockPtl(i),
      "pte_none(ptent)?": nonpresent
        ? ptepGet(i).then((_, me, pte) => {
            me.page = pte.page;
            if (!pte.page) return isDropped(pte) ? CLEAR : end;
          })
        : ptePage(i).then((_, { page }) => (page ? undefined : end)),
      "should_zap_folio(details, folio)?":
        !evenCows &&
        once((_, me) => {
          if (me.page!.mapping !== "anon") return;
          me.page = null;
          return end;
        }),
      "get_and_clear_full_ptes(mm, addr, pte, nr)": ptepGetAndClear(i, (k, me) => {
        me.dirty = looksAtDirty && k.table[i].pte.dirty;
        rmapAhead(k.vma[i]);
      }),
      "folio_mark_dirty(folio)": looksAtDirty && setPageDirty.when((_, { dirty }) => dirty),
      "folio_remove_rmap_ptes(folio, page, nr, vma)": pageRemoveRmap(i)
        .when((_, { dirty }: Zapped) => !dirty)
        .then((_, { dirty }) => (dirty ? undefined : end)),
      "force_flush: tlb_flush_mmu_tlbonly(tlb)": looksAtDirty && flushTlb(i),
      "tlb_flush_rmaps(tlb, vma)": looksAtDirty && pageRemoveRmap(i).then(end),
      // No mmu_gather is told: nothing of an entry that maps no page can be in a TLB.
      [CLEAR]: nonpresent && evenCows && pteClear(i),
      [ADD_RSS]: rss && addMmCounter(i, -1).when((_, { page }: Zapped) => page !== null),
      "pte_unmap_unlock(start_pte, ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release,
      leavesOut:
        "huge pmds, entries that are not present, userfaultfd, rss, page tables that are taken away (madvise() alone does that)",
      ...inZapPteRange(release, looksAtDirty, { nonpresent, rss }),
    },
  );
};

const SINGLE_VMA = ["unmap_single_vma", "unmap_page_range"] as const;
const IN_ZAP = ["zap_p4d_range", "zap_pud_range", "zap_pmd_range"] as const;

const ON_THE_WAY = {
  "pgd_none_or_clear_bad, p4d_none_or_clear_bad, pud_none_or_clear_bad":
    "the upper page tables stay while the vma does",
  "if (pud_trans_huge(*pud))": "no page here is huge",
  "hugetlb_zap_begin, hugetlb_zap_end": "no page here is one of hugetlbfs",
  "zap_huge_pmd, pmd_none": "no page here is huge, and where the page table is missing is a step of zap_pte_range()",
  tlb_gather_mmu: "where one gather is going on at a time, nobody asks for tlb_flush_pending",
  tlb_end_vma: "flushes on architectures that do it for each vma: here it is for tlb_finish_mmu()",
  uprobe_munmap: "breakpoints, of executable files",
} as const;

interface Gathered {
  page: PageDraft | null;
  flushed: boolean;
}

/** One mmu_gather around the PTE of one vma; where nothing was zapped, it goes on at `unless`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a path has the one label or the other
export const gatherAround = <To extends string | typeof done>(
  i: VmaIndex,
  evenCows: EvenCows,
  zap: FolioZap,
  unless: To,
) => ({
  "zap_pte_range()": call(zapFolioPte(i, evenCows, zap), undefined, (me: Gathered, { page, dirty }) => {
    me.page = page;
    me.flushed = dirty;
    return page ? undefined : unless;
  }),
  "tlb_finish_mmu(&tlb)": call(tlbFinishMmu(i, rules(zap)), ({ page, flushed }: Gathered) => ({ page, flushed })),
});

const inOneVma = (
  release: ZapRelease,
  inVma: Readonly<Record<ZapRelease, readonly string[]>>,
  omits: Readonly<Record<string, string>> = {},
) => ({
  file: "mm/memory.c",
  release,
  leavesOut: "the upper page tables, hugetlbfs, mmu notifiers, uprobes",
  functions: [...inVma[release], ...IN_ZAP],
  leads: { "zap_pte_range()": { end: "nothing was zapped: there is nothing to flush or to free" } },
  omits: {
    ...MMU_NOTIFIERS,
    ...ON_THE_WAY,
    ...omits,
    ...(release === "v6.12"
      ? {
          lru_add_drain: "drops references that would make a freeze fail: reclaim would only give up",
          "is_swap_pmd, pmd_trans_huge, pmd_devmap, pmd_lock, spin_unlock(ptl)": "no page here is huge",
        }
      : {
          "if (is_vm_hugetlb_page(vma))": "no page here is one of hugetlbfs",
          "pmd_is_huge, sync_with_folio_pmd_zap": "no page here is huge",
        }),
  },
});

/** What unmap_mapping_range_tree() does with one vma. */
export const zapVma = (i: VmaIndex, evenCows: EvenCows, zap: FolioZap) =>
  kernel.path(
    "unmap_mapping_range_tree",
    { page: ref(Page), flushed: bool },
    gatherAround(i, evenCows, zap, done),
    inOneVma(
      zap.release,
      {
        "v6.12": ["unmap_mapping_range_tree", "unmap_mapping_range_vma", "zap_page_range_single", ...SINGLE_VMA],
        "v7.1": ["unmap_mapping_range_tree", "zap_vma_range_batched", "__zap_vma_range"],
      },
      { vma_interval_tree_foreach: "the vmas stay in the tree" },
    ),
  );

/** madvise(MADV_DONTNEED), down to zap_page_range_single(), or since v7.1 zap_vma_range_batched(): what it returns after is ready for the user. */
export const dontneedFolio = (i: VmaIndex, zap: FolioZap) =>
  kernel.path(
    "madvise_dontneed_single_vma",
    { page: ref(Page), flushed: bool },
    {
      ...gatherAround(i, true, zap, "return to user"),
      "return to user": once((k) => {
        k.vma[i].unmapped = true;
      }),
    },
    {
      ...inOneVma(zap.release, {
        "v6.12": ["zap_page_range_single", ...SINGLE_VMA],
        "v7.1": ["zap_vma_range", "zap_vma_range_batched", "__zap_vma_range"],
      }),
      notInSource: { "return to user": "madvise() has returned" },
    },
  );

/** unmap_mapping_range(), and unmap_mapping_folio() of a folio that is locked: zaps each vma that maps it. */
const unmapMapping = (name: "unmap_mapping_range" | "unmap_mapping_folio", evenCows: EvenCows, zap: FolioZap) =>
  kernel.path(
    name,
    {},
    {
      "unmap_mapping_range_tree(), vma[0]": call(zapVma(0, evenCows, zap)),
      "unmap_mapping_range_tree(), vma[1]": zap.vmas > 1 && call(zapVma(1, evenCows, zap)),
    },
    {
      file: "mm/memory.c",
      release: zap.release,
      leavesOut: "i_mmap_rwsem for reading (nobody takes it for writing)",
      functions: [name, ...(name === "unmap_mapping_range" ? ["unmap_mapping_pages"] : [])],
      omits: {
        ...I_MMAP_READ,
        ...(name === "unmap_mapping_folio" && { "folio->mapping": "stays what it is under the page lock" }),
      },
    },
  );

export const unmapMappingFolio = (zap: FolioZap) => unmapMapping("unmap_mapping_folio", false, zap);
export const unmapMappingRange = (evenCows: EvenCows, zap: FolioZap) =>
  unmapMapping("unmap_mapping_range", evenCows, zap);
