import { call, done, once, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import {
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  pageRemoveRmap,
  pmdpHugeGetAndClear,
  pmdTransHuge,
  putPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

/** zap_huge_pmd(), mm/huge_memory.c, v5.9: takes the huge pmd of a vma off. Its lock is pmd_lock(), here `ptl`. */
export const zapHugePmd = (i: VmaIndex) =>
  kernel.path(
    "zap_huge_pmd",
    { page: ref(Page) },
    {
      "pmd_trans_huge_lock(pmd)": lockPtl(i),
      "pmd_trans_huge(*pmd)?": pmdTransHuge(i).then({ false: "spin_unlock(ptl)" }),
      "pmdp_huge_get_and_clear_full(pmd)": pmdpHugeGetAndClear(i, (k, me) => {
        rmapAhead(k.vma[i]);
        me.page = k.page;
      }),
      "page_remove_rmap(page, true)": pageRemoveRmap(i),
      "spin_unlock(ptl)": unlockPtl(i),
      "tlb_finish_mmu(): put_page(page)": putPage.when((_, { page }) => page !== null),
    },
    {
      file: "mm/huge_memory.c",
      release: "v5.9",
      functions: ["zap_huge_pmd", "__pmd_trans_huge_lock"],
      at: {
        "pmd_trans_huge_lock(pmd)": "__pmd_trans_huge_lock(): pmd_lock()",
        "spin_unlock(ptl)": ["spin_unlock(ptl) #4", "__pmd_trans_huge_lock(): spin_unlock(ptl)"],
        "tlb_finish_mmu(): put_page(page)": "tlb_remove_page_size(tlb, page, HPAGE_PMD_SIZE)",
      },
      omits: {
        "is_swap_pmd, pmd_devmap": "neither migrates, nor persistent memory",
        "tlb_change_page_size, tlb_remove_pmd_tlb_entry": "puts it into the gather, which is this thread's own",
        "vma_is_special_huge, if (vma_is_special_huge(vma))": "a vma without struct pages: none here",
        "if (is_huge_zero_pmd(orig_pmd))": "the huge zero page: none here",
        "zap_deposited_table, PageAnon": "the deposited page table: nobody else looks at it",
        "pmd_present, else (pmd_present(orig_pmd))": "a migration entry: nobody migrates a page beside it",
        add_mm_counter: "rss: no spec asks",
      },
      leavesOut:
        "the deposited page table, rss (no spec asks), dirty and young bits (the page is clean), the flush (no user runs), mmap_lock and the vma (no fault runs beside it); one reference stands for 512",
    },
  );

/**
 * zap_pmd_range(), mm/memory.c, v5.9, for one huge page. `waits`: since 22061a1ffabd (v5.13) an empty pmd is not taken
 * for granted where a single page is unmapped: pmd_lock() is taken and dropped.
 */
export const zapPmdRange = (i: VmaIndex, waits: boolean) =>
  kernel.path(
    "zap_pmd_range",
    {},
    {
      "pmd_trans_huge(*pmd)?": pmdTransHuge(i).then({ false: waits ? "pmd_none(*pmd): pmd_lock()" : done }),
      "zap_huge_pmd()": call(zapHugePmd(i), undefined, () => done),
      "pmd_none(*pmd): pmd_lock()": waits && lockPtl(i),
      "spin_unlock(ptl)": waits && unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: waits ? "v5.13" : "v5.9",
      omits: {
        "is_swap_pmd, pmd_devmap": "neither migrates, nor persistent memory",
        "if (next - addr != HPAGE_PMD_SIZE)": "a pmd that is unmapped in part: it is unmapped whole here",
        "pmd_none_or_trans_huge_or_clear_bad, zap_pte_range": "page tables: the file is one huge page",
      },
      leavesOut:
        "splitting a pmd that is unmapped in part (it is unmapped whole here), page tables (the file is one huge page)",
    },
  );

/** madvise(MADV_DONTNEED) of a huge page, mm/madvise.c, v5.9, with mmap_lock for reading, and what its caller relies on. */
export const dontneedHuge = (i: VmaIndex) =>
  kernel.path(
    "madvise_dontneed_single_vma",
    {},
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "zap_pmd_range()": call(zapPmdRange(i, false)),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
      "madvise() returns": once((k) => {
        k.vma[i].unmapped = true;
      }),
    },
    {
      file: "mm/madvise.c",
      release: "v5.9",
      at: { "zap_pmd_range()": "zap_page_range()" },
      notInSource: {
        "mmap_read_lock(mm)": "do_madvise(), which calls it",
        "mmap_read_unlock(mm)": "do_madvise(), behind it",
        "madvise() returns": "do_madvise(), behind it",
      },
      leavesOut: "the gather and its flush (no user runs)",
    },
  );
