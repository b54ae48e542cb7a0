import { bool, int, inWord, oneOf, ref, spinlock, struct } from "faultline";
import { Page } from "./page.ts";
import { SwapSlot } from "./swap.ts";

/** What an entry of a page table is. */
export const EntryKind = oneOf(
  "plain",
  "swap",
  "migration",
  "marker",
  "protnone",
  "hwpoison",
  "device-private",
  "device-exclusive",
);

/** A page-table entry: one word of memory. */
export const Pte = struct("Pte", {
  /** The page it maps; NULL where it maps none: pte_none(), and every entry that is not present. */
  page: inWord("entry", ref(Page)),
  writable: inWord("entry", bool),
  dirty: inWord("entry", bool),
  /** pte_young(): the MMU, or a path, has used the entry since somebody has cleared it. */
  young: inWord("entry", bool),
  /**
   * What the entry is: entries.ts makes and tests each kind. `protnone` maps `page`, and faults; swap, migration, marker,
   * hwpoison and device entries map nothing, so that a path and a spec that know of none look at `page` alone.
   */
  kind: inWord("entry", EntryKind),
  /** The slot of a swap entry. */
  slot: inWord("entry", ref(SwapSlot)),
  /** The page that a migration entry names. */
  migrating: inWord("entry", ref(Page)),
  /** The page that a device entry names: one of the device's own memory, or, exclusive, one that the device alone uses. */
  device: inWord("entry", ref(Page)),
  /** What a marker says: PTE_MARKER_UFFD_WP, PTE_MARKER_POISONED, PTE_MARKER_GUARD. */
  marker: inWord("entry", oneOf("none", "uffd-wp", "poisoned", "guard")),
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
  /** page_count() of the table's page, by which hugetlb told until v6.13 who shares it: who has one, and who looks by page frame. */
  pageCount: int(0, 3),
});
