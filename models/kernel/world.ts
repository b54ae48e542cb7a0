/**
 * The memory that all paths share: one page of one file, the vmas that map it, and pages for private copies. A field
 * that a scenario never changes costs nothing, so one world serves all of them.
 */
import { array, bool, ghost, int, inWord, oneOf, ref, spinlock, struct, world } from "faultline";
import type { Draft, StateOf } from "faultline";

/** struct page */
export const Page = struct({
  /** PG_locked */
  locked: inWord("flags", bool),
  /** PG_uptodate */
  uptodate: inWord("flags", bool),
  /** PG_swapcache: the swap cache holds a reference. */
  swapcache: inWord("flags", bool),
  /** page->mapping: the file's address_space, an anon_vma, or NULL. */
  mapping: oneOf("NULL", "file", "anon"),
  /** _refcount: the page cache's reference, one for each PTE, and those of lookups in progress. 0: free, or frozen. */
  refcount: int(0, 6),
  /** page_mapcount(), that is _mapcount + 1. It can be driven below 0, so that the spec against it can fail. */
  mapcount: int(-1, 3),
  /** What unaccount_page_cache_page() found: see deletion.ts. */
  deletedMapped: ghost(oneOf("no", "transient", "late", "real")),
});

/** A page-table entry: one word of memory. */
export const Pte = struct({
  /** The page it maps; NULL is pte_none(). */
  page: inWord("entry", ref(Page)),
  writable: inWord("entry", bool),
  dirty: inWord("entry", bool),
});

/** A vma of one page, with the page table that serves it. vma[0] comes first in the file's interval tree. */
export const Vma = struct({
  /** What the pmd entry holds: nothing, or a page table. */
  pmd: oneOf("none", "table"),
  /** The split page-table lock. */
  ptl: spinlock,
  pte: Pte,
  /** How far mapcount and the PTE agree: see deletion.ts. */
  rmap: ghost(oneOf("unmapped", "ahead", "counted", "mapped")),
  /** do_fault_around() ended without a PTE: the fault goes on in __do_fault(), which sleeps for the page lock. */
  fellBack: ghost(bool),
});

export const kernel = world({
  /** The page of the file. */
  page: Page,
  /** An anonymous page that a write fault in a private mapping copies to; free while its refcount is 0. */
  cow: Page,
  /** The xarray entry of index 0. */
  slot: ref(Page),
  /** i_size_read(inode), in pages. */
  isize: int(0, 1),
  vma: array(2, Vma),
});

export const VMAS = [0, 1] as const;
export type VmaIndex = (typeof VMAS)[number];
export type Kernel = StateOf<typeof kernel>;
export type PageDraft = Draft<typeof Page>;
export type VmaDraft = Draft<typeof Vma>;

/** The page is in the page cache, unlocked and unmapped; `pmd` says whether page tables are there already. */
export function pageInCache(k: Kernel, { pmd }: { readonly pmd: "populated" | "none" }): void {
  k.page.mapping = "file";
  k.page.uptodate = true;
  k.page.refcount = 1;
  k.page.mapcount = 0;
  k.cow.mapcount = 0;
  k.slot = k.page;
  k.isize = 1;
  for (const vma of k.vma) vma.pmd = pmd === "populated" ? "table" : "none";
}
