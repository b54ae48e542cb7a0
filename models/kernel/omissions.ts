/** What many paths leave out for one reason, for the `omits` of what is said about them. */

/** Page tables of vmas that stay are there while a path is in them. */
export const UPPER_TABLES = {
  "pgd_none_or_clear_bad, p4d_none_or_clear_bad, pud_none_or_clear_bad":
    "the upper page tables stay while the vma does",
  "if (pud_trans_huge(*pud))": "no page here is huge",
} as const;

export const RCU = {
  "rcu_read_lock, rcu_read_unlock": "keeps the memory of a page, which is not reused here",
} as const;

export const I_MMAP_LOCK = {
  "i_mmap_lock_write, i_mmap_unlock_write":
    "an acquire and a release, no full barrier; nobody else takes it, or only once it has unmapped",
} as const;

export const MMU_NOTIFIERS = {
  "mmu_notifier_invalidate_range_start, mmu_notifier_invalidate_range_end": "no secondary MMU is modelled",
} as const;

/** The lock of the xarray, by whichever of its names. */
export const I_PAGES_LOCK = {
  "xa_lock_irqsave, xa_unlock_irqrestore":
    "i_pages: an acquire and a release within those of the page lock, taken by no other path",
} as const;

/** What the paths of v6.12 and v7.1 leave out in several places. */
export const I_MMAP_READ = {
  "i_mmap_lock_read, i_mmap_unlock_read":
    "an acquire and a release, no full barrier, of a lock that nobody takes for writing here",
  RB_EMPTY_ROOT: "no vma maps the file: nothing to do",
} as const;

/** i_lock and the lock of the xarray. */
export const iPagesAndILock = (release: "v6.12" | "v7.1") => ({
  "spin_lock(&mapping->host->i_lock), spin_unlock(&mapping->host->i_lock), xa_lock_irq, xa_unlock_irq":
    "i_lock and i_pages: acquires and releases within those of the page lock; what else takes them here holds it, too",
  mapping_shrinkable: "the list of inodes without pages, for their reclaim",
  [release === "v6.12" ? "inode_add_lru" : "inode_lru_list_add"]: "the list of inodes without pages, for their reclaim",
});
