import type { NeverTaken } from "faultline";

/**
 * The steps that no pinned run of a scenario takes: in every pinned setting, or in those that are named. `npm run record`
 * writes this file and keeps each `because`, which is written by hand.
 */
export const NEVER_TAKEN: Readonly<Record<string, readonly NeverTaken[]>> = {
  "anon-faults-by-release": [
    {
      steps: [
        "__get_user_pages_locked: mmap_read_unlock(mm)",
        "__get_user_pages_locked: pte_unmap_unlock()",
        "__get_user_pages_locked: try_grab_folio(folio)",
        "do_anonymous_page: release: folio_put(folio)",
        "do_wp_page: > 1 + folio_test_swapcache(folio)?",
        "do_wp_page: PageAnonExclusive(vmf->page), again?",
        "do_wp_page: PageAnonExclusive(vmf->page)?",
        "do_wp_page: SetPageAnonExclusive(vmf->page)",
        "do_wp_page: copy: folio_get(folio)",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "do_wp_page: folio_ref_count(folio)",
        "do_wp_page: folio_ref_count(folio) != 1?",
        "do_wp_page: folio_ref_count(folio) > 3?",
        "do_wp_page: folio_test_anon(folio)?",
        "do_wp_page: folio_test_swapcache(folio)?",
        "do_wp_page: folio_trylock(folio)",
        "do_wp_page: folio_unlock(folio)",
        "do_wp_page: folio_unlock(folio), to copy",
        "do_wp_page: wp_page_reuse(): pte_unmap_unlock()",
        "handle_pte_fault: pte_same(ptep_get(vmf->pte), entry)?",
        "wp_page_copy: __folio_mark_uptodate(new_folio): smp_wmb()",
        "wp_page_copy: __wp_page_copy_user(): load from vmf->page",
        "wp_page_copy: __wp_page_copy_user(): store to new_folio",
        "wp_page_copy: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "wp_page_copy: folio_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: folio_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: folio_put(new_folio), which is the old one",
        "wp_page_copy: folio_put(old_folio)",
        "wp_page_copy: folio_remove_rmap_pte(old_folio)",
        "wp_page_copy: oom: folio_put(old_folio)",
        "wp_page_copy: pte_offset_map_lock(&vmf->ptl)",
        "wp_page_copy: pte_same(ptep_get(vmf->pte), vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
        "wp_page_copy: set_pte_at(vmf->pte)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "do_anonymous_page: release: put_page(page)",
        "do_wp_page: PageAnon(vmf->page)?",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: page_count(page) != 1?",
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
        "get_user_pages_unlocked: mmap_read_unlock(mm)",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl)",
        "get_user_pages_unlocked: try_grab_page(page)",
        "handle_pte_fault: pte_same(*vmf->pte, entry)?",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "do_anonymous_page: unlock: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
        "handle_pte_fault: spin_lock(vmf->ptl)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
      ],
    },
  ],
  "cow-fault-vs-truncate": [
    {
      because: "No file page is ever mapped here, so the unmap that spares private copies finds none.",
      steps: [
        "zap_pte_range: check_mapping == page_rmapping(page)?",
      ],
    },
  ],
  "cow-vs-vmsplice": [
    {
      because: "Where the second page is always free, the first one is not tried.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
    },
    {
      because: "Where reclaim does not run, the page is not in the swap cache.",
      steps: [
        "do_wp_page: delete_from_swap_cache(): ClearPageSwapCache(page)",
        "do_wp_page: delete_from_swap_cache(): page_ref_sub(page, 1)",
      ],
      in: [
        "defaults",
        "rule=5.19",
      ],
    },
    {
      because: "Where nothing else locks the page, the rule of v5.7 does not wait for it.",
      steps: [
        "do_wp_page: get_page(page)",
        "do_wp_page: pte_same(*vmf->pte, vmf->orig_pte)?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to wait",
        "do_wp_page: put_page(page)",
        "do_wp_page: spin_lock(vmf->ptl), again",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where no other thread of the process replaces the page, the rule of v5.7 finds it again after waiting for it.",
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), changed",
        "do_wp_page: put_page(page), changed",
        "do_wp_page: unlock_page(page), changed",
      ],
      in: [
        "defaults",
        "reclaim=true",
      ],
    },
    {
      because: "Where nobody else takes a reference meanwhile, the count is the same under the page lock.",
      steps: [
        "do_wp_page: unlock_page(page), to copy",
      ],
      in: [
        "rule=5.9",
        "rule=5.19",
      ],
    },
    {
      because: "Where the fast path never fails.",
      steps: [
        "get_user_pages_unlocked: follow_page_pte(): spin_lock(ptl)",
        "get_user_pages_unlocked: mmap_read_lock(mm)",
        "get_user_pages_unlocked: mmap_read_unlock(mm)",
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_present(*ptep), pte_write(*ptep)?",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl)",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
        "get_user_pages_unlocked: try_grab_page(page)",
      ],
    },
    {
      because: "Where no other thread of the process solves the fault meanwhile, the PTE is still what it was.",
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
    },
    {
      because: "Where nobody else changes the PTE, it is the same at the second look.",
      steps: [
        "internal_get_user_pages_fast: put_compound_head(page)",
      ],
    },
  ],
  "device-fault-by-release": [
    {
      steps: [
        "do_swap_page, a device's page: folio_test_locked(folio)",
        "do_swap_page, a device's page: softleaf_entry_wait_on_locked(entry, vmf->ptl)",
      ],
      in: [
        "release=v7.1 beside=zap",
      ],
    },
    {
      steps: [
        "do_swap_page, a device's page: migration_entry_wait(vma->vm_mm, vmf->pmd, vmf->address)",
      ],
      in: [
        "beside=zap",
        "release=v6.12 beside=zap",
        "release=v7.1 beside=zap",
      ],
    },
    {
      steps: [
        "migrate_to_ram: folio_put(folio), it is locked",
      ],
      in: [
        "release=v6.12 beside=zap",
        "release=v7.1",
        "release=v7.1 beside=zap",
        "release=v7.1 beside=fork",
        "release=v7.1 beside=child",
      ],
    },
    {
      steps: [
        "migrate_to_ram: folio_trylock(folio)",
      ],
      in: [
        "release=v7.1",
        "release=v7.1 beside=zap",
        "release=v7.1 beside=fork",
        "release=v7.1 beside=child",
      ],
    },
    {
      steps: [
        "migrate_to_ram: migrate_vma_prepare(): put_page(page)",
        "migrate_to_ram: migrate_vma_prepare(): trylock_page(page)",
        "migrate_to_ram: pte_unmap_unlock(ptep - 1, ptl), not locked",
        "try_to_unmap_one: page_remove_rmap(subpage)",
        "try_to_unmap_one: page_vma_mapped_walk(): an entry of the page?",
        "try_to_unmap_one: page_vma_mapped_walk(): spin_lock(ptl)",
        "try_to_unmap_one: page_vma_mapped_walk(): spin_unlock(ptl)",
        "try_to_unmap_one: put_page(page)",
        "try_to_unmap_one: set_pte_at(mm, pvmw.address, pvmw.pte, swp_pte)",
      ],
      in: [
        "defaults",
        "beside=zap",
      ],
    },
    {
      steps: [
        "migrate_to_ram: pte_unmap_unlock(ptep - 1, ptl), nothing",
      ],
      in: [
        "release=v7.1",
        "release=v7.1 beside=fork",
        "release=v7.1 beside=child",
      ],
    },
    {
      steps: [
        "migrate_to_ram: put_page(dpage), it has failed",
        "migrate_to_ram: put_page(page), it stays",
        "migrate_to_ram: unlock_page(dpage), it has failed",
        "migrate_to_ram: unlock_page(page), it stays",
      ],
      in: [
        "defaults",
        "beside=zap",
        "release=v6.12 beside=zap",
        "release=v7.1",
        "release=v7.1 beside=zap",
        "release=v7.1 beside=fork",
        "release=v7.1 beside=child",
      ],
    },
    {
      steps: [
        "try_to_migrate_one: page_remove_rmap(subpage)",
        "try_to_migrate_one: page_vma_mapped_walk(): an entry of the page?",
        "try_to_migrate_one: page_vma_mapped_walk(): spin_lock(ptl)",
        "try_to_migrate_one: page_vma_mapped_walk(): spin_unlock(ptl)",
        "try_to_migrate_one: put_page(page)",
        "try_to_migrate_one: set_pte_at(mm, pvmw.address, pvmw.pte, swp_pte)",
      ],
      in: [
        "release=v6.12",
        "release=v6.12 beside=zap",
        "release=v7.1",
        "release=v7.1 beside=zap",
      ],
    },
  ],
  "exclusive-entry-by-release": [
    {
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "beside=zap",
        "release=v7.1 beside=zap",
      ],
    },
  ],
  "fault-around": [
    {
      because: "Where faults do not lock the page, the first pass deletes it, and nothing is left to wait for.",
      steps: [
        "__filemap_get_folio: folio->mapping == mapping?",
        "filemap_get_entry: folio == xas_reload(&xas)?",
        "filemap_get_entry: folio_try_get(folio)?",
        "filemap_remove_folio: filemap_unaccount_folio(): folio_mapped(folio)?",
        "filemap_remove_folio: folio->mapping = NULL",
        "filemap_remove_folio: folio_put_refs(folio)",
        "filemap_remove_folio: xas_store(&xas, shadow)",
        "find_lock_entries: put: folio_put(folio)",
        "truncate_inode_pages_range: folio_put(folio)",
        "truncate_inode_pages_range: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12 lock=none",
        "release=v6.12 remover=truncate lock=none",
        "release=v7.1 lock=none",
        "release=v7.1 remover=truncate lock=none",
        "release=v6.6 lock=none",
        "release=v6.6 remover=truncate lock=none",
      ],
    },
    {
      because: "Nobody else takes the page off the file, so that it is still there once it is locked.",
      steps: [
        "__filemap_get_folio: folio_put(folio)",
        "__filemap_get_folio: folio_unlock(folio)",
        "filemap_get_entry: folio_put(folio)",
        "find_lock_entries: unlock: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12",
        "release=v6.12 remover=truncate",
        "release=v6.12 lock=none",
        "release=v6.12 remover=truncate lock=none",
        "release=v7.1",
        "release=v7.1 remover=truncate",
        "release=v7.1 lock=none",
        "release=v7.1 remover=truncate lock=none",
        "release=v6.6",
        "release=v6.6 lock=none",
        "release=v6.6 remover=truncate",
        "release=v6.6 remover=truncate lock=none",
        "release=v6.12 faults=2",
        "release=v7.1 faults=2",
      ],
    },
    {
      because: "Where faults do not lock the page, the first pass deletes it, and nothing is left to wait for.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
      in: [
        "lock=none",
        "remover=truncate lock=none",
        "release=v5.15 lock=none",
        "release=v5.15 remover=truncate lock=none",
      ],
    },
    {
      because: "One fault alone finds no PTE there.",
      steps: [
        "filemap_map_pages, patched: folio_ref_dec(folio)",
      ],
      in: [
        "release=v7.1 lock=none",
        "release=v7.1 remover=truncate lock=none",
        "release=v7.1 remover=invalidate lock=none",
        "release=v7.1 remover=reclaim lock=none",
        "release=v7.1 remover=migrate lock=none",
        "release=v7.1 remover=collapse lock=none",
      ],
    },
    {
      because: "A page that a fault has a reference to stays in the file: these removers count the references.",
      steps: [
        "filemap_map_pages, patched: skip: put_page(page)",
      ],
      in: [
        "remover=reclaim lock=none",
      ],
    },
    {
      because: "One fault alone finds no PTE there.",
      steps: [
        "filemap_map_pages, patched: unlock: put_page(head)",
      ],
      in: [
        "release=v5.15 lock=none",
        "release=v5.15 remover=truncate lock=none",
        "release=v5.15 remover=invalidate lock=none",
        "release=v5.15 remover=reclaim lock=none",
        "release=v5.15 remover=migrate lock=none",
        "release=v5.15 remover=collapse lock=none",
      ],
    },
    {
      because: "One fault alone finds no PTE there.",
      steps: [
        "filemap_map_pages: folio_ref_dec(folio)",
      ],
      in: [
        "release=v7.1",
        "release=v7.1 remover=truncate",
        "release=v7.1 remover=invalidate",
        "release=v7.1 remover=reclaim",
        "release=v7.1 remover=migrate",
        "release=v7.1 remover=collapse",
      ],
    },
    {
      because: "One fault alone finds no PTE there.",
      steps: [
        "filemap_map_pages: unlock: put_page(head)",
        "filemap_map_pages: unlock: unlock_page(head)",
      ],
      in: [
        "release=v5.15",
        "release=v5.15 remover=truncate",
        "release=v5.15 remover=invalidate",
        "release=v5.15 remover=reclaim",
        "release=v5.15 remover=migrate",
        "release=v5.15 remover=collapse",
      ],
    },
    {
      because: "A page that a fault has a reference to stays in the file: these removers count the references.",
      steps: [
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "remover=reclaim",
        "remover=migrate",
        "remover=collapse",
      ],
    },
    {
      because: "Nobody else changes the slot between the two looks.",
      steps: [
        "find_get_entry: folio_put(folio)",
      ],
      in: [
        "release=v6.12",
        "release=v6.12 remover=truncate",
        "release=v6.12 remover=invalidate",
        "release=v6.12 lock=none",
        "release=v6.12 remover=truncate lock=none",
        "release=v6.12 remover=invalidate lock=none",
        "release=v7.1",
        "release=v7.1 remover=truncate",
        "release=v7.1 remover=invalidate",
        "release=v7.1 lock=none",
        "release=v7.1 remover=truncate lock=none",
        "release=v7.1 remover=invalidate lock=none",
        "release=v6.6",
        "release=v6.6 lock=none",
        "release=v6.6 remover=truncate",
        "release=v6.6 remover=invalidate",
        "release=v6.6 remover=truncate lock=none",
        "release=v6.6 remover=invalidate lock=none",
        "release=v6.12 faults=2",
        "release=v7.1 faults=2",
      ],
    },
    {
      because: "Nobody else changes the slot between the two looks.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
      in: [
        "defaults",
        "remover=truncate",
        "remover=invalidate",
        "lock=none",
        "remover=truncate lock=none",
        "remover=invalidate lock=none",
        "release=v5.15",
        "release=v5.15 lock=none",
        "release=v5.15 remover=truncate",
        "release=v5.15 remover=invalidate",
        "release=v5.15 remover=truncate lock=none",
        "release=v5.15 remover=invalidate lock=none",
        "release=v5.15 faults=2",
      ],
    },
    {
      because: "Where faults do not lock the page, nobody waits for it.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "lock=none",
        "remover=truncate lock=none",
        "remover=invalidate lock=none",
        "release=v6.12 lock=none",
        "release=v6.12 remover=truncate lock=none",
        "release=v6.12 remover=invalidate lock=none",
        "release=v7.1 lock=none",
        "release=v7.1 remover=truncate lock=none",
        "release=v7.1 remover=invalidate lock=none",
        "release=v5.15 lock=none",
        "release=v6.6 lock=none",
        "release=v5.15 remover=truncate lock=none",
        "release=v5.15 remover=invalidate lock=none",
        "release=v6.6 remover=truncate lock=none",
        "release=v6.6 remover=invalidate lock=none",
      ],
    },
    {
      because: "Where faults do not lock the page, the first pass deletes it, and nothing is left to wait for.",
      steps: [
        "lock_page: trylock_page(page)",
      ],
      in: [
        "lock=none",
        "remover=truncate lock=none",
        "release=v6.12 lock=none",
        "release=v6.12 remover=truncate lock=none",
        "release=v7.1 lock=none",
        "release=v7.1 remover=truncate lock=none",
        "release=v5.15 lock=none",
        "release=v6.6 lock=none",
        "release=v5.15 remover=truncate lock=none",
        "release=v6.6 remover=truncate lock=none",
      ],
    },
    {
      because: "A page that a fault has a reference to stays in the file: these removers count the references.",
      steps: [
        "next_uptodate_folio, patched: skip: folio_put(folio)",
      ],
      in: [
        "release=v6.12 remover=reclaim lock=none",
        "release=v6.6 remover=reclaim lock=none",
      ],
    },
    {
      because: "A page that a fault has a reference to stays in the file: these removers count the references.",
      steps: [
        "next_uptodate_folio: unlock: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12 remover=reclaim",
        "release=v6.12 remover=migrate",
        "release=v7.1 remover=reclaim",
        "release=v7.1 remover=migrate",
        "release=v7.1 remover=collapse",
        "release=v6.6 remover=reclaim",
        "release=v6.6 remover=migrate",
      ],
    },
    {
      steps: [
        "next_uptodate_page, patched: skip: put_page(page)",
      ],
      in: [
        "release=v5.15 remover=reclaim lock=none",
      ],
    },
    {
      steps: [
        "next_uptodate_page: unlock: unlock_page(page)",
      ],
      in: [
        "release=v5.15 remover=reclaim",
        "release=v5.15 remover=migrate",
        "release=v5.15 remover=collapse",
      ],
    },
  ],
  "fault-around-vs-collapse": [
    {
      because: "A page that is still in the file never loses its mapping while a fault holds a reference.",
      steps: [
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "defaults",
        "unchecked=true",
      ],
    },
  ],
  "fault-around-vs-invalidate": [
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "order=patch4",
        "order=cover-letter",
        "order=october",
        "order=december",
        "order=mapping-first",
        "order=test-first",
      ],
    },
  ],
  "fault-around-vs-migrate": [
    {
      because: "A page that is still in the file never loses its mapping while a fault holds a reference.",
      steps: [
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "fault-around-vs-punch": [
    {
      because: "The steps of the blocking pass: only a page that was locked during the first one is left for it.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
      in: [
        "order=patch4",
        "order=cover-letter",
        "order=october",
        "order=december",
        "order=mapping-first",
        "order=test-first",
        "order=december gate=none",
        "order=test-first gate=none",
        "order=december mappers=2 pmd=none",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
  "fault-around-vs-reclaim": [
    {
      because: "A speculative reference makes the freeze fail, so a fault that holds one sees the mapping stay.",
      steps: [
        "filemap_map_pages: skip: put_page(page)",
      ],
      in: [
        "order=patch4",
      ],
    },
    {
      because: "A speculative reference makes the freeze fail, so a fault that holds one sees the mapping stay.",
      steps: [
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "fault-around-vs-split": [
    {
      because: "Nothing removes the page from the file.",
      steps: [
        "filemap_map_pages: skip: put_page(page)",
      ],
      in: [
        "order=patch4",
      ],
    },
    {
      because: "Nothing removes the page from the file.",
      steps: [
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "fault-around-vs-truncate": [
    {
      because: "The steps of the blocking pass: only a page that was locked during the first one is left for it.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
      in: [
        "order=patch4",
        "order=cover-letter",
        "order=october",
        "order=december",
        "order=mapping-first",
        "order=test-first",
        "order=test-first gate=none",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
  "fault-under-page-lock": [
    {
      because: "Where nobody else sets the PTE.",
      steps: [
        "do_read_fault: put_page(vmf->page)",
      ],
    },
    {
      steps: [
        "do_read_fault: unlock_page(vmf->page)",
        "filemap_fault: index < i_size? under the page lock",
        "filemap_fault: page->mapping == mapping?",
        "finish_fault: page_add_file_rmap(page)",
        "finish_fault: pte_none(*vmf->pte)?",
        "finish_fault: pte_unmap_unlock(vmf->ptl)",
        "finish_fault: set_pte_at(vmf->pte)",
        "finish_fault: spin_lock(vmf->ptl)",
        "pte_alloc_one_map: pmd_none(*vmf->pmd)?",
      ],
      in: [
        "defaults",
        "mapped=true",
      ],
    },
    {
      steps: [
        "filemap_fault: index < i_size?",
      ],
      in: [
        "mapped=true",
      ],
    },
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
    {
      because: "Where the file system's lock keeps the page in the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), retry",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      because: "Where the source is mapped, there is no fault to wait in.",
      steps: [
        "fuse_fill_write_pages: fuse_send_write_pages(): unlock_page(page)",
        "fuse_fill_write_pages: put_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
  ],
  "faults-by-release": [
    {
      steps: [
        "__filemap_get_folio: folio_put(folio)",
        "__filemap_get_folio: folio_unlock(folio)",
        "find_get_entry: folio_put(folio)",
        "find_lock_entries: unlock: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12",
        "release=v6.12 other=punch",
        "release=v6.12 fault=cow",
        "release=v6.12 fault=cow other=punch",
        "release=v6.12 fault=shared",
        "release=v6.12 fault=shared other=punch",
        "release=v6.12 fault=shared-mkwrite",
        "release=v6.12 fault=shared-mkwrite other=punch",
        "release=v6.12 fault=first",
        "release=v6.12 fault=first other=punch",
        "release=v6.12 fault=first-mkwrite",
        "release=v6.12 fault=first-mkwrite other=punch",
        "release=v7.1",
        "release=v7.1 other=punch",
        "release=v7.1 fault=cow",
        "release=v7.1 fault=cow other=punch",
        "release=v7.1 fault=shared",
        "release=v7.1 fault=shared other=punch",
        "release=v7.1 fault=shared-mkwrite",
        "release=v7.1 fault=shared-mkwrite other=punch",
        "release=v7.1 fault=first",
        "release=v7.1 fault=first other=punch",
        "release=v7.1 fault=first-mkwrite",
        "release=v7.1 fault=first-mkwrite other=punch",
      ],
    },
    {
      steps: [
        "do_page_mkwrite: folio_unlock(folio)",
        "do_page_mkwrite: ret = VM_FAULT_NOPAGE",
      ],
      in: [
        "release=v6.12 fault=shared-mkwrite other=writeback",
        "release=v6.12 fault=first-mkwrite other=writeback",
        "release=v7.1 fault=shared-mkwrite other=writeback",
        "release=v7.1 fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "do_read_fault: folio_put(folio)",
      ],
      in: [
        "release=v6.12",
        "release=v6.12 other=punch",
        "release=v7.1",
        "release=v7.1 other=punch",
      ],
    },
    {
      steps: [
        "do_read_fault: put_page(vmf->page)",
      ],
      in: [
        "defaults",
        "other=punch",
      ],
    },
    {
      steps: [
        "do_shared_fault: folio_put(folio)",
      ],
      in: [
        "release=v6.12 fault=shared",
        "release=v6.12 fault=shared other=punch",
        "release=v6.12 fault=shared other=writeback",
        "release=v6.12 fault=shared-mkwrite other=writeback",
        "release=v7.1 fault=shared",
        "release=v7.1 fault=shared other=punch",
        "release=v7.1 fault=shared other=writeback",
        "release=v7.1 fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "do_shared_fault: folio_unlock(folio), not mapped",
      ],
      in: [
        "release=v6.12 fault=shared",
        "release=v6.12 fault=shared other=punch",
        "release=v6.12 fault=shared other=writeback",
        "release=v6.12 fault=shared-mkwrite",
        "release=v6.12 fault=shared-mkwrite other=punch",
        "release=v6.12 fault=shared-mkwrite other=writeback",
        "release=v7.1 fault=shared",
        "release=v7.1 fault=shared other=punch",
        "release=v7.1 fault=shared other=writeback",
        "release=v7.1 fault=shared-mkwrite",
        "release=v7.1 fault=shared-mkwrite other=punch",
        "release=v7.1 fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "do_shared_fault: put_page(vmf->page)",
      ],
      in: [
        "fault=shared",
        "fault=shared other=punch",
        "fault=shared other=writeback",
        "fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "do_shared_fault: unlock_page(vmf->page), not mapped",
      ],
      in: [
        "fault=shared",
        "fault=shared other=punch",
        "fault=shared other=writeback",
        "fault=shared-mkwrite",
        "fault=shared-mkwrite other=punch",
        "fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "filemap_fault: folio_put(folio), SIGBUS",
        "filemap_fault: folio_unlock(folio), SIGBUS",
      ],
      in: [
        "release=v6.12 other=punch",
        "release=v6.12 fault=cow other=punch",
        "release=v6.12 fault=shared other=punch",
        "release=v6.12 fault=shared other=writeback",
        "release=v6.12 fault=shared-mkwrite other=punch",
        "release=v6.12 fault=shared-mkwrite other=writeback",
        "release=v7.1 other=punch",
        "release=v7.1 fault=cow other=punch",
        "release=v7.1 fault=shared other=punch",
        "release=v7.1 fault=shared other=writeback",
        "release=v7.1 fault=shared-mkwrite other=punch",
        "release=v7.1 fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "filemap_fault: folio_put(folio), retry",
        "filemap_fault: folio_unlock(folio), retry",
      ],
      in: [
        "release=v6.12 fault=shared other=writeback",
        "release=v6.12 fault=shared-mkwrite other=writeback",
        "release=v7.1 fault=shared other=writeback",
        "release=v7.1 fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
      in: [
        "other=punch",
        "fault=cow other=punch",
        "fault=shared other=punch",
        "fault=shared other=writeback",
        "fault=shared-mkwrite other=punch",
        "fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), retry",
      ],
      in: [
        "fault=shared other=writeback",
        "fault=shared-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "filemap_get_entry: folio_put(folio)",
      ],
      in: [
        "release=v6.12 fault=shared other=writeback",
        "release=v6.12 fault=shared-mkwrite other=writeback",
        "release=v6.12 fault=first",
        "release=v6.12 fault=first other=punch",
        "release=v6.12 fault=first-mkwrite",
        "release=v6.12 fault=first-mkwrite other=punch",
        "release=v7.1 fault=shared other=writeback",
        "release=v7.1 fault=shared-mkwrite other=writeback",
        "release=v7.1 fault=first",
        "release=v7.1 fault=first other=punch",
        "release=v7.1 fault=first-mkwrite",
        "release=v7.1 fault=first-mkwrite other=punch",
      ],
    },
    {
      steps: [
        "filemap_page_mkwrite: return VM_FAULT_NOPAGE",
        "filemap_page_mkwrite: unlock_page(page)",
      ],
      in: [
        "fault=shared-mkwrite other=writeback",
        "fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "find_get_entry: put_page(page)",
      ],
      in: [
        "fault=shared other=writeback",
        "fault=shared-mkwrite other=writeback",
        "fault=first",
        "fault=first other=punch",
        "fault=first-mkwrite",
        "fault=first-mkwrite other=punch",
      ],
    },
    {
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->pte, vmf->ptl)",
      ],
      in: [
        "release=v6.12 fault=first other=writeback",
        "release=v6.12 fault=first-mkwrite other=writeback",
        "release=v7.1 fault=first other=writeback",
        "release=v7.1 fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "fault=first other=writeback",
        "fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "tlb_finish_mmu: tlb_flush_mmu(): flush",
      ],
      in: [
        "fault=shared",
        "fault=shared other=punch",
        "fault=shared-mkwrite",
        "fault=shared-mkwrite other=punch",
        "release=v6.12 fault=shared",
        "release=v6.12 fault=shared other=punch",
        "release=v6.12 fault=shared-mkwrite",
        "release=v6.12 fault=shared-mkwrite other=punch",
        "release=v7.1 fault=shared",
        "release=v7.1 fault=shared other=punch",
        "release=v7.1 fault=shared-mkwrite",
        "release=v7.1 fault=shared-mkwrite other=punch",
      ],
    },
    {
      steps: [
        "tlb_finish_mmu: tlb_flush_mmu(): put_page(page)",
        "zap_pte_range: page_remove_rmap(page)",
        "zap_pte_range: ptep_get_and_clear_full(pte)",
      ],
      in: [
        "fault=cow other=punch",
      ],
    },
    {
      steps: [
        "wp_page_shared: finish_mkwrite_fault(): pte_unmap_unlock(vmf->pte, vmf->ptl)",
        "wp_page_shared: folio_unlock(folio), changed",
      ],
      in: [
        "release=v6.12 fault=first-mkwrite other=writeback",
        "release=v7.1 fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "wp_page_shared: pte_unmap_unlock(vmf->ptl), changed",
        "wp_page_shared: unlock_page(vmf->page), changed",
      ],
      in: [
        "fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
      in: [
        "fault=shared other=writeback",
        "fault=shared-mkwrite other=writeback",
        "fault=first other=writeback",
        "fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "writeback_iter: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12 fault=shared other=writeback",
        "release=v6.12 fault=shared-mkwrite other=writeback",
        "release=v6.12 fault=first other=writeback",
        "release=v6.12 fault=first-mkwrite other=writeback",
        "release=v7.1 fault=shared other=writeback",
        "release=v7.1 fault=shared-mkwrite other=writeback",
        "release=v7.1 fault=first other=writeback",
        "release=v7.1 fault=first-mkwrite other=writeback",
      ],
    },
    {
      steps: [
        "zap_pte_range: check_mapping == page_rmapping(page)?",
      ],
      in: [
        "fault=cow",
        "fault=first",
        "fault=first-mkwrite",
      ],
    },
    {
      steps: [
        "zap_pte_range: should_zap_folio(details, folio)?",
      ],
      in: [
        "release=v6.12 fault=cow",
        "release=v6.12 fault=first",
        "release=v6.12 fault=first-mkwrite",
        "release=v7.1 fault=cow",
        "release=v7.1 fault=first",
        "release=v7.1 fault=first-mkwrite",
      ],
    },
  ],
  "faults-fill-table": [
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
    {
      because: "Where the file system's lock keeps the page in the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), retry",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
  "fork-vs-store": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "alloc_page_vma: rmqueue(): the second page",
      ],
    },
    {
      because: "Where nothing is pinned, all pages are shared.",
      steps: [
        "dup_mmap: -EAGAIN: spin_unlock(dst_ptl)",
        "dup_mmap: -EAGAIN: spin_unlock(src_ptl)",
        "dup_mmap: __SetPageUptodate(new_page): smp_wmb()",
        "dup_mmap: copy_present_page(): page_maybe_dma_pinned(page)?",
        "dup_mmap: copy_user_highpage(): load from page",
        "dup_mmap: copy_user_highpage(): store to new_page",
        "dup_mmap: page_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap: page_add_new_anon_rmap(): mapping = anon_vma",
        "dup_mmap: set_pte_at(dst_pte), of the copy",
      ],
    },
  ],
  "gup-fast-vs-munmap": [
    {
      steps: [
        "do_anonymous_page: release: put_page(page)",
        "do_anonymous_page: unlock: pte_unmap_unlock(vmf->ptl)",
        "handle_pte_fault: pte_same(*vmf->pte, entry)?",
        "handle_pte_fault: spin_lock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "norecheck=true",
      ],
    },
    {
      because: "Nothing is ever read-only here.",
      steps: [
        "do_wp_page: PageAnon(vmf->page)?",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: page_count(page) != 1?",
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
    },
    {
      because: "Where the fast path fails only because nothing is mapped, the slow path finds nothing either.",
      steps: [
        "get_user_pages_unlocked: mmap_read_unlock(mm)",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl)",
        "get_user_pages_unlocked: try_grab_page(page)",
      ],
    },
    {
      because: "Where no other thread of the process solves the fault meanwhile, the PTE is still what it was.",
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "norecheck=true",
      ],
    },
  ],
  "hugetlb-share-by-release": [
    {
      steps: [
        "free_pgtables: pmd_none_or_clear_bad(pmd): pmd_clear_bad(pmd)",
        "huge_pte_alloc: ptdesc_pmd_pts_dec(spte)",
      ],
    },
  ],
  "madv-free-by-release": [
    {
      steps: [
        "madvise_free_pte_range: folio_unlock(folio), shared",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 calls=two at a time",
        "release=v7.1 calls=two at a time",
        "release=v7.1 without=the flush",
        "release=v7.1 calls=two at a time without=mm_tlb_flush_nested()",
      ],
    },
    {
      steps: [
        "madvise_free_pte_range: unlock_page(page), shared",
        "shrink_page_list, lazyfree: page_ref_unfreeze(page, 1)",
      ],
      in: [
        "defaults",
        "calls=two at a time",
      ],
    },
  ],
  "make-exclusive-by-release": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "alloc_page_vma: rmqueue(): the second page",
        "dup_mmap: !new_folio: -EAGAIN?",
        "dup_mmap: -EAGAIN: pte_unmap_unlock(dst_ptl)",
        "dup_mmap: -EAGAIN: pte_unmap_unlock(src_ptl)",
        "dup_mmap: __folio_mark_uptodate(new_folio): smp_wmb()",
        "dup_mmap: copy_mc_user_highpage(): load from page",
        "dup_mmap: copy_mc_user_highpage(): store to new_folio",
        "dup_mmap: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "dup_mmap: folio_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap: folio_add_new_anon_rmap(): mapping = anon_vma",
        "dup_mmap: folio_needs_cow_for_dma(): folio_maybe_dma_pinned(folio)?",
        "dup_mmap: folio_put(folio), to copy",
        "dup_mmap: maybe_pinned: PageAnonExclusive(page)?",
        "dup_mmap: set_pte_at(dst_pte), of the copy",
      ],
      in: [
        "beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "get_user_pages_remote, of a page to be exclusive: no_page: pte_unmap_unlock(ptep, ptl)",
      ],
      in: [
        "defaults",
        "beside=store",
        "beside=driver",
        "release=v7.1",
        "release=v7.1 beside=store",
        "release=v7.1 beside=driver",
      ],
    },
    {
      steps: [
        "get_user_pages_remote, of a page to be exclusive: no_page: pte_unmap_unlock(ptep, ptl), to fault",
      ],
      in: [
        "defaults",
        "beside=store",
        "beside=zap",
        "beside=fork",
        "release=v7.1",
        "release=v7.1 beside=store",
        "release=v7.1 beside=zap",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "lock_page: __lock_page(page)",
        "remove_device_exclusive_entry: folio_put(folio)",
        "remove_device_exclusive_entry: folio_try_get(folio)",
        "remove_device_exclusive_entry: folio_unlock(folio)",
        "remove_device_exclusive_entry: pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl)",
        "remove_device_exclusive_entry: pte_same(ptep_get(vmf->pte), vmf->orig_pte)",
        "remove_device_exclusive_entry: pte_unmap_unlock(vmf->pte, vmf->ptl)",
        "remove_device_exclusive_entry: vmf->page = softleaf_to_page(vmf->orig_pte)",
      ],
      in: [
        "beside=store",
        "beside=zap",
        "beside=fork",
        "release=v7.1 beside=store",
        "release=v7.1 beside=zap",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "lock_page: trylock_page(page)",
      ],
      in: [
        "beside=store",
        "beside=zap",
        "beside=fork",
      ],
    },
    {
      steps: [
        "make_device_exclusive: folio_put(folio), to retry",
        "make_device_exclusive: folio_unlock(folio), to retry",
        "make_device_exclusive: folio_walk_end(&fw, vma), to retry",
      ],
      in: [
        "release=v7.1",
        "release=v7.1 beside=store",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "make_device_exclusive: mmap_read_unlock(mm), no page",
      ],
      in: [
        "release=v7.1",
        "release=v7.1 beside=store",
        "release=v7.1 beside=driver",
      ],
    },
    {
      steps: [
        "make_device_exclusive_range: folio_put(folio), no page",
        "make_device_exclusive_range: folio_unlock(folio), no page",
      ],
      in: [
        "defaults",
        "beside=store",
        "beside=fork",
      ],
    },
    {
      steps: [
        "make_device_exclusive_range: mmap_read_unlock(mm), no page",
      ],
      in: [
        "defaults",
        "beside=store",
      ],
    },
    {
      steps: [
        "restore_exclusive_pte: can_change_pte_writable(vma, address, pte): PageAnonExclusive(page)?",
      ],
      in: [
        "release=v7.1 beside=store",
        "release=v7.1 beside=zap",
      ],
    },
    {
      steps: [
        "restore_exclusive_pte: folio_add_anon_rmap_pte(folio, page, vma, address)",
      ],
      in: [
        "beside=store",
        "beside=zap",
      ],
    },
    {
      steps: [
        "restore_exclusive_pte: set_pte_at(vma->vm_mm, address, ptep, pte)",
      ],
      in: [
        "beside=store",
        "beside=zap",
        "release=v7.1 beside=store",
        "release=v7.1 beside=zap",
      ],
    },
  ],
  "map-pages-under-lock": [
    {
      because: "The steps of the blocking pass: only a page that was locked during the first one is left for it.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
      in: [
        "order=patch4 locked=true",
        "order=patch4 locked=true remover=truncate",
        "order=december locked=true",
        "order=december locked=true remover=truncate",
        "order=patch4",
      ],
    },
    {
      because: "The lock keeps punch and truncate away altogether, and then no test of the fault fails.",
      steps: [
        "filemap_map_pages: page_remove_rmap(page)",
      ],
      in: [
        "order=december locked=true",
        "order=december locked=true remover=truncate",
      ],
    },
    {
      because: "The lock keeps punch and truncate away altogether, and then no test of the fault fails.",
      steps: [
        "filemap_map_pages: skip: put_page(page)",
      ],
      in: [
        "order=patch4 locked=true",
        "order=patch4 locked=true remover=truncate",
        "order=december locked=true",
        "order=december locked=true remover=truncate",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
      in: [
        "order=patch4 locked=true",
        "order=patch4 locked=true remover=truncate",
        "order=patch4 locked=true remover=invalidate",
        "order=december locked=true",
        "order=december locked=true remover=truncate",
        "order=december locked=true remover=invalidate",
        "order=patch4",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "order=patch4 locked=true",
        "order=patch4 locked=true remover=truncate",
        "order=patch4 locked=true remover=invalidate",
        "order=patch4 locked=true remover=memory-failure",
        "order=december locked=true",
        "order=december locked=true remover=truncate",
        "order=december locked=true remover=invalidate",
        "order=patch4",
      ],
    },
    {
      because: "Only a page of another file, or one that has left its file, differs; where no unmap comes that late, none does.",
      steps: [
        "zap_pte_range: check_mapping == page_rmapping(page)?",
      ],
      in: [
        "order=patch4 locked=true remover=truncate",
        "order=december locked=true remover=truncate",
      ],
    },
  ],
  "mapping-moves-vs-scan": [
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "order=patch4",
        "order=cover-letter",
        "order=october",
        "order=december",
        "order=mapping-first",
        "order=test-first",
      ],
    },
  ],
  "memory-failure-anon": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "alloc_page_vma: rmqueue(): the second page",
        "dup_mmap: set_pte_at(dst_pte), of the copy",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "dup_mmap: !new_folio: -EAGAIN?",
        "dup_mmap: -EAGAIN: pte_unmap_unlock(dst_ptl)",
        "dup_mmap: -EAGAIN: pte_unmap_unlock(src_ptl)",
        "dup_mmap: __folio_mark_uptodate(new_folio): smp_wmb()",
        "dup_mmap: copy_mc_user_highpage(): load from page",
        "dup_mmap: copy_mc_user_highpage(): store to new_folio",
        "dup_mmap: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "dup_mmap: folio_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap: folio_add_new_anon_rmap(): mapping = anon_vma",
        "dup_mmap: folio_needs_cow_for_dma(): folio_maybe_dma_pinned(folio)?",
        "dup_mmap: folio_put(folio), to copy",
        "dup_mmap: maybe_pinned: PageAnonExclusive(page)?",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "dup_mmap: -EAGAIN: spin_unlock(dst_ptl)",
        "dup_mmap: -EAGAIN: spin_unlock(src_ptl)",
        "dup_mmap: __SetPageUptodate(new_page): smp_wmb()",
        "dup_mmap: copy_present_page(): page_maybe_dma_pinned(page)?",
        "dup_mmap: copy_user_highpage(): load from page",
        "dup_mmap: copy_user_highpage(): store to new_page",
        "dup_mmap: page_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap: page_add_new_anon_rmap(): mapping = anon_vma",
        "memory_failure: unlock_page(p), failed",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: atomic_cmpxchg(&mm->tlb_flush_batched, batch, pending)",
      ],
      in: [
        "release=v6.12 beside=mprotect",
        "release=v7.1 beside=mprotect",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: flush_tlb_mm(mm)",
      ],
      in: [
        "beside=mprotect",
        "release=v6.12 beside=mprotect",
        "release=v7.1 beside=mprotect",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: mm->tlb_flush_batched = false",
      ],
      in: [
        "beside=mprotect",
      ],
    },
    {
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
    {
      steps: [
        "memory_failure: folio_unlock(folio), failed",
        "memory_failure: mutex_unlock(&mf_mutex), failed",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 beside=mprotect",
        "release=v7.1 beside=mprotect",
      ],
    },
  ],
  "memory-failure-by-release": [
    {
      steps: [
        "flush_tlb_batched_pending: atomic_cmpxchg(&mm->tlb_flush_batched, batch, pending)",
        "memory_failure: folio_unlock(folio), failed",
        "zap_pte_range: folio_remove_rmap_ptes(folio, page, nr, vma)",
        "zap_pte_range: get_and_clear_full_ptes(mm, addr, pte, nr)",
        "zap_pte_range: pmd_none(*pmd)?",
        "zap_pte_range: pte_none(ptent)?",
        "zap_pte_range: pte_offset_map_lock(mm, pmd, addr, &ptl)",
        "zap_pte_range: pte_unmap_unlock(start_pte, ptl)",
        "zap_pte_range: should_zap_folio(details, folio)?",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: flush_tlb_mm(mm)",
        "lock_page: __lock_page(page)",
        "tlb_finish_mmu: tlb_flush_mmu(): put_page(page)",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: mm->tlb_flush_batched = false",
        "zap_pte_range: check_mapping == page_rmapping(page)?",
        "zap_pte_range: page_remove_rmap(page)",
        "zap_pte_range: pmd_none_or_clear_bad(pmd)?",
        "zap_pte_range: pte_none(*pte)?",
        "zap_pte_range: pte_offset_map_lock(&ptl)",
        "zap_pte_range: pte_unmap_unlock(ptl)",
        "zap_pte_range: ptep_get_and_clear_full(pte)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "migration-vs-dontneed": [
    {
      because: "Nobody has a reference of the folio but who moves it.",
      steps: [
        "migrate_folio_move: migrate_folio_undo_dst(): folio_put(dst)",
        "migrate_folio_move: migrate_folio_undo_dst(): folio_unlock(dst)",
        "migrate_folio_move: migrate_folio_undo_src(): folio_unlock(src)",
        "migrate_folio_move: putback_movable_pages(): folio_put(src)",
      ],
      in: [
        "defaults",
        "release=v7.1",
        "release=v7.1 entry=readable",
        "release=v7.1 without=the look",
      ],
    },
  ],
  "mprotect-by-release": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "to=PROT_WRITE page=shared with a child",
        "release=v6.12 to=PROT_WRITE page=shared with a child",
        "release=v7.1 to=PROT_WRITE page=shared with a child",
        "release=v7.1 to=PROT_WRITE page=shared with a child without=the test",
      ],
    },
    {
      steps: [
        "do_wp_page: PageAnonExclusive(vmf->page), again?",
        "do_wp_page: SetPageAnonExclusive(vmf->page)",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "do_wp_page: folio_ref_count(folio) != 1?",
        "do_wp_page: folio_test_swapcache(folio)?",
        "do_wp_page: folio_trylock(folio)",
        "do_wp_page: folio_unlock(folio)",
        "do_wp_page: folio_unlock(folio), to copy",
        "do_wp_page: wp_page_reuse(): pte_unmap_unlock()",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: oom: folio_put(old_folio)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
      ],
      in: [
        "release=v6.12 to=PROT_WRITE page=shared with a child",
        "release=v7.1 to=PROT_WRITE page=shared with a child",
        "release=v7.1 to=PROT_WRITE page=shared with a child without=the test",
      ],
    },
    {
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
      ],
      in: [
        "to=PROT_WRITE page=shared with a child",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: atomic_cmpxchg(&mm->tlb_flush_batched, batch, pending)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 to=PROT_WRITE",
        "release=v7.1 to=PROT_WRITE",
        "release=v6.12 to=PROT_WRITE page=shared with a child",
        "release=v7.1 to=PROT_WRITE page=shared with a child",
        "release=v7.1 to=PROT_WRITE without=the test",
        "release=v7.1 to=PROT_WRITE page=shared with a child without=the test",
        "release=v7.1 without=the flush",
        "release=v7.1 without=the flush, and writeback",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: flush_tlb_mm(mm)",
      ],
    },
    {
      steps: [
        "flush_tlb_batched_pending: mm->tlb_flush_batched = false",
      ],
      in: [
        "defaults",
        "to=PROT_WRITE",
        "to=PROT_WRITE page=shared with a child",
      ],
    },
    {
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
        "to=PROT_WRITE",
        "release=v6.12 to=PROT_WRITE",
        "release=v7.1 to=PROT_WRITE",
        "release=v7.1 to=PROT_WRITE without=the test",
        "release=v7.1 without=the flush",
      ],
    },
    {
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
      in: [
        "defaults",
        "to=PROT_WRITE",
      ],
    },
    {
      steps: [
        "writeback_iter: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 to=PROT_WRITE",
        "release=v7.1 to=PROT_WRITE",
        "release=v7.1 to=PROT_WRITE without=the test",
        "release=v7.1 without=the flush",
      ],
    },
  ],
  "mremap-by-release": [
    {
      steps: [
        "__filemap_get_folio: folio->mapping == mapping?",
        "__filemap_get_folio: folio_put(folio)",
        "__filemap_get_folio: folio_unlock(folio)",
        "filemap_get_entry: folio == xas_reload(&xas)?",
        "filemap_get_entry: folio_put(folio)",
        "filemap_get_entry: folio_try_get(folio)?",
        "filemap_remove_folio: filemap_unaccount_folio(): folio_mapped(folio)?",
        "filemap_remove_folio: folio->mapping = NULL",
        "filemap_remove_folio: folio_put_refs(folio)",
        "filemap_remove_folio: xas_store(&xas, shadow)",
        "find_get_entry: folio_put(folio)",
        "find_lock_entries: put: folio_put(folio)",
        "find_lock_entries: unlock: folio_unlock(folio)",
        "truncate_inode_pages_range: folio_put(folio)",
        "truncate_inode_pages_range: folio_unlock(folio)",
        "zap_pte_range: force_flush: tlb_flush_mmu_tlbonly(tlb)",
        "zap_pte_range: should_zap_folio(details, folio)?",
        "zap_pte_range: tlb_flush_rmaps(tlb, vma)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: WARN_ON_ONCE(PageDirty(page))",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "find_get_entry: put_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
        "zap_pte_range: check_mapping == page_rmapping(page)?",
        "zap_pte_range: force_flush: tlb_flush_mmu_tlbonly()",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
        "against=writeback",
        "release=v6.12 against=writeback",
        "release=v7.1 against=writeback",
      ],
    },
    {
      steps: [
        "lock_page: trylock_page(page)",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
      in: [
        "against=writeback",
      ],
    },
    {
      steps: [
        "writeback_iter: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12 against=writeback",
        "release=v7.1 against=writeback",
      ],
    },
  ],
  "page-lock": [
    {
      because: "Where no waiter has tried often enough.",
      steps: [
        "unlock_page: test_and_set_bit(PG_locked) for the waiter",
      ],
      in: [
        "defaults",
        "waitersLate=true",
      ],
    },
    {
      steps: [
        "wait_on_page_bit_common: goto repeat",
      ],
      in: [
        "defaults",
        "waitersLate=true",
      ],
    },
  ],
  "pin-vs-fork": [
    {
      because: "Where reclaim does not run, the page is not in the swap cache.",
      steps: [
        "do_wp_page: delete_from_swap_cache(): ClearPageSwapCache(page)",
        "do_wp_page: delete_from_swap_cache(): page_ref_sub(page, 1)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where nothing else locks the page, the rule of v5.7 does not wait for it.",
      steps: [
        "do_wp_page: get_page(page)",
        "do_wp_page: pte_same(*vmf->pte, vmf->orig_pte)?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to wait",
        "do_wp_page: put_page(page)",
        "do_wp_page: spin_lock(vmf->ptl), again",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where no other thread of the process replaces the page, the rule of v5.7 finds it again after waiting for it.",
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), changed",
        "do_wp_page: put_page(page), changed",
        "do_wp_page: unlock_page(page), changed",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where nothing is pinned, all pages are shared.",
      steps: [
        "dup_mmap: -EAGAIN: spin_unlock(dst_ptl)",
        "dup_mmap: -EAGAIN: spin_unlock(src_ptl)",
        "dup_mmap: __SetPageUptodate(new_page): smp_wmb()",
        "dup_mmap: copy_present_page(): page_maybe_dma_pinned(page)?",
        "dup_mmap: copy_user_highpage(): load from page",
        "dup_mmap: copy_user_highpage(): store to new_page",
        "dup_mmap: page_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap: page_add_new_anon_rmap(): mapping = anon_vma",
        "dup_mmap: set_pte_at(dst_pte), of the copy",
      ],
      in: [
        "release=5.9 flag=FOLL_GET",
      ],
    },
    {
      because: "Where the vma stays, something is mapped.",
      steps: [
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
      ],
    },
  ],
  "pin-vs-fork-by-release": [
    {
      steps: [
        "__get_user_pages_locked: mmap_read_unlock(mm), -EFAULT",
        "__get_user_pages_locked: pte_unmap_unlock(), nothing mapped",
        "do_wp_page: SetPageAnonExclusive(vmf->page)",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "do_wp_page: folio_ref_count(folio) != 1?",
        "do_wp_page: folio_test_swapcache(folio)?",
        "do_wp_page: folio_trylock(folio)",
        "do_wp_page: folio_unlock(folio)",
        "do_wp_page: folio_unlock(folio), to copy",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 pinsFor=reading",
        "release=v7.1 pinsFor=reading",
      ],
    },
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
      in: [
        "release=v5.11 pinsFor=reading",
      ],
    },
    {
      steps: [
        "do_wp_page: PageAnonExclusive(vmf->page), again?",
        "do_wp_page: wp_page_reuse(): pte_unmap_unlock()",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
      ],
      in: [
        "defaults",
        "release=v5.11",
        "release=v5.11 pinsFor=reading",
      ],
    },
    {
      steps: [
        "do_wp_page: unshare: pte_unmap_unlock()",
      ],
      in: [
        "release=v6.12 pinsFor=reading",
        "release=v7.1 pinsFor=reading",
      ],
    },
    {
      steps: [
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
      in: [
        "defaults",
        "release=v5.11",
        "release=v6.12",
        "release=v7.1",
        "release=v5.11 pinsFor=reading",
      ],
    },
  ],
  "poisoned-entry": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
        "beside=copy",
        "release=v6.12 beside=copy",
        "release=v7.1 beside=copy",
        "beside=dontneed",
        "release=v6.12 beside=dontneed",
        "release=v7.1 beside=dontneed",
        "beside=fork",
        "release=v6.12 beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "do_anonymous_page: add_mm_counter(MM_ANONPAGES)",
      ],
      in: [
        "release=v6.12",
        "release=v6.12 beside=copy",
        "release=v6.12 beside=fork",
      ],
    },
    {
      steps: [
        "do_anonymous_page: add_mm_counter(MM_ANONPAGES), last",
      ],
      in: [
        "release=v7.1",
        "release=v7.1 beside=copy",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "do_anonymous_page: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "do_anonymous_page: folio_add_new_anon_rmap(): _mapcount = 0",
        "do_anonymous_page: folio_add_new_anon_rmap(): mapping = anon_vma",
        "do_anonymous_page: set_ptes(vmf->pte)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 beside=copy",
        "release=v7.1 beside=copy",
        "release=v6.12 beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "do_anonymous_page: inc_mm_counter_fast(mm, MM_ANONPAGES)",
        "do_anonymous_page: page_add_new_anon_rmap(): _mapcount = 0",
        "do_anonymous_page: page_add_new_anon_rmap(): mapping = anon_vma",
        "do_anonymous_page: set_pte_at(vmf->pte)",
      ],
      in: [
        "defaults",
        "beside=copy",
        "beside=fork",
      ],
    },
    {
      steps: [
        "do_anonymous_page: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
        "beside=copy",
        "release=v6.12 beside=copy",
        "release=v7.1 beside=copy",
        "beside=fork",
        "release=v6.12 beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "do_anonymous_page: release: folio_put(folio)",
      ],
      in: [
        "release=v6.12 beside=dontneed",
        "release=v7.1 beside=dontneed",
      ],
    },
    {
      steps: [
        "do_anonymous_page: release: put_page(page)",
      ],
      in: [
        "beside=dontneed",
      ],
    },
    {
      steps: [
        "do_anonymous_page: unlock: pte_unmap_unlock(vmf->ptl)",
        "handle_pte_fault: do_swap_page(vmf): VM_FAULT_HWPOISON",
      ],
      in: [
        "beside=dontneed",
        "release=v6.12 beside=dontneed",
        "release=v7.1 beside=dontneed",
      ],
    },
    {
      steps: [
        "do_wp_page: > 1 + folio_test_swapcache(folio)?",
        "do_wp_page: PageAnonExclusive(vmf->page)?",
        "do_wp_page: copy: folio_get(folio)",
        "do_wp_page: folio_ref_count(folio)",
        "do_wp_page: folio_ref_count(folio) > 3?",
        "do_wp_page: folio_test_anon(folio)?",
        "handle_pte_fault: pte_same(ptep_get(vmf->pte), entry)?",
        "wp_page_copy: __folio_mark_uptodate(new_folio): smp_wmb()",
        "wp_page_copy: __wp_page_copy_user(): load from vmf->page",
        "wp_page_copy: __wp_page_copy_user(): store to new_folio",
        "wp_page_copy: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "wp_page_copy: folio_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: folio_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: folio_put(new_folio), which is the old one",
        "wp_page_copy: folio_put(old_folio)",
        "wp_page_copy: folio_remove_rmap_pte(old_folio)",
        "wp_page_copy: pte_offset_map_lock(&vmf->ptl)",
        "wp_page_copy: pte_same(ptep_get(vmf->pte), vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
        "wp_page_copy: set_pte_at(vmf->pte)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 beside=dontneed",
        "release=v7.1 beside=dontneed",
      ],
    },
    {
      steps: [
        "do_wp_page: PageAnon(vmf->page)?",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: page_count(page) != 1?",
        "handle_pte_fault: pte_same(*vmf->pte, entry)?",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "beside=dontneed",
      ],
    },
    {
      steps: [
        "do_wp_page: PageAnonExclusive(vmf->page), again?",
        "do_wp_page: SetPageAnonExclusive(vmf->page)",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "do_wp_page: folio_ref_count(folio) != 1?",
        "do_wp_page: folio_test_swapcache(folio)?",
        "do_wp_page: folio_trylock(folio)",
        "do_wp_page: folio_unlock(folio)",
        "do_wp_page: folio_unlock(folio), to copy",
        "do_wp_page: wp_page_reuse(): pte_unmap_unlock()",
        "wp_page_copy: oom: folio_put(old_folio)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 beside=copy",
        "release=v7.1 beside=copy",
        "release=v6.12 beside=dontneed",
        "release=v7.1 beside=dontneed",
        "release=v6.12 beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
      ],
      in: [
        "defaults",
        "beside=copy",
        "beside=dontneed",
        "beside=fork",
      ],
    },
    {
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
        "handle_pte_fault: spin_lock(vmf->ptl)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
        "beside=dontneed",
        "release=v6.12 beside=dontneed",
        "release=v7.1 beside=dontneed",
      ],
    },
    {
      steps: [
        "dup_mmap: !new_folio: -EAGAIN?",
        "dup_mmap: -EAGAIN: pte_unmap_unlock(dst_ptl)",
        "dup_mmap: -EAGAIN: pte_unmap_unlock(src_ptl)",
        "dup_mmap: __folio_mark_uptodate(new_folio): smp_wmb()",
        "dup_mmap: copy_mc_user_highpage(): load from page",
        "dup_mmap: copy_mc_user_highpage(): store to new_folio",
        "dup_mmap: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "dup_mmap: folio_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap: folio_add_new_anon_rmap(): mapping = anon_vma",
        "dup_mmap: folio_needs_cow_for_dma(): folio_maybe_dma_pinned(folio)?",
        "dup_mmap: folio_put(folio), to copy",
        "dup_mmap: maybe_pinned: PageAnonExclusive(page)?",
      ],
      in: [
        "release=v6.12 beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "dup_mmap: -EAGAIN: spin_unlock(dst_ptl)",
        "dup_mmap: -EAGAIN: spin_unlock(src_ptl)",
        "dup_mmap: __SetPageUptodate(new_page): smp_wmb()",
        "dup_mmap: copy_present_page(): page_maybe_dma_pinned(page)?",
        "dup_mmap: copy_user_highpage(): load from page",
        "dup_mmap: copy_user_highpage(): store to new_page",
        "dup_mmap: page_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap: page_add_new_anon_rmap(): mapping = anon_vma",
      ],
      in: [
        "beside=fork",
      ],
    },
    {
      steps: [
        "dup_mmap: set_pte_at(dst_pte), of the copy",
      ],
      in: [
        "beside=fork",
        "release=v6.12 beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
    {
      steps: [
        "memory_failure: folio_unlock(folio), failed",
        "memory_failure: mutex_unlock(&mf_mutex), failed",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 beside=copy",
        "release=v7.1 beside=copy",
        "release=v6.12 beside=dontneed",
        "release=v7.1 beside=dontneed",
        "release=v6.12 beside=truncate",
        "release=v7.1 beside=truncate",
        "release=v6.12 beside=fork",
        "release=v7.1 beside=fork",
      ],
    },
    {
      steps: [
        "memory_failure: unlock_page(p), failed",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "poisoned-page-fault": [
    {
      steps: [
        "do_read_fault: folio_put(folio)",
        "zap_pte_range: folio_remove_rmap_ptes(folio, page, nr, vma)",
        "zap_pte_range: get_and_clear_full_ptes(mm, addr, pte, nr)",
        "zap_pte_range: pmd_none(*pmd)?",
        "zap_pte_range: pte_none(ptent)?",
        "zap_pte_range: pte_offset_map_lock(mm, pmd, addr, &ptl)",
        "zap_pte_range: pte_unmap_unlock(start_pte, ptl)",
        "zap_pte_range: should_zap_folio(details, folio)?",
      ],
      in: [
        "release=v6.12 faults=one",
        "release=v7.1 faults=one",
      ],
    },
    {
      steps: [
        "do_read_fault: put_page(vmf->page)",
      ],
      in: [
        "faults=one",
      ],
    },
    {
      steps: [
        "filemap_fault: folio_put(folio), SIGBUS",
        "filemap_fault: folio_unlock(folio), SIGBUS",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 faults=one",
        "release=v7.1 faults=one",
      ],
    },
    {
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
        "zap_pte_range: check_mapping == page_rmapping(page)?",
        "zap_pte_range: page_remove_rmap(page)",
        "zap_pte_range: pmd_none_or_clear_bad(pmd)?",
        "zap_pte_range: pte_none(*pte)?",
        "zap_pte_range: pte_offset_map_lock(&ptl)",
        "zap_pte_range: pte_unmap_unlock(ptl)",
        "zap_pte_range: ptep_get_and_clear_full(pte)",
      ],
      in: [
        "defaults",
        "faults=one",
      ],
    },
    {
      steps: [
        "tlb_finish_mmu: tlb_flush_mmu(): put_page(page)",
      ],
      in: [
        "defaults",
        "faults=one",
        "release=v6.12 faults=one",
        "release=v7.1 faults=one",
      ],
    },
  ],
  "pt-reclaim-vs-fault": [
    {
      because: "Without the second look there is nothing to do again.",
      steps: [
        "do_anonymous_page: pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)",
      ],
      in: [
        "rechecks=no",
      ],
    },
    {
      steps: [
        "lock_vma_under_rcu: no VMA: rcu_read_unlock()",
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_refcount_put: rcuwait_wake_up(): smp_mb()",
        "vma_refcount_put: rcuwait_wake_up(): task = rcu_dereference(w->task)",
        "vma_refcount_put: rcuwait_wake_up(): wake_up_process(task)",
        "vma_refcount_put: rcuwait_wake_up(): wake_up_process(task): ttwu_state_match()",
        "vma_start_read: err: rcu_read_unlock()",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
    },
    {
      because: "With one madvise() the pmd lock is free or the fault's, as is the table.",
      steps: [
        "zap_pte_range: pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)",
        "zap_pte_range: pte_offset_map_lock(): rcu_read_unlock(), no table",
        "zap_pte_range: zap_pte_table_if_empty(): pmd_clear(pmd)",
        "zap_pte_range: zap_pte_table_if_empty(): pml = pmd_lock(mm, pmd)",
        "zap_pte_range: zap_pte_table_if_empty(): pte_none(ptep_get(pte))?",
        "zap_pte_range: zap_pte_table_if_empty(): pte_offset_map_rw_nolock(mm, pmd)",
        "zap_pte_range: zap_pte_table_if_empty(): pte_unmap(start_pte)",
        "zap_pte_range: zap_pte_table_if_empty(): pte_unmap_unlock(start_pte, ptl), not empty",
        "zap_pte_range: zap_pte_table_if_empty(): rcu_read_lock()",
        "zap_pte_range: zap_pte_table_if_empty(): rcu_read_unlock(), not empty",
        "zap_pte_range: zap_pte_table_if_empty(): spin_lock_nested(ptl)",
        "zap_pte_range: zap_pte_table_if_empty(): spin_unlock(pml)",
        "zap_pte_range: zap_pte_table_if_empty(): spin_unlock(pml), not empty",
        "zap_pte_range: zap_pte_table_if_empty(): spin_unlock(ptl)",
      ],
      in: [
        "defaults",
        "rechecks=no",
      ],
    },
    {
      steps: [
        "zap_pte_range: tlb_finish_mmu(): flush, the table stays",
        "zap_pte_range: tlb_finish_mmu(): folio_put(folio), the table stays",
      ],
      in: [
        "defaults",
        "rechecks=no",
      ],
    },
  ],
  "questions/collapse-none-pmd-vs-rmap": [
    {
      steps: [
        "collapse_huge_page: anon_vma_unlock_write()",
      ],
      in: [
        "order=mthp walks=second",
      ],
    },
    {
      steps: [
        "collapse_huge_page: isolate: folio_unlock(folio)",
      ],
      in: [
        "defaults",
        "clearsFirst=true",
        "anonVma=not at all clearsFirst=true",
        "anonVma=until populated",
      ],
    },
    {
      steps: [
        "collapse_huge_page: pmd_populate(mm, pmd, pmd_pgtable(_pmd)), not isolated",
        "collapse_huge_page: spin_lock(pmd_ptl), not isolated",
        "collapse_huge_page: spin_unlock(pmd_ptl), not isolated",
        "collapse_huge_page: spin_unlock(pte_ptl), not isolated",
      ],
      in: [
        "order=mthp walks=second",
        "order=mthp anonVma=until populated walks=second",
      ],
    },
    {
      steps: [
        "try_to_unmap: spin_unlock(ptl), restart",
      ],
      in: [
        "defaults",
        "clearsFirst=true",
        "walks=second clearsFirst=true",
        "anonVma=until populated",
        "order=mthp walks=second",
        "order=mthp anonVma=until populated",
        "order=mthp anonVma=until populated walks=second",
      ],
    },
  ],
  "questions/collect-splits-unflushed": [
    {
      steps: [
        "tlb_finish_mmu: tlb_flush_mmu(): flush",
      ],
    },
  ],
  "questions/fork-vs-pin": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "do_wp_page: PageAnonExclusive(vmf->page), again?",
        "do_wp_page: SetPageAnonExclusive(vmf->page)",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "do_wp_page: folio_ref_count(folio) != 1?",
        "do_wp_page: folio_test_swapcache(folio)?",
        "do_wp_page: folio_trylock(folio)",
        "do_wp_page: folio_unlock(folio)",
        "do_wp_page: folio_unlock(folio), to copy",
        "do_wp_page: wp_page_reuse(): pte_unmap_unlock()",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: oom: folio_put(old_folio)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
      ],
    },
  ],
  "questions/large-folio-reuse": [
    {
      steps: [
        "folio_add_return_large_mapcount: folio->_mm_id_mapcount[0] += diff",
        "folio_add_return_large_mapcount: folio->_mm_id_mapcount[0] = diff - 1",
        "folio_add_return_large_mapcount: folio->_mm_id_mapcount[1] += diff",
        "folio_add_return_large_mapcount: folio_set_mm_id(folio, 0, mm_id)",
      ],
      in: [
        "beside=fork",
      ],
    },
    {
      steps: [
        "folio_sub_return_large_mapcount: folio->_mm_id_mapcount[0] -= diff",
        "folio_sub_return_large_mapcount: folio->_mm_id_mapcount[1] == new_mapcount_val?",
        "folio_sub_return_large_mapcount: folio_set_mm_id(folio, 0, MM_ID_DUMMY)",
      ],
      in: [
        "beside=unmap-and-gup",
        "beside=unmap-and-gup without=shared-bit",
        "beside=unmap-and-gup without=references",
        "beside=unmap-and-gup without=lock",
        "beside=unmap-and-gup without=looks-under-lock",
      ],
    },
    {
      steps: [
        "folio_sub_return_large_mapcount: folio->_mm_id_mapcount[1] -= diff",
        "folio_sub_return_large_mapcount: folio_mm_id(folio, 1) == mm_id?",
        "folio_sub_return_large_mapcount: folio_set_mm_id(folio, 1, MM_ID_DUMMY)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "questions/lazyfree-batch-vs-pin": [
    {
      steps: [
        "gup_fast_fallback: gup_fast_unpin_user_pages()",
        "gup_fast_fallback: unpin: atomic_sub(refs, &folio->_pincount)",
      ],
    },
    {
      because: "The mapping of the other process keeps a reference, so that the folio is never frozen.",
      steps: [
        "try_to_unmap_one: folio_unlock(folio)",
        "try_to_unmap_one: free_unref_folios(&free_folios)",
      ],
      in: [
        "beside=fork",
        "beside=fork first=mappings",
      ],
    },
  ],
  "questions/maps-misses-a-tail": [
    {
      because: "The iterator never stands behind what has been shown, so that no gap is seen.",
      steps: [
        "lock_next_vma: fallback_unlock: rcu_read_unlock()",
        "lock_next_vma: mmap_lock_speculate_retry(mm, mm_wr_seq)",
        "lock_next_vma: mmap_lock_speculate_retry(mm, mm_wr_seq): smp_rmb()",
        "lock_next_vma: vma != vma_next(vmi)",
      ],
      in: [
        "iterator=set to vm_end",
      ],
    },
    {
      because: "Here no VMA becomes another mm's.",
      steps: [
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
    },
  ],
  "questions/pmd-check-vs-dontneed": [
    {
      because: "Here no VMA leaves the tree, nor becomes another mm's.",
      steps: [
        "lock_vma_under_rcu: no VMA: rcu_read_unlock()",
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
    },
  ],
  "questions/pmd-clear-before-flush": [
    {
      because: "Nobody else holds the page lock or takes the page off the file: the first pass deletes it.",
      steps: [
        "__filemap_get_folio: folio->mapping == mapping?",
        "__filemap_get_folio: folio_put(folio)",
        "__filemap_get_folio: folio_unlock(folio)",
        "filemap_get_entry: folio == xas_reload(&xas)?",
        "filemap_get_entry: folio_put(folio)",
        "filemap_get_entry: folio_try_get(folio)?",
        "filemap_remove_folio: filemap_unaccount_folio(): folio_mapped(folio)?",
        "filemap_remove_folio: folio->mapping = NULL",
        "filemap_remove_folio: folio_put_refs(folio)",
        "filemap_remove_folio: xas_store(&xas, shadow)",
        "find_lock_entries: put: folio_put(folio)",
        "find_lock_entries: unlock: folio_unlock(folio)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: folio_put(folio)",
        "truncate_inode_pages_range: folio_unlock(folio)",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
    {
      because: "Nobody else takes the page off the file, or holds its lock.",
      steps: [
        "find_get_entry: folio_put(folio)",
        "lock_page: __lock_page(page)",
      ],
    },
    {
      because: "A dirty page has been flushed under ptl already.",
      steps: [
        "tlb_finish_mmu: tlb_flush_mmu(): flush",
      ],
      in: [
        "defaults",
        "remover=invalidate",
        "fixed=true",
        "remover=invalidate fixed=true",
      ],
    },
    {
      because: "A clean page is flushed when the gather is over.",
      steps: [
        "zap_pte_range: force_flush: tlb_flush_mmu_tlbonly(tlb)",
        "zap_pte_range: tlb_flush_rmaps(tlb, vma)",
      ],
      in: [
        "remover=invalidate clean=true",
        "remover=invalidate clean=true fixed=true",
      ],
    },
  ],
  "questions/stale-file-end": [
    {
      because: "Nobody takes the first page off the file.",
      steps: [
        "__filemap_get_folio: folio_put(folio)",
        "__filemap_get_folio: folio_unlock(folio)",
        "filemap_get_entry: folio_put(folio)",
        "next_uptodate_folio: unlock: folio_unlock(folio)",
      ],
    },
  ],
  "questions/swap-cache-is-the-lock": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
      in: [
        "beside=drop",
        "beside=drop without=the folio of the slot",
        "beside=drop without=the count of the slot",
        "beside=drop without=folio_matches_swap_entry()",
        "beside=drop without=pte_same()",
      ],
    },
    {
      steps: [
        "do_swap_page: -EEXIST: folio_put(folio)",
        "do_swap_page: swap_cache_add_folio(): -EEXIST: swap_cluster_unlock(ci)",
        "do_swap_page: swapin_folio(): -EEXIST: folio_unlock(folio)",
      ],
      in: [
        "without=the folio of the slot",
        "beside=drop without=the folio of the slot",
      ],
    },
    {
      steps: [
        "do_swap_page: -ENOENT: folio_put(folio)",
        "do_swap_page: swap_cache_add_folio(): -ENOENT: swap_cluster_unlock(ci)",
        "do_swap_page: swapin_folio(): -ENOENT: folio_unlock(folio)",
      ],
      in: [
        "without=the count of the slot",
        "beside=drop without=the count of the slot",
      ],
    },
    {
      steps: [
        "do_swap_page: out_nomap: pte_unmap_unlock(vmf->pte, vmf->ptl)",
      ],
      in: [
        "defaults",
        "ordered=true",
        "without=pte_same()",
        "beside=drop without=pte_same()",
      ],
    },
    {
      steps: [
        "do_swap_page: out_page: folio_unlock(folio)",
        "do_swap_page: out_release: folio_put(folio)",
      ],
      in: [
        "beside=drop without=pte_same()",
      ],
    },
  ],
  "questions/table-sync": [
    {
      steps: [
        "__vma_start_exclude_readers: rcuwait_wait_event(): for (;;)",
        "__vma_start_exclude_readers: rcuwait_wait_event(): schedule()",
        "__vma_start_exclude_readers: rcuwait_wait_event(): schedule(): sleeps",
      ],
      in: [
        "defaults",
        "sync=rcu",
        "sync=none",
        "flush=ipi sync=none",
      ],
    },
  ],
  "questions/uffd-move-vs-pin": [
    {
      steps: [
        "gup_fast_fallback: gup_fast_unpin_user_pages()",
      ],
    },
    {
      steps: [
        "move_present_pte: out: spin_unlock(src_ptl)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "move_present_ptes, with smp_mb(): out: spin_unlock(src_ptl)",
      ],
      in: [
        "release=v7.1 added=smp_mb()",
      ],
    },
    {
      steps: [
        "move_present_ptes: out: spin_unlock(src_ptl)",
      ],
      in: [
        "release=v7.1",
      ],
    },
  ],
  "questions/unlock-without-reference": [
    {
      because: "The PTE maps a private copy, from the start to the end, and nobody else takes the page off the file.",
      steps: [
        "filemap_map_pages, patched: folio_add_file_rmap_ptes(folio, page, nr, vma)",
        "filemap_map_pages, patched: set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr)",
        "next_uptodate_folio: unlock: folio_unlock(folio)",
      ],
      in: [
        "stale=true",
        "release=v7.1 stale=true",
        "release=v7.1",
        "release=v7.1 drops=true",
        "drops=true",
      ],
    },
    {
      because: "The PTE maps a private copy, so that it takes no reference.",
      steps: [
        "filemap_map_pages, patched: folio_ref_inc(folio)",
      ],
      in: [
        "stale=true",
        "drops=true",
      ],
    },
    {
      steps: [
        "shrink_folio_list, free_pages_prepare(): folio_mapped(folio)?, again",
      ],
    },
    {
      because: "The PTE maps a private copy, from the start to the end, and nobody else takes the page off the file.",
      steps: [
        "try_to_unmap_one: check_pte(): maps the folio?",
        "try_to_unmap_one: folio_put(folio)",
        "try_to_unmap_one: folio_remove_rmap_pte(folio, subpage, vma)",
        "try_to_unmap_one: map_pte(): pte_present(ptep_get(pvmw->pte))?",
        "try_to_unmap_one: pmd_present(*pvmw->pmd)?",
        "try_to_unmap_one: ptep_get_and_clear(mm, address, pvmw.pte)",
        "try_to_unmap_one: spin_lock(pvmw->ptl)",
        "try_to_unmap_one: spin_unlock(pvmw->ptl)",
      ],
    },
  ],
  "questions/vm-refcnt-values": [
    {
      because: "The page table is never there: mprotect() finds an empty pmd entry, and the VMA stays in the tree.",
      steps: [
        "change_pmd_range: pte_none(oldpte)",
        "change_pmd_range: pte_offset_map_lock()",
        "change_pmd_range: pte_unmap_unlock()",
        "change_pmd_range: ptep_modify_prot_commit()",
        "change_pmd_range: ptep_modify_prot_start()",
        "lock_vma_under_rcu: no VMA: rcu_read_unlock()",
      ],
      in: [
        "writer=mprotect",
      ],
    },
    {
      because: "Here no VMA becomes another mm's.",
      steps: [
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
    },
  ],
  "questions/vma-start-write-vs-end-read": [
    {
      because: "Here no VMA leaves the tree, nor becomes another mm's.",
      steps: [
        "lock_vma_under_rcu: no VMA: rcu_read_unlock()",
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
      in: [
        "defaults",
        "acquires=true",
      ],
    },
  ],
  "races/collapse-vs-pt-reclaim": [
    {
      because: "Once it has looked under the lock of the vma, the table is there.",
      steps: [
        "collapse_huge_page: BUG_ON(!pmd_none(*pmd)); pmd_populate(mm, pmd, pmd_pgtable(_pmd))",
        "collapse_huge_page: fail: spin_lock(pmd_ptl)",
      ],
      in: [
        "fixed=true",
        "fixed=true acquires=true",
      ],
    },
    {
      because: "Two threads alone: the pmd lock is free, and khugepaged isolates what it finds; gup-fast-vs-collapse and pt-reclaim-vs-fault have the rest.",
      steps: [
        "collapse_huge_page: fail: spin_unlock(pmd_ptl)",
        "collapse_huge_page: isolate: folio_unlock(folio)",
        "collapse_huge_page: spin_unlock(pte_ptl), nothing isolated",
        "zap_pte_range: pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)",
        "zap_pte_range: zap_pte_table_if_empty(): pmd_clear(pmd)",
        "zap_pte_range: zap_pte_table_if_empty(): pml = pmd_lock(mm, pmd)",
        "zap_pte_range: zap_pte_table_if_empty(): pte_none(ptep_get(pte))?",
        "zap_pte_range: zap_pte_table_if_empty(): pte_offset_map_rw_nolock(mm, pmd)",
        "zap_pte_range: zap_pte_table_if_empty(): pte_unmap(start_pte)",
        "zap_pte_range: zap_pte_table_if_empty(): pte_unmap_unlock(start_pte, ptl), not empty",
        "zap_pte_range: zap_pte_table_if_empty(): rcu_read_lock()",
        "zap_pte_range: zap_pte_table_if_empty(): rcu_read_unlock(), not empty",
        "zap_pte_range: zap_pte_table_if_empty(): spin_lock_nested(ptl)",
        "zap_pte_range: zap_pte_table_if_empty(): spin_unlock(pml)",
        "zap_pte_range: zap_pte_table_if_empty(): spin_unlock(pml), not empty",
        "zap_pte_range: zap_pte_table_if_empty(): spin_unlock(ptl)",
      ],
    },
    {
      steps: [
        "lock_vma_under_rcu: no VMA: rcu_read_unlock()",
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
        "zap_pte_range: tlb_finish_mmu(): flush, the table stays",
        "zap_pte_range: tlb_finish_mmu(): folio_put(folio), the table stays",
      ],
    },
  ],
  "races/collect-vs-dontneed": [
    {
      steps: [
        "tlb_finish_mmu: tlb_flush_mmu(): flush",
      ],
    },
  ],
  "races/dirty-cow": [
    {
      because: "Where nobody else has a reference, nothing is copied.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "alloc_page_vma: rmqueue(): the second page",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
    },
    {
      steps: [
        "do_cow_fault: uncharge_out: put_page(cow_page)",
      ],
    },
    {
      because: "Where reclaim does not run, the page is not in the swap cache.",
      steps: [
        "do_wp_page: delete_from_swap_cache(): ClearPageSwapCache(page)",
        "do_wp_page: delete_from_swap_cache(): page_ref_sub(page, 1)",
      ],
    },
    {
      because: "Where nothing else locks the page, the rule of v5.7 does not wait for it.",
      steps: [
        "do_wp_page: get_page(page)",
        "do_wp_page: pte_same(*vmf->pte, vmf->orig_pte)?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to wait",
        "do_wp_page: put_page(page)",
        "do_wp_page: spin_lock(vmf->ptl), again",
      ],
    },
    {
      because: "Where no other thread of the process replaces the page, the rule of v5.7 finds it again after waiting for it.",
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), changed",
        "do_wp_page: put_page(page), changed",
        "do_wp_page: unlock_page(page), changed",
      ],
    },
    {
      because: "Where nobody else takes a reference meanwhile, the count is the same under the page lock.",
      steps: [
        "do_wp_page: unlock_page(page), to copy",
      ],
    },
    {
      because: "Where nothing takes pages out of the file.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), retry",
        "find_get_entry: put_page(page)",
      ],
    },
    {
      steps: [
        "filemap_map_pages: skip: put_page(page)",
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
  ],
  "races/exclusive-vs-gup-fast": [
    {
      steps: [
        "gup_fast_fallback, patched: gup_fast_unpin_user_pages()",
      ],
      in: [
        "fixed=true without=smp_mb__after_atomic() behind the pin",
        "fixed=true by=KSM without=smp_rmb() before PageAnonExclusive()",
      ],
    },
    {
      steps: [
        "gup_fast_fallback: gup_fast_unpin_user_pages()",
      ],
      in: [
        "defaults",
        "fixed=true",
        "fixed=true by=KSM",
        "by=KSM",
        "fixed=true without=smp_mb() before the test for pins",
        "fixed=true by=KSM without=smp_mb__after_atomic() behind ClearPageAnonExclusive()",
      ],
    },
  ],
  "races/expand-vs-vma-fault": [
    {
      steps: [
        "lock_vma_under_rcu: inval: rcu_read_unlock()",
        "vma_start_read: up_read(&vma->vm_lock->lock)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "lock_vma_under_rcu: no VMA: rcu_read_unlock()",
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
      in: [
        "fixed=true release=v7.1",
      ],
    },
  ],
  "races/ext4-fault-vs-punch": [
    {
      because: "Where nobody else sets the PTE.",
      steps: [
        "do_read_fault: put_page(vmf->page)",
      ],
    },
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
    {
      because: "Where the file system's lock keeps the page in the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), retry",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/folio-across-eof": [
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
    {
      because: "Where the file system's lock keeps the page in the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), retry",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
  "races/fork-vs-vma-fault": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "do_wp_page: PageAnonExclusive(vmf->page), again?",
        "do_wp_page: SetPageAnonExclusive(vmf->page)",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "do_wp_page: folio_ref_count(folio) != 1?",
        "do_wp_page: folio_test_swapcache(folio)?",
        "do_wp_page: folio_trylock(folio)",
        "do_wp_page: folio_unlock(folio)",
        "do_wp_page: folio_unlock(folio), to copy",
        "do_wp_page: wp_page_reuse(): pte_unmap_unlock()",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
        "dup_mmap, mmap_lock is held: !new_folio: -EAGAIN?",
        "dup_mmap, mmap_lock is held: -EAGAIN: pte_unmap_unlock(dst_ptl)",
        "dup_mmap, mmap_lock is held: -EAGAIN: pte_unmap_unlock(src_ptl)",
        "dup_mmap, mmap_lock is held: __folio_mark_uptodate(new_folio): smp_wmb()",
        "dup_mmap, mmap_lock is held: copy_mc_user_highpage(): load from page",
        "dup_mmap, mmap_lock is held: copy_mc_user_highpage(): store to new_folio",
        "dup_mmap, mmap_lock is held: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "dup_mmap, mmap_lock is held: folio_add_new_anon_rmap(): _mapcount = 0",
        "dup_mmap, mmap_lock is held: folio_add_new_anon_rmap(): mapping = anon_vma",
        "dup_mmap, mmap_lock is held: folio_needs_cow_for_dma(): folio_maybe_dma_pinned(folio)?",
        "dup_mmap, mmap_lock is held: folio_put(folio), to copy",
        "dup_mmap, mmap_lock is held: maybe_pinned: PageAnonExclusive(page)?",
        "dup_mmap, mmap_lock is held: set_pte_at(dst_pte), of the copy",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: oom: folio_put(old_folio)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
      ],
    },
    {
      steps: [
        "lock_vma_under_rcu: inval: rcu_read_unlock()",
        "vma_start_read: up_read(&vma->vm_lock->lock)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "lock_vma_under_rcu: no VMA: rcu_read_unlock()",
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
      in: [
        "fixed=true release=v7.1",
      ],
    },
  ],
  "races/gup-fast-vs-collapse": [
    {
      steps: [
        "__vma_start_exclude_readers: rcuwait_wait_event(): for (;;)",
        "__vma_start_exclude_readers: rcuwait_wait_event(): schedule()",
        "__vma_start_exclude_readers: rcuwait_wait_event(): schedule(): sleeps",
      ],
      in: [
        "fixed=true",
        "fixed=true flush=ipi",
      ],
    },
    {
      because: "A flush by IPI waits for the walk, so that the PTE is what it was.",
      steps: [
        "internal_get_user_pages_fast: put_compound_head(head, 1, flags)",
      ],
      in: [
        "flush=ipi",
      ],
    },
  ],
  "races/gup-fast-vs-deposit": [
    {
      steps: [
        "__vma_start_exclude_readers: rcuwait_wait_event(): for (;;)",
        "__vma_start_exclude_readers: rcuwait_wait_event(): schedule()",
        "__vma_start_exclude_readers: rcuwait_wait_event(): schedule(): sleeps",
      ],
    },
  ],
  "races/gup-fast-vs-fork": [
    {
      because: "Where somebody else always has a reference, v5.9 never writes in place.",
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
    },
    {
      because: "Where the vma stays, something is mapped.",
      steps: [
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
      ],
    },
  ],
  "races/hugetlb-fault-vs-punch": [
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
  ],
  "races/hugetlb-share-vs-teardown": [
    {
      steps: [
        "free_pgtables: pmd_none_or_clear_bad(pmd): pmd_clear_bad(pmd)",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      steps: [
        "huge_pte_alloc: ptdesc_pmd_pts_dec(spte)",
        "hugetlb_fault: entry = huge_ptep_get(ptep), without a lock",
      ],
    },
  ],
  "races/hugetlb-split-vs-share": [
    {
      steps: [
        "huge_pte_alloc: ptdesc_pmd_pts_dec(spte)",
      ],
    },
  ],
  "races/lazyfree-vs-pin": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "alloc_page_vma: rmqueue(): the second page",
        "do_wp_page: PageAnon(vmf->page)?",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: page_count(page) != 1?",
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
        "get_user_pages_unlocked: mmap_read_unlock(mm)",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl)",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), read-only",
        "get_user_pages_unlocked: try_grab_page(page)",
        "handle_pte_fault: pte_same(*vmf->pte, entry)?",
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
        "handle_pte_fault: spin_lock(vmf->ptl)",
        "handle_pte_fault: vmf->orig_pte = *vmf->pte",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "holder=stores and unpins",
      ],
    },
    {
      steps: [
        "gup_fast_fallback: gup_fast_unpin_user_pages()",
      ],
      in: [
        "fixed=true",
        "fixed=true holder=stores and unpins",
        "fixed=true release=v7.1",
        "fixed=true release=v7.1 holder=stores and unpins",
        "fixed=true without=smp_mb()",
        "fixed=true holder=stores and unpins without=smp_rmb()",
      ],
    },
    {
      steps: [
        "shrink_page_list, lazyfree: page_ref_unfreeze(page, 1)",
        "try_to_unmap_one: page_vma_mapped_walk_done(): spin_unlock(ptl)",
        "try_to_unmap_one: set_pte_at(mm, address, pvmw.pte, pteval)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "races/memory-failure-twice": [
    {
      steps: [
        "lock_page: __lock_page(page)",
        "memory_failure: unlock_page(p), failed",
      ],
    },
    {
      steps: [
        "memory_failure: mutex_unlock(&mf_mutex), failed",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/mkclean-vs-buffers": [
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
  ],
  "races/mprotect-vs-batched-flush": [
    {
      because: "Reclaim keeps a page that was dirty.",
      steps: [
        "__delete_from_page_cache: page->mapping = NULL",
        "__delete_from_page_cache: unaccount: page_mapped(page)?",
        "__delete_from_page_cache: xas_store(&xas, NULL)",
        "shrink_page_list: free_unref_page_list(&free_pages)",
        "shrink_page_list: page_ref_freeze(page, 2)",
        "shrink_page_list: try_to_unmap_flush()",
        "shrink_page_list: unlock_page(page)",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
    {
      steps: [
        "__delete_from_page_cache: unaccount: WARN_ON_ONCE(PageDirty(page))",
        "shrink_page_list: __remove_mapping(): PageDirty(page)?",
        "shrink_page_list: __remove_mapping(): page_ref_unfreeze(page, refcount)",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
    {
      because: "Reclaim keeps a folio that was dirty.",
      steps: [
        "__filemap_remove_folio: filemap_unaccount_folio(): folio_mapped(folio)?",
        "__filemap_remove_folio: folio->mapping = NULL",
        "__filemap_remove_folio: xas_store(&xas, shadow)",
        "shrink_folio_list: __remove_mapping(): folio_ref_freeze(folio, refcount)?",
        "shrink_folio_list: __remove_mapping(): folio_test_dirty(folio)?",
        "shrink_folio_list: folio_unlock(folio)",
        "shrink_folio_list: free_unref_folios(&free_folios)",
        "shrink_folio_list: try_to_unmap_flush()",
      ],
      in: [
        "fixed=true release=v6.12",
        "fixed=true release=v7.1",
      ],
    },
    {
      because: "Reclaim keeps a folio that was dirty.",
      steps: [
        "shrink_folio_list: __remove_mapping(): folio_ref_unfreeze(folio, refcount)",
      ],
      in: [
        "fixed=true release=v6.12",
        "fixed=true release=v7.1",
        "fixed=true release=v7.1 pte=clean",
      ],
    },
    {
      steps: [
        "try_to_unmap_one: folio_mark_dirty(folio)",
        "user_store: store through the TLB",
      ],
      in: [
        "fixed=true release=v7.1 pte=clean",
      ],
    },
  ],
  "races/mremap-pmd-vs-truncate": [
    {
      because: "The table moves before the walk of the rmap, or behind it.",
      steps: [
        "zap_pte_range: pte_unmap_unlock(start_pte, ptl), none",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/mremap-vs-mkclean": [
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
    {
      because: "Nobody but writeback cleans the page, so writeback finds it dirty.",
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
    },
  ],
  "races/mremap-vs-remove": [
    {
      because: "Where there is one vma, and nobody else maps the page.",
      steps: [
        "do_read_fault: put_page(vmf->page)",
        "unmap_mapping_range_tree: vma[1]: vma->vm_truncate_count == details->truncate_count?",
      ],
      in: [
        "how=grow",
        "fixed=true how=grow",
      ],
    },
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
  ],
  "races/mremap-vs-retract": [
    {
      steps: [
        "retract_page_tables: drop_pml: spin_unlock(pml)",
        "retract_page_tables: skipped: spin_unlock(ptl)",
      ],
    },
  ],
  "races/mremap-vs-truncate": [
    {
      because: "The steps of the blocking pass: only a page that was locked during the first one is left for it.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: WARN_ON_ONCE(PageDirty(page))",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      steps: [
        "move_page_tables: flush_tlb_range(old), under old_ptl",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Only a page of another file, or one that has left its file, differs; where no unmap comes that late, none does.",
      steps: [
        "zap_pte_range: check_mapping == page_rmapping(page)?",
      ],
    },
    {
      because: "Where no PTE of a zapped page is dirty.",
      steps: [
        "zap_pte_range: force_flush: tlb_flush_mmu_tlbonly()",
      ],
    },
  ],
  "races/nopage-vs-invalidate": [
    {
      because: "Where nobody else sets the PTE.",
      steps: [
        "do_read_fault: put_page(vmf->page)",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "races/pin-fork-write": [
    {
      because: "Where the second page is always free, the first one is not tried.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
    },
    {
      because: "With the fix the write does not fault: the PTE has stayed writable.",
      steps: [
        "do_wp_page: PageAnon(vmf->page)?",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: page_count(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "dup_mmap: get_page(page)",
        "dup_mmap: page_dup_rmap(page)",
        "dup_mmap: ptep_set_wrprotect(src_pte)",
        "dup_mmap: put_page(prealloc)?",
        "dup_mmap: set_pte_at(dst_pte)",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "With the fix the write does not fault: the PTE has stayed writable.",
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
    },
    {
      because: "Where no other thread of the process solves the fault meanwhile, the PTE is still what it was.",
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "races/pmd-share-count": [
    {
      steps: [
        "__unmap_hugepage_range: huge_pmd_unshare(): pud_clear(pud)",
        "__unmap_hugepage_range: huge_pmd_unshare(): put_page(virt_to_page(ptep))",
        "__unmap_hugepage_range: spin_unlock(ptl), unshared",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      steps: [
        "free_pgtables: pmd_none_or_clear_bad(pmd): pmd_clear_bad(pmd)",
      ],
    },
  ],
  "races/populate-vs-invalidate": [
    {
      steps: [
        "do_read_fault: put_page(vmf->page)",
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "races/read-in-vs-read": [
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
  "races/reaper-vs-fault": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "alloc_page_vma: rmqueue(): the second page",
        "do_anonymous_page: __folio_mark_uptodate(folio): smp_wmb()",
        "do_anonymous_page: folio_zero_user(folio)",
        "do_anonymous_page: pte_offset_map_lock(&vmf->ptl)",
        "do_anonymous_page: vmf_pte_changed(vmf)?",
      ],
      in: [
        "without=before ptl",
      ],
    },
    {
      steps: [
        "do_anonymous_page: add_mm_counter(MM_ANONPAGES)",
        "do_anonymous_page: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "do_anonymous_page: folio_add_new_anon_rmap(): _mapcount = 0",
        "do_anonymous_page: folio_add_new_anon_rmap(): mapping = anon_vma",
        "do_anonymous_page: pte_unmap_unlock(vmf->ptl)",
        "do_anonymous_page: set_ptes(vmf->pte)",
      ],
      in: [
        "fixed=true",
        "without=before ptl",
      ],
    },
    {
      steps: [
        "do_anonymous_page: release: folio_put(folio)",
        "do_anonymous_page: unlock: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "without=before ptl",
      ],
    },
  ],
  "races/reclaim-batched-flush": [
    {
      because: "Where no PTE of a zapped page is dirty.",
      steps: [
        "zap_pte_range: force_flush: tlb_flush_mmu_tlbonly()",
      ],
    },
  ],
  "races/shmem-dirty-cow": [
    {
      because: "An exclusive page needs no second fault.",
      steps: [
        "do_wp_page: PageAnonExclusive(page)?",
        "do_wp_page: PageSwapCache(page)?",
        "do_wp_page: delete_from_swap_cache(): ClearPageSwapCache(page)",
        "do_wp_page: delete_from_swap_cache(): page_ref_sub(page, 1)",
        "do_wp_page: page_count(page)",
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_count(page) > 1 + PageSwapCache(page)?",
        "do_wp_page: page_count(page) > 3?",
        "do_wp_page: page_move_anon_rmap(): SetPageAnonExclusive(page)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "An exclusive page needs no second fault.",
      steps: [
        "do_wp_page: unlock_page(page), to copy",
      ],
    },
    {
      because: "Where nothing takes pages out of the file.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), retry",
        "find_get_entry: put_page(page)",
      ],
    },
    {
      steps: [
        "mcontinue_atomic_pte: put_page(page), it is gone",
        "mcontinue_atomic_pte: unlock_page(page), it is gone",
      ],
    },
  ],
  "races/shmem-fault-vs-punch": [
    {
      because: "Nobody else maps the page, so that the fault's reference is always the PTE's.",
      steps: [
        "do_read_fault, patched: put_page(vmf->page)",
      ],
    },
    {
      because: "The punch releases the page that it has removed before a fault that has waited needs another one.",
      steps: [
        "shmem_getpage_gfp: shmem_alloc_page(), the other page",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/soft-dirty-vs-pin": [
    {
      because: "Where nobody else has a reference, nothing is copied.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
    {
      because: "Where nobody else has a reference, nothing is copied.",
      steps: [
        "alloc_page_vma: rmqueue(): the second page",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "With the fix a pinned page is left alone.",
      steps: [
        "clear_refs_write: old = ptep_modify_prot_start(pte)",
        "clear_refs_write: ptep_modify_prot_commit(pte_wrprotect(ptent))",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      steps: [
        "do_wp_page: PageAnon(vmf->page)?",
        "do_wp_page: page_count(page) != 1?",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "A page that is pinned before is copied whatever happens.",
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
    {
      because: "Where somebody else always has a reference, v5.9 never writes in place.",
      steps: [
        "do_wp_page: unlock_page(page), to copy",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
    {
      because: "Where the vma stays, something is mapped.",
      steps: [
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
      ],
      in: [
        "fixed=true pin=meanwhile",
      ],
    },
  ],
  "races/split-migration-pmd-vs-gup-fast": [
    {
      steps: [
        "internal_get_user_pages_fast: gup_put_folio(folio, refs, flags)",
        "internal_get_user_pages_fast: pmd_val(orig) != pmd_val(*pmdp)",
        "internal_get_user_pages_fast: try_grab_folio(page, refs, flags)",
      ],
      in: [
        "machine=arm64",
        "fixed=true",
      ],
    },
    {
      steps: [
        "internal_get_user_pages_fast: pmd_access_permitted(orig)",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/swap-cache-vs-pin": [
    {
      because: "Where nobody else has a reference, nothing is copied.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
    },
    {
      because: "Where nobody else has a reference, nothing is copied.",
      steps: [
        "alloc_page_vma: rmqueue(): the second page",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): SetPageAnonExclusive()",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      steps: [
        "do_wp_page: PageSwapCache(page)?",
        "do_wp_page: delete_from_swap_cache(): ClearPageSwapCache(page)",
        "do_wp_page: delete_from_swap_cache(): page_ref_sub(page, 1)",
        "do_wp_page: page_count(page)",
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_count(page) > 1 + PageSwapCache(page)?",
        "do_wp_page: page_count(page) > 3?",
        "do_wp_page: page_move_anon_rmap(): SetPageAnonExclusive(page)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "Where the vma stays, something is mapped.",
      steps: [
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
      ],
    },
    {
      because: "Where no other thread of the process solves the fault meanwhile, the PTE is still what it was.",
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
    },
  ],
  "races/swapin-skips-cache": [
    {
      steps: [
        "do_swap_page: out_nomap: pte_unmap_unlock(vmf->pte, vmf->ptl)",
      ],
      in: [
        "fixed=true release=v7.1",
      ],
    },
    {
      steps: [
        "do_swap_page: out_nomap: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/two-dontneed": [
    {
      because: "Where no PTE of a zapped page is dirty.",
      steps: [
        "zap_pte_range: force_flush: tlb_flush_mmu_tlbonly()",
      ],
    },
  ],
  "races/two-unmaps": [
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
  ],
  "races/uffd-copy-vs-truncate": [
    {
      steps: [
        "find_get_entry: put_page(page)",
        "shmem_mfill_atomic_pte: delete_from_page_cache(): page->mapping = NULL",
        "shmem_mfill_atomic_pte: delete_from_page_cache(): put_page(page)",
        "shmem_mfill_atomic_pte: delete_from_page_cache(): xas_store(&xas, NULL)",
        "shmem_mfill_atomic_pte: out_release_unlock: pte_unmap_unlock(dst_pte, ptl)",
      ],
      in: [
        "defaults",
        "without=under ptl",
      ],
    },
    {
      steps: [
        "shmem_mfill_atomic_pte: out_release: unlock_page(page)",
        "shmem_mfill_atomic_pte: put_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "zap_pte_range: check_mapping == page_rmapping(page)?",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/uffd-move-swap-cache": [
    {
      steps: [
        "shrink_folio_list: add_to_swap(): a free slot?",
        "shrink_folio_list: add_to_swap(): spin_lock(ci)",
        "shrink_folio_list: add_to_swap(): spin_unlock(ci)",
        "shrink_folio_list: add_to_swap(): swap_map = SWAP_HAS_CACHE",
        "shrink_folio_list: add_to_swap_cache(): folio_ref_add(folio, 1)",
        "shrink_folio_list: add_to_swap_cache(): folio_set_swapcache(folio)",
        "shrink_folio_list: add_to_swap_cache(): xas_store(&xas, folio)",
      ],
    },
  ],
  "races/uffd-wp-vs-copy": [
    {
      because: "Where the second page is always free, the first one is not tried.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
    },
    {
      because: "Where somebody else always has a reference, v5.9 never writes in place.",
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
    },
  ],
  "races/vma-lock-anon-vma": [
    {
      because: "That is the fix: a fault under the lock of its VMA never looks for another anon_vma.",
      steps: [
        "find_mergeable_anon_vma: next = mas_walk(&mas)",
        "find_mergeable_anon_vma: reusable_anon_vma(next, vma, next)",
      ],
      in: [
        "fixed=true",
      ],
    },
  ],
  "races/vmsplice-child": [
    {
      because: "Where the second page is always free, the first one is not tried.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where reclaim does not run, the page is not in the swap cache.",
      steps: [
        "do_wp_page: delete_from_swap_cache(): ClearPageSwapCache(page)",
        "do_wp_page: delete_from_swap_cache(): page_ref_sub(page, 1)",
      ],
    },
    {
      because: "Where nothing else locks the page, the rule of v5.7 does not wait for it.",
      steps: [
        "do_wp_page: get_page(page)",
        "do_wp_page: pte_same(*vmf->pte, vmf->orig_pte)?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to wait",
        "do_wp_page: put_page(page)",
        "do_wp_page: spin_lock(vmf->ptl), again",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where no other thread of the process replaces the page, the rule of v5.7 finds it again after waiting for it.",
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), changed",
        "do_wp_page: put_page(page), changed",
        "do_wp_page: unlock_page(page), changed",
      ],
    },
    {
      because: "Where the fast path never fails.",
      steps: [
        "get_user_pages_unlocked: follow_page_pte(): spin_lock(ptl)",
        "get_user_pages_unlocked: mmap_read_lock(mm)",
        "get_user_pages_unlocked: mmap_read_unlock(mm)",
        "get_user_pages_unlocked: pte_present(*ptep), pte_write(*ptep)?",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl)",
        "get_user_pages_unlocked: try_grab_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where the vma stays, something is mapped.",
      steps: [
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
      ],
    },
    {
      because: "Where no other thread of the process solves the fault meanwhile, the PTE is still what it was.",
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
    },
    {
      because: "Where the PTE is read-only, a write goes on in the slow path.",
      steps: [
        "internal_get_user_pages_fast: pte_val(pte) == pte_val(*ptep)?",
        "internal_get_user_pages_fast: try_grab_compound_head(page)",
      ],
      in: [
        "fixed=true",
      ],
    },
    {
      because: "Where nobody else changes the PTE, it is the same at the second look.",
      steps: [
        "internal_get_user_pages_fast: put_compound_head(page)",
      ],
    },
  ],
  "races/wp-fault-vs-truncate": [
    {
      because: "The steps of the blocking pass: only a page that was locked during the first one is left for it.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: WARN_ON_ONCE(PageDirty(page))",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      because: "Only a page of another file, or one that has left its file, differs; where no unmap comes that late, none does.",
      steps: [
        "zap_pte_range: check_mapping == page_rmapping(page)?",
      ],
    },
  ],
  "races/wp-fault-vs-writeback": [
    {
      because: "Where nobody else writes to the address space, the PTE is still read-only under ptl.",
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
    {
      because: "Nobody but writeback cleans the page, so writeback finds it dirty.",
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
    },
  ],
  "races/zap-flushes-late": [
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
    {
      because: "Nobody but writeback cleans the page, so writeback finds it dirty.",
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
    },
  ],
  "races/zap-huge-pmd-vs-truncate": [
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
    },
  ],
  "races/zap-vs-mkclean": [
    {
      because: "Where nothing else locks the page, lock_page() does not wait.",
      steps: [
        "lock_page: __lock_page(page)",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
    {
      because: "Nobody but writeback cleans the page, so writeback finds it dirty.",
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
      in: [
        "defaults",
        "fixed=true",
      ],
    },
  ],
  "read-pin-by-release": [
    {
      steps: [
        "__get_user_pages_locked: mmap_read_unlock(mm), -EFAULT",
        "__get_user_pages_locked: pte_unmap_unlock(), nothing mapped",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "gup_fast_fallback: gup_fast_unpin_user_pages()",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
      ],
      in: [
        "release=v5.19",
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "recheck-barriers": [
    {
      because: "The steps of the blocking pass: only a page that was locked during the first one is left for it.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
  "retract-page-tables": [
    {
      steps: [
        "gup_fast: gup_put_folio(folio, 1, flags)",
        "gup_fast: pmd_val(pmd) == pmd_val(*pmdp)?",
        "gup_fast: pte_val(pte) == pte_val(ptep_get(ptep))?",
        "gup_fast: try_grab_folio_fast(page, 1, flags)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "internal_get_user_pages_fast: pte_val(pte) == pte_val(*ptep)?",
        "internal_get_user_pages_fast: put_compound_head(head, 1, flags)",
        "internal_get_user_pages_fast: try_grab_compound_head(page, 1, flags)",
      ],
      in: [
        "defaults",
        "flush=ipi",
      ],
    },
    {
      steps: [
        "retract_page_tables: drop_pml: spin_unlock(pml)",
        "retract_page_tables: skipped: spin_unlock(ptl)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 beside=mremap",
        "release=v7.1 beside=mremap",
      ],
    },
  ],
  "shared-and-read-fault": [
    {
      because: "Nothing removes the page.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), retry",
        "find_get_entry: put_page(page)",
      ],
    },
    {
      because: "Nothing removes the page.",
      steps: [
        "filemap_page_mkwrite: return VM_FAULT_NOPAGE",
        "filemap_page_mkwrite: unlock_page(page)",
      ],
      in: [
        "mkwrite=true",
      ],
    },
  ],
  "shared-fault-vs-truncate": [
    {
      because: "Nobody else sets the PTE.",
      steps: [
        "do_shared_fault: put_page(vmf->page)",
      ],
      in: [
        "defaults",
        "variant=patch1",
        "variant=patch2",
        "handler=unlocked",
        "variant=patch1 handler=unlocked",
        "variant=patch2 handler=unlocked",
      ],
    },
    {
      because: "Nobody else sets the PTE.",
      steps: [
        "do_shared_fault: unlock_page(vmf->page), not mapped",
      ],
    },
  ],
  "shared-write": [
    {
      because: "Where nothing takes the page out of the file, or the PTE away, while ->page_mkwrite sleeps.",
      steps: [
        "filemap_page_mkwrite: return VM_FAULT_NOPAGE",
        "filemap_page_mkwrite: unlock_page(page)",
        "wp_page_shared: pte_unmap_unlock(vmf->ptl), changed",
        "wp_page_shared: unlock_page(vmf->page), changed",
      ],
      in: [
        "mkwrite=true",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
      in: [
        "against=truncate",
        "against=truncate mkwrite=true",
      ],
    },
    {
      because: "Where nobody else writes to the address space, the PTE is still read-only under ptl.",
      steps: [
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "mkwrite=true",
      ],
    },
    {
      because: "Nobody but writeback cleans the page, so writeback finds it dirty.",
      steps: [
        "write_cache_pages: unlock_page(page)",
      ],
      in: [
        "defaults",
        "mkwrite=true",
      ],
    },
    {
      because: "Only a page of another file, or one that has left its file, differs; where no unmap comes that late, none does.",
      steps: [
        "zap_pte_range: check_mapping == page_rmapping(page)?",
      ],
      in: [
        "against=truncate",
        "against=truncate mkwrite=true",
      ],
    },
  ],
  "stores-vs-truncate": [
    {
      because: "The steps of the blocking pass: only a page that was locked during the first one is left for it.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: WARN_ON_ONCE(PageDirty(page))",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
      in: [
        "order=patch4",
        "order=patch4 mapping=private",
        "order=test-first",
        "order=test-first mapping=private",
        "order=december",
        "order=december mapping=private",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
    {
      steps: [
        "user_store: store through the TLB",
      ],
      in: [
        "mapping=private",
        "order=patch4 mapping=private",
        "order=test-first mapping=private",
        "order=december mapping=private",
      ],
    },
    {
      because: "Where no PTE of a zapped page is dirty.",
      steps: [
        "zap_pte_range: force_flush: tlb_flush_mmu_tlbonly()",
      ],
      in: [
        "mapping=private",
        "order=patch4 mapping=private",
        "order=test-first mapping=private",
        "order=december mapping=private",
      ],
    },
  ],
  "tlb-gen-vs-switch": [
    {
      because: "It depends on where the CPU comes from, and on whether its bit is set, which way it takes.",
      steps: [
        "switch_mm_irqs_off: cpumask_set_cpu(cpu, mm_cpumask(next))",
      ],
      in: [
        "defaults",
        "from=lazy",
        "without=smp_mb",
        "without=switching",
        "without=switching-first",
        "without=gen-after-pte",
        "from=lazy without=gen-after-pte",
        "from=lazy without=lazy-mb",
      ],
    },
    {
      because: "It depends on where the CPU comes from, and on whether its bit is set, which way it takes.",
      steps: [
        "switch_mm_irqs_off: cpumask_test_cpu(cpu, mm_cpumask(next))?",
        "switch_mm_irqs_off: next_tlb_gen = atomic64_read(&next->context.tlb_gen)",
        "switch_mm_irqs_off: this_cpu_write(cpu_tlbstate.loaded_mm, LOADED_MM_SWITCHING)",
      ],
      in: [
        "from=lazy",
        "from=lazy without=gen-after-pte",
        "from=lazy without=lazy-mb",
      ],
    },
    {
      because: "It depends on where the CPU comes from, and on whether its bit is set, which way it takes.",
      steps: [
        "switch_mm_irqs_off: next_tlb_gen = atomic64_read(&next->context.tlb_gen), was lazy",
        "switch_mm_irqs_off: smp_mb(), was lazy",
        "switch_mm_irqs_off: this_cpu_write(cpu_tlbstate_shared.is_lazy, false)",
      ],
      in: [
        "defaults",
        "mask=clear",
        "without=smp_mb",
        "without=switching",
        "without=switching-first",
        "without=gen-after-pte",
      ],
    },
    {
      because: "It depends on where the CPU comes from, and on whether its bit is set, which way it takes.",
      steps: [
        "switch_mm_irqs_off: smp_mb()",
      ],
      in: [
        "mask=clear",
        "from=lazy",
        "from=lazy without=gen-after-pte",
        "from=lazy without=lazy-mb",
      ],
    },
  ],
  "two-faults": [
    {
      because: "Nothing removes the page, so only the trylock can fail.",
      steps: [
        "filemap_map_pages: page_remove_rmap(page)",
      ],
      in: [
        "order=cover-letter",
        "order=october",
        "order=december",
        "order=mapping-first",
      ],
    },
    {
      because: "Nothing removes the page, so only the trylock can fail.",
      steps: [
        "filemap_map_pages: skip: put_page(page)",
      ],
      in: [
        "order=patch4",
        "order=cover-letter",
        "order=october",
        "order=december",
        "order=mapping-first",
        "order=test-first",
      ],
    },
    {
      because: "Nothing removes the page, so only the trylock can fail.",
      steps: [
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "two-read-faults": [
    {
      because: "Where nobody else sets the PTE.",
      steps: [
        "do_read_fault: put_page(vmf->page)",
      ],
    },
    {
      steps: [
        "do_read_fault: unlock_page(vmf->page)",
        "filemap_fault: index < i_size?",
        "filemap_fault: index < i_size? under the page lock",
        "filemap_fault: page->mapping == mapping?",
        "filemap_map_pages: skip: put_page(page)",
        "find_get_entry: page = xas_load(&xas)",
        "find_get_entry: page == xas_reload(&xas)?",
        "find_get_entry: page_cache_get_speculative(page)",
        "finish_fault: page_add_file_rmap(page)",
        "finish_fault: pte_none(*vmf->pte)?",
        "finish_fault: pte_unmap_unlock(vmf->ptl)",
        "finish_fault: set_pte_at(vmf->pte)",
        "finish_fault: spin_lock(vmf->ptl)",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
      ],
      in: [
        "order=patch4",
        "order=december",
      ],
    },
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
    {
      because: "Where the file system's lock keeps the page in the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), retry",
      ],
    },
    {
      steps: [
        "filemap_map_pages: page_remove_rmap(page)",
      ],
      in: [
        "order=december",
      ],
    },
    {
      steps: [
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
  "unpoison-by-release": [
    {
      steps: [
        "lock_page: __lock_page(page)",
        "memory_failure: folio_unlock(folio), failed",
        "zap_pte_range: pmd_none(*pmd)?",
        "zap_pte_range: pte_none(ptent)?",
        "zap_pte_range: pte_offset_map_lock(mm, pmd, addr, &ptl)",
        "zap_pte_range: pte_unmap_unlock(start_pte, ptl)",
      ],
      in: [
        "release=v6.12 truncated=never",
        "release=v7.1 truncated=never",
      ],
    },
    {
      steps: [
        "memory_failure: put_hwpoison_page(p), unpoisoned",
        "memory_failure: unlock_page(p), unpoisoned",
        "zap_pte_range: pmd_none_or_clear_bad(pmd)?",
        "zap_pte_range: pte_none(*pte)?",
        "zap_pte_range: pte_offset_map_lock(&ptl)",
        "zap_pte_range: pte_unmap_unlock(ptl)",
      ],
      in: [
        "truncated=never",
      ],
    },
    {
      steps: [
        "memory_failure: try_to_unmap(): page_mapcount(hpage)?",
        "try_to_unmap_one: check_pte(): maps page?",
        "try_to_unmap_one: map_pte(): pte_present(*pvmw->pte)?",
        "try_to_unmap_one: page_remove_rmap(page)",
        "try_to_unmap_one: ptep_get_and_clear(pte)",
        "try_to_unmap_one: put_page(page)",
        "zap_pte_range: check_mapping == page_rmapping(page)?",
        "zap_pte_range: page_remove_rmap(page)",
        "zap_pte_range: ptep_get_and_clear_full(pte)",
      ],
      in: [
        "defaults",
        "truncated=never",
      ],
    },
    {
      steps: [
        "memory_failure: unmap_poisoned_folio(): folio_mapped(folio)?",
        "try_to_unmap_one: check_pte(): maps the folio?",
        "try_to_unmap_one: folio_put(folio)",
        "try_to_unmap_one: folio_remove_rmap_pte(folio, subpage, vma)",
        "try_to_unmap_one: ptep_get_and_clear(mm, address, pvmw.pte)",
        "zap_pte_range: folio_remove_rmap_ptes(folio, page, nr, vma)",
        "zap_pte_range: get_and_clear_full_ptes(mm, addr, pte, nr)",
        "zap_pte_range: should_zap_folio(details, folio)?",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 truncated=never",
        "release=v7.1 truncated=never",
      ],
    },
    {
      steps: [
        "tlb_finish_mmu: tlb_flush_mmu(): put_page(page)",
        "try_to_unmap_one: pmd_present(*pvmw->pmd)?",
        "try_to_unmap_one: spin_lock(pvmw->ptl)",
        "try_to_unmap_one: spin_unlock(pvmw->ptl)",
      ],
    },
    {
      steps: [
        "truncate_inode_pages_range: folio_put(folio)",
        "truncate_inode_pages_range: folio_unlock(folio)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "unpoison_memory: TestClearPageHWPoison(p), of a free page",
      ],
      in: [
        "truncated=never",
        "release=v6.12 truncated=never",
        "release=v7.1 truncated=never",
      ],
    },
  ],
  "vma-lock-vs-munmap": [
    {
      because: "Here no VMA becomes another mm's.",
      steps: [
        "mmdrop: __mmdrop(mm): free_mm(mm)",
        "mmdrop: atomic_dec_and_test(&mm->mm_count)",
        "vma_start_read: mmgrab(other_mm)",
        "vma_start_read: other_mm = vma->vm_mm",
        "vma_start_read: rcu_read_unlock(), of another mm",
      ],
      in: [
        "defaults",
      ],
    },
  ],
  "vmsplice-by-release": [
    {
      steps: [
        "__get_user_pages_locked: follow_page_pte(): pte_offset_map_lock()",
        "__get_user_pages_locked: mmap_read_lock_killable(mm)",
        "__get_user_pages_locked: mmap_read_unlock(mm)",
        "__get_user_pages_locked: mmap_read_unlock(mm), -EFAULT",
        "__get_user_pages_locked: pte_present(pte), can_follow_write_pte(pte)?",
        "__get_user_pages_locked: pte_unmap_unlock()",
        "__get_user_pages_locked: pte_unmap_unlock(), nothing mapped",
        "__get_user_pages_locked: try_grab_folio(folio)",
        "gup_fast_fallback: gup_put_folio(folio)",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: oom: folio_put(old_folio)",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "handle_pte_fault: pte_unmap_unlock(vmf->ptl)",
      ],
    },
    {
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), changed",
        "do_wp_page: put_page(page), changed",
        "do_wp_page: unlock_page(page), changed",
      ],
      in: [
        "defaults",
      ],
    },
    {
      steps: [
        "get_user_pages_unlocked: follow_page_pte(): spin_lock(ptl)",
        "get_user_pages_unlocked: mmap_read_lock(mm)",
        "get_user_pages_unlocked: mmap_read_unlock(mm)",
        "get_user_pages_unlocked: mmap_read_unlock(mm), -EFAULT",
        "get_user_pages_unlocked: pte_present(*ptep), pte_write(*ptep)?",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl)",
        "get_user_pages_unlocked: pte_unmap_unlock(ptl), nothing mapped",
        "get_user_pages_unlocked: try_grab_page(page)",
        "internal_get_user_pages_fast: put_compound_head(page)",
      ],
      in: [
        "defaults",
        "release=v5.9",
      ],
    },
  ],
  "write-faults": [
    {
      because: "Without reclaim nobody else has a reference, and by mapcount nobody ever has: the page is reused.",
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
        "alloc_page_vma: rmqueue(): the second page",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "do_wp_page: unlock_page(page), to copy",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "defaults",
        "reclaim=true",
        "rule=5.9",
        "rule=5.19",
        "rule=5.19 reclaim=true",
      ],
    },
    {
      because: "An exclusive page is reused without a look at anything else.",
      steps: [
        "do_wp_page: PageSwapCache(page)?",
        "do_wp_page: page_count(page)",
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_count(page) > 1 + PageSwapCache(page)?",
        "do_wp_page: page_count(page) > 3?",
        "do_wp_page: page_move_anon_rmap(): SetPageAnonExclusive(page)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
      ],
      in: [
        "rule=5.19",
        "rule=5.19 reclaim=true",
      ],
    },
    {
      because: "Where reclaim does not run, the page is not in the swap cache.",
      steps: [
        "do_wp_page: delete_from_swap_cache(): ClearPageSwapCache(page)",
        "do_wp_page: delete_from_swap_cache(): page_ref_sub(page, 1)",
      ],
      in: [
        "defaults",
        "rule=5.19",
        "rule=5.19 reclaim=true",
      ],
    },
    {
      because: "Where nothing else locks the page, the rule of v5.7 does not wait for it.",
      steps: [
        "do_wp_page: get_page(page)",
        "do_wp_page: pte_same(*vmf->pte, vmf->orig_pte)?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to wait",
        "do_wp_page: put_page(page)",
        "do_wp_page: spin_lock(vmf->ptl), again",
        "lock_page: __lock_page(page)",
        "lock_page: trylock_page(page)",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Where no other thread of the process replaces the page, the rule of v5.7 finds it again after waiting for it.",
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), changed",
        "do_wp_page: put_page(page), changed",
        "do_wp_page: unlock_page(page), changed",
      ],
      in: [
        "defaults",
      ],
    },
    {
      because: "Without reclaim nobody else has a reference, and by mapcount nobody ever has: the page is reused.",
      steps: [
        "wp_page_copy: page_add_new_anon_rmap(): SetPageAnonExclusive()",
      ],
      in: [
        "rule=5.19",
        "rule=5.19 reclaim=true",
      ],
    },
  ],
  "write-faults-by-release": [
    {
      steps: [
        "alloc_page_vma: rmqueue(): the first page",
      ],
      in: [
        "defaults",
        "release=v6.12",
        "release=v7.1",
      ],
    },
    {
      steps: [
        "do_wp_page: > 1 + folio_test_swapcache(folio)?",
        "do_wp_page: PageAnonExclusive(vmf->page)?",
        "do_wp_page: copy: folio_get(folio)",
        "do_wp_page: folio_ref_count(folio)",
        "do_wp_page: folio_ref_count(folio) > 3?",
        "do_wp_page: folio_test_anon(folio)?",
        "wp_page_copy: __folio_mark_uptodate(new_folio): smp_wmb()",
        "wp_page_copy: __wp_page_copy_user(): load from vmf->page",
        "wp_page_copy: __wp_page_copy_user(): store to new_folio",
        "wp_page_copy: folio_add_new_anon_rmap(): SetPageAnonExclusive()",
        "wp_page_copy: folio_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: folio_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: folio_put(new_folio)",
        "wp_page_copy: folio_put(new_folio), which is the old one",
        "wp_page_copy: folio_put(old_folio)",
        "wp_page_copy: folio_remove_rmap_pte(old_folio)",
        "wp_page_copy: pte_offset_map_lock(&vmf->ptl)",
        "wp_page_copy: pte_same(ptep_get(vmf->pte), vmf->orig_pte)?",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl), changed",
        "wp_page_copy: set_pte_at(vmf->pte)",
      ],
      in: [
        "release=v6.12 mapped=nothing",
        "release=v7.1 mapped=nothing",
      ],
    },
    {
      steps: [
        "do_wp_page: PageAnon(vmf->page)?",
        "do_wp_page: copy: get_page(vmf->page)",
        "do_wp_page: page_count(page) != 1?",
        "wp_page_copy: __SetPageUptodate(new_page): smp_wmb()",
        "wp_page_copy: cow_user_page(): load from old_page",
        "wp_page_copy: cow_user_page(): store to new_page",
        "wp_page_copy: page_add_new_anon_rmap(): _mapcount = 0",
        "wp_page_copy: page_add_new_anon_rmap(): mapping = anon_vma",
        "wp_page_copy: page_remove_rmap(old_page)",
        "wp_page_copy: pte_same(*vmf->pte, vmf->orig_pte)?",
        "wp_page_copy: put_page() of the page not mapped",
        "wp_page_copy: put_page(old_page)",
        "wp_page_copy: set_pte_at_notify(vmf->pte)",
        "wp_page_copy: spin_lock(vmf->ptl)",
      ],
      in: [
        "mapped=nothing",
      ],
    },
    {
      steps: [
        "do_wp_page: PageAnonExclusive(vmf->page), again?",
        "do_wp_page: SetPageAnonExclusive(vmf->page)",
        "do_wp_page: folio_free_swap(): folio_clear_swapcache(folio)",
        "do_wp_page: folio_free_swap(): folio_ref_sub(folio, 1)",
        "do_wp_page: folio_ref_count(folio) != 1?",
        "do_wp_page: folio_test_swapcache(folio)?",
        "do_wp_page: folio_trylock(folio)",
        "do_wp_page: folio_unlock(folio)",
        "do_wp_page: folio_unlock(folio), to copy",
        "do_wp_page: wp_page_reuse(): pte_unmap_unlock()",
        "wp_page_copy: oom: folio_put(old_folio)",
      ],
      in: [
        "release=v6.12",
        "release=v7.1",
        "release=v6.12 mapped=nothing",
        "release=v7.1 mapped=nothing",
      ],
    },
    {
      steps: [
        "do_wp_page: page_count(page) != 1? locked",
        "do_wp_page: page_mapcount(page) != 1?",
        "do_wp_page: pte_unmap_unlock(vmf->ptl)",
        "do_wp_page: trylock_page(page)",
        "do_wp_page: unlock_page(page)",
        "do_wp_page: unlock_page(page), to copy",
      ],
      in: [
        "defaults",
        "mapped=nothing",
      ],
    },
    {
      steps: [
        "do_wp_page: pte_unmap_unlock(vmf->ptl), to copy",
        "wp_page_copy: pte_unmap_unlock(vmf->ptl)",
        "wp_page_copy: ptep_clear_flush(): flush_tlb_page()",
        "wp_page_copy: ptep_clear_flush(): ptep_get_and_clear()",
      ],
      in: [
        "mapped=nothing",
        "release=v6.12 mapped=nothing",
        "release=v7.1 mapped=nothing",
      ],
    },
    {
      steps: [
        "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
      ],
    },
  ],
  "xfs-punch": [
    {
      because: "Where both readers hold the lock, nobody has the page that the punch removes.",
      steps: [
        "delete_from_page_cache: page->mapping = NULL",
        "delete_from_page_cache: put_page(page) of the page cache",
        "delete_from_page_cache: unaccount: page_mapped(page)?",
        "delete_from_page_cache: xas_store(&xas, NULL)",
        "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
        "truncate_inode_pages_range: pagevec_release(), 2nd pass",
        "truncate_inode_pages_range: unlock_page(page), 2nd pass",
      ],
      in: [
        "mapPagesLocked=true",
      ],
    },
    {
      because: "Where nobody else sets the PTE.",
      steps: [
        "do_read_fault: put_page(vmf->page)",
      ],
    },
    {
      because: "Where nothing shrinks the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), SIGBUS",
        "filemap_fault: unlock_page(page), SIGBUS",
      ],
    },
    {
      because: "Where the file system's lock keeps the page in the file while the fault sleeps.",
      steps: [
        "filemap_fault: put_page(page), retry",
        "filemap_fault: unlock_page(page), retry",
      ],
    },
    {
      steps: [
        "filemap_map_pages: skip: put_page(page)",
        "filemap_map_pages: unlock: unlock_page(page)",
      ],
      in: [
        "mapPagesLocked=true",
        "mapPagesLocked=true ahead=unlocked",
      ],
    },
    {
      because: "Only a second remover could take the page away during this one's lookup.",
      steps: [
        "find_get_entry: put_page(page)",
      ],
    },
  ],
};
