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
