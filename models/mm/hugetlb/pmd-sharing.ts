import { call, done, irqsOff, irqsOn, noreturn, once, ref, type Draft } from "faultline";
import {
  flushTlbRange,
  handled,
  iMmapLockWrite,
  iMmapUnlockWrite,
  tableSyncOne,
  tableSyncRcu,
  type Flush,
  type Sync,
} from "../../kernel/table-sync.ts";
import {
  lockTable,
  pmdClear,
  pmdpGet,
  setTablePte,
  tablePte,
  tablePtepGetAndClear,
  unlockTable,
} from "../../kernel/walk.ts";
import { Page, PageTable, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { allocate, cow, hugetlbRemoveRmap, of, putPage } from "../../kernel/primitives.ts";
import { GUP_FAST_OMITS, PIN } from "../gup/gup-fast-walk.ts";
import { dropReference, handOver, tryGrabCompoundHead } from "../gup/reference.ts";

const OUT = "local_irq_restore(flags)" as const;
const UNMAP = "i_mmap_unlock_write(vma->vm_file->f_mapping)" as const;

export interface Unshare {
  readonly flush: Flush;
  /** What waits for lockless walks before i_mmap_rwsem is dropped. */
  readonly sync: Sync;
}

interface Unmaps {
  readonly table: Draft<typeof PageTable> | null;
  page: PageDraft | null;
}

/** GUP-fast of a huge page of hugetlb */
export const gupFastHugetlb = (i: VmaIndex) =>
  kernel.path(
    "gup_fast",
    { table: ref(PageTable), page: ref(Page) },
    {
      "local_irq_save(flags)": irqsOff,
      "pud = pudp_get(pudp)": pmdpGet(i).then({ null: OUT }),
      "pmd = pmdp_get_lockless(pmdp)": tablePte.then((_, me, { page }) => {
        me.page = page;
        return page ? undefined : OUT;
      }),
      "try_grab_folio_fast(page, refs, flags)": tryGrabCompoundHead(PIN).then({ false: OUT }),
      "pmd_val(orig) == pmd_val(*pmdp)?": tablePte.then((k, me, { page }) => {
        if (page !== me.page) return;
        handOver(k, i, page!, PIN);
        return OUT;
      }),
      "gup_put_folio(folio, refs, flags)": dropReference(PIN),
      [OUT]: irqsOn,
    },
    {
      file: "mm/gup.c",
      release: "v7.1",
      functions: [
        "gup_fast",
        "gup_fast_pgd_range",
        "gup_fast_p4d_range",
        "gup_fast_pud_range",
        "gup_fast_pmd_range",
        "gup_fast_pmd_leaf",
      ],
      at: {
        "pud = pudp_get(pudp)": ["pudp_get(pudp)", "pud_present(pud)"],
        "pmd = pmdp_get_lockless(pmdp)": ["pmdp_get_lockless(pmdp)", "pmd_present(pmd)", "pmd_access_permitted(orig)"],
        "pmd_val(orig) == pmd_val(*pmdp)?": ["pmd_val(orig)", "pmd_val(*pmdp)"],
      },
      omits: {
        ...GUP_FAST_OMITS,
        "pud_leaf, gup_fast_pud_leaf": "a huge page of a whole pud: none here",
        "pmd_leaf, gup_fast_pte_range": "a page table: all entries of this one are huge pages",
        pmd_special: "no entry here maps no page",
        "gup_must_unshare, if (!pmd_write(orig) && gup_must_unshare(NULL, flags, &folio->page))":
          "the page is one of a file",
      },
      leavesOut:
        "the page tables above the pud (they stay while the mm does), fork() and its write_protect_seq (it does not run), long-term pins, more than one page, and the slow path that follows where this one gives up. No step looks at the pud entry again: there is none in the source",
    },
  );

/** hugetlb_unshare_pmds() or __unmap_hugepage_range() of one vma */
export const unmapHugepageRange = (i: VmaIndex, { flush, sync }: Unshare) =>
  kernel.path(
    "__unmap_hugepage_range",
    { table: ref(PageTable), page: ref(Page) },
    {
      "i_mmap_lock_write(vma->vm_file->f_mapping)": iMmapLockWrite,
      "ptep = hugetlb_walk(vma, address, sz)": pmdpGet(i).then({ null: UNMAP }),
      "ptl = huge_pte_lock(h, mm, ptep)": lockTable,
      "huge_pmd_unshare(): ptdesc_pmd_is_shared()?": once((_, { table }) =>
        table!.shareCount > 0 ? undefined : "huge_ptep_get_and_clear(mm, address, ptep)",
      ),
      "huge_pmd_unshare(): pud_clear(pud)": pmdClear(i),
      "huge_pmd_unshare(): ptdesc_pmd_pts_dec()": noreturn((_, { table }) => {
        table!.shareCount--;
      }),
      "spin_unlock(ptl), unshared": unlockTable,
      "tlb_flush_mmu_tlbonly(tlb), unshared": flushTlbRange(flush),
      "tlb_remove_table_sync_one()": tableSyncOne(sync),
      "tlb_remove_table_sync_rcu()": tableSyncRcu(sync),
      "i_mmap_unlock_write(), unshared": iMmapUnlockWrite.then(done),
      "huge_ptep_get_and_clear(mm, address, ptep)": tablePtepGetAndClear((_, me: Unmaps) => {
        me.page = me.table!.pte.page;
      }),
      "hugetlb_remove_rmap(folio)": hugetlbRemoveRmap.when((_, { page }) => page !== null),
      "spin_unlock(ptl)": unlockTable,
      "tlb_flush_mmu_tlbonly(tlb)": flushTlbRange(flush),
      "folio_put(folio)": putPage.when((_, { page }) => page !== null),
      [UNMAP]: iMmapUnlockWrite,
    },
    {
      file: "mm/hugetlb.c",
      release: "v7.1",
      functions: ["__unmap_hugepage_range", "huge_pmd_unshare", "__huge_pmd_unshare", "huge_pmd_unshare_flush"],
      at: {
        "huge_pmd_unshare(): ptdesc_pmd_is_shared()?": "__huge_pmd_unshare(): ptdesc_pmd_is_shared()",
        "huge_pmd_unshare(): pud_clear(pud)": "__huge_pmd_unshare(): pud_clear(pud)",
        "huge_pmd_unshare(): ptdesc_pmd_pts_dec()": "tlb_unshare_pmd_ptdesc()",
        "spin_unlock(ptl), unshared": "spin_unlock(ptl) #1",
        "tlb_flush_mmu_tlbonly(tlb), unshared": "tlb_flush_unshared_tables(tlb)",
        "tlb_remove_table_sync_one()": "tlb_flush_unshared_tables(tlb)",
        ...handled(flush === "ipi", "tlb_flush_mmu_tlbonly(tlb), unshared", "tlb_flush_unshared_tables(tlb)"),
        ...handled(sync === "ipi", "tlb_remove_table_sync_one()", "tlb_flush_unshared_tables(tlb)"),
      },
      leads: {
        "ptep = hugetlb_walk(vma, address, sz)": { end: "the next huge page of the range, which has one" },
        "spin_unlock(ptl)": { end: "the next huge page of the range, which has one" },
      },
      notInSource: {
        "i_mmap_lock_write(vma->vm_file->f_mapping)": "__hugetlb_zap_begin(), before it",
        "i_mmap_unlock_write(), unshared": "__hugetlb_zap_end(), behind it",
        "tlb_flush_mmu_tlbonly(tlb)": "tlb_finish_mmu(), behind it",
        ...handled(flush === "ipi", "tlb_flush_mmu_tlbonly(tlb)", "tlb_finish_mmu(), behind it"),
        "folio_put(folio)": "tlb_finish_mmu(), behind it",
        [UNMAP]: "__hugetlb_zap_end(), behind it",
      },
      omits: {
        "tlb_change_page_size, tlb_end_vma, tlb_remove_huge_tlb_entry, tlb_remove_page_size":
          "puts it into the gather, which is this thread's own",
        "huge_ptep_get, huge_pte_none, spin_unlock(ptl) #2": "an entry that is none: this one maps a page",
        "if (unlikely(!pte_present(pte)))": "an entry of migration or poison: none here",
        "if (folio_provided)": "one page of the range is asked for: here it is all of it",
        "huge_pte_dirty, folio_mark_dirty, huge_pte_uffd_wp, hugetlb_count_sub": "no spec asks",
        "spin_lock_irq, folio_test_anon, folio_set_hugetlb_restore_reserve, spin_unlock_irq": "reservations",
        "vma_needs_reservation, folio_clear_hugetlb_restore_reserve, vma_add_reservation": "reservations",
        "i_mmap_assert_write_locked, virt_to_ptdesc, mm_dec_nr_pmds": "an assertion, a conversion and a counter",
      },
      leavesOut:
        "the lock of hugetlb's vma (one path alone works in each vma here), reservations, the dirty bit, entries of other kinds; that a flush by IPI reaches the CPUs of its mm alone, where it reaches all here (an earlier one of the walker's own mm has reached that)",
    },
  );

/**
 * The process has unmapped the huge page, and maps anonymous memory in the same table, which is its own by now:
 * __do_huge_pmd_anonymous_page(), mm/huge_memory.c, v7.1, of another vma of this process.
 */
export const anonymousPageInTable = (i: VmaIndex) =>
  kernel.path(
    "__do_huge_pmd_anonymous_page",
    { table: ref(PageTable), page: ref(Page) },
    {
      "pmd = pmd_alloc(mm, pud, address)": pmdpGet(i).then({ null: done }),
      "folio = vma_alloc_anon_folio_pmd(vma, haddr)": of(cow, allocate).then((k, me) => {
        me.page = k.cow;
      }),
      "vmf->ptl = pmd_lock(vma->vm_mm, vmf->pmd)": lockTable,
      "set_pmd_at(vma->vm_mm, haddr, pmd, entry)": setTablePte({ writable: true, dirty: true }),
      "spin_unlock(vmf->ptl)": unlockTable,
    },
    {
      file: "mm/huge_memory.c",
      release: "v7.1",
      functions: ["__do_huge_pmd_anonymous_page", "map_anon_folio_pmd_pf", "map_anon_folio_pmd_nopf"],
      notInSource: {
        "pmd = pmd_alloc(mm, pud, address)": "__handle_mm_fault(), which calls it",
      },
      at: {
        "folio = vma_alloc_anon_folio_pmd(vma, haddr)": "vma_alloc_anon_folio_pmd()",
        "spin_unlock(vmf->ptl)": "spin_unlock(vmf->ptl) #2",
      },
      omits: {
        "if (unlikely(!pmd_none(*vmf->pmd))), unlock_release:, release:":
          "the entry is none: this process has unmapped what was there",
        "pte_alloc_one, pgtable_trans_huge_deposit": "a page table to put aside: nobody splits the huge page",
        "check_stable_address_space, if (userfaultfd_missing(vma))":
          "the process is not being killed, and has no userfaultfd",
        "folio_mk_pmd, folio_add_new_anon_rmap, folio_add_lru_vma, deferred_split_folio":
          "the entry itself; its rmap and the LRU, which nobody asks",
      },
      leavesOut:
        "the allocation of a table to put aside, rss and the LRU, userfaultfd; that the vma is another one than before",
    },
  );

/** The second process: unmaps its mapping of the file, and then uses the table, if it has one, for memory of its own. */
export const unmapAndReuse = (i: VmaIndex, unshare: Unshare) =>
  kernel.path(
    "munmap_then_fault",
    {},
    {
      "munmap(): __unmap_hugepage_range()": call(unmapHugepageRange(i, unshare)),
      "fault: __do_huge_pmd_anonymous_page()": call(anonymousPageInTable(i)),
    },
    {
      file: "mm/hugetlb.c",
      release: "v7.1",
      notInSource: "what the other process does: it unmaps the file, and maps memory of its own",
      leavesOut: "what is between the two: the vmas",
    },
  );
