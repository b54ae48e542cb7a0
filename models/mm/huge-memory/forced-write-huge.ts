import { bool, call, done, once, ref } from "faultline";
import {
  filePage as hugeZeroPage,
  getPage,
  lockPtl as pmdLock,
  mmapReadLock,
  mmapReadUnlock,
  putPage,
  unlockPtl as pmdUnlock,
  ptepGet as pmdGet,
  ptepSetAccessFlags as pmdpSetAccessFlags,
  of,
  storeData,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { mapNewHugePage } from "./huge-anon.ts";

const FOLLOW = "follow_trans_huge_pmd(): pmd_lock(mm, pmd)" as const;

interface Faulted {
  readonly faulted: PageDraft | null;
}

/**
 * access_remote_vm() with __get_user_pages(), follow_trans_huge_pmd() and do_huge_pmd_wp_page(), mm/gup.c and
 * mm/huge_memory.c, v4.14: a forced write to read-only anonymous memory that a huge pmd maps. Once a fault has returned
 * VM_FAULT_WRITE, FOLL_COW is set, and a dirty pmd passes for the copy. See huge-anon.ts for what stands for what.
 */
export const forcedWriteHuge = (i: VmaIndex) =>
  kernel.path(
    "access_remote_vm, huge",
    { page: ref(Page), faulted: ref(Page), wrote: bool },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      [FOLLOW]: pmdLock(i),
      "can_follow_write_pmd(pmd, flags)?": pmdGet(i).then((_, me, pmd) => {
        if (!pmd.page || !me.wrote || !pmd.dirty) return "spin_unlock(ptl), to fault";
        me.page = pmd.page;
      }),
      "get_page(page)": getPage,
      "spin_unlock(ptl)": pmdUnlock(i),
      "copy_to_user_page(): store to the page": once((_, { page }) => storeData(page!, 1)),
      "put_page(page)": putPage,
      "mmap_read_unlock(mm)": mmapReadUnlock(i).then(done),

      "spin_unlock(ptl), to fault": pmdUnlock(i),
      "orig_pmd = *vmf->pmd: none, or is_huge_zero_pmd(orig_pmd)?": pmdGet(i).then((k, me, pmd) => {
        if (pmd.page === hugeZeroPage(k)) return "do_huge_pmd_wp_page(): alloc";
        me.faulted = pmd.page;
        if (me.faulted) return "do_huge_pmd_wp_page(): pmd_lock(mm, pmd)";
      }),
      // Returns 0, not VM_FAULT_WRITE: the next round comes to do_huge_pmd_wp_page().
      "do_huge_pmd_anonymous_page(vmf)": call(mapNewHugePage(i, "empty"), undefined, () => FOLLOW),

      "do_huge_pmd_wp_page(): pmd_lock(mm, pmd)": pmdLock(i),
      "pmd_same(*vmf->pmd, orig_pmd)?": pmdGet(i).then((_, { faulted }, pmd) =>
        pmd.page === faulted ? undefined : "do_huge_pmd_wp_page(): spin_unlock(vmf->ptl)",
      ),
      "pmdp_set_access_flags(pmd_mkdirty(entry))": of(
        (_: Kernel, { faulted }: Faulted) => faulted,
        pmdpSetAccessFlags(i, { dirty: true }),
      ).then((_, me) => {
        me.wrote = true;
      }),
      "do_huge_pmd_wp_page(): spin_unlock(vmf->ptl)": pmdUnlock(i).then(FOLLOW),
      "do_huge_pmd_wp_page(): alloc": call(mapNewHugePage(i, "zero page"), undefined, (me, { mapped }) => {
        if (mapped) me.wrote = true;
        return FOLLOW;
      }),
    },
    {
      file: "mm/gup.c, mm/huge_memory.c",
      release: "v4.14",
      leavesOut:
        "page_trans_huge_mapcount() and the page lock around it (no other process maps the page: it is reused), find_extend_vma(), retries that drop mmap_lock (madvise() holds it for reading: it comes in between anyway)",
    },
  );
