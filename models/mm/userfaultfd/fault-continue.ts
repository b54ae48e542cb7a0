import { call, ref } from "faultline";
import {
  lockPage,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  pageAddFileRmap,
  pteNone,
  putPage,
  unlockPage,
  unlockPtl,
  setPteAt,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";

/**
 * UFFDIO_CONTINUE: mcontinue_atomic_pte() with mfill_atomic_install_pte(), mm/userfaultfd.c, v5.16: maps the page of tmpfs
 * that is in the page cache. In a private mapping the PTE is read-only, and yet dirty.
 */
export const uffdioContinue = (i: VmaIndex) =>
  kernel.path(
    "mcontinue_atomic_pte",
    { page: ref(Page), mapped: ref(Page) },
    {
      "mmap_read_lock(dst_mm)": mmapReadLock(i),
      "shmem_getpage(): pagecache_get_page(FGP_LOCK)": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
      }),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "pte_offset_map_lock(dst_mm, &ptl)": lockPtl(i),
      "pte_none(*dst_pte)?": pteNone(i).then({ false: "pte_unmap_unlock(dst_pte, ptl)" }),
      "page_add_file_rmap(page)": pageAddFileRmap(),
      "set_pte_at(dst_pte, pte_mkdirty(_dst_pte))": setPteAt(i, { dirty: true }).then((_, me) => {
        me.mapped = me.page;
      }),
      "pte_unmap_unlock(dst_pte, ptl)": unlockPtl(i),
      "unlock_page(page)": unlockPage,
      "put_page(page), -EEXIST": putPage.when((_, { mapped }) => !mapped),
      "mmap_read_unlock(dst_mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/userfaultfd.c",
      release: "v5.16",
      leavesOut:
        "page->mapping under the page lock, i_size under ptl, PageHWPoison() and a file without the page (nothing removes or poisons it here), shared mappings, userfaultfd-wp, the missing fault that it resolves, rss (no spec asks)",
    },
  );
