/**
 * collapse_huge_page() as far as it asks for the pmd entry, mm/khugepaged.c, and MADV_DONTNEED that takes an empty page table
 * away under the lock of the VMA, mm/memory.c: both v7.1. The page tables map nothing here.
 */
import { bugOn, call, done, once, ref } from "faultline";
import { lockPmd, unlockPmd } from "../../kernel/primitives.ts";
import { freeTableRcu } from "../../kernel/table-sync.ts";
import { lockTable, pmdClear, pmdpGet, pmdpGetAndClear, pmdPopulateWith, unlockTable } from "../../kernel/walk.ts";
import { Mm, PageTable, Vma, kernel, type Kernel } from "../../kernel/world.ts";
import { mmapWriteLockOf, mmapWriteUnlockOf } from "../mmap-lock/mmap-lock.ts";
import { lockVmaUnderRcu, vmaEndRead, vmaStartWrite } from "../mmap-lock/vma-refcnt.ts";

type TableDraft = Kernel["table"][number];
const RELEASE = "v7.1";
const OUT = "mmap_write_unlock(mm)" as const;

interface CollapseRules {
  /** 366a4532d96f (v6.17) looks at the pmd entry behind vma_start_write(); until then it was looked at in front of it. */
  readonly checks: "before" | "after";
  readonly acquires: boolean;
}

/** Ends as a collapse that could not isolate the pages: the page table goes back. */
export const collapseChecksPmd = ({ checks, acquires }: CollapseRules) =>
  kernel.path(
    "collapse_huge_page",
    { mm: ref(Mm), vma: ref(Vma), table: ref(PageTable) },
    {
      "mm = mm_slot->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "mmap_write_lock(mm)": call(mmapWriteLockOf(RELEASE), ({ mm }) => ({ mm })),
      "hugepage_vma_revalidate(mm, address, true, &vma, cc)": once((_, me) => {
        me.vma = me.mm!.mmMt[0];
      }),
      "check_pmd_still_valid(mm, address, pmd), too early": checks === "before" && pmdpGet(0).then({ null: OUT }),
      "vma_start_write(vma)": call(vmaStartWrite(0, { acquires }), ({ mm, vma }) => ({ mm, vma })),
      "check_pmd_still_valid(mm, address, pmd)": checks === "after" && pmdpGet(0).then({ null: OUT }),
      "pmd_lock(mm, pmd)": lockPmd(0),
      "_pmd = pmdp_collapse_flush(vma, address, pmd)": pmdpGetAndClear(0),
      "spin_unlock(pmd_ptl)": unlockPmd(0),
      "pmd_lock(mm, pmd), to restore": lockPmd(0),
      "pmd_pgtable(_pmd)": once((_, { table }) =>
        bugOn(!table, "the entry was empty: page frame 0 becomes a page table"),
      ),
      "pmd_populate(mm, pmd, pmd_pgtable(_pmd))": pmdPopulateWith(
        0,
        ({ table }: { readonly table: TableDraft | null }) => table,
      ),
      "spin_unlock(pmd_ptl), restored": unlockPmd(0),
      [OUT]: call(mmapWriteUnlockOf(RELEASE), ({ mm }) => ({ mm })),
    },
    {
      file: "mm/khugepaged.c",
      release: checks === "after" ? RELEASE : "v6.16",
      notInSource: "the steps of collapse_huge_page() from mmap_write_lock() on that touch the pmd entry",
      leavesOut:
        "the pages: none can be isolated; anon_vma->rwsem and MMU notifiers, which no DONTNEED takes; the flush and the IPI for GUP-fast",
    },
  );

/**
 * madvise(MADV_DONTNEED) of the whole page table, which is empty by now. The gather is madvise()'s own, so that the table is freed
 * once the lock of the VMA is gone: madvise.c 1679, 2022.
 */
export const dontneedFreesTable = kernel.path(
  "madvise_dontneed, page tables",
  { mm: ref(Mm), vma: ref(Vma), table: ref(PageTable) },
  {
    "mm = current->mm": once((k, me) => {
      me.mm = k.mm[0];
    }),
    "vma = lock_vma_under_rcu(mm, start)": call(
      lockVmaUnderRcu(),
      ({ mm }) => ({ mm }),
      (me, { vma }) => {
        me.vma = vma;
        if (!vma) return done;
      },
    ),
    "zap_pte_range(): pte_offset_map_lock(): pmdp_get_lockless(pmd)": pmdpGet(0).then({ null: "vma_end_read(vma)" }),
    "zap_pte_range(): pte_offset_map_lock(): spin_lock(ptl)": lockTable,
    "zap_empty_pte_table(): spin_trylock(pml)": lockPmd(0),
    "zap_empty_pte_table(): pmd_clear(pmd)": pmdClear(0),
    "zap_empty_pte_table(): spin_unlock(pml)": unlockPmd(0),
    "zap_pte_range(): pte_unmap_unlock(start_pte, ptl)": unlockTable,
    "vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
    "tlb_finish_mmu(): tlb_remove_table(): call_rcu()": freeTableRcu.when((_, { table }) => table !== null),
  },
  {
    file: "mm/memory.c",
    release: RELEASE,
    notInSource:
      "madvise_dontneed_single_vma() down to zap_pte_range(), of which what happens to the page table is modelled",
    leavesOut:
      "the entries, which are none already; that spin_trylock() may fail: who takes pml here has write-locked the VMA; pmd_same() behind the lock",
  },
);
