import { call, done, lockShared, once, unlockShared } from "faultline";
import { isMigrationEntry } from "../../kernel/entries.ts";
import {
  getPage,
  lockPtl,
  newpage,
  of,
  pageAddFileRmap,
  ptepGet,
  putPage,
  setPte,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { wordsOf } from "../../kernel/words.ts";
import { kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import type { MremapRelease } from "../mremap/move-ptes.ts";

const iMmapRwsem = (k: Kernel) => k.iMmapRwsem;
const WALK = {
  "page_vma_mapped_walk(): spin_lock(ptl)": "page_vma_mapped_walk()",
  "page_vma_mapped_walk(): a migration entry?": "page_vma_mapped_walk()",
  "page_vma_mapped_walk(): spin_unlock(ptl)": "page_vma_mapped_walk()",
} as const;

const OMITS = {
  "DEFINE_FOLIO_VMA_WALK, linear_page_index": "the walk, and which page of a large folio it is",
  "folio_test_large, folio_test_hugetlb, folio_test_anon, is_device_private_page": "the folio is a small one of a file",
  "if (!pvmw.pte), if (folio_test_hugetlb(folio)), if (unlikely(is_device_private_page(new)))":
    "no huge pmd, and no page of a device",
  try_to_map_unused_to_zeropage: "only where a large folio is split",
  "ptep_get(pvmw.pte), folio_test_dirty": "the entry that the walk has looked at, and its bits, which nobody reads",
  folio_add_anon_rmap_pte: "the folio is one of a file",
  mlock_drain_local: "mlock()",
  trace_remove_migration_pte: "for who looks at statistics",
} as const;
const SOURCE = {
  "v5.9": {
    at: WALK,
    omits: {
      "PageTail, PageKsm, PageAnon, PageHuge, PageTransHuge, PageTransCompound, PageMlocked":
        "the page is a small one of a file",
      linear_page_index: "which page of a large one it is",
      "if (!pvmw.pte), if (PageHuge(new)), if (unlikely(is_device_private_page(new))), is_device_private_page":
        "no huge pmd, and no page of a device",
      "*pvmw.pte": "the entry that the walk has looked at",
      page_add_anon_rmap: "the page is one of a file",
      "mlock_vma_page, clear_page_mlock": "mlock()",
    },
  },
  "v6.12": { at: WALK, omits: OMITS },
  "v7.1": {
    at: WALK,
    omits: {
      ...OMITS,
      "softleaf_from_pte, softleaf_is_migration_young, softleaf_is_migration_dirty, softleaf_is_migration_write, softleaf_is_migration_read":
        "what the entry says of its page, computed from what the walk has looked at",
    },
  },
} as const;

/** remove_migration_pte(), mm/migrate.c. v5.9 stores the entry before it counts it, v6.12 and v7.1 behind that; ptl is held. */
const removeMigrationPte = (i: VmaIndex, release: MremapRelease) => {
  const said = wordsOf(release);
  const storesFirst = release === "v5.9";
  const store = once((k: Kernel): void => setPte(k.table[i].pte, k.newpage));
  return kernel.path(
    "remove_migration_pte",
    {},
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "page_vma_mapped_walk(): a migration entry?": ptepGet(i).then((_, _me, pte) =>
        isMigrationEntry(pte) ? undefined : "page_vma_mapped_walk(): spin_unlock(ptl)",
      ),
      [said("get_page(new)", "folio_get(folio)")]: of(newpage, getPage),
      "set_pte_at(pvmw.pte, pte), first": storesFirst && store,
      [said("page_add_file_rmap(new)", "folio_add_file_rmap_pte(folio)")]: of(newpage, pageAddFileRmap()),
      "set_pte_at(pvmw.pte, pte)": !storesFirst && store,
      "page_vma_mapped_walk(): spin_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/migrate.c",
      release,
      leavesOut: "huge pmds, anonymous folios and those of devices, the bits of the entry, mlock()",
      ...SOURCE[release],
    },
  );
};

/**
 * The end of a migration: remove_migration_ptes() walks both vmas of the file, under i_mmap_rwsem for reading, and puts `newpage`
 * where a migration entry of `page` is; then the folio is unlocked, and who waits for that looks again.
 */
export const removeMigrationPtes = (release: MremapRelease) =>
  kernel.path(
    "remove_migration_ptes",
    {},
    {
      "rmap_walk_file(): i_mmap_lock_read(mapping)": lockShared(iMmapRwsem),
      "remove_migration_pte() in vma[0]": call(removeMigrationPte(0, release)),
      "remove_migration_pte() in vma[1]": call(removeMigrationPte(1, release)),
      "rmap_walk_file(): i_mmap_unlock_read(mapping)": unlockShared(iMmapRwsem),
      [wordsOf(release)("unlock_page(newpage)", "folio_unlock(dst)")]: of(newpage, unlockPage),
      [wordsOf(release)("put_page(newpage)", "folio_put(dst)")]: of(newpage, putPage).then(done),
    },
    {
      file: "mm/migrate.c",
      release,
      notInSource: "rmap_walk() around remove_migration_pte(), and the end of the migration behind it",
      leavesOut: "the old folio, which nobody has any more, and locks of the rmap that the caller has taken",
    },
  );
