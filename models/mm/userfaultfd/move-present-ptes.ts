import { bool, once, ref } from "faultline";
import {
  getPage,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  pageFlag,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPte,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel } from "../../kernel/world.ts";

const SRC = 0;
const DST = 1;
const AGAIN = "out: spin_unlock(src_ptl)" as const;
const OUT = "out: double_pt_unlock(): spin_unlock(src_ptl)" as const;

/**
 * move_pages_ptes() with move_present_ptes(), v7.1, or move_pages_pte() with move_present_pte(), v6.12, mm/userfaultfd.c:
 * UFFDIO_MOVE of the page of vma[0] to vma[1], which belongs to the same mm. A page that is pinned must not move: it is
 * looked at once more when its PTE is cleared. v6.12 flushes the TLB between these two, v7.1 flushes once for a batch,
 * behind it.
 */
export const movePresentPtes = (release: "v6.12" | "v7.1") => {
  const early = release === "v6.12";
  return kernel.path(
    release === "v7.1" ? "move_present_ptes" : "move_present_pte",
    { page: ref(Page), writable: bool, dirty: bool },
    {
      "mmap_read_lock(mm)": mmapReadLock(SRC),
      "orig_src_pte = ptep_get(src_pte)": ptepGet(SRC).then((_, me, pte) => {
        if (!pte.page) return "mmap_read_unlock(mm)";
        me.page = pte.page;
        me.writable = pte.writable;
        me.dirty = pte.dirty;
      }),
      // Under ptl, where the PTE keeps the page: a zap could free it before it is locked.
      "spin_lock(src_ptl)": lockPtl(SRC),
      "pte_same(orig_src_pte, ptep_get(src_pte))?": ptepGet(SRC).then((_, { page, writable }, pte) =>
        pte.page !== page || pte.writable !== writable ? AGAIN : undefined,
      ),
      "PageAnonExclusive(&folio->page)?": pageFlag("exclusive").then({ false: AGAIN }),
      "folio_trylock(src_folio)": trylockPage.then({ false: AGAIN }),
      "folio_get(src_folio)": getPage,
      "spin_unlock(src_ptl)": unlockPtl(SRC),
      "double_pt_lock(): spin_lock(src_ptl)": lockPtl(SRC),
      "double_pt_lock(): spin_lock(dst_ptl)": lockPtl(DST),
      "pte_same(ptep_get(src_pte), orig_src_pte)?": ptepGet(SRC).then((_, { page, writable }, pte) =>
        pte.page !== page || pte.writable !== writable ? OUT : undefined,
      ),
      "folio_maybe_dma_pinned(src_folio)?": once((_, { page }) => (page!.pins > 0 ? OUT : undefined)),
      "PageAnonExclusive(&src_folio->page)?": pageFlag("exclusive").then({ false: OUT }),
      "ptep_get_and_clear(src_pte)": ptepGetAndClear(SRC, (k, me) => {
        me.dirty = k.table[SRC].pte.dirty;
      }),
      "ptep_clear_flush(): flush_tlb_page()": early && flushTlb(SRC),
      "folio_maybe_dma_pinned(src_folio)? again": once((_, { page }) => {
        if (page!.pins > 0) return "set_pte_at(src_pte, orig_src_pte)";
      }),
      "set_pte_at(dst_pte, orig_dst_pte)": once((k, { page, dirty }) => {
        setPte(k.table[DST].pte, page!, { writable: true, dirty });
        return early ? OUT : "flush_tlb_range(src_vma)";
      }),
      "set_pte_at(src_pte, orig_src_pte)": once((k, { page, writable, dirty }) => {
        setPte(k.table[SRC].pte, page!, { writable, dirty });
        return OUT;
      }),
      "flush_tlb_range(src_vma)": !early && flushTlb(SRC),
      [OUT]: unlockPtl(SRC),
      "out: double_pt_unlock(): spin_unlock(dst_ptl)": unlockPtl(DST),
      "folio_unlock(src_folio)": unlockPage,
      "folio_put(src_folio)": putPage.then("mmap_read_unlock(mm)"),
      [AGAIN]: unlockPtl(SRC),
      "mmap_read_unlock(mm)": mmapReadUnlock(SRC),
    },
    {
      file: "mm/userfaultfd.c",
      release,
      fits: early ? "..v6.12" : "v7.1..",
      functions: early ? ["move_present_pte"] : ["move_present_ptes", "is_pte_pages_stable"],
      at: {
        "double_pt_lock(): spin_lock(src_ptl)": "double_pt_lock()",
        "double_pt_lock(): spin_lock(dst_ptl)": "double_pt_lock()",
        "pte_same(ptep_get(src_pte), orig_src_pte)?": [
          "ptep_get(src_pte)",
          "pte_same(ptep_get(src_pte), orig_src_pte)",
        ],
        "ptep_get_and_clear(src_pte)": early ? "ptep_clear_flush()" : "ptep_get_and_clear()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush()",
        "folio_maybe_dma_pinned(src_folio)?": "folio_maybe_dma_pinned(src_folio) #1",
        "folio_maybe_dma_pinned(src_folio)? again": "folio_maybe_dma_pinned(src_folio) #2",
        "set_pte_at(dst_pte, orig_dst_pte)": "set_pte_at(mm, dst_addr, dst_pte, orig_dst_pte)",
        "set_pte_at(src_pte, orig_src_pte)": "set_pte_at(mm, src_addr, src_pte, orig_src_pte)",
        [OUT]: "double_pt_unlock()",
        "out: double_pt_unlock(): spin_unlock(dst_ptl)": "double_pt_unlock()",
      },
      notInSource: {
        "mmap_read_lock(mm)": "userfaultfd_move(), or the lock of the vma",
        "orig_src_pte = ptep_get(src_pte)": "move_pages_ptes(), which calls it",
        "spin_lock(src_ptl)": "move_pages_ptes(), which calls it",
        "pte_same(orig_src_pte, ptep_get(src_pte))?": "move_pages_ptes(), which calls it",
        "PageAnonExclusive(&folio->page)?": "move_pages_ptes(), which calls it",
        "folio_trylock(src_folio)": "move_pages_ptes(), which calls it",
        "spin_unlock(src_ptl)": "move_pages_ptes(), which calls it",
        [AGAIN]: "move_pages_ptes(), which calls it",
        "folio_get(src_folio)": "move_pages_ptes(), which calls it",
        "folio_unlock(src_folio)": "move_pages_ptes(), which calls it",
        "folio_put(src_folio)": early
          ? "move_pages_pte(), which calls it"
          : "move_pages_ptes(), which calls it; put at once here, the PTE keeps another",
        "mmap_read_unlock(mm)": "userfaultfd_move(), or the lock of the vma",
      },
      omits: {
        "ptep_get(dst_pte), pte_same(ptep_get(dst_pte), orig_dst_pte)": "nobody else maps anything at the destination",
        folio_move_anon_rmap: "there is one anon_vma",
        ...(!early && {
          pmdp_get_lockless: "page tables stay",
          "folio_put(*first_src_folio)": "a step at the end: the PTE keeps another reference",
          "lazy_mmu_mode_enable, lazy_mmu_mode_disable": "batches of PTE updates under a hypervisor",
          pgtable_supports_soft_dirty: "nobody reads these bits",
          "folio_unlock #1, check_ptes_for_batched_move": "the next page of the batch",
          "folio_unlock #2": "a step behind it",
        }),
      },
      leavesOut:
        "folio_lock() and the retry of who finds the folio locked (it gives up here), the next pages of the batch (each is locked, tested and moved as the first one), mapping and index of the folio (nobody looks it up), soft-dirty bits, the pmd of the destination (page tables stay), large folios and the zero page",
    },
  );
};
