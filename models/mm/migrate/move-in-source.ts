/** Where the steps of move-anon.ts are, by release, and what of the C is none. */
import type { MoveRelease } from "./move-anon.ts";

const WALK = "page_vma_mapped_walk()";
const OF_FILE = "the folio is anonymous, and not in the swap cache";
const LARGE = "the folio is small";
const LISTS = "lists of folios, and the LRU lists";
const COUNTS = "for who looks at statistics";

export const REMOVE_AT = {
  "page_vma_mapped_walk(): spin_lock(ptl)": WALK,
  "page_vma_mapped_walk(): a migration entry of src?": WALK,
  "folio_add_anon_rmap_pte(): SetPageAnonExclusive(page)": "folio_add_anon_rmap_pte()",
  "page_vma_mapped_walk(): spin_unlock(ptl)": WALK,
} as const;

const REMOVE_SAME = {
  DEFINE_FOLIO_VMA_WALK: "the walk is this thread's own",
  "if (folio_test_large(folio) && !folio_test_hugetlb(folio)), if (!pvmw.pte), try_to_map_unused_to_zeropage": LARGE,
  "if (folio_test_hugetlb(folio))": "no page here is one of hugetlbfs",
  "ptep_get(pvmw.pte)": "the entry that the walk has looked at",
  "folio_test_dirty, folio_test_anon": "what the new entry is, computed from the old one; the folio is anonymous",
  "if (unlikely(is_device_private_page(new))), is_device_private_page": "no page here is of a device",
  folio_add_file_rmap_pte: OF_FILE,
  trace_remove_migration_pte: COUNTS,
} as const;

export const REMOVE_OMITS: Readonly<Record<MoveRelease, Readonly<Record<string, string>>>> = {
  "v6.12": REMOVE_SAME,
  "v7.1": {
    ...REMOVE_SAME,
    "softleaf_from_pte, softleaf_is_migration_young, softleaf_is_migration_dirty, softleaf_is_migration_write, softleaf_is_migration_read":
      "what the entry says of its page, computed from what the walk has looked at",
  },
};

export const MOVE_FUNCTIONS = ["migrate_folio_move", "move_to_new_folio", "__migrate_folio"] as const;

export const MOVE_AT = {
  "folio_mc_copy(dst, src): load": "folio_mc_copy(dst, src)",
  "folio_mc_copy(dst, src): store": "folio_mc_copy(dst, src)",
  "newfolio->mapping = folio->mapping": "__folio_migrate_mapping()",
  "migrate_folio_undo_dst(): folio_put(dst)": ["put_new_folio(dst, private)", "folio_put(dst) #2"],
} as const;

export const MOVE_NOT_IN_SOURCE = {
  "migrate_pages_batch(): src and dst": "what the caller has unmapped, and what it has allocated",
  "putback_movable_pages(): folio_put(src)": "putback_movable_pages(), of the caller",
} as const;

const MOVE_SAME = {
  "list_del, list_add, list_move_tail, folio_add_lru, lru_add_drain": LISTS,
  migrate_movable_ops_page: "pages of drivers that move them by themselves",
  "list_empty, data_race, folio_test_partially_mapped, deferred_split_folio": LARGE,
  "folio_mapping, migrate_folio, fallback_migrate_folio, mapping->a_ops->migrate_folio": OF_FILE,
  folio_expected_ref_count: "1: nobody maps it any more, and it is in no cache",
  "if (src_private), folio_migrate_flags": "flags, which nobody looks at here, and buffers",
  "folio_test_anon, folio_is_zone_device, flush_dcache_folio": "the folio is anonymous, and of no device",
  put_anon_vma: "the reference to the anon_vma, which stays",
} as const;

export const MOVE_OMITS: Readonly<Record<MoveRelease, Readonly<Record<string, string>>>> = {
  "v6.12": {
    ...MOVE_SAME,
    "__folio_test_movable, folio_is_file_lru": "the folio is no driver's; and counts",
    set_page_owner_migrate_reason: "for who debugs",
  },
  "v7.1": {
    ...MOVE_SAME,
    "page_has_movable_ops, folio_pgdat, folio_is_file_lru": "the folio is no driver's; and counts",
    folio_set_owner_migrate_reason: "for who debugs",
  },
};
