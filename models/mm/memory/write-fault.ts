import { bool, call, done, once, ref } from "faultline";
import { isHwpoisonEntry } from "../../kernel/entries.ts";
import { lockPtl, mmapReadLock, mmapReadUnlock, unlockPtl, ptepGet } from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { doAnonymousPage } from "./anonymous-fault.ts";
import { doWpPage, type WpPage } from "./wp-page.ts";

/**
 * What an entry that maps no page can be: none, for which a page is made; or such an entry is never met; or, beside memory_failure(), that
 * of a poisoned page as well, at which the access ends in a signal.
 */
export type WithoutPage = "do_anonymous_page" | "never" | "hwpoison";

/** Of a hwpoison entry do_swap_page() comes to no more than this: it looks at what was loaded, and takes no lock. */
export const SWAP_HWPOISON = "do_swap_page(vmf): VM_FAULT_HWPOISON" as const;
export const gotHwpoison = (i: VmaIndex) =>
  once((k: Kernel, me: { told: boolean }) => {
    k.vma[i].signalled = true;
    me.told = true;
    return done;
  });

/**
 * handle_pte_fault(), mm/memory.c, v5.9, for a write to anonymous memory; the caller holds mmap_lock. `empty` says what
 * an empty PTE means: a page to be made, or, where none is ever empty, nothing. Its local `oom` is VM_FAULT_OOM, `told` VM_FAULT_HWPOISON.
 */
export const handlePteFault = (i: VmaIndex, wp: WpPage, empty: WithoutPage) => {
  const poisoned = empty === "hwpoison";
  return kernel.path(
    "handle_pte_fault",
    { page: ref(Page), writable: bool, oom: bool, told: bool },
    {
      "vmf->orig_pte = *vmf->pte": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page;
        me.writable = pte.writable;
        if (me.page) return "spin_lock(vmf->ptl)";
        if (poisoned && isHwpoisonEntry(pte)) return SWAP_HWPOISON;
        return empty === "never" ? done : undefined;
      }),
      "do_anonymous_page(vmf)": empty !== "never" && call(doAnonymousPage(i, { poisoned }), undefined, () => done),
      [SWAP_HWPOISON]: poisoned && gotHwpoison(i),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_same(*vmf->pte, entry)?": ptepGet(i).then((_, { page, writable }, pte) => {
        if (pte.page !== page || pte.writable !== writable || writable) return "pte_unmap_unlock(vmf->ptl)";
      }),
      "do_wp_page(vmf)": call(
        doWpPage(i, wp),
        ({ page }) => ({ page }),
        (me, { oom }) => {
          me.oom = oom;
          return done;
        },
      ),
      // The PTE has changed, or is writable already: the access is tried again.
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      at: poisoned ? { [SWAP_HWPOISON]: "do_swap_page(vmf)" } : {},
      omits: {
        "pmd_none(*vmf->pmd)": "no page table: as an empty PTE",
        pmd_devmap_trans_unstable: "no page here is huge",
        "do_anonymous_page, do_fault": "an empty PTE: where it can be met, do_anonymous_page() is a step",
        [poisoned ? "do_numa_page" : "do_swap_page, do_numa_page"]: "swap entries and NUMA hints: there are none",
        "ptep_set_access_flags, if (vmf->flags & FAULT_FLAG_WRITE)":
          "the PTE is writable already: the access is tried again",
      },
      leavesOut:
        "swap entries and NUMA hints (there are none), the accessed bit, read faults, the young bit and flush_tlb_fix_spurious_fault() where the PTE is writable already (the access is tried again)",
    },
  );
};

/** A user's write that faults: do_user_addr_fault(), arch/x86/mm/fault.c, v5.9. Writes nothing by itself. */
export const writeFault = (i: VmaIndex, wp: WpPage, empty: WithoutPage = "never") =>
  kernel.path(
    "do_user_addr_fault",
    { told: bool },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "handle_mm_fault(vma, address, FAULT_FLAG_WRITE)": call(
        handlePteFault(i, wp, empty),
        undefined,
        (me, { told }) => {
          me.told = told;
        },
      ),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "arch/x86/mm/fault.c",
      release: "v5.9",
      at: { "handle_mm_fault(vma, address, FAULT_FLAG_WRITE)": "handle_mm_fault()" },
      omits: {
        "kprobe_page_fault, pgtable_bad, cpu_feature_enabled, faulthandler_disabled, emulate_vsyscall, search_exception_tables":
          "the fault is one of user code, on an address of its own",
        "user_mode, local_irq_enable, check_v8086_mode": "what the CPU was doing",
        "bad_area_nosemaphore, bad_area, bad_area_access_error, no_context, mm_fault_error, access_error":
          "the access is allowed: no signal",
        "find_vma, expand_stack, if (unlikely(!(vma->vm_flags & VM_GROWSDOWN)))": "the vma stays",
        mmap_read_trylock: "the same as mmap_read_lock() where it does not fail",
        fault_signal_pending: "no signal",
      },
      leavesOut: "find_vma() (the vma stays), retries, the write itself",
    },
  );
