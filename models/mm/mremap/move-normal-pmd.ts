import { call, done, once, ref, type Draft } from "faultline";
import {
  lockPmd,
  mmapWriteLock,
  mmapWriteUnlock,
  pageRemoveRmap,
  pmdNone,
  putPage,
  unlockPmd,
} from "../../kernel/primitives.ts";
import { iMmapLockWrite, iMmapUnlockWrite } from "../../kernel/table-sync.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import {
  lockTable,
  pmdClear,
  pmdPopulateWith,
  pmdpGet,
  tablePte,
  tablePtepGetAndClear,
  unlockTable,
} from "../../kernel/walk.ts";
import { Page, PageTable, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";

interface Found {
  readonly table: Draft<typeof PageTable> | null;
}
interface Zaps extends Found {
  page: PageDraft | null;
}

/**
 * move_normal_pmd(), mm/mremap.c: moves a whole page table from vma[0] to vma[1] of the same mm. `rmapLocks`: under i_mmap_rwsem and
 * the anon_vma's lock, as always since 97113eb39fa7 (v5.14); before, only where the new vma may come first in a walk of the rmap. `looksAgain`:
 * under the locks at what the entry holds, since 6fa1066fc5d0 (v6.12).
 */
export const moveNormalPmd = (rmapLocks: boolean, looksAgain?: "v6.12" | "v7.1") =>
  kernel.path(
    "move_normal_pmd",
    { table: ref(PageTable) },
    {
      "take_rmap_locks(vma)": rmapLocks && iMmapLockWrite,
      "old_ptl = pmd_lock(vma->vm_mm, old_pmd)": lockPmd(0),
      "spin_lock_nested(new_ptl)": lockPmd(1),
      "pmd = *old_pmd": pmdpGet(0).then(() => undefined),
      "pmd_present(pmd)":
        looksAgain !== undefined && once((_, { table }) => (table ? undefined : "spin_unlock(new_ptl)")),
      "pmd_clear(old_pmd)": pmdClear(0),
      "set_pmd_at(mm, new_addr, new_pmd, pmd)": pmdPopulateWith(1, ({ table }: Found) => table),
      "flush_tlb_range(vma, old_addr, old_addr + PMD_SIZE)": flushTlb(0),
      "spin_unlock(new_ptl)": unlockPmd(1),
      "spin_unlock(old_ptl)": unlockPmd(0),
      "drop_rmap_locks(vma)": rmapLocks && iMmapUnlockWrite,
    },
    {
      file: "mm/mremap.c",
      release: looksAgain ?? (rmapLocks ? "v5.15" : "v5.9"),
      fits: looksAgain ? "v6.12.." : rmapLocks ? "v5.14..v6.11" : "..v5.13",
      functions: rmapLocks ? ["move_pgt_entry", "move_normal_pmd"] : ["move_normal_pmd"],
      ...(rmapLocks && {
        at: {
          ...(looksAgain === "v7.1" && {
            "take_rmap_locks(vma)": "take_rmap_locks()",
            "drop_rmap_locks(vma)": "drop_rmap_locks()",
          }),
          "set_pmd_at(mm, new_addr, new_pmd, pmd)": ["pmd_pgtable(pmd)", "pmd_populate(mm, new_pmd, pmd_pgtable(pmd))"],
        },
      }),
      omits: {
        "if (WARN_ON_ONCE(!pmd_none(*new_pmd)))": "the new entry is empty",
        ...(rmapLocks && { "move_normal_pud, move_huge_pmd, move_huge_pud": "entries of other kinds" }),
      },
      leavesOut: "mmap_lock (held for writing: no fault runs), the other entries of the table, soft-dirty bits",
    },
  );

/**
 * unmap_mapping_range() with zap_pte_range(), mm/memory.c, v5.9, that finds each page table by its pmd entry, and whose pages are
 * free once it has flushed: both vmas of the file, in the order of the interval tree.
 */
export const zapWalking = (i: VmaIndex) =>
  kernel.path(
    "zap_pte_range",
    { table: ref(PageTable), page: ref(Page) },
    {
      "pte_offset_map_lock(): *pmd": pmdpGet(i).then({ null: done }),
      "pte_offset_map_lock(): spin_lock(ptl)": lockTable,
      "pte_none(ptep_get(pte))?": tablePte.then((_, _me, { page }) =>
        page ? undefined : "pte_unmap_unlock(start_pte, ptl), none",
      ),
      "ptep_get_and_clear_full(pte)": tablePtepGetAndClear((_, me: Zaps) => {
        me.page = me.table!.pte.page;
      }),
      "page_remove_rmap(page)": pageRemoveRmap(),
      "pte_unmap_unlock(start_pte, ptl)": unlockTable,
      "tlb_finish_mmu(): flush": flushTlb(i),
      "tlb_finish_mmu(): put_page(page)": putPage.then(done),
      "pte_unmap_unlock(start_pte, ptl), none": unlockTable,
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      notInSource: "zap.ts, where the table is found by its pmd entry",
      leavesOut: "what zap.ts leaves out",
    },
  );

/** Both vmas, under i_mmap_rwsem. */
export const unmapBoth = kernel.path(
  "unmap_mapping_range",
  {},
  {
    "i_mmap_lock_write(mapping)": iMmapLockWrite,
    "zap_pte_range() in vma[0]": call(zapWalking(0)),
    "zap_pte_range() in vma[1]": call(zapWalking(1)),
    "i_mmap_unlock_write(mapping)": iMmapUnlockWrite,
  },
  {
    file: "mm/memory.c",
    release: "v5.9",
    notInSource: "zap.ts, where the tables are found by their pmd entries",
    leavesOut: "what zap.ts leaves out",
  },
);

/** A user's load at the new address: the MMU finds the table by its pmd entry, and then fills the TLB. */
export const loadAtNewAddress = kernel.path(
  "user_load",
  { table: ref(PageTable) },
  {
    "TLB miss: the MMU loads the pmd entry": pmdpGet(1).then({ null: done }),
    "TLB miss: the MMU loads the PTE": once((k, { table }) => {
      k.cpu[0].tlb[1].page = table!.pte.page;
    }),
  },
  {
    file: "the hardware (x86)",
    release: "any",
    notInSource: "the MMU",
    leavesOut: "the load itself, and the fault where nothing is mapped",
  },
);

/** mremap() of a whole page table, which it has seen before it takes the locks that keep others out. */
export const moveTable = (release: "v5.9" | "v5.15" | "v6.12" | "v7.1") =>
  kernel.path(
    "move_page_tables",
    {},
    {
      "mmap_write_lock_killable(mm)": mmapWriteLock(0),
      "get_old_pmd(): pmd_none(*pmd)?": pmdNone(0).then({ true: "mmap_write_unlock(mm)" }),
      "move_pgt_entry(NORMAL_PMD)": call(
        moveNormalPmd(release !== "v5.9", release === "v5.9" || release === "v5.15" ? undefined : release),
      ),
      "mmap_write_unlock(mm)": mmapWriteUnlock(0),
    },
    {
      file: "mm/mremap.c",
      release,
      notInSource: "what a process does: the system call around move_normal_pmd()",
      leavesOut: "the vmas; single entries, where the table is gone (move-ptes.ts)",
    },
  );
