import { bitLock, bool, ghost, int, inWord, oneOf, struct } from "faultline";

/** struct page */
export const Page = struct("Page", {
  /** PG_locked */
  locked: inWord("flags", bool),
  /** PG_uptodate */
  uptodate: inWord("flags", bool),
  /** PG_dirty */
  dirty: inWord("flags", bool),
  /** PG_writeback */
  writeback: inWord("flags", bool),
  /** PG_swapcache: the swap cache holds a reference. */
  swapcache: inWord("flags", bool),
  /** PG_anon_exclusive, since v5.19: one process maps the page, and nobody else can come to. */
  exclusive: inWord("flags", bool),
  /** PG_waiters: somebody may sleep for the page lock. */
  waiters: inWord("flags", bool),
  /** PG_hwpoison: memory_failure() has given the page up. */
  hwpoison: inWord("flags", bool),
  /** page->mapping: the file's address_space, an anon_vma, or NULL. */
  mapping: oneOf("NULL", "file", "anon"),
  /** page->index of an anonymous page, as far as mremap() or UFFDIO_MOVE change it: the vma that it is of. */
  index: int(0, 1),
  /**
   * _refcount: the page cache's reference, one for each PTE, and those of lookups in progress. 0: free, or frozen.
   * Without what FOLL_PIN adds, see `pins`.
   */
  refcount: inWord("_refcount", int(0, 7)),
  /** What FOLL_PIN has added to _refcount, in units of GUP_PIN_COUNTING_BIAS (1024). */
  pins: inWord("_refcount", int(0, 2)),
  /** _pincount of a large folio: its pins, each of which has a reference, too. */
  pincount: int(0, 2),
  /** page_mapcount(), that is _mapcount + 1. It can be driven below 0, so that the spec against it can fail. */
  mapcount: int(-1, 3, 0),
  /** folio_large_mapcount(), that is _large_mapcount + 1: all PTEs that map a page of a large folio. */
  largeMapcount: int(0, 4),
  /** FOLIO_MM_IDS_LOCK_BITNUM of _mm_ids, since v6.15: who changes what follows holds it. */
  mmIdsLock: inWord("_mm_ids", bitLock),
  /** FOLIO_MM_IDS_SHARED_BITNUM: more than one mm may map the large folio. */
  mmIdsShared: inWord("_mm_ids", bool),
  /** The two mms that are counted apart, each by its number + 1; 0 is MM_ID_DUMMY. */
  mmId0: inWord("_mm_ids", int(0, 2)),
  mmId1: inWord("_mm_ids", int(0, 2)),
  /** _mm_id_mapcount[]: how many PTEs of that mm map the folio, less one. */
  mmIdMapcount0: int(-1, 3),
  mmIdMapcount1: int(-1, 3),
  /** What the page contains: a version number that each store increments. */
  data: int(0, 2),
  /** The page has been read from, or mapped to, the block that belongs to the file. */
  hasBlock: bool,
  /** BH_Dirty of the page's buffers. */
  bufferDirty: bool,
  /** The last reference has been put, and nobody has got the page since: see page-references.ts. */
  freed: ghost(bool),
  /** As `swapcache`, but not in the word of flags: while others store to it, a spec cannot ask for it at any time under weak memory. */
  inSwapCache: ghost(bool),
  /** Who frees the page has frozen its references, and is not done with it: the allocator does not have it yet. */
  frozen: ghost(bool),
  /** memory_failure() has a reference, and keeps it, so that nobody gets the page again. */
  poisonRef: ghost(bool),
  /** Migration has given the page up, because it has no mapping. */
  unmigratable: ghost(bool),
  /** What unaccount_page_cache_page() found: see deletion.ts. */
  deletedMapped: ghost(oneOf("no", "transient", "late", "real")),
  /** page_mapped() of a huge page has said no, although one sub-page or another was mapped all the time. */
  scanMissed: ghost(bool),
  /** Somebody has read the page, which is uptodate, and has not seen what it was filled with. */
  readEarly: ghost(bool),
  /** unaccount_page_cache_page() found PG_dirty set. */
  deletedDirty: ghost(bool),
});
