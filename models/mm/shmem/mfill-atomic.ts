import { done, once, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  allocateIfFree,
  filePage,
  getPage,
  indexInFile,
  lockPtl,
  of,
  pageAddFileRmap,
  pteNone,
  putPage,
  setMapping,
  setPteAt,
  unlockPage,
  unlockPtl,
  xasStore,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

const OUT = "out_release_unlock: pte_unmap_unlock(dst_pte, ptl)" as const;
const RELEASE = "out_release: unlock_page(page)" as const;

/**
 * shmem_mfill_atomic_pte(), mm/shmem.c, v5.9: UFFDIO_COPY puts a page of its own into a file of tmpfs, and maps it. Until e2a50c1f6414
 * it did not look at i_size at all.
 */
export const shmemMfillAtomicPte = (i: VmaIndex, checks: "under ptl" | "before ptl" | "nowhere") => {
  const isSource = checks === "under ptl";
  return kernel.path(
    "shmem_mfill_atomic_pte",
    { page: ref(Page) },
    {
      "page = shmem_alloc_page(gfp, info, pgoff)": of(filePage, allocateIfFree).then(
        (k, me: { page: typeof k.page | null }, got) => {
          if (!got) return done;
          me.page = k.page;
        },
      ),
      // A plain store in the kernel: nobody else knows the page.
      "__SetPageLocked(page)": once((_, { page }) => {
        page!.locked = true;
      }),
      "__SetPageUptodate(page)": once((_, { page }) => {
        page!.uptodate = true;
      }),
      "offset >= max_off?": checks !== "nowhere" && indexInFile.then({ false: RELEASE }),
      "shmem_add_to_page_cache(): page_ref_add(page, 1)": getPage,
      "shmem_add_to_page_cache(): page->mapping = mapping": setMapping("file"),
      "shmem_add_to_page_cache(): xas_store(&xas, page)": xasStore(filePage),
      "pte_offset_map_lock(dst_mm, &ptl)": lockPtl(i),
      "offset >= max_off?, under ptl": isSource && indexInFile.then({ false: OUT }),
      "pte_none(*dst_pte)?": pteNone(i).then({ false: OUT }),
      "page_add_file_rmap(page)": pageAddFileRmap(i),
      "set_pte_at(dst_pte, _dst_pte)": setPteAt(i, { writable: true, dirty: true }).then((k, { page }) => {
        rmapMapped(k.vma[i], page!);
      }),
      "pte_unmap_unlock(dst_pte, ptl)": unlockPtl(i),
      "unlock_page(page)": unlockPage.then(done),

      [OUT]: unlockPtl(i),
      "delete_from_page_cache(): xas_store(&xas, NULL)": xasStore(() => null),
      "delete_from_page_cache(): page->mapping = NULL": setMapping("NULL"),
      "delete_from_page_cache(): put_page(page)": putPage,
      [RELEASE]: unlockPage,
      "put_page(page)": putPage,
    },
    {
      file: "mm/shmem.c",
      release: isSource ? "v5.9" : `v5.9, i_size asked for ${checks}`,
      leavesOut:
        "mmap_lock (nobody takes it for writing), what the page contains, a VMA without VM_WRITE (the page is made dirty then), accounting of blocks, the LRU lists, rss, that another page is in the file already",
      at: {
        "offset >= max_off?": "i_size_read(inode) #1",
        "offset >= max_off?, under ptl": "i_size_read(inode) #2",
        "shmem_add_to_page_cache(): page_ref_add(page, 1)": "shmem_add_to_page_cache()",
        "shmem_add_to_page_cache(): page->mapping = mapping": "shmem_add_to_page_cache()",
        "shmem_add_to_page_cache(): xas_store(&xas, page)": "shmem_add_to_page_cache()",
        "pte_offset_map_lock(dst_mm, &ptl)": "pte_offset_map_lock()",
        "delete_from_page_cache(): xas_store(&xas, NULL)": "delete_from_page_cache(page)",
        "delete_from_page_cache(): page->mapping = NULL": "delete_from_page_cache(page)",
        "delete_from_page_cache(): put_page(page)": "delete_from_page_cache(page)",
      },
      omits: {
        "SHMEM_I, shmem_inode_acct_block, shmem_inode_unacct_blocks, shmem_recalc_inode": "accounting of blocks",
        "spin_lock_irq(&info->lock), spin_unlock_irq(&info->lock)": "accounting of blocks: no other path here takes it",
        "kmap_atomic, kunmap_atomic, copy_from_user, clear_highpage":
          "what the page contains: nobody looks at it, and nobody else knows the page yet",
        __SetPageSwapBacked: "tells reclaim what to do with it: none runs",
        "set_page_dirty, ClearPageDirty": "a VMA without VM_WRITE: here the PTE is dirty",
        lru_cache_add: "the LRU lists",
      },
    },
  );
};
