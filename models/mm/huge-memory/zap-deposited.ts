import { free, once, ref } from "faultline";
import { PageTable, kernel, type VmaIndex } from "../../kernel/world.ts";
import {
  lockPmd,
  mmapReadLock,
  mmapReadUnlock,
  newpage,
  of,
  pageRemoveRmap,
  pmdTransHuge,
  pmdpHugeGetAndClear,
  putPage,
  unlockPmd,
} from "../../kernel/primitives.ts";

/** zap_huge_pmd(), mm/huge_memory.c, v7.1, of an anonymous huge page: the table that was put aside for its split is freed at once. */
export const zapHugePmdWithDeposit = (i: VmaIndex) =>
  kernel.path(
    "zap_huge_pmd",
    { table: ref(PageTable) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "ptl = __pmd_trans_huge_lock(pmd, vma)": lockPmd(i),
      "pmd_is_huge(*pmd)?": pmdTransHuge(i).then({ false: "spin_unlock(ptl)" }),
      "orig_pmd = pmdp_huge_get_and_clear_full(vma, addr, pmd)": pmdpHugeGetAndClear(i),
      "folio_remove_rmap_pmd(folio)": of(newpage, pageRemoveRmap()),
      "pgtable = pgtable_trans_huge_withdraw(mm, pmd)": once((k, me) => {
        me.table = k.vma[i].deposit;
        k.vma[i].deposit = null;
      }),
      "pte_free(mm, pgtable)": free((_, { table }) => table),
      "spin_unlock(ptl)": unlockPmd(i).then((_, { table }) => (table ? undefined : "mmap_read_unlock(mm)")),
      "tlb_finish_mmu(): folio_put(folio)": of(newpage, putPage),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/huge_memory.c",
      release: "v7.1",
      fits: "v5.9..",
      functions: ["zap_huge_pmd", "zap_huge_pmd_folio", "zap_deposited_table", "__pmd_trans_huge_lock"],
      at: {
        "ptl = __pmd_trans_huge_lock(pmd, vma)": "pmd_lock(vma->vm_mm, pmd)",
        "pmd_is_huge(*pmd)?": "pmd_is_huge(*pmd)",
        "spin_unlock(ptl)": ["zap_huge_pmd(): spin_unlock(ptl)", "__pmd_trans_huge_lock(): spin_unlock(ptl)"],
        "tlb_finish_mmu(): folio_put(folio)": "tlb_remove_page_size()",
      },
      notInSource: {
        "mmap_read_lock(mm)": "madvise(MADV_DONTNEED), which calls it",
        "mmap_read_unlock(mm)": "madvise(MADV_DONTNEED), which calls it",
      },
      omits: {
        "tlb_change_page_size, tlb_remove_pmd_tlb_entry": "puts it into the gather, which is this thread's own",
        "normal_or_softleaf_folio_pmd, has_deposited_pgtable": "tells by the entry what there is to do",
        "folio_is_device_private, if (is_device_private)": "no page here is of a device",
        "folio_test_anon, folio_mark_accessed": "the page is anonymous",
        "if (is_device_private), folio_put": "no page here is of a device",
      },
      leavesOut:
        "rss, the flush of the TLB (no user runs), files and devices, the lock of the vma beside mmap_lock; one reference stands for 512",
    },
  );
