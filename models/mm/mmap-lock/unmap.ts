/** munmap(), mmap() and the end of a process, as far as they lock, detach and free a VMA: mm/vma.c, mm/mmap.c, v7.1; munmap() of v6.6 and v6.12, too. */
import { alloc, call, free, once, ref } from "faultline";
import { lockPtl, pmdNone, ptepGetAndClear, unlockPtl } from "../../kernel/primitives.ts";
import { mmdrop } from "../../kernel/mm-count.ts";
import { recycledVmas, type TaskIndex } from "../../kernel/vma-lock.ts";
import { vmaLockOf, type VmaLockRelease } from "./by-release.ts";
import { mmapReadUnlockOf, mmapWriteLockOf, mmapWriteUnlockOf } from "./mmap-lock.ts";
import { vmaMarkAttached, vmaMarkDetached, vmaStartWrite } from "./vma-refcnt.ts";
import { Mm, Vma, kernel, type MmDraft, type VmaDraft } from "../../kernel/world.ts";

const RELEASE = "v7.1";

/** Where the VMA comes from: v6.6 is given it by its caller. */
const FOUND = "vma = vma_find(vmi, end)";
const LOOP = "for_each_vma_range(*(vms->vmi), next, vms->end)";
const COUNTED = "what is counted";
const NEIGHBOURS = "the neighbours, and what is counted";
const DETACH_OMITS = {
  "mt_init_flags, mt_on_stack, init_vma_munmap, mas_store_gfp": "the tree of what is detached: nobody else sees it",
  "if (vms->start > vms->vma->vm_start), if (next->vm_end > vms->end)": "a VMA that is split",
  "rcu_read_lock, mas_find, for_each_vma_range(*(vms->vmi), vma_mas, vms->end), mas_next, rcu_read_unlock":
    "CONFIG_DEBUG_VM_MAPLE_TREE looks whether a VMA was lost",
  vms_complete_munmap_vmas: "a step of who calls it",
} as const;

/** What of do_vmi_align_munmap() is no step, up to where the VMA has left the tree, and where the loop begins. */
const DETACH: Readonly<Record<VmaLockRelease, object>> = {
  "v7.1": {
    functions: ["do_vmi_align_munmap", "vms_gather_munmap_vmas"],
    omits: {
      ...DETACH_OMITS,
      "vma_prev, vma_next, vma_is_sealed, vma_pages, vma_iter_addr, vma_iter_prev_range": NEIGHBOURS,
      "if (vma_test(next, VMA_LOCKED_BIT)), if (vma_test(next, VMA_ACCOUNT_BIT))": COUNTED,
      "is_exec_mapping, is_stack_mapping, is_data_mapping_vma_flags": COUNTED,
      "if (vms->uf), reattach_vmas, validate_mm": "userfaultfd, and a munmap() that fails",
    },
  },
  "v6.12": {
    functions: ["do_vmi_align_munmap", "vms_gather_munmap_vmas"],
    at: { "vma_mark_detached(next)": "vma_mark_detached()" },
    omits: {
      ...DETACH_OMITS,
      "vma_prev, vma_next, can_modify_vma, vma_pages, vma_iter_addr, vma_iter_prev_range": NEIGHBOURS,
      "is_exec_mapping, is_stack_mapping, is_data_mapping": COUNTED,
      "if (unlikely(vms->uf)), reattach_vmas, validate_mm": "userfaultfd, and a munmap() that fails",
    },
  },
  "v6.6": {
    functions: ["do_vmi_align_munmap"],
    at: { "vma_mark_detached(next)": "vma_mark_detached() #1" },
    notInSource: { [FOUND]: "do_vmi_munmap(), before" },
    omits: {
      "mt_init_flags, mt_on_stack, mas_store_gfp, __mt_destroy": "the tree of what is detached: nobody else sees it",
      __split_vma: "a VMA that is split",
      "rcu_read_lock, mas_find, for_each_vma_range(*vmi, vma_mas, end), mas_next, rcu_read_unlock":
        "CONFIG_DEBUG_VM_MAPLE_TREE looks whether a VMA was lost",
      "vma_iter_addr, vma_iter_prev_range, vma_next, vma_pages": NEIGHBOURS,
      "mmap_write_downgrade, unmap_region, mmap_read_unlock": "steps of who calls it",
      remove_mt: "frees the VMA, and counts",
      "userfaultfd_unmap_prep, mas_for_each, vma_mark_detached() #2, validate_mm":
        "userfaultfd, and a munmap() that fails",
    },
  },
  "v6.4": {},
};

/** vms_gather_munmap_vmas() and vma_iter_clear_gfp() of the VMA of address 0: it is detached, then leaves the tree. */
const detach = (release: VmaLockRelease, current: TaskIndex) => {
  const { vmaStartWrite, vmaMarkDetached } = vmaLockOf(release, { current });
  return kernel.path(
    "do_vmi_align_munmap",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      [release === "v6.6" || release === "v6.4" ? FOUND : LOOP]: once(
        (_, me: { readonly mm: MmDraft | null; vma: VmaDraft | null }) => {
          me.vma = me.mm!.mmMt[0];
        },
      ),
      "vma_start_write(next)": call(vmaStartWrite, ({ mm, vma }) => ({ mm, vma })),
      "vma_mark_detached(next)": call(vmaMarkDetached, ({ mm, vma }) => ({ mm, vma })),
      "vma_iter_clear_gfp(vmi, start, end, GFP_KERNEL)": once((_, { mm }) => {
        mm!.mmMt[0] = null;
      }),
    },
    {
      file: release === "v7.1" || release === "v6.12" ? "mm/vma.c" : "mm/mmap.c",
      leavesOut: "VMAs that are split, more than one VMA, what is counted",
      release,
      ...DETACH[release],
    },
  );
};

export interface Munmap {
  /** The page table of the VMA is emptied. */
  readonly zaps: boolean;
  readonly release?: VmaLockRelease;
}

/** munmap() of the VMA of address 0: page tables are emptied once other VMAs of the mm can be locked again. */
export const munmapVma = (current: TaskIndex, { zaps, release = RELEASE }: Munmap) => {
  const { mmapWriteLock, mmapWriteDowngrade } = vmaLockOf(release);
  return kernel.path(
    "__vm_munmap",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mmap_write_lock_killable(mm)": call(mmapWriteLock, ({ mm }) => ({ mm })),
      "do_vmi_align_munmap()": call(
        detach(release, current),
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
        },
      ),
      "mmap_write_downgrade(mm)": call(mmapWriteDowngrade, ({ mm }) => ({ mm })),
      "zap_pmd_range(): pmd_none(*pmd)": zaps && pmdNone(0).then({ true: "mmap_read_unlock(mm)" }),
      "zap_pte_range(): pte_offset_map_lock()": zaps && lockPtl(0),
      "zap_pte_range(): ptep_get_and_clear_full()": zaps && ptepGetAndClear(0),
      "zap_pte_range(): pte_unmap_unlock()": zaps && unlockPtl(0),
      "mmap_read_unlock(mm)": mmapReadUnlockOf,
    },
    {
      file: release === "v7.1" || release === "v6.12" ? "mm/vma.c" : "mm/mmap.c",
      release,
      notInSource:
        "do_vmi_align_munmap() and vms_complete_munmap_vmas(), of which the locks and the page table are modelled",
      leavesOut: "the VMA is freed by who calls this; the flush of the TLB, page tables that are freed",
    },
  );
};

/** mmap() of B: the VMA that is allocated may be one that was A's a moment ago. `attach`: how vma_mark_attached() publishes it. */
const mmapRegion = (attach: "release" | "once") =>
  recycledVmas.path(
    "__mmap_new_vma",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mmap_write_lock_killable(mm)": call(mmapWriteLockOf(RELEASE), ({ mm }) => ({ mm })),
      "vm_area_alloc(map->mm)": alloc(
        (k) => k.vmArea,
        (_, me, vma) => {
          me.vma = vma;
          vma.owner = me.mm;
          vma.unattached = false;
        },
      ),
      "vm_area_alloc(): vma->vm_mm = mm": once((_, me) => {
        me.vma!.vmMm = me.mm;
      }),
      "vm_area_alloc(): vma->vm_lock_seq = UINT_MAX": once((_, me) => {
        me.vma!.vmLockSeq = -1;
      }),
      "vma_start_write(vma)": call(vmaStartWrite(1), ({ mm, vma }) => ({ mm, vma })),
      "vma_iter_store_new(): vma_mark_attached(vma)": vmaMarkAttached(attach),
      "vma_iter_store_new(): mas_store_prealloc()": once((_, { mm, vma }) => {
        mm!.mmMt[0] = vma;
      }),
      "mmap_write_unlock(mm)": call(mmapWriteUnlockOf(RELEASE), ({ mm }) => ({ mm })),
    },
    {
      file: "mm/vma.c",
      release: RELEASE,
      notInSource:
        "mmap() from vm_area_alloc() to vma_iter_store_new(), of a VMA that serves the same addresses as before",
      leavesOut: "the memset() of vm_area_alloc(): a reader looks at vm_mm once vm_refcnt is 1, which comes later",
    },
  );

/** exit_mmap() of B, and the last mmdrop(). */
const exitMmap = recycledVmas.path(
  "exit_mmap",
  { mm: ref(Mm), vma: ref(Vma) },
  {
    "mmap_write_lock(mm)": call(mmapWriteLockOf(RELEASE), ({ mm }) => ({ mm })),
    "vma = vma_next()": once((_, me) => {
      me.vma = me.mm!.mmMt[0];
    }),
    "free_pgtables(): vma_start_write(vma)": call(vmaStartWrite(1), ({ mm, vma }) => ({ mm, vma })),
    "tear_down_vmas(): vma_mark_detached(vma)": call(vmaMarkDetached(1), ({ mm, vma }) => ({ mm, vma })),
    "tear_down_vmas(): vm_area_free(vma)": free((_, me) => me.vma),
    "__mt_destroy(&mm->mm_mt)": once((_, { mm }) => {
      mm!.mmMt[0] = null;
    }),
    "mmap_write_unlock(mm)": call(mmapWriteUnlockOf(RELEASE), ({ mm }) => ({ mm })),
  },
  {
    file: "mm/mmap.c",
    release: RELEASE,
    notInSource: "exit_mmap(), of which the locks are modelled",
    leavesOut: "the first half, under mmap_lock for reading, which empties page tables",
  },
);

/**
 * What becomes of a VMA of A while a fault of A looks at it: A unmaps it, it is freed, B maps something, gets it, and exits.
 * One thread, as each waits for the one before; a reader that has the VMA locked makes it wait.
 */
export const recycle = (attach: "release" | "once" = "release") =>
  recycledVmas.path(
    "the VMA moves on",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "A: mm = current->mm": once((k, me) => {
        me.mm = k.process[0];
      }),
      "A: munmap()": call(
        munmapVma(1, { zaps: false }),
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
        },
      ),
      "A: vm_area_free(vma)": free((_, me) => me.vma),
      "B: mm = current->mm": once((k, me) => {
        me.mm = k.process[1];
      }),
      "B: mmap()": call(mmapRegion(attach), ({ mm }) => ({ mm })),
      "B: exit_mmap(mm)": call(exitMmap, ({ mm }) => ({ mm })),
      "B: task->mm = NULL": once((k) => {
        k.process[1] = null;
      }),
      "B: mmdrop(mm)": call(mmdrop, ({ mm }) => ({ mm })),
    },
    {
      file: "mm/vma.c",
      leavesOut: "that A and B run at the same time: each waits for the one before",
      release: RELEASE,
      notInSource: "what two processes do",
    },
  );

/** munmap() of the VMA that stays where it is: nobody gets it again. */
export const unmapAndForget = ({ zaps, release = RELEASE }: Munmap) =>
  kernel.path(
    "munmap",
    { mm: ref(Mm) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "__vm_munmap()": call(munmapVma(0, { zaps, release }), ({ mm }) => ({ mm })),
    },
    {
      file: release === "v7.1" || release === "v6.12" ? "mm/vma.c" : "mm/mmap.c",
      leavesOut: "nothing: it is do_vmi_align_munmap() and what comes behind",
      release,
      notInSource: "what a process does",
    },
  );
