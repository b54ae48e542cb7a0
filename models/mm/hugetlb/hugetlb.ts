import { bool, call, done, lock, ref, unlock } from "faultline";
import { rmapAhead, rmapMapped } from "../../kernel/deletion.ts";
import {
  lockPage,
  lockPtl,
  mapcountAboveZero,
  pageDupRmap,
  pageMapped,
  pteNone,
  putPage,
  setPteAt,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { unmapMappingRange } from "../memory/zap.ts";

const faultMutex = (k: Kernel) => k.faultMutex;

/** hugetlb_fault() with hugetlb_no_page(), mm/hugetlb.c, v4.4: maps a huge page of hugetlbfs that is in the page cache. */
export const hugetlbFault = (i: VmaIndex) =>
  kernel.path(
    "hugetlb_fault",
    { page: ref(Page), mapped: bool },
    {
      "mutex_lock(&hugetlb_fault_mutex_table[hash])": lock(faultMutex),
      "hugetlb_no_page(): find_get_page()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "mutex_unlock(&hugetlb_fault_mutex_table[hash])";
      }),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "huge_pte_lock(h, mm, ptep)": lockPtl(i),
      "huge_pte_none(huge_ptep_get(ptep))?": pteNone(i).then({ false: "spin_unlock(ptl)" }),
      "page_dup_rmap(page)": pageDupRmap.then((k) => rmapAhead(k.vma[i])),
      "set_huge_pte_at(mm, address, ptep)": setPteAt(i).then((k, me) => {
        rmapMapped(k.vma[i], me.page!);
        me.mapped = true;
      }),
      "spin_unlock(ptl)": unlockPtl(i),
      "unlock_page(page)": unlockPage,
      "put_page(page), not mapped": putPage.when((_, { mapped }) => !mapped),
      "mutex_unlock(&hugetlb_fault_mutex_table[hash])": unlock(faultMutex),
    },
    {
      file: "mm/hugetlb.c",
      release: "v4.4",
      leavesOut:
        "the allocation of a page for a hole, reservations, page->mapping after the page lock and i_size under ptl (who removes pages here holds the fault mutex, and no truncate runs)",
    },
  );

/**
 * hugetlbfs_punch_hole(), fs/hugetlbfs/inode.c, v4.4: unmaps the hole, then removes its pages one by one. `fixed`: since
 * 4aae8d1c051e (v4.5) a page that has been mapped again in between is unmapped again, under the fault mutex; before, it
 * was left where it is.
 */
export const hugetlbfsPunchHole = (fixed: boolean) =>
  kernel.path(
    "hugetlbfs_punch_hole",
    { page: ref(Page) },
    {
      "hugetlb_vmdelete_list()": call(unmapMappingRange(1, false)),
      "remove_inode_hugepages(): pagevec_lookup()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "mutex_lock(&hugetlb_fault_mutex_table[hash])": lock(faultMutex),
      "page_mapped(page)?": fixed && pageMapped.then({ false: "lock_page(page)" }),
      "hugetlb_vmdelete_list() of the page": fixed && call(unmapMappingRange(1, false)),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page_mapped(page)? leave it": !fixed && mapcountAboveZero.then({ true: "unlock_page(page)" }),
      "remove_huge_page(page)": call(deleteFromPageCache("single"), ({ page }) => ({ page })),
      "unlock_page(page)": unlockPage,
      "mutex_unlock(&hugetlb_fault_mutex_table[hash])": unlock(faultMutex),
      "pagevec_release()": putPage,
    },
    {
      file: "fs/hugetlbfs/inode.c",
      release: fixed ? "v4.5" : "v4.4",
      leavesOut:
        "i_mmap_rwsem (no other path here takes it), reservations, truncate (it must not find the page mapped), more than one page",
    },
  );
