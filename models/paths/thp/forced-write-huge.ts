import { bool, call, done, once, ref } from "faultline";
import {
  getPage,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  putPage,
  unlockPtl,
  ptepGet,
  ptepSetAccessFlags,
  of,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { mapNewHugePage } from "./huge-anon.ts";

const FOLLOW = "follow_trans_huge_pmd(): pmd_lock(mm, pmd)" as const;
const FAULT = "spin_unlock(ptl), to fault" as const;
const WP = "do_huge_pmd_wp_page(): pmd_lock(mm, pmd)" as const;
const ALLOC = "do_huge_pmd_wp_page(): alloc" as const;
const DROP = "do_huge_pmd_wp_page(): spin_unlock(vmf->ptl)" as const;

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
      [FOLLOW]: lockPtl(i),
      "can_follow_write_pmd(pmd, flags)?": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || !me.wrote || !pte.dirty) return FAULT;
        me.page = pte.page;
      }),
      "get_page(page)": getPage,
      "spin_unlock(ptl)": unlockPtl(i),
      "copy_to_user_page(): store to the page": once((_, { page }) => {
        page!.data = 1;
      }),
      "put_page(page)": putPage,
      "mmap_read_unlock(mm)": mmapReadUnlock(i).then(done),

      [FAULT]: unlockPtl(i),
      "orig_pmd = *vmf->pmd: none, or is_huge_zero_pmd(orig_pmd)?": ptepGet(i).then((k, me, pte) => {
        if (pte.page === k.page) return ALLOC;
        me.faulted = pte.page;
        if (me.faulted) return WP;
      }),
      // Returns 0, not VM_FAULT_WRITE: the next round comes to do_huge_pmd_wp_page().
      "do_huge_pmd_anonymous_page(vmf)": call(mapNewHugePage(i, "empty"), undefined, () => FOLLOW),

      [WP]: lockPtl(i),
      "pmd_same(*vmf->pmd, orig_pmd)?": ptepGet(i).then((_, { faulted }, pte) =>
        pte.page === faulted ? undefined : DROP,
      ),
      "pmdp_set_access_flags(pmd_mkdirty(entry))": of(
        (_: Kernel, { faulted }: Faulted) => faulted,
        ptepSetAccessFlags(i, { dirty: true }),
      ).then((_, me) => {
        me.wrote = true;
      }),
      [DROP]: unlockPtl(i).then(FOLLOW),
      [ALLOC]: call(mapNewHugePage(i, "zero page"), undefined, (me, { mapped }) => {
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
