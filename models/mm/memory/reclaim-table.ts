import { bool, call, done, once, rcuReadLock, rcuReadUnlock, ref, type Draft } from "faultline";
import { flushTlbRange, handled, freeTableRcu, trylockPmd, type Flush } from "../../kernel/table-sync.ts";
import {
  lockTable,
  pmdClear,
  pmdSame,
  pmdpGet,
  tablePteNone,
  tablePtepGetAndClear,
  unlockTable,
} from "../../kernel/walk.ts";
import { Mm, Page, PageTable, Vma, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { lockPmd, pageRemoveRmap, putPage, unlockPmd } from "../../kernel/primitives.ts";
import { lockVmaUnderRcu, vmaEndRead } from "../mmap-lock/vma-refcnt.ts";

const NO_TABLE = "pte_offset_map_lock(): rcu_read_unlock(), no table" as const;

const KEPT = "tlb_finish_mmu(): flush, the table stays" as const;
const PUT_VMA = "madvise_walk_vmas(), behind it; madvise_finish_tlb() comes later";
const PUT = "tlb_finish_mmu(): folio_put(folio), the table stays" as const;

interface Zaps {
  readonly table: Draft<typeof PageTable> | null;
  page: PageDraft | null;
}

/**
 * madvise(MADV_DONTNEED) of all that a page table serves: zap_pte_range(), mm/memory.c, v7.1, with CONFIG_PT_RECLAIM (since v6.14)
 * under the lock of the vma alone (since v6.16): it takes the empty table out of the pmd entry and frees it. The lock goes before the
 * flush, as the gather is madvise()'s own: madvise.c 1679, 2022.
 */
export const zapPteRangeReclaims = (i: VmaIndex, flush: Flush) =>
  kernel.path(
    "zap_pte_range",
    { mm: ref(Mm), vma: ref(Vma), table: ref(PageTable), page: ref(Page), direct: bool },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[i];
      }),
      "lock_vma_under_rcu(mm, start)": call(
        lockVmaUnderRcu(),
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
          if (!vma) return done;
        },
      ),
      "pte_offset_map_lock(): rcu_read_lock()": rcuReadLock,
      "pte_offset_map_lock(): pmdval = pmdp_get_lockless(pmd)": pmdpGet(i).then({ null: NO_TABLE }),
      "pte_offset_map_lock(): spin_lock(ptl)": lockTable,
      "pte_offset_map_lock(): pmd_same(pmdval, pmdp_get_lockless(pmd))?": pmdSame(i).then({
        false: "pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)",
      }),
      "do_zap_pte_range(): ptent = ptep_get_and_clear_full(pte)": tablePtepGetAndClear((_, me: Zaps) => {
        me.page = me.table!.pte.page;
      }),
      "do_zap_pte_range(): folio_remove_rmap_pte(folio)": pageRemoveRmap().when((_, { page }) => page !== null),
      "zap_empty_pte_table(): spin_trylock(pml)": trylockPmd(i).then((_, me, got) => {
        me.direct = got;
        return got ? undefined : "pte_unmap_unlock(start_pte, ptl)";
      }),
      "zap_empty_pte_table(): pmd_clear(pmd)": pmdClear(i),
      "zap_empty_pte_table(): spin_unlock(pml)": unlockPmd(i),
      "pte_unmap_unlock(start_pte, ptl)": unlockTable,
      "pte_unmap(): rcu_read_unlock()": rcuReadUnlock,
      "direct_reclaim?": once((_, { direct }) => (direct ? "vma_end_read(vma)" : undefined)),
      "zap_pte_table_if_empty(): pml = pmd_lock(mm, pmd)": lockPmd(i),
      "zap_pte_table_if_empty(): rcu_read_lock()": rcuReadLock,
      "zap_pte_table_if_empty(): pte_offset_map_rw_nolock(mm, pmd)": pmdpGet(i).then({
        null: "zap_pte_table_if_empty(): rcu_read_unlock(), not empty",
      }),
      "zap_pte_table_if_empty(): spin_lock_nested(ptl)": lockTable,
      "zap_pte_table_if_empty(): pte_none(ptep_get(pte))?": tablePteNone.then({
        false: "zap_pte_table_if_empty(): pte_unmap_unlock(start_pte, ptl), not empty",
      }),
      "zap_pte_table_if_empty(): pte_unmap(start_pte)": rcuReadUnlock,
      "zap_pte_table_if_empty(): pmd_clear(pmd)": pmdClear(i),
      "zap_pte_table_if_empty(): spin_unlock(ptl)": unlockTable,
      "zap_pte_table_if_empty(): spin_unlock(pml)": unlockPmd(i),
      "vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
      "tlb_finish_mmu(): flush": flushTlbRange(flush),
      "pte_free_tlb(tlb, pmd_pgtable(pmdval)): call_rcu()": freeTableRcu,
      "tlb_finish_mmu(): folio_put(folio)": putPage.when((_, { page }) => page !== null).then(done),

      "zap_pte_table_if_empty(): pte_unmap_unlock(start_pte, ptl), not empty": unlockTable,
      "zap_pte_table_if_empty(): rcu_read_unlock(), not empty": rcuReadUnlock,
      "zap_pte_table_if_empty(): spin_unlock(pml), not empty": unlockPmd(i),
      "vma_end_read(vma), the table stays": call(vmaEndRead, ({ vma }) => ({ vma })),
      [KEPT]: flushTlbRange(flush),
      [PUT]: putPage.when((_, { page }) => page !== null).then(done),
      "pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)": unlockTable.then(
        "pte_offset_map_lock(): pmdval = pmdp_get_lockless(pmd)",
      ),
      [NO_TABLE]: rcuReadUnlock,
      "vma_end_read(vma), no table": call(vmaEndRead, ({ vma }) => ({ vma })),
    },
    {
      file: "mm/memory.c",
      release: "v7.1",
      functions: ["zap_pte_range", "zap_empty_pte_table", "zap_pte_table_if_empty"],
      at: {
        "pte_offset_map_lock(): pmdval = pmdp_get_lockless(pmd)": "pte_offset_map_lock()",
        "pte_offset_map_lock(): rcu_read_lock()": "pte_offset_map_lock()",
        [NO_TABLE]: "pte_offset_map_lock()",
        "pte_unmap(): rcu_read_unlock()": "zap_pte_range(): pte_unmap_unlock(start_pte, ptl)",
        "zap_pte_table_if_empty(): pte_offset_map_rw_nolock(mm, pmd)":
          "zap_pte_table_if_empty(): pte_offset_map_rw_nolock()",
        "zap_pte_table_if_empty(): rcu_read_lock()": "zap_pte_table_if_empty(): pte_offset_map_rw_nolock()",
        "zap_pte_table_if_empty(): rcu_read_unlock(), not empty":
          "zap_pte_table_if_empty(): pte_unmap_unlock(start_pte, ptl)",
        "pte_offset_map_lock(): spin_lock(ptl)": "pte_offset_map_lock()",
        "pte_offset_map_lock(): pmd_same(pmdval, pmdp_get_lockless(pmd))?": "pte_offset_map_lock()",
        "pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)": "pte_offset_map_lock()",
        "do_zap_pte_range(): ptent = ptep_get_and_clear_full(pte)": "do_zap_pte_range()",
        "do_zap_pte_range(): folio_remove_rmap_pte(folio)": "do_zap_pte_range()",
        "zap_empty_pte_table(): pmd_clear(pmd)": [
          "zap_empty_pte_table(): pmdp_get(pmd)",
          "zap_empty_pte_table(): pmd_clear(pmd)",
        ],
        "pte_unmap_unlock(start_pte, ptl)": "zap_pte_range(): pte_unmap_unlock(start_pte, ptl)",
        "zap_pte_table_if_empty(): pte_none(ptep_get(pte))?": [
          "zap_pte_table_if_empty(): ptep_get(pte)",
          "zap_pte_table_if_empty(): pte_none()",
        ],
        "pte_free_tlb(tlb, pmd_pgtable(pmdval)): call_rcu()": ["pmd_pgtable(pmdval)", "pte_free_tlb()"],
      },
      notInSource: {
        "mm = current->mm": "madvise(), before it",
        "lock_vma_under_rcu(mm, start)": "madvise_walk_vmas(), before it",
        "vma_end_read(vma)": PUT_VMA,
        "vma_end_read(vma), the table stays": PUT_VMA,
        "vma_end_read(vma), no table": PUT_VMA,
        "tlb_finish_mmu(): flush": "tlb_finish_mmu(), behind it",
        "direct_reclaim?": "a local",
        ...handled(flush === "ipi", "tlb_finish_mmu(): flush", "tlb_finish_mmu(), behind it"),
        [KEPT]: "tlb_finish_mmu(), behind it",
        [PUT]: "tlb_finish_mmu(), behind it",
        ...handled(flush === "ipi", KEPT, "tlb_finish_mmu(), behind it"),
        "tlb_finish_mmu(): folio_put(folio)": "tlb_finish_mmu(), behind it",
      },
      omits: {
        "tlb_change_page_size, init_rss_vec, add_mm_rss_vec, mm_dec_nr_ptes": "the gather and the counters",
        flush_tlb_batched_pending: "reclaim does not run beside it",
        "lazy_mmu_mode_enable, lazy_mmu_mode_disable, cond_resched": "hypervisors, and the scheduler",
        "if (force_flush)": "a dirty page of a file: this one is anonymous",
        "tlb_flush_mmu_tlbonly, tlb_flush_rmaps, tlb_flush_mmu": "a dirty page of a file: this one is anonymous",
      },
      leavesOut:
        "the other 511 entries, which are none, swap and marker entries, pages of files and their delayed rmap, need_resched(), the counters, and the way with mmap_lock where the VMA cannot be locked: it is the same then with another lock",
    },
  );
