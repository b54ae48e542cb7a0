/**
 * The memory that all paths share: one page of one file, the vmas that map it, and pages for private copies. A field
 * that a scenario never changes costs nothing, so one world serves all of them.
 */
import {
  array,
  bool,
  ghost,
  guarded,
  hardware,
  int,
  inWord,
  mutex,
  oneOf,
  ref,
  rwsem,
  spinlock,
  struct,
  world,
} from "faultline";
import type { Draft, StateOf } from "faultline";

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
  mapcount: int(-1, 3),
  /** What the page contains: a version number that each store increments. */
  data: int(0, 2),
  /** The page has been read from, or mapped to, the block that belongs to the file. */
  hasBlock: bool,
  /** BH_Dirty of the page's buffers. */
  bufferDirty: bool,
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

/** A page-table entry: one word of memory. */
export const Pte = struct("Pte", {
  /** The page it maps; NULL is pte_none(). */
  page: inWord("entry", ref(Page)),
  writable: inWord("entry", bool),
  dirty: inWord("entry", bool),
});

/** A vma of one page, with the page table that serves it. vma[0] comes first in the file's interval tree. */
export const Vma = struct("Vma", {
  /** What the pmd entry holds: nothing, a page table, or the huge page that `page` is the head of. */
  pmd: oneOf("none", "table", "huge"),
  /** pmd_lock(), where it matters who populates the pmd entry. */
  pmdLock: spinlock,
  /** The split page-table lock. */
  ptl: spinlock,
  pte: Pte,
  /** The vma has left the interval tree of the file: unmap_mapping_range() no longer finds it. */
  unlinked: bool,
  /** munmap() or madvise(MADV_DONTNEED) has returned: the user relies on it. */
  unmapped: ghost(bool),
  /** How far mapcount and the PTE agree: see deletion.ts. */
  rmap: ghost(oneOf("unmapped", "ahead", "counted", "mapped")),
  /** do_fault_around() ended without a PTE: the fault goes on in __do_fault(), which sleeps for the page lock. */
  fellBack: ghost(bool),
  /** The fault has slept for the page lock. */
  slept: ghost(bool),
  /** vma->vm_truncate_count, up to 2.6.38: an unmap that stopped half-way left a restart address beyond the page. */
  restart: bool,
});

/** struct mm_struct */
export const Mm = struct("Mm", {
  mmapLock: rwsem,
  /** mm->has_pinned */
  hasPinned: bool,
  /** mm->write_protect_seq: odd while fork() write-protects. */
  writeProtectSeq: int(0, 2),
  /** mm->tlb_flush_pending: so many threads have changed PTEs that they have not flushed yet. */
  tlbFlushPending: int(0, 2),
  /** mm->tlb_flush_batched: reclaim has cleared PTEs and will flush later. */
  tlbFlushBatched: bool,
  /** The process runs: fork() has woken it. */
  running: bool,
  /** The anonymous pages that mm->rss_stat counts. It can be driven below 0, so that the spec of it can fail. */
  rss: int(-1, 2),
  /** The page that get_user_pages() gave to a holder in this mm (a pipe, a device), until it is put. */
  got: ghost(ref(Page)),
  /** `got` was taken with FOLL_PIN. */
  pinned: ghost(bool),
});

/** What a CPU remembers of a PTE: it lives until it is flushed, whatever becomes of the PTE. */
export const TlbEntry = struct("TlbEntry", {
  /** NULL: no entry. */
  page: inWord("entry", ref(Page)),
  writable: inWord("entry", bool),
  dirty: inWord("entry", bool),
});

export const Cpu = struct("Cpu", {
  /** One entry for each vma. */
  tlb: hardware(array(2, TlbEntry)),
});

/** wait_queue_head_t of the page lock, a list of two entries at most: 0 is none, n is waiter[n - 1]. */
export const WaitQueue = struct("WaitQueue", {
  lock: spinlock,
  first: guarded("lock", int(0, 2)),
  second: guarded("lock", int(0, 2)),
});

/** wait_page_queue of a thread that waits for the page lock. */
export const Waiter = struct("Waiter", {
  /** WQ_FLAG_WOKEN */
  woken: inWord("flags", bool),
  /** WQ_FLAG_CUSTOM: unlock_page() is to take the lock for it. */
  custom: inWord("flags", bool),
  /** It has had the page lock, and given it back. */
  served: ghost(bool),
});

export const kernel = world({
  /** The page of the file. */
  page: Page,
  /** An anonymous page that a write fault in a private mapping copies to; free while its refcount is 0. */
  cow: Page,
  /** A page that takes the place of `page` in the file: read in again, migrated to, or collapsed into. */
  newpage: Page,
  /** The second half of a huge page that `page` is the head of: index 1 of the file. */
  tail: Page,
  /** The xarray entry of index 0. */
  slot: ref(Page),
  /** i_size_read(inode), in pages. */
  isize: int(0, 2),
  /** The file system's lock against faults: XFS_MMAPLOCK, ext4's i_mmap_sem, since v5.15 mapping->invalidate_lock. */
  invalidateLock: rwsem,
  /** mapping->i_mmap_lock, up to 2.6.39 */
  iMmapLock: spinlock,
  /** mapping->i_mmap_rwsem, since v3.19; i_mmap_mutex before */
  iMmapRwsem: rwsem,
  /** mapping->unmap_mutex, 2.6.38 and 2.6.39 */
  unmapMutex: mutex,
  /** The hugetlb_fault_mutex of the file's index 0. */
  faultMutex: mutex,
  /** mapping->truncate_count, up to 2.6.22 */
  truncateCount: int(0, 2),
  /** The block on disk, or in persistent memory, behind index 0 of the file. */
  block: oneOf("written", "hole", "unwritten"),
  /** Who waits for the page lock, where that is modelled: mm/filemap/page-lock.ts. */
  waitQueue: WaitQueue,
  waiter: array(2, Waiter),
  vma: array(2, Vma),
  /** vma[i] belongs to mm[i], but for mremap(), where both belong to mm[0]. */
  mm: array(2, Mm),
  cpu: array(2, Cpu),
  /** What is on disk of the page, a version of its `data`: only specs look at it. */
  disk: ghost(int(0, 2)),
  /** What the block contains, where it is persistent memory that is mapped itself. */
  pmem: int(0, 2),
});

export const VMAS = [0, 1] as const;
export type VmaIndex = (typeof VMAS)[number];
export type Kernel = StateOf<typeof kernel>;
export type PageDraft = Draft<typeof Page>;
export type VmaDraft = Draft<typeof Vma>;

/** The page is in the page cache, and the first `vmas` vmas map it. */
export function pageMappedBy(k: Kernel, vmas: 1 | 2, { writable = false, dirty = false } = {}): void {
  pageInCache(k, { pmd: "populated" });
  for (const vma of k.vma.slice(0, vmas)) {
    vma.pte.page = k.page;
    vma.pte.writable = writable;
    vma.pte.dirty = dirty;
    vma.rmap = "mapped";
  }
  k.page.refcount += vmas;
  k.page.mapcount = vmas;
  if (!dirty) return;
  k.page.dirty = true;
  k.page.data = 1;
}

/**
 * mm[0] maps the anonymous page, and with `shared` mm[1] too, as after fork(); `writable` says whether the PTEs allow
 * stores. No other page is in use.
 */
export function anonPageMapped(
  k: Kernel,
  { shared, writable }: { readonly shared: boolean; readonly writable: boolean },
): void {
  const mappers = shared ? VMAS : ([0] as const);
  k.page.mapping = "anon";
  k.page.uptodate = true;
  k.page.exclusive = !shared;
  k.page.refcount = mappers.length;
  k.page.mapcount = mappers.length;
  k.cow.mapcount = 0;
  k.newpage.mapcount = 0;
  k.tail.mapcount = 0;
  for (const vma of k.vma) vma.pmd = "table";
  for (const mm of k.mm) mm.rss = 0;
  for (const i of mappers) {
    k.vma[i].pte.page = k.page;
    k.vma[i].pte.writable = writable;
    k.vma[i].pte.dirty = true;
    k.mm[i].running = true;
    k.mm[i].rss = 1;
  }
}

/** mm[0] has pinned the page with FOLL_PIN. */
export function pinnedByFirst(k: Kernel): void {
  k.page.pins = 1;
  k.mm[0].hasPinned = true;
  k.mm[0].got = k.page;
  k.mm[0].pinned = true;
}

/** The page is the head of a huge page, in the page cache, and vma[0] maps it by a huge pmd. */
export function pageMappedByPmd(k: Kernel): void {
  pageInCache(k, { pmd: "populated" });
  k.vma[0].pmd = "huge";
  k.vma[0].rmap = "mapped";
  k.page.refcount = 2;
  k.page.mapcount = 1;
}

/** What page tables there are at the start. */
export const PAGE_TABLES = ["populated", "none"] as const;
export type PageTables = (typeof PAGE_TABLES)[number];

/** The page is in the page cache, unlocked and unmapped; `pmd` says whether page tables are there already. */
export function pageInCache(
  k: Kernel,
  { pmd, dirty = false }: { readonly pmd: PageTables; readonly dirty?: boolean },
): void {
  k.page.mapping = "file";
  k.page.uptodate = true;
  k.page.dirty = dirty;
  k.page.refcount = 1;
  k.page.mapcount = 0;
  k.cow.mapcount = 0;
  k.slot = k.page;
  k.isize = 1;
  k.newpage.mapcount = 0;
  k.tail.mapcount = 0;
  for (const vma of k.vma) vma.pmd = pmd === "populated" ? "table" : "none";
}
