import { call, done, once, ref, wait } from "faultline";
import {
  getPage,
  lockPage,
  lockPtl,
  putPage,
  setPageDirty,
  setPteAt,
  unlockPage,
  unlockPtl,
  ptepGet,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { filemapPageMkwrite } from "./shared-fault.ts";

/**
 * How wp_page_shared() sets PG_dirty in a vma without ->page_mkwrite, after it has stored the writable PTE:
 *
 * - `2.6.22`: at once.
 * - `3.18`: since 79352894b285 (v2.6.23), after wait_on_page_locked().
 * - `5.9`: since 2d6d7f982846 (v3.19), under the page lock.
 */
export type WpPageShared =
  | { readonly release: "2.6.22" | "3.18"; readonly mkwrite: false }
  | {
      readonly release?: "5.9";
      /** Whether the vma has a ->page_mkwrite, filemap_page_mkwrite(). */
      readonly mkwrite: boolean;
    };

/**
 * wp_page_shared() with finish_mkwrite_fault(), wp_page_reuse() and fault_dirty_shared_page(), mm/memory.c: the first write
 * to a page that a shared mapping has mapped read-only. Entered with ptl held, and returns without. One path for each
 * release and, as its two branches have no step in common before the PTE is stored, for each of these, below.
 */
export function wpPageShared(i: VmaIndex, { release = "5.9", mkwrite }: WpPageShared) {
  if (release === "2.6.22") return wpPageShared2622(i);
  if (release === "3.18") return wpPageShared318(i);
  return mkwrite ? wpPageSharedMkwrite59(i) : wpPageShared59(i);
}

interface Locals {
  page: PageDraft | null;
}

/** wp_page_reuse(vmf) */
const reuse = (i: VmaIndex) => ({
  "wp_page_reuse(): ptep_set_access_flags()": setPteAt(i, { writable: true, dirty: true }),
  "wp_page_reuse(): pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
});

const setDirty = { "fault_dirty_shared_page(): set_page_dirty(page)": setPageDirty };
const put = { "put_page(vmf->page)": putPage.then(done) };

const FILE = "mm/memory.c";
/** What all of them leave out. */
const DIRTIED = {
  page_rmapping: "only for balance_dirty_pages(); the mapping is the file's, which stays",
  file_update_time: "the times of the file",
  "if ((dirtied || page_mkwrite) && mapping)": "balance_dirty_pages(): only waits, after all locks are dropped",
} as const;
const LEFT_OUT =
  "balance_dirty_pages(), a ->page_mkwrite that returns the page unlocked, the local TLB flush of the reuse (a spurious fault at worst)";

const wpPageShared2622 = (i: VmaIndex) =>
  kernel.path(
    "wp_page_shared",
    { page: ref(Page) },
    { "get_page(vmf->page)": getPage, ...reuse(i), ...setDirty, ...put },
    { file: FILE, release: "v2.6.22", leavesOut: LEFT_OUT },
  );

const wpPageShared318 = (i: VmaIndex) =>
  kernel.path(
    "wp_page_shared",
    { page: ref(Page) },
    {
      "get_page(vmf->page)": getPage,
      ...reuse(i),
      "wait_on_page_locked(vmf->page)": once((_, { page }) => {
        if (page!.locked) return wait;
      }),
      ...setDirty,
      ...put,
    },
    { file: FILE, release: "v3.18", leavesOut: LEFT_OUT },
  );

const wpPageShared59 = (i: VmaIndex) =>
  kernel.path(
    "wp_page_shared",
    { page: ref(Page) },
    {
      "get_page(vmf->page)": getPage,
      ...reuse(i),
      "lock_page(vmf->page)": call(lockPage(), ({ page }) => ({ page })),
      ...setDirty,
      "fault_dirty_shared_page(): unlock_page(page)": unlockPage,
      ...put,
    },
    {
      file: FILE,
      release: "v5.9",
      functions: ["wp_page_shared", "wp_page_reuse", "fault_dirty_shared_page"],
      omits: {
        "if (vma->vm_ops && vma->vm_ops->page_mkwrite)": "a vma with ->page_mkwrite: the other variant",
        ...DIRTIED,
      },
      leavesOut: LEFT_OUT,
    },
  );

/** In a vma with ->page_mkwrite. */
const wpPageSharedMkwrite59 = (i: VmaIndex) =>
  kernel.path(
    "wp_page_shared",
    { page: ref(Page) },
    {
      "get_page(vmf->page)": getPage,
      "pte_unmap_unlock(vmf->ptl), for ->page_mkwrite": unlockPtl(i),
      "do_page_mkwrite(vmf)": call(
        filemapPageMkwrite(),
        ({ page }: Locals) => ({ page }),
        (_, { gone }) => {
          if (gone) return "put_page(vmf->page)";
        },
      ),
      "finish_mkwrite_fault(): spin_lock(vmf->ptl)": lockPtl(i),
      "finish_mkwrite_fault(): pte_same(*vmf->pte, vmf->orig_pte)?": ptepGet(i).then((_, { page }, pte) => {
        if (pte.page !== page || pte.writable) return "pte_unmap_unlock(vmf->ptl), changed";
      }),
      ...reuse(i),
      ...setDirty,
      "fault_dirty_shared_page(): unlock_page(page)": unlockPage.then("put_page(vmf->page)"),
      "pte_unmap_unlock(vmf->ptl), changed": unlockPtl(i),
      "unlock_page(vmf->page), changed": unlockPage,
      ...put,
    },
    {
      file: FILE,
      release: "v5.9",
      functions: ["wp_page_shared", "wp_page_reuse", "finish_mkwrite_fault", "fault_dirty_shared_page"],
      at: {
        "finish_mkwrite_fault(): spin_lock(vmf->ptl)": "finish_mkwrite_fault(): pte_offset_map_lock()",
        "pte_unmap_unlock(vmf->ptl), changed": "finish_mkwrite_fault(): pte_unmap_unlock(vmf->ptl) #1",
        "unlock_page(vmf->page), changed": "unlock_page(vmf->page) #1",
        "put_page(vmf->page)": ["put_page(vmf->page) #3", "put_page(vmf->page) #1", "put_page(vmf->page) #2"],
      },
      omits: {
        "else (vma->vm_ops && vma->vm_ops->page_mkwrite)": "a vma without ->page_mkwrite: the other variant",
        ...DIRTIED,
      },
      leavesOut: LEFT_OUT,
    },
  );

/** handle_pte_fault(), mm/memory.c, v5.9, for a write to a page that is mapped read-only in a writable shared vma. */
export const writeProtectFault = (i: VmaIndex, how: WpPageShared) =>
  kernel.path(
    "handle_pte_fault",
    { page: ref(Page) },
    {
      "vmf->orig_pte = *vmf->pte": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || pte.writable) return done;
        me.page = pte.page;
      }),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_same(*vmf->pte, entry)?": ptepGet(i).then((_, { page }, pte) => {
        if (pte.page !== page || pte.writable) return "pte_unmap_unlock(vmf->ptl)";
      }),
      "do_wp_page(): wp_page_shared(vmf)": call(
        wpPageShared(i, how),
        ({ page }) => ({ page }),
        () => done,
      ),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      at: { "do_wp_page(): wp_page_shared(vmf)": "do_wp_page(vmf)" },
      omits: {
        "pmd_none(*vmf->pmd)": "no page table: as an empty PTE",
        pmd_devmap_trans_unstable: "no page here is huge",
        "do_anonymous_page, do_fault": "an empty PTE: shared-fault.ts",
        "do_swap_page, do_numa_page": "swap entries and NUMA hints: there are none",
        "ptep_set_access_flags, flush_tlb_fix_spurious_fault": "the PTE is writable already: the access is tried again",
      },
      leavesOut: "an empty PTE (mm/memory/shared-fault.ts), a PTE that is writable already: the access is tried again",
    },
  );
