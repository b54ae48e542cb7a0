/**
 * Functions that take part in faults, COW and truncation and are no path here, and why: by file, and by the reason. Those that
 * only count, trace, allocate or choose what to do next are not listed. docs/models.md has them in its map, beside those that are
 * modelled. A function that is not in all releases of the map stands behind those that it is in.
 */
const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "mm/memory.c": {
    "device-exclusive entries: private ones are modelled, device-fault.ts":
      "v6.12 v7.1: restore_exclusive_pte remove_device_exclusive_entry try_restore_exclusive_pte",
    "NUMA hints: an entry of kind protnone that a fault turns back under ptl, as do_wp_page() does an entry that is read-only":
      "do_numa_page; v6.12 v7.1: numa_rebuild_single_mapping",
    "page tables are there, or are put in under pmd_lock by the path that models it (prealloc.ts)":
      "__pte_alloc __pud_alloc do_set_pmd deposit_prealloc_pte",
    "the walk down to the PTE, and the choice of a handler: the paths begin behind it":
      "handle_mm_fault __handle_mm_fault; v6.12 v7.1: do_pte_missing vmf_can_call_fault sanitize_fault_flags",
    "entries that map no page and no slot: markers, which faults take away under ptl":
      "v6.12 v7.1: handle_pte_marker pte_marker_clear",
    "a driver's own pages, or page frames without a page: races/pfnmap-unlink has the one order that matters":
      "remap_pfn_range vm_insert_page vmf_insert_pfn vmf_insert_mixed insert_page insert_pfn wp_pfn_shared",
    "the loop over vmas, or over addresses, around paths that are modelled": "free_pte_range",
    "GUP from another process: the path is that of GUP": "__access_remote_vm generic_access_phys",
    "large anonymous folios: all of one PTE's paths are of small ones": "v6.12 v7.1: alloc_anon_folio alloc_swap_folio",
  },
  "mm/filemap.c": {
    "read() and write() of the file: no PTE takes part; what they look at is the folio that a fault reads in":
      "generic_perform_write generic_file_write_iter; v6.12 v7.1: filemap_read filemap_get_pages filemap_create_folio filemap_update_page",
    "puts a folio into the page cache, locked: nobody else finds it before it is unlocked":
      "v6.12 v7.1: filemap_add_folio __filemap_add_folio",
    "drops mmap_lock or the lock of the vma while a fault waits for the page lock, and tries again":
      "v6.12 v7.1: __folio_lock_or_retry lock_folio_maybe_drop_mmap; v7.1: softleaf_entry_wait_on_locked; v6.12: migration_entry_wait_on_locked",
    "writes back and waits before the paths that are modelled, which look again under the page lock":
      "filemap_write_and_wait_range; v6.12 v7.1: kiocb_invalidate_pages kiocb_invalidate_post_direct_write filemap_invalidate_inode",
    "replaces a folio under its lock, as migration does": "v6.12 v7.1: replace_page_cache_folio",
    "takes the page table of a huge folio, or installs one, under pmd_lock: prealloc.ts models the second":
      "v6.12 v7.1: filemap_map_pmd",
  },
  "mm/truncate.c": {
    "looks at the count of a folio that is not mapped, and removes it as invalidation does":
      "invalidate_mapping_pages; v6.12 v7.1: mapping_try_invalidate generic_error_remove_folio",
    "entries that are no pages, and folios with buffers: no path here has either":
      "v6.12 v7.1: clear_shadow_entries truncate_folio_batch_exceptionals folio_invalidate folio_launder",
    "extends a file: i_size grows, and no page is taken away": "pagecache_isize_extended",
  },
  "mm/rmap.c": {
    "the tree of anon_vmas: pages find their vmas by themselves here":
      "__anon_vma_prepare anon_vma_clone anon_vma_fork unlink_anon_vmas rmap_walk_anon rmap_walk_file; v6.12 v7.1: folio_lock_anon_vma_read folio_get_anon_vma",
    "the references of pages, by which reclaim chooses: it chooses the one page there is":
      "v6.12 v7.1: folio_referenced folio_referenced_one; v5.9: page_referenced",
    "device-exclusive entries, which map nothing until a fault takes them away":
      "v7.1: make_device_exclusive; v6.12: make_device_exclusive_range",
    "write-protects entries that map page frames of a file without pages: page_mkclean_one() is the same for pages":
      "v6.12 v7.1: pfn_mkclean_range; v7.1: mapping_wrprotect_range",
    "steps of their own in the paths that call them":
      "v6.12 v7.1: folio_add_new_anon_rmap folio_add_file_rmap_ptes folio_remove_rmap_ptes folio_add_anon_rmap_ptes; v5.9: page_add_new_anon_rmap page_remove_rmap",
  },
  "mm/vmscan.c": {
    "the lists and the ages of pages: which page is reclaimed, not how":
      "shrink_active_list; v6.12 v7.1: isolate_lru_folios walk_pte_range lru_gen_look_around evict_folios folio_isolate_lru; v5.9: isolate_lru_pages",
    "moves folios to slower memory by migrate_pages()": "v6.12 v7.1: demote_folio_list",
    "around __remove_mapping(), for one folio that its caller has unmapped": "remove_mapping",
  },
  "mm/migrate.c": {
    "the migration entry: the PTE is empty while the page moves, and a fault finds both pages locked":
      "migration_entry_wait pmd_migration_entry_wait",
    "the walk of the rmap around remove_migration_pte()": "remove_migration_ptes",
    "huge pages that are moved as one, of hugetlbfs":
      "unmap_and_move_huge_page migrate_huge_page_move_mapping migration_entry_wait_huge",
    "folios with buffers, and batches of folios around the path of one":
      "migrate_pages do_pages_move; v6.12 v7.1: buffer_migrate_folio __buffer_migrate_folio migrate_pages_batch",
    "NUMA balancing takes a folio by its count, and migrates it":
      "v6.12 v7.1: migrate_misplaced_folio migrate_misplaced_folio_prepare",
  },
  "mm/khugepaged.c": {
    "takes an empty page table from a vma of the file, under pmd_lock and ptl, as retract_page_tables() does":
      "collapse_pte_mapped_thp; v6.12 v7.1: set_huge_pmd; v7.1: try_collapse_pte_mapped_thp",
    "looks for what may be collapsed; the collapse looks again":
      "hugepage_vma_revalidate; v7.1: collapse_scan_pmd collapse_scan_file; v5.9: khugepaged_scan_pmd khugepaged_scan_file",
    "swaps in before the collapse, by faults": "__collapse_huge_page_swapin",
    "collapse on demand, by the same paths": "v6.12 v7.1: madvise_collapse",
  },
  "mm/huge_memory.c": {
    "fork, mprotect, mremap, UFFDIO_MOVE and NUMA hints of a huge pmd: the order of the steps is that of PTEs, with pmd_lock for ptl":
      "copy_huge_pmd change_huge_pmd move_huge_pmd do_huge_pmd_numa_page madvise_free_huge_pmd; v6.12 v7.1: move_pages_huge_pmd",
    "1 GiB pages of devices": "copy_huge_pud zap_huge_pud; v6.12 v7.1: change_huge_pud; v7.1: insert_pud",
    "a huge pmd of a device's page frames": "v6.12 v7.1: vmf_insert_pfn_pmd; v7.1: insert_pmd",
    "what __split_huge_pmd() does to the entries of one pmd under its lock":
      "__split_huge_zero_page_pmd; v6.12 v7.1: split_huge_pmd_locked unmap_huge_pmd_locked",
    "splitting of v6.12 and v7.1: split_huge_page_to_list() of v5.9 is modelled, and mapping-moves-vs-scan is about what they share":
      "deferred_split_scan; v6.12 v7.1: unmap_folio; v7.1: __folio_split __split_unmapped_folio; v6.12: split_huge_page_to_list_to_order",
  },
  "mm/hugetlb.c": {
    "COW of huge pages of hugetlbfs: under its fault mutex, as hugetlb_fault() is here":
      "hugetlb_no_page copy_hugetlb_page_range; v6.12 v7.1: hugetlb_wp; v5.9: hugetlb_cow",
    "other operations on huge pages of hugetlbfs, under the lock of its vma":
      "hugetlb_change_protection; v6.12 v7.1: move_hugetlb_page_tables move_huge_pte hugetlb_mfill_atomic_pte",
    "reservations: counts under a lock of their own":
      "hugetlb_reserve_pages vma_needs_reservation restore_reserve_on_error",
  },
  "include/linux/hugetlb.h": {
    "asks whether a page table is shared, until January 2026 by the count of its page, as races/pmd-share-count: only for which pages mbind() moves, and what smaps and a scan of pagemap count":
      "v6.12 v7.1: hugetlb_pmd_shared",
  },
  "mm/gup.c": {
    "huge pmds and puds in GUP-fast: the same steps, one level up":
      "v6.12 v7.1: gup_fast_pud_leaf follow_huge_pmd follow_huge_pud; v5.9: gup_huge_pmd",
    "pins for longer: migrates pages first that must not be pinned":
      "__gup_longterm_locked; v6.12 v7.1: check_and_migrate_movable_pages memfd_pin_folios",
    "the loops around follow_page_pte() and faultin_page(): each is a step of get_user_pages_unlocked()":
      "faultin_page fixup_user_fault",
  },
  "mm/mprotect.c": {
    "the way down to change_pte_range(): one entry is all there is": "do_mprotect_pkey",
    "lets a PTE be written again without a fault: for a batch of PTEs what can_change_pte_writable() is for one":
      "v7.1: can_change_private_pte_writable prot_commit_flush_ptes",
  },
  "mm/mremap.c": {
    "vmas that are copied, moved and shrunk, under mmap_lock for writing":
      "move_vma mremap_to; v7.1: copy_vma_and_data shrink_vma expand_vma",
    "moves a table of pmd entries, as move_normal_pmd() moves one of PTEs": "v6.12 v7.1: move_normal_pud",
  },
  "mm/madvise.c": {
    "references only: which page is reclaimed": "madvise_cold_or_pageout_pte_range",
    "the gather, and the loop over page tables, around madvise_free_pte_range()": "madvise_free_single_vma",
    "punches a hole, or fills the page table by faults":
      "madvise_remove madvise_willneed; v6.12 v7.1: madvise_populate",
    "entries that make an access end in a signal: PTE markers":
      "v7.1: madvise_guard_install guard_install_pte_entry madvise_guard_remove",
  },
  "mm/userfaultfd.c": {
    "fills an empty PTE, under ptl: UFFDIO_CONTINUE is modelled, and ends in the same function":
      "v6.12 v7.1: mfill_atomic_install_pte mfill_atomic_pte_copy mfill_atomic_pte_zeropage mfill_atomic_pte_poison mfill_atomic; v5.9: mcopy_atomic_pte __mcopy_atomic",
    "UFFDIO_MOVE of the zero page, and of a huge pmd": "v6.12 v7.1: move_zeropage_pte move_pages",
  },
  "mm/swapfile.c": {
    "how slots are found, and clusters of them: a slot is free or is not":
      "v6.12 v7.1: cluster_alloc_swap_entry; v5.9 v6.12: get_swap_pages scan_swap_map_slots; v7.1: folio_alloc_swap swap_alloc_fast",
    "steps of their own in the paths that call them, under the lock of the cluster":
      "v7.1: folio_dup_swap folio_put_swap __swap_cluster_put_entry swap_put_entries_cluster __swap_cluster_dup_entry",
    "maps what an entry names: the path of swapoff() through them is one, unuse_pte_range of swap-entries.ts":
      "unuse_pte unuse_pte_range unuse_mm",
    "leaves the swap cache: a step of do_wp_page()": "v5.9: try_to_free_swap",
  },
  "mm/swap_state.c": {
    "the way of a new folio into the swap table: steps of the fault that brings it, do_swap_page of v7.1":
      "v7.1: swap_cache_add_folio swap_cache_alloc_folio swapin_folio __swap_cache_prepare_and_add",
    "reads neighbours in": "swap_cluster_readahead swap_vma_readahead",
  },
  "mm/shmem.c": {
    "swap of tmpfs: entries of the xarray that are slots":
      "shmem_unuse_inode shmem_add_to_page_cache; v6.12 v7.1: shmem_swapin_folio shmem_replace_folio; v7.1: shmem_writeout",
    "truncation of tmpfs: truncate_inode_pages_range() with slots":
      "shmem_undo_range shmem_truncate_range shmem_setattr",
    "what shmem_getpage_gfp() of v3.16 is in later releases": "v6.12 v7.1: shmem_get_folio_gfp",
  },
  "mm/mmap_lock.c": {
    "takes mmap_lock where the lock of the vma cannot be had, and looks for the vma":
      "v7.1: lock_mm_and_find_vma get_mmap_lock_carefully mmap_upgrade_trylock lock_next_vma",
  },
  "mm/memory-failure.c": {
    "what is done to the broken page by its kind: for a clean page of a file, invalidate_inode_page(), which is modelled":
      "me_pagecache_clean me_pagecache_dirty me_swapcache_dirty me_huge_page",
    "which processes are told": "collect_procs kill_procs; v6.12 v7.1: unmap_and_kill; v5.9: add_to_kill",
    "takes a page out of use that is not broken yet, by migration or invalidation":
      "soft_offline_page soft_offline_in_use_page",
    "huge pages of hugetlbfs": "v6.12 v7.1: try_memory_failure_hugetlb hugetlb_update_hwpoison",
  },
  "mm/page-writeback.c": {
    "the write: PG_writeback is a step of write_cache_pages()":
      "v6.12 v7.1: __folio_start_writeback __folio_end_writeback folio_wait_writeback folio_wait_stable",
    "how much may be dirty": "balance_dirty_pages; v6.12 v7.1: folio_account_dirtied folio_account_cleaned",
    "PG_dirty: a step where it is set and cleared":
      "v6.12 v7.1: folio_mark_dirty filemap_dirty_folio __folio_cancel_dirty folio_redirty_for_writepage",
  },
  "mm/pagewalk.c": {
    "the way down to an entry: walkers are modelled where they act":
      "walk_page_range walk_page_mapping walk_page_vma; v6.12 v7.1: folio_walk_start walk_page_range_vma",
  },
  "arch/x86/mm/fault.c": {
    "what a fault was for; from handle_mm_fault() on it is modelled": "exc_page_fault handle_page_fault",
  },
  "arch/x86/mm/tlb.c": {
    "ranges, and INVLPGB: each flush here is of all":
      "flush_tlb_one_kernel; v6.12 v7.1: flush_tlb_func; v7.1: broadcast_tlb_flush",
  },
  "fs/userfaultfd.c": {
    "waits for who is told of the fault: the access is tried again": "handle_userfault userfaultfd_remove",
  },
  "fs/dax.c": {
    "pages of persistent memory in today's releases: races/two-dax-faults is of v4.2":
      "dax_iomap_fault dax_insert_entry dax_layout_busy_page; v7.1: dax_break_layout",
  },
};

/** The releases that the map has a column for. */
export const MAP_RELEASES = ["v5.9", "v6.12", "v7.1"] as const;

export interface NotModelled {
  readonly file: string;
  readonly function: string;
  /** Of the releases of the map, those in which the function is. */
  readonly releases: readonly string[];
  readonly why: string;
}

export const NOT_MODELLED: readonly NotModelled[] = Object.entries(REASONS).flatMap(([file, reasons]) =>
  Object.entries(reasons).flatMap(([why, functions]) =>
    functions.split("; ").flatMap((some) => {
      const [, releases, names] = /^(?:(v.*): )?(.*)$/.exec(some)!;
      return names!
        .split(" ")
        .map((name) => ({ file, function: name, releases: releases?.split(" ") ?? MAP_RELEASES, why }));
    }),
  ),
);
