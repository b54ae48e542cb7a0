/** What zap_pte_range() and fork() do to an anonymous page that may be swapped out, mm/memory.c, v5.9, v6.12 and v7.1. */
import { call, done, int, once, ref } from "faultline";
import {
  clearPte,
  getPage,
  lockPtl,
  pageDupRmap,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  ptepSetWrprotect,
  putPage,
  setPteAt,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { lockSlot, loadCount, storeCount, setSwapPte, unlockSlot } from "../../kernel/swap-slot.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, SwapSlot, kernel, type VmaIndex } from "../../kernel/world.ts";
import { freeSwapEntry, type SwapEntryRelease } from "../swapfile/swap-entries.ts";

const FILE = "mm/memory.c";

/** zap_pte_range() of madvise(MADV_DONTNEED): drops the page, or the entry of the slot that holds it. */
export const zapSwapEntry = (i: VmaIndex, release: SwapEntryRelease) => {
  const SWAP = release === "v7.1" ? "swap_put_entries_direct(entry)" : "free_swap_and_cache(entry)";
  return kernel.path(
    "zap_pte_range",
    { page: ref(Page), slot: ref(SwapSlot) },
    {
      "pte_offset_map_lock(mm, pmd, addr, &ptl)": lockPtl(i),
      "ptent = *pte": ptepGet(i).then((_, me, { page, kind, slot }) => {
        me.page = page;
        me.slot = slot;
        if (kind === "swap") return "the entry goes";
        if (!page) return "pte_unmap_unlock(start_pte, ptl), none";
      }),
      "ptep_get_and_clear_full(pte)": ptepGetAndClear(i),
      "page_remove_rmap(page)": pageRemoveRmap(),
      "pte_unmap_unlock(start_pte, ptl)": unlockPtl(i),
      "tlb_finish_mmu(): flush": flushTlb(i),
      "tlb_finish_mmu(): put_page(page)": putPage.then(done),

      "the entry goes": call(freeSwapEntry(release), ({ slot }) => ({ slot })),
      "pte_clear_not_present_full(pte)": once((k) => clearPte(k.table[i].pte)),
      "pte_unmap_unlock(start_pte, ptl), none": unlockPtl(i),
    },
    {
      file: FILE,
      release,
      notInSource: `the steps of zap_pte_range() that one entry takes; ${SWAP} comes before the entry is cleared, in all three`,
      leavesOut: "rss, the gather, other entries",
    },
  );
};

/** copy_pte_range() of fork(): mm[1] comes to share the page with mm[0], or to name its slot, too. */
export const copySwapEntry = (release: SwapEntryRelease) =>
  kernel.path(
    "copy_pte_range",
    { page: ref(Page), slot: ref(SwapSlot), count: int(0, 2) },
    {
      "dst_pte = pte_alloc_map_lock(dst_mm)": lockPtl(1),
      "spin_lock_nested(src_ptl)": lockPtl(0),
      "pte = *src_pte": ptepGet(0).then((_, me, { page, kind, slot }) => {
        me.page = page;
        me.slot = slot;
        if (kind === "swap") return "swap_duplicate(entry): swap_cluster_lock(si, offset)";
        if (!page) return "spin_unlock(src_ptl)";
      }),
      "get_page(page)": getPage,
      "page_dup_rmap(page)": pageDupRmap,
      "ptep_set_wrprotect(src_pte)": ptepSetWrprotect(0),
      "set_pte_at(dst_pte)": setPteAt(1, { dirty: true }).then("spin_unlock(src_ptl)"),

      "swap_duplicate(entry): swap_cluster_lock(si, offset)": lockSlot,
      "swap_duplicate(entry): swap_map++: load": loadCount,
      "swap_duplicate(entry): swap_map++": storeCount(1),
      "swap_duplicate(entry): swap_cluster_unlock(ci)": unlockSlot,
      "set_pte_at(dst_pte), of the entry": setSwapPte(1),
      "spin_unlock(src_ptl)": unlockPtl(0),
      "pte_unmap_unlock(dst_ptl)": unlockPtl(1),
      "flush_tlb_mm(oldmm)": flushTlb(0),
    },
    {
      file: FILE,
      release,
      notInSource: `the steps of copy_pte_range() that one entry takes, in the names of v5.9${release === "v7.1" ? "; swap_duplicate() is swap_dup_entry_direct()" : ""}`,
      leavesOut: "pins, PageAnonExclusive, write_protect_seq, a count that is full, rss",
    },
  );
