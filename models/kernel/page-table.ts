import { bool, int, inWord, oneOf, ref, spinlock, struct } from "faultline";
import { Page } from "./page.ts";
import { SwapSlot } from "./swap.ts";

/** A page-table entry: one word of memory. */
export const Pte = struct("Pte", {
  /** The page it maps; NULL is pte_none(). */
  page: inWord("entry", ref(Page)),
  writable: inWord("entry", bool),
  dirty: inWord("entry", bool),
  /**
   * What an entry that is not none is, where it is not simply present: the page of a migration or swap entry stays in `page`
   * as far as it names one. A path that knows of no such entries looks at `page` alone.
   */
  kind: inWord("entry", oneOf("plain", "swap", "migration", "marker", "protnone")),
  /** The slot of a swap entry. */
  slot: inWord("entry", ref(SwapSlot)),
});

/** A page table of the lowest level: two entries, and the lock of them all. */
export const PageTable = struct("PageTable", {
  /** The split page-table lock. */
  ptl: spinlock,
  /** The entry of the address that is looked at. */
  pte: Pte,
  /** The entry behind, where a large folio is mapped by two. */
  tailPte: Pte,
  /** pt_share_count, of a table of pmd entries that hugetlb shares: how many more processes point at it. */
  shareCount: int(0, 2),
});
