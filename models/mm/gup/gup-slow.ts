import { call, done, ref } from "faultline";
import { lockPtl, mmapReadLock, mmapReadUnlock, unlockPtl, ptepGet } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { handlePteFault } from "../memory/write-fault.ts";
import { handOver, type Gup, tryGrabPage } from "./reference.ts";

const AGAIN = "another try, once a fault has dropped mmap_lock (VM_FAULT_RETRY): none here does";

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
      functions: [
        "get_user_pages_unlocked",
        "__get_user_pages_locked",
        "__get_user_pages",
        "follow_page_mask",
        "follow_p4d_mask",
        "follow_pud_mask",
        "follow_pmd_mask",
        "follow_page_pte",
      ],
      at: {
        "mmap_read_unlock(mm)": "mmap_read_unlock(mm) #2",
        "mmap_read_unlock(mm), -EFAULT": "mmap_read_unlock(mm) #2",
        "follow_page_pte(): spin_lock(ptl)": "pte_offset_map_lock() #1",
        "pte_present(*ptep), pte_write(*ptep)?": ["*ptep #1", "pte_present(pte) #1", "can_follow_write_pte() #1"],
        "try_grab_page(page)": "try_grab_page() #1",
        "pte_unmap_unlock(ptl)": "out: pte_unmap_unlock() #1",
        "pte_unmap_unlock(ptl), read-only": "retry: pte_unmap_unlock() #2",
        "faultin_page(vma, FAULT_FLAG_WRITE)": "faultin_page() #1",
      },
      notInSource: {
        "pte_unmap_unlock(ptl), nothing mapped": "stands for find_extend_vma(), which fails once the vma is detached",
      },
      omits: {
        "atomic_set(&mm->has_pinned, 1)": "the fast path has set it",
        "return if (!nr_pages), return if (!locked)": "other callers: here is one page, and `locked`",
        untagged_addr: "the address",
        "find_extend_vma, get_gate_page, check_vma_flags": "the vma is there, or nothing is mapped, which is a step",
        "no_page: pte_unmap_unlock() #1": "nothing is mapped where a vma is: the fault that follows is not modelled",
        fatal_signal_pending: "nobody kills the process",
        "mmap_read_lock_killable, mmap_read_unlock(mm) #1, faultin_page() #2": AGAIN,
        "pte_offset_map_lock() #4, *ptep #4, pte_present(pte) #4, can_follow_write_pte() #4": AGAIN,
        "try_grab_page() #4, out: pte_unmap_unlock() #4, retry: pte_unmap_unlock() #11, no_page: pte_unmap_unlock() #4":
          AGAIN,
        "pgd_none, pgd_bad, pmd_bad, READ_ONCE(*pmd), if (!pmd_present(pmdval))": "page tables stay while the vma does",
        "if (pgd_huge(*pgd)), if (pud_devmap(*pud)), if (pmd_devmap(pmdval)), pmd_protnone, retry_locked:":
          "no page here is huge",
        "if (!pmd_trans_huge(*pmd)), if (flags & (FOLL_SPLIT | FOLL_SPLIT_PMD))": "no page here is huge",
        "if (is_hugepd(__hugepd(pgd_val(*pgd)))), if (is_hugepd(__hugepd(p4d_val(*p4d))))": "of hugetlbfs on powerpc",
        "if (is_hugepd(__hugepd(pud_val(*pud)))), if (is_hugepd(__hugepd(pmd_val(pmdval))))": "of hugetlbfs on powerpc",
        "if (!pte_present(pte))": "KSM waits for migration there: nothing else does",
        "vm_normal_page, follow_pfn_pte": "a PTE maps a page here",
        "if (!page && pte_devmap(pte) && (flags & (FOLL_GET | FOLL_PIN))), put_dev_pagemap":
          "no page here is of a device",
        "if (flags & FOLL_SPLIT && PageTransCompound(page))": "no page here is huge",
        "follow_page_pte(): if (flags & FOLL_PIN)": "of s390 guests",
        "PageDirty, set_page_dirty": "a PTE of a private page that may be written is dirty",
        mark_page_accessed: "references: nobody reads them",
        "if ((flags & FOLL_MLOCK) && (vma->vm_flags & VM_LOCKED))": "not for mlock()",
        flush_anon_page: "caches of other architectures",
      },
      leavesOut:
        "find_vma() (it fails once munmap() has detached the vma, and so does this where nothing is mapped), faults where nothing is mapped, FOLL_FORCE (gup-force.ts), has_pinned (it is set before the fast path), mark_page_accessed()",
    },
  );
