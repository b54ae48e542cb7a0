import { call, done, ref } from "faultline";
import { lockPtl, mmapReadLock, mmapReadUnlock, unlockPtl, ptepGet } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { handlePteFault } from "../memory/write-fault.ts";
import { handOver, type Gup, tryGrabPage } from "./reference.ts";

/**
 * get_user_pages_unlocked() with follow_page_pte(), mm/gup.c, v5.9, for one page: under ptl, and for a write to a
 * read-only page after the fault that a user's write would take.
 */
export const getUserPagesUnlocked = (i: VmaIndex, gup: Gup) =>
  kernel.path(
    "get_user_pages_unlocked",
    { page: ref(Page), got: ref(Page) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "follow_page_pte(): spin_lock(ptl)": lockPtl(i),
      "pte_present(*ptep), pte_write(*ptep)?": ptepGet(i).then((_, me, pte) => {
        if (!pte.page) return "pte_unmap_unlock(ptl), nothing mapped";
        if (gup.write && !pte.writable) return "pte_unmap_unlock(ptl), read-only";
        me.page = pte.page;
      }),
      "try_grab_page(page)": tryGrabPage(gup),
      "pte_unmap_unlock(ptl)": unlockPtl(i),
      "mmap_read_unlock(mm)": mmapReadUnlock(i).then((k, me) => {
        if (me.page) handOver(k, i, me.page, gup);
        me.got = me.page;
        return done;
      }),

      "pte_unmap_unlock(ptl), read-only": gup.write && unlockPtl(i),
      "faultin_page(vma, FAULT_FLAG_WRITE)":
        gup.write &&
        call(handlePteFault(i, gup.wp, "never"), undefined, (_, { oom }) =>
          oom ? "mmap_read_unlock(mm)" : "follow_page_pte(): spin_lock(ptl)",
        ),

      // The vma is gone: nobody maps anything there again.
      "pte_unmap_unlock(ptl), nothing mapped": unlockPtl(i),
      "mmap_read_unlock(mm), -EFAULT": mmapReadUnlock(i),
    },
    {
      file: "mm/gup.c",
      release: "v5.9",
      leavesOut:
        "find_vma() (it fails once munmap() has detached the vma, and so does this where nothing is mapped), faults where nothing is mapped, FOLL_FORCE (gup-force.ts), has_pinned (it is set before the fast path), mark_page_accessed()",
    },
  );
