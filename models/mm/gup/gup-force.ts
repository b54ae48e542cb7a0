import { bool, call, done, once, ref } from "faultline";
import {
  getPage,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  pageFlag,
  putPage,
  unlockPtl,
  ptepGet,
  storeData,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { doWpPage, type WpRule } from "../memory/wp-page.ts";
import { doCowFault } from "../memory/cow-fault.ts";
import { filemapMapPages } from "../filemap/filemap-map-pages.ts";

/**
 * How get_user_pages() knows that a forced write (FOLL_FORCE) to a read-only mapping has broken COW, and may go on:
 *
 * - `drop-write`: until v4.8, it drops FOLL_WRITE and looks the page up as for a read.
 * - `foll-cow`: since 19be0eaffa3a, it sets FOLL_COW, and takes a dirty PTE for the copy.
 * - `exclusive`: since 5535be309971, it takes only a page that is PageAnonExclusive.
 */
export type BrokenCow = "drop-write" | "foll-cow" | "exclusive";

const FOLLOW = "follow_page_pte(): spin_lock(ptl)" as const;
const FAULT = "pte_unmap_unlock(ptl), to fault" as const;

/**
 * access_remote_vm() with __get_user_pages() and faultin_page(), mm/memory.c and mm/gup.c: a write through
 * /proc/PID/mem to a private mapping that is read-only. It must reach a private copy.
 */
export const forcedWrite = (i: VmaIndex, how: BrokenCow, rule: WpRule) => {
  const exclusive = how === "exclusive";
  return kernel.path(
    "access_remote_vm",
    { page: ref(Page), faulted: ref(Page), wrote: bool },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      [FOLLOW]: lockPtl(i),
      "can_follow_write_pte(pte)?": ptepGet(i).then((_, me, pte) => {
        if (!pte.page) return FAULT;
        if (!exclusive && !(me.wrote && (how === "drop-write" || pte.dirty))) return FAULT;
        me.page = pte.page;
      }),
      "PageAnon(page)?":
        exclusive &&
        once((_, { page }) => {
          if (page!.mapping !== "anon") return FAULT;
        }),
      "PageAnonExclusive(page)?": exclusive && pageFlag("exclusive").then({ false: FAULT }),
      "get_page(page)": getPage,
      "pte_unmap_unlock(ptl)": unlockPtl(i),
      "copy_to_user_page(): store to the page": once((_, { page }) => storeData(page!, 1)),
      "put_page(page)": putPage,
      "mmap_read_unlock(mm)": mmapReadUnlock(i).then(done),

      [FAULT]: unlockPtl(i),
      "pte_none(vmf->orig_pte)?": ptepGet(i).then((_, me, pte) => {
        me.faulted = pte.page;
        if (me.faulted) return "do_wp_page(): spin_lock(ptl)";
        if (how === "drop-write" && me.wrote) return "do_read_fault(): filemap_map_pages()";
      }),
      "do_cow_fault(vmf)": call(doCowFault(i, "baseline", { forced: { exclusive } }), undefined, () => FOLLOW),
      "do_read_fault(): filemap_map_pages()": how === "drop-write" && call(filemapMapPages(i), undefined, () => FOLLOW),
      "do_wp_page(): spin_lock(ptl)": lockPtl(i),
      "pte_same(*pte, entry)?": ptepGet(i).then((_, { faulted }, pte) =>
        pte.page === faulted ? undefined : "pte_unmap_unlock(ptl), changed",
      ),
      // VM_FAULT_WRITE in a read-only vma: from now on the flags say that COW has been broken.
      "do_wp_page(vmf)": call(
        doWpPage(i, { rule, vmaWritable: false }),
        ({ faulted }) => ({ page: faulted }),
        (me, { wrote }) => {
          if (wrote) me.wrote = true;
          return FOLLOW;
        },
      ),
      "pte_unmap_unlock(ptl), changed": unlockPtl(i).then(FOLLOW),
    },
    {
      file: "mm/gup.c, mm/memory.c",
      release: { "drop-write": "v4.8", "foll-cow": "v4.9", exclusive: "v6.0" }[how],
      fits: { "drop-write": "..v4.8", "foll-cow": "v4.9..v5.19", exclusive: "v6.0.." }[how],
      leavesOut:
        "find_extend_vma() (the vma stays), fatal signals, retries that drop mmap_lock (madvise() and UFFDIO_CONTINUE hold it for reading: they come in between anyway), FOLL_TOUCH (it sets PG_dirty, which nobody reads), the soft-dirty and uffd-wp bits",
    },
  );
};
