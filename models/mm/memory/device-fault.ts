/** do_swap_page() of an entry that names a page of a device, mm/memory.c, v5.9, v6.12 and v7.1. */
import { bugOn, call, once, ref, wait } from "faultline";
import { isDevicePrivateEntry, isMigrationEntry } from "../../kernel/entries.ts";
import {
  getPage,
  isFree,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  pageFlag,
  ptepGet,
  putPage,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { migrateToRam, type ToRam } from "../migrate-device/migrate-to-ram.ts";

const LOCK_MM = "mmap_read_lock(mm)" as const;
const SERVED = "mmap_read_unlock(mm), the access is done" as const;
const AGAIN = "mmap_read_unlock(mm), the access is tried again" as const;
const WAIT = "migration_entry_wait(vma->vm_mm, vmf->pmd, vmf->address)" as const;
const UNLOCK = "unlock: pte_unmap_unlock(vmf->pte, vmf->ptl)" as const;

/**
 * An access of a thread to memory that a device has, until it is there. v5.9 takes the page from the entry as it was, and has nothing
 * that keeps it: 16ce101db85d (v6.1) looks again under ptl, and takes a reference. References of other faults make the
 * migration fail for all of them: 1afaeb8293c9 (v6.15) takes the page lock before, and who does not get it waits, in v7.1.
 */
export const faultOnDevicePage = (i: VmaIndex, how: ToRam) => {
  const { release } = how;
  const isOld = release === "v5.9";
  const locks = release === "v7.1";
  const look = ptepGet(i).then((_, me: { page: PageDraft | null }, pte) => {
    if (isMigrationEntry(pte)) return WAIT;
    if (!isDevicePrivateEntry(pte)) return SERVED;
    me.page = pte.device;
    return undefined;
  });
  return kernel.path(
    "do_swap_page, a device's page",
    { page: ref(Page) },
    {
      [LOCK_MM]: mmapReadLock(i),
      "vmf->orig_pte = *vmf->pte": isOld && look,
      "vmf->orig_pte = ptep_get_lockless(vmf->pte)": !isOld && look,
      "pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl)": !isOld && lockPtl(i),
      "pte_same(ptep_get(vmf->pte), vmf->orig_pte)?":
        !isOld &&
        ptepGet(i).then((_, { page }, pte) => (isDevicePrivateEntry(pte) && pte.device === page ? undefined : UNLOCK)),
      "trylock_page(vmf->page)": locks && trylockPage.then({ false: "softleaf_entry_wait_on_locked(entry, vmf->ptl)" }),
      "get_page(vmf->page)": !isOld && getPage,
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": !isOld && unlockPtl(i),
      "vmf->page->pgmap->ops": once((_, { page }) => {
        bugOn(isFree(page!), "use after free: the page is the device's again, and its pgmap may be gone");
      }),
      "migrate_to_ram(vmf)": call(migrateToRam(i, how), ({ page }) => ({ fault: page })),
      "unlock_page(vmf->page)": locks && unlockPage,
      "put_page(vmf->page)": !isOld && putPage,
      [AGAIN]: mmapReadUnlock(i).then(LOCK_MM),

      [UNLOCK]: !isOld && unlockPtl(i).then(AGAIN),
      "softleaf_entry_wait_on_locked(entry, vmf->ptl)": locks && unlockPtl(i),
      "folio_test_locked(folio)": locks && pageFlag("locked").then((_, _me, isLocked) => (isLocked ? wait : AGAIN)),
      [WAIT]: once((k) => (isMigrationEntry(k.table[i].pte) ? wait : AGAIN)),
      [SERVED]: mmapReadUnlock(i),
    },
    {
      file: "mm/memory.c",
      release,
      notInSource: "what is done of do_swap_page() for such an entry, and the access around it",
      leavesOut:
        "FAULT_FLAG_VMA_LOCK (the fault is tried again under mmap_lock), who waits for a migration entry beyond that it goes away, what is done for an entry that is none",
    },
  );
};
