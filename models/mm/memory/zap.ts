import { bool, call, done, once, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import { I_MMAP_LOCK, MMU_NOTIFIERS, UPPER_TABLES } from "../../kernel/omissions.ts";
import { isHwpoisonEntry, pteClear } from "../../kernel/entries.ts";
import {
  addMmCounter,
  decTlbFlushPending,
  incTlbFlushPending,
  lockPtl,
  pageRemoveRmap,
  pmdNone,
  ptePage,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPageDirty,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { flushTlbBatchedPending } from "../rmap/batched-flush.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";

/** Whether an unmap also takes private copies (`details->check_mapping == NULL`) or only pages of the file. */
export type EvenCows = boolean;

/** What a zap does where users run: without these rules nothing is in a TLB, and the page is clean. */
export interface ZapRules {
  /**
   * When a dirty PTE of a shared page is flushed, and when mapcount goes down:
   *
   * - `late`: until v3.14, all in tlb_finish_mmu(), after ptl has been dropped.
   * - `v5.9`: since 1cf35d47712d, a dirty one before ptl is dropped, but after page_remove_rmap().
   * - `v6.2`: since 5df397dec7c4, before page_remove_rmap() as well.
   */
  readonly dirty: "late" | "v5.9" | "v6.2";
  /** 3ea277194daa: flush_tlb_batched_pending(): what reclaim has cleared is flushed first. */
  readonly batched?: boolean;
  /** 99baac21e458: tlb_finish_mmu() flushes if another gather is going on. */
  readonly nested?: boolean;
  /** VM_PFNMAP: the PTE maps no struct page, so it has neither an rmap nor a reference. */
  readonly pfnmap?: boolean;
}

/**
 * What becomes of the entry of a poisoned page: madvise() and munmap() drop it; what a truncate unmaps (`details`) leaves it, until 5abfd71d936a
 * (v5.18) as all entries that are not present. Only beside memory_failure(); rss is counted then, too, and no user runs.
 */
export type ZapHwpoison = "drops" | "leaves";

const CLEAR = "pte_clear_not_present_full(pte)" as const;
const ADD_RSS = "add_mm_rss_vec(mm, rss)" as const;

interface Zapped {
  readonly page: PageDraft | null;
  readonly dirty: boolean;
}

/** What the PTE maps is a page, with an rmap and a reference. */
const mapsPage = (rules?: ZapRules): boolean => rules?.pfnmap !== true;

/** A user may have stored to the page through the PTE. */
const mayBeDirty = (rules?: ZapRules): boolean => rules !== undefined && mapsPage(rules);

/** What was dirty is flushed before ptl is dropped. */
const forcesFlush = (rules?: ZapRules): boolean => mayBeDirty(rules) && rules?.dirty !== "late";

/**
 * zap_pte_range(), mm/memory.c, v5.9: clears the PTE of one vma. What it took off is left in its local `page`: its
 * reference is the mmu_gather's now. Without `rules`, no user runs and there is nothing to flush.
 */
export const zapPteRange = (i: VmaIndex, evenCows: EvenCows, rules?: ZapRules, hwpoison?: ZapHwpoison) => {
  const end = hwpoison ? ADD_RSS : "pte_unmap_unlock(ptl)";
  return kernel.path(
    "zap_pte_range",
    { page: ref(Page), dirty: bool },
    {
      // Read without any lock: an empty page table is skipped.
      "pmd_none_or_clear_bad(pmd)?": pmdNone(i).then({ true: done }),
      "pte_offset_map_lock(&ptl)": lockPtl(i),
      "flush_tlb_batched_pending(mm)": rules?.batched === true && call(flushTlbBatchedPending(i, "v5.9")),
      "pte_none(*pte)?": hwpoison
        ? ptepGet(i).then((_, me, pte) => {
            me.page = pte.page;
            if (!me.page) return isHwpoisonEntry(pte) && hwpoison === "drops" ? CLEAR : end;
          })
        : ptePage(i).then((_, { page }) => (page ? undefined : end)),
      // Once page->mapping is NULL, an unmap that spares private copies never removes the PTE.
      "check_mapping == page_rmapping(page)?":
        !evenCows &&
        once((_, me) => {
          if (me.page!.mapping === "file") return;
          me.page = null;
          return end;
        }),
      "ptep_get_and_clear_full(pte)": ptepGetAndClear(i, (k, me) => {
        me.dirty = rules !== undefined && k.table[i].pte.dirty;
        rmapAhead(k.vma[i]);
      }),
      "set_page_dirty(page)": mayBeDirty(rules) && setPageDirty.when((_, { dirty }) => dirty),
      "page_remove_rmap(page)":
        mapsPage(rules) &&
        pageRemoveRmap(i)
          .when((_, { dirty }: Zapped) => rules?.dirty !== "v6.2" || !dirty)
          .then((_, { dirty }) => (dirty ? undefined : end)),
      "force_flush: tlb_flush_mmu_tlbonly()": forcesFlush(rules) && flushTlb(i),
      "tlb_flush_rmaps(): page_remove_rmap(page)": rules?.dirty === "v6.2" && pageRemoveRmap(i),
      [CLEAR]: hwpoison === "drops" && pteClear(i).when((_, { page }: Zapped) => page === null),
      [ADD_RSS]: hwpoison !== undefined && addMmCounter(i, -1).when((_, { page }: Zapped) => page !== null),
      "pte_unmap_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      ...(rules && { fits: { late: "..v3.14", "v5.9": "v3.15..v6.1", "v6.2": "v6.2.." }[rules.dirty] }),
      release: rules === undefined || rules.dirty === "v5.9" ? "v5.9" : `v5.9, flushes as ${rules.dirty}`,
      functions: ["zap_pmd_range", "zap_pte_range"],
      at: {
        "pte_none(*pte)?": ["*pte", "pte_none(ptent)"],
        "page_remove_rmap(page)": "page_remove_rmap(page) #1",
        "force_flush: tlb_flush_mmu_tlbonly()": "tlb_flush_mmu_tlbonly()",
        ...(hwpoison === "drops" && { [CLEAR]: "pte_clear_not_present_full() #2" }),
      },
      omits: {
        "if (is_swap_pmd(*pmd) || pmd_trans_huge(*pmd) || pmd_devmap(*pmd))": "no page here is huge",
        "tlb_change_page_size, tlb_remove_tlb_entry, __tlb_remove_page":
          "puts it into the gather, which is this thread's own; one page never fills it",
        ...(rules?.batched !== true && {
          flush_tlb_batched_pending: "reclaim has cleared nothing that is not flushed, where it does not run",
        }),
        [hwpoison ? "init_rss_vec" : "init_rss_vec, add_mm_rss_vec"]: "rss: no other CPU reads it",
        "vm_normal_page, PageAnon": "tells by the PTE, and by what the page is, whether there is something to do",
        set_page_dirty: "where no user runs, the page is clean",
        mark_page_accessed: "the young bit: nobody reads it",
        "if (unlikely(page_mapcount(page) < 0))": "prints that something is wrong",
        tlb_flush_mmu_tlbonly: "where no user runs, nothing is in a TLB",
        tlb_flush_mmu: "frees early what was taken off: here that is for tlb_finish_mmu()",
        "is_device_private_entry, device_private_entry_to_page, non_swap_entry, is_migration_entry, migration_entry_to_page":
          "tests of entries that map no page: there is none",
        [`if (is_device_private_entry(entry)), free_swap_and_cache, print_bad_pte${hwpoison === "drops" ? "" : ", pte_clear_not_present_full"}`]:
          hwpoison === "leaves"
            ? "nothing that is not present is dropped: details are given"
            : "swap and migration entries: there is none",
      },
      leavesOut:
        "rss counters (the caller has them where a spec asks), the young bit, huge pmds and swap entries (there are none), lazy MMU mode; where no user access is modelled, TLB flushes and dirty bits: the page is clean. A private copy is not dirty here: set_page_dirty() and the forced flush are for a page of a file alone. tlb_flush_mmu() after a forced flush, which frees what is in the batch, is the one of tlb_finish_mmu() here: nothing else is taken off in between",
    },
  );
};

/** zap_pte_range() has forced the flush of what it took off: the gather is empty. */
export const isFlushed = (rules: ZapRules | undefined, dirty: boolean): boolean =>
  dirty && forcesFlush(rules) && rules?.pfnmap !== true;

/**
 * tlb_finish_mmu(), mm/mmu_gather.c, v5.9: flushes what the gather has taken off and not flushed yet, `flushed`, then puts
 * its references.
 */
export const tlbFinishMmu = (i: VmaIndex, rules?: ZapRules) =>
  kernel.path(
    "tlb_finish_mmu",
    { page: ref(Page), flushed: bool },
    {
      "mm_tlb_flush_nested(mm)?":
        rules?.nested === true &&
        once((k) => {
          if (k.mm[i].tlbFlushPending > 1) return "tlb_flush_mmu(): flush";
        }),
      "tlb_flush_mmu(): tlb->end?":
        rules !== undefined &&
        once((_, { page, flushed }) => {
          if (!page || flushed) return "tlb_flush_mmu(): put_page(page)";
        }),
      "tlb_flush_mmu(): flush": rules !== undefined && flushTlb(i),
      "tlb_flush_mmu(): put_page(page)": mapsPage(rules) && putPage.when((_, { page }) => page !== null),
      "dec_tlb_flush_pending(mm)": rules?.nested === true && decTlbFlushPending(i),
    },
    {
      file: "mm/mmu_gather.c",
      release: "v5.9",
      functions: ["tlb_finish_mmu", "tlb_flush_mmu"],
      at: {
        "tlb_flush_mmu(): tlb->end?": "tlb_flush_mmu_tlbonly()",
        "tlb_flush_mmu(): flush": "tlb_flush_mmu_tlbonly()",
        "tlb_flush_mmu(): put_page(page)": "tlb_flush_mmu_free()",
      },
      omits: {
        mm_tlb_flush_nested: "where one gather is going on at a time",
        dec_tlb_flush_pending: "the same",
        tlb_flush_mmu_tlbonly: "where no user runs, nothing is in a TLB",
        __tlb_reset_range: "the gather is this thread's own",
        tlb_batch_list_free: "frees the gather's own memory",
      },
      leavesOut: "batches of more than one page (a full one is flushed and freed early)",
    },
  );

/** The functions between a vma and its PTEs, and what an unmap leaves out on that way. */
export const UNMAP_SINGLE_VMA = [
  "unmap_single_vma",
  "unmap_page_range",
  "zap_p4d_range",
  "zap_pud_range",
  "zap_pmd_range",
] as const;
export const UNMAP_LEFT_OUT = {
  lru_add_drain: "drops references that would make a freeze fail: reclaim would only give up",
  tlb_gather_mmu: "where one gather is going on at a time, nobody asks for tlb_flush_pending",
  ...MMU_NOTIFIERS,
  uprobe_munmap: "breakpoints, of executable files",
  "if (is_vm_hugetlb_page(vma))": "no page here is one of hugetlbfs",
  ...UPPER_TABLES,
  "if (is_swap_pmd(*pmd) || pmd_trans_huge(*pmd) || pmd_devmap(*pmd))": "no page here is huge",
  pmd_none_or_trans_huge_or_clear_bad: "a step of zap_pte_range",
  tlb_end_vma: "up to v5.18 x86 has it empty: where it is not, it flushes earlier",
} as const;

/** zap_page_range_single(), mm/memory.c, v5.9: one gather around the PTE of one vma. */
export const zapPageRangeSingle = (i: VmaIndex, evenCows: EvenCows, rules?: ZapRules, hwpoison?: ZapHwpoison) =>
  kernel.path(
    "zap_page_range_single",
    { page: ref(Page), flushed: bool },
    {
      "tlb_gather_mmu(): inc_tlb_flush_pending(mm)": rules?.nested === true && incTlbFlushPending(i),
      "zap_pte_range()": call(zapPteRange(i, evenCows, rules, hwpoison), undefined, (me, { page, dirty }) => {
        me.page = page;
        me.flushed = isFlushed(rules, dirty);
        if (!page && rules?.nested !== true) return done;
      }),
      "tlb_finish_mmu()": call(tlbFinishMmu(i, rules), ({ page, flushed }) => ({ page, flushed })),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      functions: ["zap_page_range_single", ...UNMAP_SINGLE_VMA],
      at: { "tlb_gather_mmu(): inc_tlb_flush_pending(mm)": "tlb_gather_mmu()" },
      omits: {
        ...UNMAP_LEFT_OUT,
      },
      leavesOut: "lru_add_drain() (it puts references of this CPU's LRU lists, which no page here has), mmu notifiers",
    },
  );

/**
 * unmap_mapping_range(), or unmap_mapping_pages() for one page, mm/memory.c, v5.9: zaps every vma that maps the range,
 * here each of the first `vmas`, in the order of the interval tree.
 */
export const unmapMappingRange = (vmas: number, evenCows: EvenCows, rules?: ZapRules, hwpoison?: ZapHwpoison) =>
  kernel.path(
    "unmap_mapping_range",
    {},
    {
      "zap_page_range_single() in vma[0]": call(zapPageRangeSingle(0, evenCows, rules, hwpoison)),
      "zap_page_range_single() in vma[1]": vmas > 1 && call(zapPageRangeSingle(1, evenCows, rules, hwpoison)),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      functions: ["unmap_mapping_range", "unmap_mapping_pages", "unmap_mapping_range_tree", "unmap_mapping_range_vma"],
      omits: {
        ...I_MMAP_LOCK,
        RB_EMPTY_ROOT: "no vma maps the file: nothing to do",
        vma_interval_tree_foreach: "the vmas stay in the tree",
      },
      leavesOut: "i_mmap_rwsem: no other path of these models takes it",
    },
  );
