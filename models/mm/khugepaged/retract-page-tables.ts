import { free, lockShared, once, ref, trylock, unlockShared } from "faultline";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { lockPmd, mmapWriteUnlock, unlockPmd } from "../../kernel/primitives.ts";
import {
  flushTlbRange,
  freeTableRcu,
  handled,
  iMmapLockWrite,
  iMmapUnlockWrite,
  type Flush,
} from "../../kernel/table-sync.ts";
import { lockTable, pmdpGet, pmdpGetAndClear, unlockTable } from "../../kernel/walk.ts";
import { PageTable, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";

export type RetractRelease = "v5.9" | "v6.12" | "v7.1";

const iMmapRwsem = (k: Kernel) => k.iMmapRwsem;
const OUT = "i_mmap_unlock_write(mapping)" as const;
const OUT_READ = "i_mmap_unlock_read(mapping)" as const;
const DROP_PML = "drop_pml: spin_unlock(pml)" as const;

const FLUSH = "pmdp_collapse_flush(vma, addr, pmd): flush_tlb_range()" as const;
const CLEAR = "pmdp_collapse_flush(vma, addr, pmd): pmdp_huge_get_and_clear()" as const;
const IN_COLLAPSE_FLUSH = { [FLUSH]: "pmdp_collapse_flush()", [CLEAR]: "pmdp_collapse_flush()" } as const;

/**
 * retract_page_tables(), mm/khugepaged.c, v5.9, of one vma of the file: under mmap_lock for writing, by a trylock, since the page
 * lock is held; the table is freed at once.
 */
const retractUnderMmapLock = (i: VmaIndex, flush: Flush) =>
  kernel.path(
    "retract_page_tables",
    { table: ref(PageTable) },
    {
      "i_mmap_lock_write(mapping)": iMmapLockWrite,
      "vma->anon_vma?": once((k) => (k.vma[i].anonVma ? OUT : undefined)),
      "pmd = mm_find_pmd(mm, addr)": pmdpGet(i).then({ null: OUT }),
      "mmap_write_trylock(mm)": trylock((k: Kernel) => k.mm[i].mmapLock).then({ false: OUT }),
      "ptl = pmd_lock(mm, pmd)": lockPmd(i),
      [CLEAR]: pmdpGetAndClear(i),
      [FLUSH]: flushTlbRange(flush),
      "spin_unlock(ptl)": unlockPmd(i),
      "pte_free(mm, pmd_pgtable(_pmd))": free((_, { table }) => table),
      "mmap_write_unlock(mm)": mmapWriteUnlock(i),
      [OUT]: iMmapUnlockWrite,
    },
    {
      file: "mm/khugepaged.c",
      release: "v5.9",
      fits: "..v6.5",
      at: {
        ...IN_COLLAPSE_FLUSH,
        ...handled(flush === "ipi", FLUSH, "pmdp_collapse_flush()"),
        "pte_free(mm, pmd_pgtable(_pmd))": ["pmd_pgtable(_pmd)", "pte_free()"],
      },
      omits: {
        vma_interval_tree_foreach: "the vmas stay in the tree",
        khugepaged_test_exit: "the process does not exit",
        khugepaged_add_pte_mapped_thp: "tries again later",
        mm_dec_nr_ptes: "a counter",
      },
      leavesOut:
        "other vmas, vmas that do not hold all of the huge page, a process that exits, the new folio's lock (who calls this has it)",
    },
  );

/** The same in v6.12 and v7.1: without mmap_lock, under pmd_lock() and ptl, and the table is freed once no RCU reader can have it. */
const retractUnderPtl = (i: VmaIndex, release: "v6.12" | "v7.1", flush: Flush) => {
  const checksPmd = release === "v7.1";
  const anonVma = once((k: Kernel) => (k.vma[i].anonVma ? OUT_READ : undefined));
  const again = once((k: Kernel) => (k.vma[i].anonVma ? "skipped: spin_unlock(ptl)" : undefined));
  return kernel.path(
    "retract_page_tables",
    { table: ref(PageTable) },
    {
      "i_mmap_lock_read(mapping)": lockShared(iMmapRwsem),
      "READ_ONCE(vma->anon_vma)": !checksPmd && anonVma,
      "find_pmd_or_thp_or_none(mm, addr, &pmd)": pmdpGet(i).then({ null: OUT_READ }),
      "file_backed_vma_is_retractable(vma)": checksPmd && anonVma,
      "pml = pmd_lock(mm, pmd)": lockPmd(i),
      "check_pmd_state(pmd)": checksPmd && pmdpGet(i).then({ null: DROP_PML }),
      "ptl = pte_lockptr(mm, pmd)": !checksPmd && pmdpGet(i).then(() => undefined),
      "spin_lock_nested(ptl)": lockTable,
      "vma->anon_vma, again": again,
      [CLEAR]: pmdpGetAndClear(i),
      [FLUSH]: flushTlbRange(flush),
      "spin_unlock(ptl)": unlockTable,
      "spin_unlock(pml)": unlockPmd(i),
      "pte_free_defer(mm, pmd_pgtable(pgt_pmd))": freeTableRcu.then(OUT_READ),
      "skipped: spin_unlock(ptl)": unlockTable,
      [DROP_PML]: unlockPmd(i),
      [OUT_READ]: unlockShared(iMmapRwsem),
    },
    {
      file: "mm/khugepaged.c",
      release,
      at: {
        ...IN_COLLAPSE_FLUSH,
        ...handled(flush === "ipi", FLUSH, "pmdp_collapse_flush()"),
        "vma->anon_vma, again": checksPmd ? "file_backed_vma_is_retractable(vma) #2" : "vma->anon_vma",
        "pte_free_defer(mm, pmd_pgtable(pgt_pmd))": ["pmd_pgtable(pgt_pmd)", "pte_free_defer()"],
        "spin_lock_nested(ptl)": "spin_lock_nested(ptl)",
        "skipped: spin_unlock(ptl)": "spin_unlock(ptl)",
        ...(checksPmd
          ? {
              "file_backed_vma_is_retractable(vma)": "file_backed_vma_is_retractable(vma) #1",
              "spin_unlock(pml)": "drop_pml: spin_unlock(pml)",
            }
          : { [DROP_PML]: "spin_unlock(pml)" }),
      },
      omits: {
        ...MMU_NOTIFIERS,
        vma_interval_tree_foreach: "the vmas stay in the tree",
        ...(checksPmd
          ? { collapse_test_exit: "the process does not exit" }
          : { "userfaultfd_wp, hpage_collapse_test_exit": "no userfaultfd; the process does not exit" }),
        "mm_dec_nr_ptes, page_table_check_pte_clear_range": "a counter, and a check",
        pmdp_get_lockless_sync: "only where an entry is read in two halves",
        ...(checksPmd && { pte_lockptr: "the lock of the table that the entry holds, as check_pmd_state() has seen" }),
      },
      leavesOut:
        "other vmas, vmas that do not hold all of the huge page, a process that exits, userfaultfd, the new folio's lock (who calls this has it)",
    },
  );
};

export const retractPageTables = (i: VmaIndex, release: RetractRelease, flush: Flush = "broadcast") =>
  release === "v5.9" ? retractUnderMmapLock(i, flush) : retractUnderPtl(i, release, flush);
