import { bool, call, once, ref } from "faultline";
import { filePage, incTlbFlushPending, of, putPage } from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import {
  UNMAP_LEFT_OUT,
  UNMAP_SINGLE_VMA,
  isFlushed,
  tlbFinishMmu,
  zapPageRangeSingle,
  zapPteRange,
  type ZapRules,
} from "../memory/zap.ts";

/** The system call returns: from here on the user relies on what it asked for. */
const RETURN = "return to user";

/**
 * munmap() down to unmap_region(), mm/mmap.c, v5.9: one gather around the zap and the unlinking of the vma.
 * `flushesBeforeUnlink`: since b67fbebd4cf9 (v5.19), tlb_end_vma() flushes a VM_PFNMAP vma before it is unlinked. Until
 * then it does nothing on x86, power, s390 and sparc64, which is what is modelled; elsewhere it flushed any vma.
 */
export const munmap = (i: VmaIndex, rules: ZapRules, flushesBeforeUnlink = false) =>
  kernel.path(
    "munmap",
    { page: ref(Page), flushed: bool },
    {
      "tlb_gather_mmu(): inc_tlb_flush_pending(mm)": rules.nested === true && incTlbFlushPending(i),
      "unmap_vmas(): zap_pte_range()": call(zapPteRange(i, true, rules), undefined, (me, { page, dirty }) => {
        me.page = page;
        me.flushed = isFlushed(rules, dirty);
      }),
      "tlb_end_vma(): flush": flushesBeforeUnlink && flushTlb(i),
      "free_pgtables(): unlink_file_vma()": once((k, { page }) => {
        k.vma[i].unlinked = true;
        if (!page && rules.nested !== true) return RETURN;
      }),
      "tlb_finish_mmu()": call(tlbFinishMmu(i, rules), ({ page, flushed }) => ({ page, flushed })),
      [RETURN]: once((k) => {
        k.vma[i].unmapped = true;
      }),
    },
    {
      file: "mm/mmap.c",
      release: flushesBeforeUnlink ? "v5.19" : "v5.9",
      functions: ["unmap_region", "unmap_vmas", ...UNMAP_SINGLE_VMA, "free_pgtables"],
      at: {
        "tlb_gather_mmu(): inc_tlb_flush_pending(mm)": "tlb_gather_mmu()",
        "free_pgtables(): unlink_file_vma()": ["unlink_file_vma() #1", "unlink_file_vma() #2"],
      },
      notInSource: { "return to user": "munmap() has returned" },
      omits: {
        ...UNMAP_LEFT_OUT,
        "unlink_anon_vmas, if (is_vm_hugetlb_page(vma))": "anonymous memory; no page here is one of hugetlbfs",
        "free_pgd_range, hugetlb_free_pgd_range":
          "page tables: no walk that could still be in one is modelled but the MMU's, which the flush stops",
      },
      leavesOut:
        "mmap_lock (no fault runs, and none would find the vma: it is detached first), freeing of page tables (no walk that could still be in one is modelled but the MMU's, which the same flush stops), i_mmap_rwsem (the unlinking is one event)",
    },
  );

/** madvise(MADV_DONTNEED) down to zap_page_range(), mm/madvise.c, v5.9, of one page. */
export const madviseDontneed = (i: VmaIndex, rules: ZapRules) =>
  kernel.path(
    "madvise_dontneed",
    {},
    {
      "zap_page_range()": call(zapPageRangeSingle(i, true, rules)),
      [RETURN]: once((k) => {
        k.vma[i].unmapped = true;
      }),
    },
    {
      file: "mm/madvise.c",
      release: "v5.9",
      notInSource: "what a process does",
      leavesOut: "mmap_lock for reading (nobody here takes it for writing), MADV_FREE",
    },
  );

/** A driver takes back pages that it had mapped with remap_pfn_range(): unmap_mapping_range(), then it frees them. */
export const revokePfns = (rules: ZapRules) =>
  kernel.path(
    "driver_revoke",
    {},
    {
      "vma_interval_tree_foreach(): vma[0]?": once((k) => {
        if (k.vma[0].unlinked) return "free the pages";
      }),
      "zap_page_range_single() in vma[0]": call(zapPageRangeSingle(0, true, rules)),
      "free the pages": of(filePage, putPage),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      notInSource: "stands for any driver that takes its mappings back",
      leavesOut:
        "i_mmap_rwsem (with it the unlinking waits until this unmap is over, which is one of the runs here); the driver itself",
    },
  );
