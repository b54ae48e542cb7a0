import { bool, call, done, full, once, ref } from "faultline";
import { lock, lockPage, mappingMatches, pageMapped, unlock, unlockPage } from "../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../kernel/world.ts";
import { deleteFromPageCache } from "./delete-from-page-cache.ts";
import { finishFault } from "./fault/finish-fault.ts";
import { findGetEntry } from "./find-get-entry.ts";
import { unmapMappingRange } from "./zap.ts";

/** hugetlb_fault() with hugetlb_no_page(), mm/hugetlb.c, v4.4: maps a huge page of hugetlbfs that is in the page cache. */
export const hugetlbFault = (i: VmaIndex) =>
  kernel.path(
    "hugetlb_fault",
    { page: ref(Page), mapped: bool },
    {
      "mutex_lock(&hugetlb_fault_mutex_table[hash])": lock("faultMutex"),
      "hugetlb_no_page(): find_get_page()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "mutex_unlock(&hugetlb_fault_mutex_table[hash])";
      }),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "set_huge_pte_at()": call(
        finishFault(i, "read"),
        ({ page }) => ({ page }),
        (me, { mapped }) => {
          me.mapped = mapped;
        },
      ),
      "unlock_page(page)": unlockPage,
      "put_page(page), not mapped": full((_, { page, mapped }) => {
        if (!mapped) page!.refcount--;
      }),
      "mutex_unlock(&hugetlb_fault_mutex_table[hash])": unlock("faultMutex"),
    },
    {
      file: "mm/hugetlb.c",
      release: "v4.4",
      leavesOut:
        "the allocation of a page for a hole, i_size (nothing shrinks the file), reservations; that page_dup_rmap() counts, which orders nothing",
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
      "mutex_lock(&hugetlb_fault_mutex_table[hash])": lock("faultMutex"),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page->mapping == mapping?": mappingMatches("unlock_page(page)"),
      "page_mapped(page)?": pageMapped("remove_huge_page(page)"),
      "leave it": !fixed && once(() => "unlock_page(page)"),
      "hugetlb_vmdelete_list() of the page": fixed && call(unmapMappingRange(1, false)),
      "remove_huge_page(page)": call(deleteFromPageCache("single"), ({ page }) => ({ page })),
      "unlock_page(page)": unlockPage,
      "mutex_unlock(&hugetlb_fault_mutex_table[hash])": unlock("faultMutex"),
      "pagevec_release()": full((_, { page }) => {
        page!.refcount--;
      }),
    },
    {
      file: "fs/hugetlbfs/inode.c",
      release: fixed ? "v4.5" : "v4.4",
      leavesOut: "i_mmap_rwsem (no other path here takes it), reservations, more than one page",
    },
  );
