import { array, bool, ghost, int, oneOf, ref, struct, world, type Draft, type StateOf } from "faultline";

/**
 * struct page, as far as the fault and truncate paths look at it. PG_uptodate, PG_writeback and PG_dirty are left out:
 * the page is uptodate and clean throughout, so no test of them can fail.
 */
export const Page = struct({
  /** PG_locked */
  locked: bool,
  /** page->mapping: true while it is the file's address_space, false once it is NULL. */
  mapping: bool,
  /** PG_swapcache: the swap cache holds a reference. */
  swapcache: bool,
  /** _refcount: the page cache's reference, one for each PTE, and those of lookups in progress. */
  refcount: int(0, 6),
  /** page_mapcount(), that is _mapcount + 1. It can be driven below 0, so that the spec against it can fail. */
  mapcount: int(-1, 3),
  /** What unaccount_page_cache_page() found: see models/kernel/deletion.ts. */
  deletedMapped: ghost(oneOf("no", "transient", "late", "real")),
});

/** An address space that maps the one page of the file, through one PTE. */
export const Mm = struct({
  /** What the pmd entry holds: nothing, or a page table. */
  pmd: oneOf("none", "table"),
  /** The split page-table lock. */
  ptl: bool,
  /** The page that the PTE maps; NULL is pte_none(). */
  pte: ref(Page),
  /** How far mapcount and the PTE agree: see deletion.ts. */
  rmap: ghost(oneOf("unmapped", "ahead", "counted", "mapped")),
  /** do_fault_around() ended without a PTE: the fault goes on in __do_fault(), which sleeps for the page lock. */
  fellBack: ghost(bool),
});

/** One page-cache page of one file, the address spaces that map it, and one page for a private copy. */
export const kernel = world({
  page: Page,
  /** An anonymous page that a write fault in a private mapping copies to; free while its refcount is 0. */
  cow: Page,
  /** The xarray entry of index 0. */
  slot: ref(Page),
  /** i_size_read(inode), in pages. */
  isize: int(0, 1),
  mm: array(2, Mm),
});

export const MMS = [0, 1] as const;
export type MmIndex = (typeof MMS)[number];
export type Kernel = StateOf<typeof kernel>;
export type PageDraft = Draft<typeof Page>;
export type MmDraft = Draft<typeof Mm>;

/** The page is in the page cache, unlocked and unmapped; `pmd` says whether page tables are there already. */
export function pageInCache(k: Kernel, { pmd }: { readonly pmd: "populated" | "none" }): void {
  k.page.mapping = true;
  k.page.refcount = 1;
  k.page.mapcount = 0;
  k.cow.mapcount = 0;
  k.slot = k.page;
  k.isize = 1;
  for (const mm of k.mm) mm.pmd = pmd === "populated" ? "table" : "none";
}
