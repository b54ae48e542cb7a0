/** mprotect(PROT_READ) of all of the VMA that serves address 0, mm/mprotect.c. */
import { call, done, once, ref } from "faultline";
import {
  filePage,
  lockPtl,
  of,
  pmdNone,
  pteNone,
  ptepGetAndClear,
  ptepModifyProtCommit,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { vmaLockOf, type VmaLockRelease, type WriterRules } from "../mmap-lock/by-release.ts";
import { Mm, Vma, kernel } from "../../kernel/world.ts";

const FILE = "mm/mprotect.c";

const BEFORE = "before the VMA is locked: what may be refused, and what is charged";
const AFTER = "after the page tables: what is counted, and a VMA that becomes writable";
const ONE_ENTRY = "the entry is one that maps a page; no other kind is modelled here";
const HUGE = "no page here is huge";
const FIXUP: Readonly<Record<VmaLockRelease, object>> = {
  "v7.1": {
    omits: {
      "vma_is_sealed, vma_flags_same_pair, arch_has_pfn_modify_check, vma_flags_test_any #1, vma_flags_test_any_mask, vm_get_page_prot, walk_page_range":
        BEFORE,
      "may_expand_vm, vma_flags_test_any #2, security_vm_enough_memory_mm, vma_flags_set, vma_flags_clear": BEFORE,
      vma_modify_flags: "the VMA spans what is asked for, and no neighbour is alike: it is neither split nor merged",
      "vma_wants_manual_pte_write_upgrade, vma_set_page_prot":
        "vma->vm_page_prot: stores without order, that follow from vm_flags",
      "vm_unacct_memory, vma_flags_test_any #3, populate_vma_page_range, vm_stat_account, perf_event_mmap": AFTER,
    },
  },
  "v6.12": {
    at: { "vma_flags_reset_once(vma, &new_vma_flags)": "vm_flags_reset(vma, newflags)" },
    omits: {
      "can_modify_vma, arch_has_pfn_modify_check, vm_get_page_prot, walk_page_range, may_expand_vm, security_vm_enough_memory_mm":
        BEFORE,
      vma_modify_flags: "the VMA spans what is asked for, and no neighbour is alike: it is neither split nor merged",
      "vma_wants_manual_pte_write_upgrade, vma_set_page_prot":
        "vma->vm_page_prot: stores without order, that follow from vm_flags",
      "vm_unacct_memory, populate_vma_page_range, vm_stat_account, perf_event_mmap": AFTER,
    },
  },
  "v6.6": {},
  "v6.4": {},
};
const PTES: Readonly<Record<VmaLockRelease, object>> = {
  "v7.1": {
    functions: ["change_pmd_range", "change_pte_range"],
    at: {
      "pte_none(oldpte)": "ptep_get(pte)",
      "ptep_modify_prot_start()": ["change_present_ptes() #1", "change_present_ptes() #2"],
      "ptep_modify_prot_commit()": ["change_present_ptes() #1", "change_present_ptes() #2"],
    },
    omits: {
      change_pmd_prepare: "allocates a table for markers of userfaultfd alone",
      "pmdp_get_lockless, pmd_is_huge, change_huge_pmd, count_vm_numa_events": HUGE,
      "tlb_change_page_size, lazy_mmu_mode_enable, lazy_mmu_mode_disable": "how flushes are gathered",
      "vma_is_single_threaded_private, vm_normal_page, mprotect_folio_pte_batch, change_softleaf_pte": ONE_ENTRY,
      "change_pte_range(): set_pte_at()": "a marker of userfaultfd",
    },
  },
  "v6.12": {
    functions: ["change_pmd_range", "change_pte_range"],
    omits: {
      change_pmd_prepare: "allocates a table for markers of userfaultfd alone",
      "pmdp_get_lockless, is_swap_pmd, change_huge_pmd, count_vm_numa_events": HUGE,
      tlb_change_page_size: "how flushes are gathered",
      "if (prot_numa && !(vma->vm_flags & VM_SHARED)), if (prot_numa)": "NUMA balancing",
      "if (is_swap_pte(oldpte))": ONE_ENTRY,
      "change_pte_range(): set_pte_at()": "a marker of userfaultfd",
      "ptep_get(pte)": "the entry, of which pte_none() is asked",
      "pte_modify, can_change_pte_writable": "what the new entry is, computed from the old one",
    },
  },
  "v6.6": {},
  "v6.4": {},
};

/** change_pmd_range() and below: the page table is looked for without a lock, and its entries are changed under theirs. */
const changeProtection = (release: VmaLockRelease) =>
  kernel.path(
    "change_pmd_range",
    {},
    {
      "pmd_none(*pmd)": pmdNone(0).then({ true: done }),
      "pte_offset_map_lock()": lockPtl(0),
      "pte_none(oldpte)": pteNone(0).then({ true: "pte_unmap_unlock()" }),
      "ptep_modify_prot_start()": ptepGetAndClear(0),
      "ptep_modify_prot_commit()": of(filePage, ptepModifyProtCommit(0)),
      "pte_unmap_unlock()": unlockPtl(0),
    },
    {
      file: FILE,
      leavesOut: "upper page tables, huge pages, other kinds of entries, the flush: nobody has the entry in a TLB here",
      release,
      ...PTES[release],
    },
  );

/** mprotect_fixup() of a VMA that is neither split nor merged. */
const mprotectFixup = (release: VmaLockRelease, rules: WriterRules) => {
  const { vmaStartWrite } = vmaLockOf(release, rules);
  return kernel.path(
    "mprotect_fixup",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "vma_start_write(vma)": call(vmaStartWrite, ({ mm, vma }) => ({ mm, vma })),
      "vma_flags_reset_once(vma, &new_vma_flags)": once((_, me) => {
        me.vma!.vmWrite = false;
      }),
      "change_protection(tlb, vma, start, end, mm_cp_flags)": call(changeProtection(release)),
    },
    {
      file: FILE,
      leavesOut: "a VMA that is split or merged, what is counted, vm_page_prot",
      release,
      ...FIXUP[release],
    },
  );
};

/** mprotect() itself, of a VMA that spans what is asked for. */
export const mprotectReadOnly = (release: VmaLockRelease, rules: WriterRules = {}) => {
  const { mmapWriteLock, mmapWriteUnlock } = vmaLockOf(release);
  return kernel.path(
    "do_mprotect_pkey",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "mmap_write_lock_killable(mm)": call(mmapWriteLock, ({ mm }) => ({ mm })),
      "vma = vma_find()": once((_, me) => {
        me.vma = me.mm!.mmMt[0];
      }),
      "mprotect_fixup()": call(mprotectFixup(release, rules), ({ mm, vma }) => ({ mm, vma })),
      "mmap_write_unlock(mm)": call(mmapWriteUnlock, ({ mm }) => ({ mm })),
    },
    {
      file: FILE,
      leavesOut: "more than one VMA, the gather of the flush",
      release,
      notInSource: "what a process does: the system call around mprotect_fixup()",
    },
  );
};
