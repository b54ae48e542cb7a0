import { call, done, once, ref, smpWmb, type Path } from "faultline";
import {
  filePage,
  lockPmd,
  lockPtl,
  of,
  pmdNone,
  pmdPopulate,
  pteNone,
  setPteAt,
  unlockPmd,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { vmaLockOf, type VmaLockRelease } from "../mmap-lock/by-release.ts";
import { Mm, Vma, kernel, type Kernel } from "../../kernel/world.ts";

/** pmd_install(), mm/memory.c: the table that was allocated goes into the pmd entry, if that is still empty. */
const pmdInstall = (release: VmaLockRelease) =>
  kernel.path(
    "pmd_install",
    {},
    {
      "pmd_lock(mm, pmd)": lockPmd(0),
      "pmd_none(*pmd)": pmdNone(0).then({ false: "spin_unlock(ptl)" }),
      "smp_wmb()": smpWmb,
      "pmd_populate(mm, pmd, *pte)": pmdPopulate(0),
      "spin_unlock(ptl)": unlockPmd(0),
    },
    {
      file: "mm/memory.c",
      leavesOut: "mm_inc_nr_ptes(), the allocation of the table and who frees it",
      release,
      omits: { "*pte": "whose table it is: the one that is not needed is freed, and nobody sees it" },
    },
  );

/** do_anonymous_page() as far as it stores page tables: anonymous-fault.ts has the page. */
const mapPage = (release: VmaLockRelease) =>
  kernel.path(
    "do_anonymous_page, its page tables",
    {},
    {
      "pmd_none(*vmf->pmd)": pmdNone(0).then({ false: "pte_offset_map_lock()" }),
      "pmd_install()": call(pmdInstall(release)),
      "pte_offset_map_lock()": lockPtl(0),
      "pte_none(*vmf->pte)": pteNone(0).then({ false: "pte_unmap_unlock()" }),
      "set_pte_at(vmf->pte)": of(filePage, setPteAt(0, { writable: true, dirty: true })),
      "pte_unmap_unlock()": unlockPtl(0),
    },
    {
      file: "mm/memory.c",
      release,
      notInSource: "the stores to page tables of do_anonymous_page(): which page it is does not matter here",
      leavesOut: "the page, its counts, and who else may have faulted first",
    },
  );

/** A write fault at address 0 that takes the VMA's lock alone; `handle` is what it does under it. */
export const faultUnderVmaLock = (release: VmaLockRelease, handle: Path<Kernel> = mapPage(release)) => {
  const { lockVmaUnderRcu, vmaEndRead } = vmaLockOf(release);
  return kernel.path(
    "do_user_addr_fault",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "vma = lock_vma_under_rcu(mm, address)": call(
        lockVmaUnderRcu,
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
          if (!vma) return done;
        },
      ),
      "access_error(error_code, vma)": once((_, me) => {
        if (!me.vma!.vmWrite) return "vma_end_read(vma)";
      }),
      "handle_mm_fault()": call(handle),
      "vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
    },
    {
      file: "arch/x86/mm/fault.c",
      release,
      notInSource: "stands for the page-fault handlers of all architectures: each does this first",
      leavesOut: "the way with mmap_lock, where the VMA cannot be locked: mprotect() then has run, or runs first",
    },
  );
};
