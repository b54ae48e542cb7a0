/** A fault on memory that a device alone uses, mm/memory.c, v6.12 and v7.1. */
import { bool, call, done, once, ref } from "faultline";
import { isDeviceExclusiveEntry } from "../../kernel/entries.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  getPageUnlessZero,
  lockPage,
  lockPtl,
  pageDupRmap,
  pageFlag,
  ptepGet,
  putPage,
  setPte,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

export type ExclusiveRelease = "v6.12" | "v7.1";

const UNLOCK = "pte_unmap_unlock(vmf->pte, vmf->ptl)" as const;

/**
 * restore_exclusive_pte(), under ptl and the folio lock: the entry maps the page again. v6.12 has taken the entry out of mapcount, and counts it
 * again; v7.1 leaves it in. v6.12's entry says whether it was writable, `writable`; in v7.1 what the page is says so.
 */
export const restoreExclusivePte = (i: VmaIndex, release: ExclusiveRelease) =>
  kernel.path(
    "restore_exclusive_pte",
    { page: ref(Page), writable: bool },
    {
      "folio_add_anon_rmap_pte(folio, page, vma, address)": release === "v6.12" && pageDupRmap,
      "can_change_pte_writable(vma, address, pte): PageAnonExclusive(page)?":
        release === "v7.1" &&
        pageFlag("exclusive").then((_, me, exclusive): void => {
          me.writable = exclusive;
        }),
      "set_pte_at(vma->vm_mm, address, ptep, pte)": once((k, { page, writable }) =>
        setPte(k.table[i].pte, page!, { writable }),
      ),
    },
    {
      file: "mm/memory.c",
      release,
      at: {
        ...(release === "v7.1" && {
          "can_change_pte_writable(vma, address, pte): PageAnonExclusive(page)?": "can_change_pte_writable()",
        }),
      },
      omits:
        release === "v6.12"
          ? {
              "ptep_get(ptep)": "the entry that was looked at, under ptl",
              folio_test_anon: "the folio is anonymous",
            }
          : { folio_test_dirty: "the dirty bit, which nobody reads" },
      leavesOut: "the dirty, soft-dirty and accessed bits, userfaultfd",
    },
  );

/**
 * remove_device_exclusive_entry(): the entry keeps a reference, but not for who has read it without ptl, so that
 * the folio may be free, and somebody else's, by the time it is locked: then the entry has changed.
 */
export const removeDeviceExclusiveEntry = (i: VmaIndex, release: ExclusiveRelease) =>
  kernel.path(
    "remove_device_exclusive_entry",
    { page: ref(Page), writable: bool },
    {
      "vmf->page = softleaf_to_page(vmf->orig_pte)": ptepGet(i).then((_, me, pte) => {
        if (!isDeviceExclusiveEntry(pte)) return done;
        me.page = pte.device;
      }),
      "folio_try_get(folio)": getPageUnlessZero.then({ false: done }),
      "folio_lock_or_retry(folio, vmf)": call(lockPage(), ({ page }) => ({ page })),
      "pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl)": lockPtl(i),
      "pte_same(ptep_get(vmf->pte), vmf->orig_pte)": ptepGet(i).then((_, me, pte) => {
        if (!isDeviceExclusiveEntry(pte) || pte.device !== me.page) return UNLOCK;
        if (release === "v6.12") me.writable = pte.writable;
      }),
      "restore_exclusive_pte(vma, vmf->page, vmf->address, vmf->pte)": call(
        restoreExclusivePte(i, release),
        ({ page, writable }) => ({ page, writable }),
      ),
      [UNLOCK]: unlockPtl(i),
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/memory.c",
      release,
      notInSource: { "vmf->page = softleaf_to_page(vmf->orig_pte)": "do_swap_page(), which calls it" },
      at: {
        "pte_same(ptep_get(vmf->pte), vmf->orig_pte)": [
          "ptep_get(vmf->pte)",
          "pte_same(ptep_get(vmf->pte), vmf->orig_pte)",
        ],
        "folio_put(folio)": "folio_put(folio) #2",
      },
      omits: {
        ...MMU_NOTIFIERS,
        "folio_put(folio) #1":
          "who may not wait for the folio lock under the lock of the vma: the access is tried again",
      },
      leavesOut: "who waits for the device to let go (mmu notifiers)",
    },
  );
