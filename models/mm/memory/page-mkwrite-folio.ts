import { bool, call, done, once, ref } from "faultline";
import {
  getPage,
  lockPage,
  lockPtl,
  mappingMatches,
  ptepGet,
  putPage,
  setPageDirty,
  setPteAt,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import type { FaultRelease } from "../filemap/fault-folio.ts";

/**
 * do_page_mkwrite() with filemap_page_mkwrite(), mm/memory.c and mm/filemap.c, v6.12 and v7.1: returns the folio locked and
 * dirty; `gone` if it has left the file.
 */
export const pageMkwriteFolio = (release: FaultRelease) =>
  kernel.path(
    "do_page_mkwrite",
    { page: ref(Page), gone: bool },
    {
      "folio_lock(folio)": call(lockPage(), ({ page }) => ({ page })),
      "folio->mapping == mapping?": mappingMatches.then({ false: "folio_unlock(folio)" }),
      "folio_mark_dirty(folio)": setPageDirty.then(done),
      "folio_unlock(folio)": unlockPage,
      "ret = VM_FAULT_NOPAGE": once((_, me) => {
        me.gone = true;
      }),
    },
    {
      file: "mm/memory.c, mm/filemap.c",
      release,
      functions: ["do_page_mkwrite", "page_mkwrite: filemap_page_mkwrite"],
      at: {
        "folio_lock(folio)": "filemap_page_mkwrite(): folio_lock(folio)",
        "folio_unlock(folio)": "filemap_page_mkwrite(): folio_unlock(folio)",
        "folio->mapping == mapping?": "folio->mapping != mapping",
      },
      omits: {
        IS_SWAPFILE: "the file is no swap file",
        "if (unlikely(!(ret & VM_FAULT_LOCKED)))": "->page_mkwrite has returned it locked, or not at all",
        "sb_start_pagefault, sb_end_pagefault": "freezing of the file system: nobody freezes it",
        file_update_time: "the times of the file",
        folio_wait_stable: "only waits, with the folio locked: for writeback that no path starts under that lock",
      },
      leavesOut: "freezing of the file system, file_update_time(), folio_wait_stable()",
    },
  );

interface Locals {
  page: PageDraft | null;
}

const reuse = (i: VmaIndex) => ({
  "wp_page_reuse(): ptep_set_access_flags()": setPteAt(i, { writable: true, dirty: true }),
  "wp_page_reuse(): pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
});
const setDirty = {
  "fault_dirty_shared_page(): folio_mark_dirty(folio)": setPageDirty,
};
const DIRTIED = {
  folio_xchg_last_cpupid: "NUMA balancing",
  folio_raw_mapping: "only for balance_dirty_pages(); the mapping is the file's, which stays",
  file_update_time: "the times of the file",
  "if ((dirtied || page_mkwrite) && mapping)": "balance_dirty_pages(): only waits, after all locks are dropped",
} as const;
const LEFT_OUT =
  "balance_dirty_pages(), a ->page_mkwrite that returns the folio unlocked, the local TLB flush of the reuse (a spurious fault at worst)";

/** wp_page_shared(), mm/memory.c, v6.12 and v7.1, of a vma without ->page_mkwrite: the PTE before the folio lock. */
const reusesFirst = (i: VmaIndex, release: FaultRelease) =>
  kernel.path(
    "wp_page_shared",
    { page: ref(Page) },
    {
      "folio_get(folio)": getPage,
      ...reuse(i),
      "folio_lock(folio)": call(lockPage(), ({ page }: Locals) => ({ page })),
      ...setDirty,
      "fault_dirty_shared_page(): folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["wp_page_shared", "wp_page_reuse", "fault_dirty_shared_page"],
      at: { "folio_put(folio)": "folio_put(folio) #4" },
      omits: {
        "if (vma->vm_ops && vma->vm_ops->page_mkwrite)": "a vma with ->page_mkwrite: the other variant",
        ...DIRTIED,
      },
      leavesOut: LEFT_OUT,
    },
  );

/** The same of a vma with ->page_mkwrite: the folio is locked and dirty before the PTE is writable. */
const asksFirst = (i: VmaIndex, release: FaultRelease) =>
  kernel.path(
    "wp_page_shared",
    { page: ref(Page) },
    {
      "folio_get(folio)": getPage,
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
      "do_page_mkwrite(vmf, folio)": call(
        pageMkwriteFolio(release),
        ({ page }: Locals) => ({ page }),
        (_, { gone }) => {
          if (gone) return "folio_put(folio)";
        },
      ),
      "finish_mkwrite_fault(): pte_offset_map_lock()": lockPtl(i),
      "finish_mkwrite_fault(): pte_same(ptep_get(vmf->pte), vmf->orig_pte)?": ptepGet(i).then((_, { page }, pte) => {
        if (pte.page !== page || pte.writable) return "finish_mkwrite_fault(): pte_unmap_unlock(vmf->pte, vmf->ptl)";
      }),
      ...reuse(i),
      ...setDirty,
      "fault_dirty_shared_page(): folio_unlock(folio)": unlockPage.then("folio_put(folio)"),
      "finish_mkwrite_fault(): pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
      "folio_unlock(folio), changed": unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["wp_page_shared", "finish_mkwrite_fault", "wp_page_reuse", "fault_dirty_shared_page"],
      at: {
        "pte_unmap_unlock(vmf->pte, vmf->ptl)": "wp_page_shared(): pte_unmap_unlock(vmf->pte, vmf->ptl)",
        "folio_unlock(folio), changed": "folio_unlock(folio) #1",
        "finish_mkwrite_fault(): pte_same(ptep_get(vmf->pte), vmf->orig_pte)?": ["ptep_get(vmf->pte)", "pte_same()"],
        "folio_put(folio)": ["folio_put(folio) #4", "folio_put(folio) #2", "folio_put(folio) #3"],
      },
      omits: {
        vmf_can_call_fault: "the VMA lock: it is held",
        "folio_put(folio) #1": "the fault is tried again with mmap_lock",
        "else (vma->vm_ops && vma->vm_ops->page_mkwrite)": "a vma without ->page_mkwrite: the other variant",
        "if (!vmf->pte)": "no page table goes away here",
        ...DIRTIED,
      },
      leavesOut: LEFT_OUT,
    },
  );

/** handle_pte_fault(), mm/memory.c, v6.12 and v7.1, for a write to a page that is mapped read-only in a writable shared vma. */
export const writeProtectFaultFolio = (i: VmaIndex, release: FaultRelease, mkwrite: boolean) =>
  kernel.path(
    "handle_pte_fault",
    { page: ref(Page) },
    {
      "vmf->orig_pte = ptep_get_lockless(vmf->pte)": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || pte.writable) return done;
        me.page = pte.page;
      }),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_same(ptep_get(vmf->pte), entry)?": ptepGet(i).then((_, { page }, pte) => {
        if (pte.page !== page || pte.writable) return "pte_unmap_unlock(vmf->pte, vmf->ptl)";
      }),
      "do_wp_page(): wp_page_shared(vmf, folio)": call(
        (mkwrite ? asksFirst : reusesFirst)(i, release),
        ({ page }: Locals) => ({ page }),
        () => done,
      ),
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release,
      at: {
        "do_wp_page(): wp_page_shared(vmf, folio)": "do_wp_page(vmf)",
        "pte_same(ptep_get(vmf->pte), entry)?": ["ptep_get(vmf->pte)", "pte_same()"],
      },
      omits: {
        "pmd_none(*vmf->pmd)": "no page table: as an empty PTE",
        [`${release === "v7.1" ? "pte_offset_map_rw_nolock" : "pte_offset_map_nolock"}, if (unlikely(!vmf->pte))`]:
          "the page table stays",
        do_pte_missing: "an empty PTE: file-fault-folio.ts",
        "do_swap_page, do_numa_page": "swap entries and NUMA hints: there are none",
        [`ptep_set_access_flags, ${release === "v7.1" ? "fix_spurious_fault" : "flush_tlb_fix_spurious_fault"}`]:
          "the PTE is writable already: the access is tried again",
      },
      leavesOut: "an empty PTE (file-fault-folio.ts), a PTE that is writable already: the access is tried again",
    },
  );
