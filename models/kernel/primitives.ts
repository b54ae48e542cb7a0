/**
 * The kernel's primitives, as steps, with the order each one promises (Linux-kernel memory model). One table, so that a
 * wrong class is wrong in one place. A path gives them its labels, and the page in its local `page`, or another one with
 * `of()`; `then()` says where they go on, by their result if they have one.
 *
 * | primitive | in the kernel | order |
 * | --- | --- | --- |
 * | trylock_page() | test_and_set_bit_lock() | acquire; a failed one: none |
 * | lock_page() | the same; once it has to wait, since v5.9 test_and_set_bit() | acquire; full after waiting |
 * | unlock_page() | clear_bit_unlock_is_negative_byte() | release |
 * | __SetPageLocked() | a plain load and store | none |
 * | folio_end_writeback() | TestClearPageWriteback(); since v6.7 xor_unlock_is_negative_byte() | full; release |
 * | PageLocked(), page_mapped(), page->mapping | plain loads | none |
 * | get_page_unless_zero(), page_cache_get_speculative() | atomic_add_unless() | full; a failed one: none |
 * | get_page(), try_grab_page() under ptl | page_ref_inc(), page_ref_add() | none |
 * | folio_ref_dec() | atomic_dec() | none |
 * | put_page(), unpin_user_page() | atomic_dec_and_test() | full |
 * | page_ref_freeze() | atomic_cmpxchg() | full; a failed one: none |
 * | page_ref_unfreeze() | atomic_set_release() | release |
 * | free_unref_page_list(), free_unref_folios() | the lock of a list or a zone | release |
 * | page_count(), page_mapcount(), page_maybe_dma_pinned() | plain loads | none |
 * | mmap_read_lock(), mmap_write_lock() and their unlocks | rw_semaphore | acquire, release |
 * | page_add_file_rmap(), page_remove_rmap() | atomic_inc_and_test(), atomic_add_negative() | full |
 * | page_dup_rmap() | atomic_inc() | none |
 * | hugetlb_remove_rmap() | atomic_dec() | none |
 * | set_pte_at(), set_pmd_at(), pmd_populate() | a plain store | none |
 * | pte_none(), pmd_none(), pmd_trans_huge(), ptep_get() | plain loads | none |
 * | ptep_get_and_clear(), pmdp_huge_get_and_clear() | xchg_relaxed() on arm64, a load and a store in asm-generic | none |
 * | ptep_set_wrprotect() | cmpxchg_relaxed() on arm64, clear_bit() on x86 | none |
 * | set_page_dirty() | TestSetPageDirty() | full; where PG_dirty is set already: none, until v6.0 |
 * | TestClearPageDirty() and its like | test_and_clear_bit() | full; where the bit is clear already: none |
 * | ptep_set_access_flags() | a plain store of what was read under ptl, with more rights | none |
 * | pte_alloc_one_map() | pmd_none() and pmd_populate(), under pmd_lock | none |
 * | SetPageSwapCache(), SetPageAnonExclusive() and their like | set_bit(), clear_bit() | none |
 * | add_mm_counter() | atomic_long_add_return(), since v6.2 a count for each CPU: the less of the two | none, and not LOCKed |
 * | inc_tlb_flush_pending() | atomic_inc() | none |
 * | xas_load(), i_size_read() | plain loads | none |
 * | xas_store() | rcu_assign_pointer() | release |
 * | spin_lock(), spin_unlock() | | acquire, release |
 */
export * from "./locks.ts";
export * from "./counters.ts";
export * from "./of-page.ts";
export * from "./page-flags.ts";
export * from "./page-mapping.ts";
export * from "./page-references.ts";
export * from "./page-table-entries.ts";
