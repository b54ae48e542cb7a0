import { call, done, ref } from "faultline";
import {
  indexInFile,
  lockPage,
  lockPtl,
  mappingMatches,
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

const FIND = "shmem_getpage(): pagecache_get_page(FGP_LOCK)" as const;
const UNLOCK = "mmap_read_unlock(dst_mm)" as const;

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
      [FIND]: call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        return page ? undefined : UNLOCK;
      }),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      // What has left the file meanwhile is looked up again.
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(page), it is gone" }),
      "pte_offset_map_lock(dst_mm, &ptl)": lockPtl(i),
      "offset >= max_off?": indexInFile.then({ false: "pte_unmap_unlock(dst_pte, ptl)" }),
      "pte_none(*dst_pte)?": pteNone(i).then({ false: "pte_unmap_unlock(dst_pte, ptl)" }),
      "page_add_file_rmap(page)": pageAddFileRmap(),
      "set_pte_at(dst_pte, pte_mkdirty(_dst_pte))": setPteAt(i, { dirty: true }).then((_, me) => {
        me.mapped = me.page;
      }),
      "pte_unmap_unlock(dst_pte, ptl)": unlockPtl(i),
      "unlock_page(page)": unlockPage,
      "put_page(page), -EEXIST": putPage.when((_, { mapped }) => !mapped),
      [UNLOCK]: mmapReadUnlock(i).then(done),
      "unlock_page(page), it is gone": unlockPage,
      "put_page(page), it is gone": putPage.then(FIND),
    },
    {
      file: "mm/userfaultfd.c",
      release: "v5.16",
      leavesOut:
        "PageHWPoison() (nothing poisons the page here), shared mappings, userfaultfd-wp, the missing fault that it resolves, rss (no spec asks)",
    },
  );
