/**
 * Functions that take part in faults, COW and truncation and are no path here, and why: by file, and by the reason. Those that
 * only count, trace, allocate or choose what to do next are not listed. docs/models.md has them in its map, beside those that are
 * modelled. A function that is not in all releases of the map stands behind those that it is in.
 */
const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "mm/memory.c": {
    "a device-exclusive entry at fork(): becomes a present one, if the page lock is free":
      "v6.12 v7.1: try_restore_exclusive_pte",
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
    "tests of an entry, or of a folio, that faults make: steps of their paths":
      "pte_unmap_same; v6.12 v7.1: vmf_pte_changed should_try_to_free_swap pte_range_none can_swapin_thp; v7.1: check_swap_exclusive; v6.12: non_swapcache_batch",
    "huge entries, whose handler is chosen here: the paths of mm/huge_memory.c":
      "create_huge_pmd wp_huge_pmd create_huge_pud wp_huge_pud",
    "userfaultfd's marker, which is put where a page of a file was zapped, under ptl":
      "v6.12 v7.1: zap_install_uffd_wp_if_needed pte_marker_handle_uffd_wp",
    "the loops of drivers that map their pages, or page frames without a page":
      "insert_page_into_pte_locked insert_page_in_batch_locked insert_pages remap_pte_range remap_pmd_range remap_pud_range apply_to_pte_range; v6.12 v7.1: follow_pfnmap_start follow_pfnmap_end; v5.9: follow_pte",
    "NUMA hints of a large folio: under ptl, as that of one entry": "v6.12 v7.1: numa_rebuild_large_mapping",
    "a fault that another CPU has solved: the TLB entry alone is old": "v7.1: fix_spurious_fault",
    "the oom reaper unmaps private memory of a process that dies": "v7.1: zap_vma_for_reaping",
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
    "the end of a read or a write: steps of the paths that read in (read-in.ts) and write back, and of questions/unlock-without-reference":
      "v6.12 v7.1: folio_end_read folio_end_writeback filemap_read_folio; v7.1: folio_end_writeback_no_dropbehind",
    "drop-behind: who has written a folio back removes it as invalidation does, if nobody maps it":
      "v7.1: folio_end_dropbehind filemap_end_dropbehind filemap_end_dropbehind_read",
    "lookups of more than one folio, by whom nothing is removed or mapped":
      "find_get_entries page_cache_next_miss page_cache_prev_miss filemap_range_has_page; v6.12 v7.1: filemap_get_folios_contig filemap_get_folios_tag filemap_get_read_batch; v7.1: filemap_get_folios_dirty",
    "looks at a PTE without its lock, before a page is read in: another fault may have put it there":
      "v6.12 v7.1: filemap_fault_recheck_pte_none",
    "direct I/O: what it invalidates is invalidated by the paths of mm/truncate.c":
      "generic_file_direct_write dio_warn_stale_pagecache",
    buffers: "v6.12 v7.1: filemap_release_folio",
  },
  "mm/truncate.c": {
    "looks at the count of a folio that is not mapped, and removes it as invalidation does":
      "invalidate_mapping_pages; v6.12 v7.1: mapping_try_invalidate generic_error_remove_folio",
    "entries that are no pages, and folios with buffers: no path here has either":
      "v6.12 v7.1: clear_shadow_entries truncate_folio_batch_exceptionals folio_invalidate folio_launder",
    "extends a file: i_size grows, and no page is taken away": "pagecache_isize_extended",
    "the end of an inode, which nobody has mapped or open": "truncate_inode_pages_final",
  },
  "mm/rmap.c": {
    "the tree of anon_vmas: pages find their vmas by themselves here":
      "__anon_vma_prepare anon_vma_fork unlink_anon_vmas rmap_walk_anon rmap_walk_file; v6.12 v7.1: folio_lock_anon_vma_read folio_get_anon_vma",
    "the references of pages, by which reclaim chooses: it chooses the one page there is":
      "v6.12 v7.1: folio_referenced folio_referenced_one; v5.9: page_referenced",
    "write-protects entries that map page frames of a file without pages: page_mkclean_one() is the same for pages":
      "v6.12 v7.1: pfn_mkclean_range; v7.1: mapping_wrprotect_range",
    "steps of their own in the paths that call them":
      "v6.12 v7.1: folio_add_new_anon_rmap folio_add_file_rmap_ptes folio_remove_rmap_ptes folio_add_anon_rmap_ptes; v5.9: page_add_new_anon_rmap page_remove_rmap",
    "the flush of what reclaim has unmapped: a step where reclaim batches, as in races/reclaim-batched-flush, and the others flush at once":
      "try_to_unmap_flush try_to_unmap_flush_dirty",
    "the walk around what is done to one entry, and its locks":
      "rmap_walk rmap_walk_locked rmap_walk_anon_lock; v6.12 v7.1: try_to_migrate; v7.1: __rmap_walk_file folio_unmap_pte_batch",
    "counts of a page table entry: a step where an entry comes or goes":
      "v6.12 v7.1: __folio_add_rmap __folio_remove_rmap __folio_add_anon_rmap __folio_add_file_rmap folio_move_anon_rmap __folio_set_anon",
    "huge entries":
      "v6.12 v7.1: folio_add_anon_rmap_pmd folio_add_file_rmap_pmd folio_remove_rmap_pmd hugetlb_add_anon_rmap hugetlb_add_new_anon_rmap",
    "looks for the pmd entry of an address, without a lock: who uses it looks again": "mm_find_pmd",
    "the tree of anon_vmas: who comes into it, and who leaves":
      "__put_anon_vma anon_vma_alloc anon_vma_free; v7.1: maybe_reuse_anon_vma cleanup_partial_anon_vmas",
  },
  "mm/vmscan.c": {
    "the lists and the ages of pages: which page is reclaimed, not how":
      "shrink_active_list; v6.12 v7.1: isolate_lru_folios walk_pte_range lru_gen_look_around evict_folios folio_isolate_lru; v5.9: isolate_lru_pages",
    "moves folios to slower memory by migrate_pages()": "v6.12 v7.1: demote_folio_list",
    "around __remove_mapping(), for one folio that its caller has unmapped": "remove_mapping",
    "the references and the dirty state of a folio, by which it is kept or written: steps of shrink_folio_list()":
      "v6.12 v7.1: folio_check_references folio_check_dirty_writeback; v5.9 v6.12: is_page_cache_freeable; v5.9: page_check_references page_check_dirty_writeback; v7.1: writeout",
    "back to the LRU lists, with a reference less":
      "v6.12 v7.1: move_folios_to_lru folio_putback_lru; v5.9: putback_lru_page",
    "callers of shrink_folio_list(), with lists of their own":
      "reclaim_pages reclaim_clean_pages_from_list; v6.12 v7.1: reclaim_folio_list shrink_inactive_list",
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
    "the folio and its copy, between unmap and remove_migration_ptes(): steps of migrate_folio_unmap() and _move() here":
      "v6.12 v7.1: folio_migrate_mapping folio_migrate_flags migrate_folio filemap_migrate_folio fallback_migrate_folio migrate_folio_undo_src migrate_folio_undo_dst migrate_folio_done; v5.9: migrate_page migrate_page_states",
    "a PTE of a folio that is split, which maps zeroes alone, becomes that of the zero page":
      "v6.12 v7.1: try_to_map_unused_to_zeropage",
  },
  "mm/khugepaged.c": {
    "takes an empty page table from a vma of the file, under pmd_lock and ptl, as retract_page_tables() does":
      "collapse_pte_mapped_thp; v6.12 v7.1: set_huge_pmd; v7.1: try_collapse_pte_mapped_thp",
    "looks for what may be collapsed; the collapse looks again":
      "hugepage_vma_revalidate; v7.1: collapse_scan_pmd collapse_scan_file; v5.9: khugepaged_scan_pmd khugepaged_scan_file",
    "swaps in before the collapse, by faults": "__collapse_huge_page_swapin",
    "collapse on demand, by the same paths": "v6.12 v7.1: madvise_collapse",
    "looks at the pmd entry without a lock, and again: a step of the collapse":
      "v6.12 v7.1: find_pmd_or_thp_or_none check_pmd_still_valid; v7.1: check_pmd_state file_backed_vma_is_retractable; v6.12: hpage_collapse_scan_pmd",
    "unlocks and puts what was isolated, where a collapse fails":
      "release_pte_pages; v6.12 v7.1: release_pte_folio __collapse_huge_page_copy_failed",
  },
  "mm/huge_memory.c": {
    "fork, mprotect, mremap, UFFDIO_MOVE and NUMA hints of a huge pmd: the order of the steps is that of PTEs, with pmd_lock for ptl":
      "copy_huge_pmd move_huge_pmd do_huge_pmd_numa_page madvise_free_huge_pmd; v6.12 v7.1: move_pages_huge_pmd",
    "1 GiB pages of devices": "copy_huge_pud zap_huge_pud; v6.12 v7.1: change_huge_pud; v7.1: insert_pud",
    "a huge pmd of a device's page frames": "v6.12 v7.1: vmf_insert_pfn_pmd; v7.1: insert_pmd",
    "what __split_huge_pmd() does to the entries of one pmd under its lock":
      "__split_huge_zero_page_pmd; v6.12 v7.1: split_huge_pmd_locked unmap_huge_pmd_locked",
    "splitting of v6.12 and v7.1: split_huge_page_to_list() of v5.9 is modelled, and mapping-moves-vs-scan is about what they share":
      "deferred_split_scan; v6.12 v7.1: unmap_folio; v7.1: __folio_split __split_unmapped_folio; v6.12: split_huge_page_to_list_to_order",
    "huge entries of devices and of migration: the order is that of PTEs, device-fault.ts":
      "set_pmd_migration_entry remove_migration_pmd; v7.1: do_huge_pmd_device_private copy_huge_non_present_pmd change_non_present_huge_pmd",
    "bits of a huge entry, under pmd_lock":
      "touch_pmd huge_pmd_set_accessed huge_pud_set_accessed; v6.12 v7.1: can_change_pmd_writable",
    "the parts of a split: that of v5.9 is modelled":
      "remap_page __split_huge_pud_locked; v5.9 v6.12: __split_huge_page_tail; v6.12 v7.1: deferred_split_folio; v7.1: __split_folio_to_order lru_add_split_folio __folio_freeze_and_split_unmapped folio_split_unmapped; v6.12: lru_add_page_tail",
    "discards a huge lazyfree entry: the barriers are those of try_to_unmap_one(), races/lazyfree-vs-pin":
      "v6.12 v7.1: __discard_anon_folio_pmd_locked",
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
    "the reference, and what gives it back: steps, in reference.ts":
      "unpin_user_pages_dirty_lock; v6.12 v7.1: try_grab_folio gup_put_folio try_get_folio folio_add_pin unpin_user_page_range_dirty_lock",
    "tests of an entry, or of a folio: steps of follow_page_pte() and gup_fast_pte_range()":
      "can_follow_write_pte no_page_table; v6.12 v7.1: can_follow_write_pmd gup_fast_folio_allowed; v7.1: can_follow_write_common",
    "pages of devices, and of no vma":
      "get_gate_page follow_pfn_pte; v6.12: gup_fast_devmap_leaf gup_fast_undo_dev_pagemap",
    "pins for longer: moves folios first":
      "v6.12 v7.1: migrate_longterm_unpinnable_folios collect_longterm_unpinnable_folios",
  },
  "mm/mprotect.c": {
    "the way down to change_pte_range(): one entry is all there is": "do_mprotect_pkey",
    "lets a PTE be written again without a fault: for a batch of PTEs what can_change_pte_writable() is for one":
      "v7.1: can_change_private_pte_writable prot_commit_flush_ptes",
    "the parts of change_pte_range() of v7.1, for a batch: steps for the one entry":
      "v7.1: maybe_change_pte_writable can_change_shared_pte_writable commit_anon_folio_batch set_write_prot_commit_flush_ptes mprotect_folio_pte_batch",
    "entries that are not present, made read-only under ptl: nobody who looks at them goes by that":
      "v7.1: change_softleaf_pte",
  },
  "mm/mremap.c": {
    "vmas that are copied, moved and shrunk, under mmap_lock for writing":
      "move_vma mremap_to; v7.1: copy_vma_and_data shrink_vma expand_vma",
    "moves a table of pmd entries, as move_normal_pmd() moves one of PTEs": "v6.12 v7.1: move_normal_pud",
    "locks of the rmap: steps of move_ptes(), where need_rmap_locks says so":
      "take_rmap_locks drop_rmap_locks; v7.1: should_take_rmap_locks",
    "page tables that are there, or are put in": "get_old_pmd alloc_new_pmd",
    "how many entries are alike, and what becomes of the old vma": "v7.1: mremap_folio_pte_batch dontunmap_complete",
  },
  "mm/madvise.c": {
    "references only: which page is reclaimed": "madvise_cold_or_pageout_pte_range",
    "the gather, and the loop over page tables, around madvise_free_pte_range()": "madvise_free_single_vma",
    "punches a hole, or fills the page table by faults":
      "madvise_remove madvise_willneed; v6.12 v7.1: madvise_populate",
    "entries that make an access end in a signal: PTE markers":
      "v7.1: madvise_guard_install guard_install_pte_entry madvise_guard_remove",
    "entries that make an access end in a signal: the walk that puts them in and takes them away":
      "v7.1: guard_install_pmd_entry guard_install_set_pte guard_remove_pmd_entry guard_remove_pte_entry",
    "callers of what is modelled: reclaim, the swap cache, zap":
      "madvise_pageout madvise_cold swapin_walk_pmd_entry; v6.12 v7.1: shmem_swapin_range madvise_dontneed_free_valid_vma",
  },
  "mm/userfaultfd.c": {
    "fills an empty PTE, under ptl: UFFDIO_CONTINUE is modelled, and ends in the same function":
      "v6.12 v7.1: mfill_atomic_install_pte mfill_atomic_pte_copy mfill_atomic_pte_zeropage mfill_atomic_pte_poison mfill_atomic; v5.9: mcopy_atomic_pte __mcopy_atomic",
    "UFFDIO_MOVE of the zero page, and of a huge pmd": "v6.12 v7.1: move_zeropage_pte move_pages",
    "around what fills an empty PTE, under ptl, as UFFDIO_CONTINUE does":
      "mfill_atomic_pte; v6.12 v7.1: mfill_atomic_pte_continue mfill_atomic_pte_zeroed_folio mfill_atomic_hugetlb; v7.1: __mfill_atomic_pte mfill_establish_pmd mfill_get_vma",
    "around UFFDIO_MOVE of one entry, which move-present-ptes.ts and move-swap-pte.ts have; both ptls, in one order":
      "v6.12 v7.1: double_pt_lock double_pt_unlock; v6.12: move_pages_pte; v7.1: move_pages_ptes check_ptes_for_batched_move",
    "the lock of the vma, or mmap_lock: as of a fault": "v6.12 v7.1: uffd_lock_vma find_vma_and_prepare_anon",
    "around mwriteprotect_range()": "v6.12 v7.1: uffd_wp_range",
  },
  "mm/swapfile.c": {
    "how slots are found, and clusters of them: a slot is free or is not":
      "v6.12 v7.1: cluster_alloc_swap_entry; v5.9 v6.12: get_swap_pages scan_swap_map_slots; v7.1: folio_alloc_swap swap_alloc_fast",
    "steps of their own in the paths that call them, under the lock of the cluster":
      "v7.1: folio_dup_swap folio_put_swap __swap_cluster_put_entry swap_put_entries_cluster __swap_cluster_dup_entry",
    "maps what an entry names: the path of swapoff() through them is one, unuse_pte_range of swap-entries.ts":
      "unuse_pte unuse_pte_range unuse_mm",
    "leaves the swap cache: a step of do_wp_page()": "v5.9: try_to_free_swap",
    "the count of a slot, under the lock of its cluster: a step of each path that takes or drops an entry":
      "v5.9 v6.12: __swap_entry_free __swap_entry_free_locked __swap_duplicate swap_duplicate swapcache_prepare; v6.12: swap_entry_range_free swap_free_nr cluster_swap_free_nr swapcache_clear put_swap_folio; v7.1: swap_dup_entry_direct swap_dup_entries_cluster swap_put_entries_direct __swap_cluster_free_entries; v5.9: swap_free put_swap_page",
    "reads the count of a slot: a step where it decides":
      "__swap_count swp_swapcount; v5.9 v6.12: swap_swapcount swap_page_trans_huge_swapped; v6.12 v7.1: folio_swapcache_freeable; v6.12: folio_swapped; v7.1: folio_maybe_swapped swap_entry_swapped",
    "keeps the device from swapoff(): a step of faults, by its percpu reference": "get_swap_device",
    "the loops of swapoff() around what it does to one entry":
      "try_to_unuse unuse_pmd_range unuse_pud_range find_next_to_unuse",
    "frees a slot that the swap cache alone has, to get room: as dropSwapCache(), under the page lock":
      "__try_to_reclaim_swap; v6.12 v7.1: cluster_reclaim_range swap_reclaim_full_clusters",
    "tables of clusters, and counts beyond what a byte holds":
      "v5.9 v6.12: add_swap_count_continuation swap_count_continued; v7.1: swap_table_alloc swap_table_free swap_cluster_free_table",
  },
  "mm/swap_state.c": {
    "the way of a new folio into the swap table: steps of the fault that brings it, do_swap_page of v7.1":
      "v7.1: swap_cache_add_folio swap_cache_alloc_folio swapin_folio __swap_cache_prepare_and_add",
    "reads neighbours in": "swap_cluster_readahead swap_vma_readahead",
    "into the swap cache and out of it: a step of the paths that swap in, swap out and drop":
      "free_swap_cache; v5.9 v6.12: __delete_from_swap_cache delete_from_swap_cache free_page_and_swap_cache; v7.1: __swap_cache_del_folio swap_cache_del_folio __swap_cache_add_folio __swap_cache_replace_folio free_folio_and_swap_cache",
    "looks a folio up: a step of do_swap_page()":
      "v6.12 v7.1: swap_cache_get_folio; v7.1: swap_cache_has_folio; v5.9: lookup_swap_cache",
    "brings a folio in through the swap cache: SWAP_HAS_CACHE first, as a fault past it does since v6.8":
      "read_swap_cache_async swapin_readahead; v5.9 v6.12: __read_swap_cache_async",
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
    "gets the reference, by what the page is: a step of memory_failure() and unpoison_memory()":
      "get_hwpoison_page get_any_page; v6.12 v7.1: __get_hwpoison_page __get_unpoison_page get_huge_page_for_hwpoison",
    "off the LRU lists, and from the pagevecs to them": "shake_page delete_from_lru_cache; v6.12 v7.1: shake_folio",
    "what is done to a page of the swap cache: it leaves that": "me_swapcache_clean",
    "looks for entries of the page, for whom it tells":
      "collect_procs_anon collect_procs_file; v6.12 v7.1: check_hwpoisoned_entry hwpoison_pte_range hwpoison_hugetlb_range collect_procs_fsdax",
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
  "mm/migrate_device.c": {
    "the phases of a migration to or from a device: one path, migrate-to-ram.ts, has them for a fault":
      "v6.12 v7.1: migrate_vma_setup migrate_vma_unmap migrate_device_unmap migrate_vma_pages __migrate_device_pages migrate_vma_finalize migrate_device_finalize migrate_vma_check_page; v7.1: __migrate_device_finalize",
    "puts a page of a device where none was, under ptl, as do_anonymous_page() does":
      "v6.12 v7.1: migrate_vma_insert_page",
    "by page frames, of a device that goes: takes no mmap_lock":
      "v6.12 v7.1: migrate_device_range; v7.1: migrate_device_pfns",
  },
  "mm/mmap.c": {
    "a process that ends: nobody else uses the mm": "exit_mmap",
    "stacks that grow: races/stackrot has the tree of vmas, races/expand-vs-vma-fault vm_start and vm_pgoff":
      "v5.9 v6.12: expand_upwards",
    "moves the stack of exec(), before anybody runs": "v6.12: relocate_vma_down",
  },
  "mm/swap.c": {
    "the last reference, and what is freed with it: put_page() here, after which the page is free":
      "__page_cache_release release_pages; v6.12 v7.1: __folio_put folios_put_refs; v5.9 v6.12: put_pages_list; v5.9: __put_page",
    "LRU lists, by batches of a CPU: questions/munlock-strands-folio is about one of them":
      "v6.12 v7.1: folio_batch_move_lru __folio_batch_add_and_move folio_add_lru lru_move_tail lru_activate lru_deactivate lru_deactivate_file folio_activate folio_deactivate deactivate_file_folio folio_rotate_reclaimable",
    "clears PG_swapbacked of a folio that MADV_FREE has given up: a step of madvise_free_pte_range()":
      "v6.12 v7.1: folio_mark_lazyfree lru_lazyfree; v5.9: lru_lazyfree_fn mark_page_lazyfree",
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
