import { bool, done, noreturn, ref } from "faultline";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { gatherAround } from "../memory/zap-folio.ts";

/**
 * __oom_reap_task_mm(), mm/oom_kill.c, v6.12, of one VMA of private memory: drops what it maps, while threads of the process may go on.
 * It has mmap_lock for reading, as faults have.
 */
export const oomReapTaskMm = (i: VmaIndex) => {
  const zap = { release: "v6.12", vmas: 1, users: true, anon: true, rss: true } as const;
  return kernel.path(
    "__oom_reap_task_mm",
    { page: ref(Page), flushed: bool },
    {
      "set_bit(MMF_UNSTABLE, &mm->flags)": noreturn((k) => {
        k.mm[i].unstable = true;
      }),
      ...gatherAround(i, true, zap, done),
    },
    {
      file: "mm/oom_kill.c",
      release: "v6.12",
      leavesOut: "mmap_lock (who faults has it for reading, too), other VMAs, mmu notifiers, MMF_OOM_SKIP",
      functions: ["__oom_reap_task_mm", "unmap_page_range", "zap_p4d_range", "zap_pud_range", "zap_pmd_range"],
      at: { "tlb_finish_mmu(&tlb)": "tlb_finish_mmu() #2" },
      leads: { "zap_pte_range()": { end: "nothing was zapped: there is nothing to flush or to free" } },
      omits: {
        "VMA_ITERATOR, for_each_vma": "the other VMAs",
        "mmu_notifier_range_init, mmu_notifier_invalidate_range_end": "no secondary MMU is modelled",
        "if (mmu_notifier_invalidate_range_start_nonblock(&range)), tlb_finish_mmu() #1":
          "no secondary MMU is modelled: with one that may sleep, this VMA is left out",
        vma_is_anonymous: "the VMA is one of private memory",
        tlb_gather_mmu: "where one gather is going on at a time, nobody asks for tlb_flush_pending",
        tlb_end_vma: "flushes on architectures that do it for each vma: here it is for tlb_finish_mmu()",
        "pgd_none_or_clear_bad, p4d_none_or_clear_bad, pud_none_or_clear_bad":
          "the upper page tables stay while the vma does",
        "if (pud_trans_huge(*pud)), is_swap_pmd, pmd_trans_huge, pmd_devmap, pmd_lock, spin_unlock(ptl)":
          "no page here is huge",
        "zap_huge_pmd, pmd_none":
          "no page here is huge, and where the page table is missing is a step of zap_pte_range()",
      },
    },
  );
};
