import { bool, call, done, once, ref } from "faultline";
import { lockPage, mappingMatches, putPage, setPageDirty, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel, type PageTables, type VmaIndex } from "../../kernel/world.ts";
import { doFault, type Handler } from "./do-fault.ts";
import { finishFault } from "./finish-fault.ts";

/** filemap_page_mkwrite(), mm/filemap.c, v5.9: returns the page locked and dirty; `gone` if it has left the file. */
export const filemapPageMkwrite = () =>
  kernel.path(
    "filemap_page_mkwrite",
    { page: ref(Page), gone: bool },
    {
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page->mapping != inode->i_mapping?": mappingMatches.then({ false: "unlock_page(page)" }),
      "set_page_dirty(page)": setPageDirty.then(done),
      "unlock_page(page)": unlockPage,
      "return VM_FAULT_NOPAGE": once((_, me) => {
        me.gone = true;
      }),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      at: { "return VM_FAULT_NOPAGE": "ret = VM_FAULT_NOPAGE" },
      omits: {
        "sb_start_pagefault, sb_end_pagefault": "freezing of the file system: nobody freezes it",
        file_update_time: "the times of the file",
        wait_for_stable_page: "only waits, with the page locked: for writeback that no path starts under that lock",
      },
      leavesOut: "freezing of the file system, file_update_time(), wait_for_stable_page()",
    },
  );

/**
 * How do_shared_fault() treats the page lock:
 *
 * - `baseline`: v5.9, __do_fault() always returns the page locked.
 * - `patch1`: the first patch of October 2020, that lock_page() is here.
 * - `patch2`: the second one, "don't lock the page, only to immediately unlock it again for do_page_mkwrite()".
 */
export const SHARED_VARIANTS = ["baseline", "patch1", "patch2"] as const;
export type SharedVariant = (typeof SHARED_VARIANTS)[number];

export interface SharedFault {
  readonly variant: SharedVariant;
  /** Whether the vma has a ->page_mkwrite, filemap_page_mkwrite(). */
  readonly mkwrite: boolean;
  readonly handler: Handler;
  readonly pmd?: PageTables;
}

/**
 * do_shared_fault() with do_page_mkwrite() and fault_dirty_shared_page(), mm/memory.c, v5.9: a write fault in a shared
 * mapping. `i` is the address space.
 */
export const doSharedFault = (i: VmaIndex, { variant, mkwrite, handler, pmd }: SharedFault) => {
  const isLocked = variant === "baseline" || handler !== "unlocked";
  return kernel.path(
    "do_shared_fault",
    { page: ref(Page), mapped: bool },
    {
      "__do_fault(vmf)": call(doFault(handler, variant === "baseline"), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "lock_page(vmf->page)": variant === "patch1" && !isLocked && call(lockPage(), ({ page }) => ({ page })),
      "unlock_page(vmf->page)": mkwrite && (variant === "patch1" || isLocked) && unlockPage,
      "do_page_mkwrite(vmf)":
        mkwrite &&
        call(
          filemapPageMkwrite(),
          ({ page }) => ({ page }),
          (_, { gone }) => {
            if (gone) return "put_page(vmf->page)";
          },
        ),
      "lock_page(vmf->page), if not locked":
        variant === "patch2" && !mkwrite && !isLocked && call(lockPage(), ({ page }) => ({ page })),
      "finish_fault(vmf)": call(
        finishFault(i, "write", pmd),
        ({ page }) => ({ page }),
        (me, { mapped }) => {
          me.mapped = mapped;
          if (!mapped) return "unlock_page(vmf->page), not mapped";
        },
      ),
      "fault_dirty_shared_page(): set_page_dirty(page)": setPageDirty,
      "fault_dirty_shared_page(): unlock_page(page)": unlockPage.then(done),
      "unlock_page(vmf->page), not mapped": unlockPage,
      "put_page(vmf->page)": putPage,
    },
    {
      file: "mm/memory.c",
      release: variant === "baseline" ? "v5.9" : `v5.9, ${variant}`,
      functions: ["do_shared_fault", "fault_dirty_shared_page"],
      at: {
        "unlock_page(vmf->page), not mapped": "do_shared_fault: unlock_page(vmf->page) #2",
        "put_page(vmf->page)": ["put_page(vmf->page) #2", "put_page(vmf->page) #1"],
      },
      omits: {
        "if (vma->vm_ops->page_mkwrite)": "a vma without ->page_mkwrite; with it, these are steps",
        page_rmapping: "only for balance_dirty_pages(); the mapping is the file's, which stays",
        file_update_time: "the times of the file",
        "if ((dirtied || page_mkwrite) && mapping)": "balance_dirty_pages(): only waits, after all locks are dropped",
      },
      leavesOut: "balance_dirty_pages(), a ->page_mkwrite that returns the page unlocked, VM_FAULT_RETRY",
    },
  );
};
