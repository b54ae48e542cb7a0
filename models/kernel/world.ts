/**
 * The memory that all paths share: one page of one file, the vmas that map it, and pages for private copies. A field
 * that a scenario never changes costs nothing, so one world serves all of them.
 */
import { array, extend, ghost, int, mutex, oneOf, ref, rwsem, slab, spinlock, world, allocated } from "faultline";
import type { Draft, StateOf, World } from "faultline";
import { Mm } from "./mm.ts";
import { Page } from "./page.ts";
import { EntryKind, PageTable, Pte } from "./page-table.ts";
import { SwapInfo, SwapMap, SwapSlot } from "./swap.ts";
import { Cpu } from "./tlb.ts";
import { Vma } from "./vma.ts";
import { Task, vmaLockFields } from "./vma-lock-fields.ts";
import { Waiter, WaitQueue } from "./wait-queue.ts";

export { EntryKind, Mm, Page, PageTable, Pte, SwapInfo, SwapMap, SwapSlot, Task, Vma, Waiter };
export { TlbEntry } from "./tlb.ts";

const base = world({
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
  /** anon_vma->root->rwsem: an rmap walk holds it for reading, and who adds a vma to the tree of the anon_vma for writing. */
  anonVmaRwsem: rwsem,
  /** mf_mutex: one memory_failure() at a time, since v5.13. */
  mfMutex: mutex,
  /** The hugetlb_fault_mutex of the file's index 0. */
  faultMutex: mutex,
  /** mapping->truncate_count, up to 2.6.39 */
  truncateCount: int(0, 3),
  /** The block on disk, or in persistent memory, behind index 0 of the file. */
  block: oneOf("written", "hole", "unwritten"),
  /** Who waits for the page lock, where that is modelled: mm/filemap/page-lock.ts. */
  waitQueue: WaitQueue,
  waiter: array(2, Waiter),
  vma: array(2, Vma),
  /** The page tables. table[i] is the one of vma[i], but where paths allocate, free, share or move them. */
  table: slab(PageTable, 2),
  /** vma[i] belongs to mm[i], but for mremap(), where both belong to mm[0]. */
  mm: array(2, Mm),
  cpu: array(2, Cpu),
  /** Who waits in mm->vma_writer_wait, by the number that its path was given. */
  task: array(2, Task),
  /** A slot of a swap device, the device, and its swap_map. */
  swapSlot: SwapSlot,
  swapInfo: SwapInfo,
  swapMap: slab(SwapMap, 1),
  /** swap_info[type] */
  swapDevice: ref(SwapInfo),
  /** What is on disk of the page, a version of its `data`: only specs look at it. */
  disk: ghost(int(0, 2)),
  /** What the block contains, where it is persistent memory that is mapped itself. */
  pmem: int(0, 2),
});

type FieldsOf<W> = W extends World<infer F, infer _> ? F : never;
type Extended = ReturnType<typeof extend<FieldsOf<typeof base>, unknown, { readonly within: typeof vmaLockFields }>>;
/** A type with a name: VMAs and mms point at each other, so that no declaration can write it out. */
export interface KernelFields extends FieldsOf<Extended> {}
/** VMAs and mms point at each other where VMAs are locked: these fields have a file of their own, which knows both. */
export const kernel: World<KernelFields, typeof vmaLockFields> = extend(base, { within: vmaLockFields });

export const VMAS = [0, 1] as const;
export type VmaIndex = (typeof VMAS)[number];
export type Kernel = StateOf<typeof kernel>;
export type PageDraft = Draft<typeof Page>;
export type VmaDraft = Kernel["vma"][number];
export type PteDraft = Draft<typeof Pte>;
export type MmDraft = Kernel["mm"][number];

/**
 * What page tables there are: `populated`: table[i] is in the pmd entry of vma[i]; `none`: it is to be put there, by the
 * one path that can; `absent`: none is allocated yet.
 */
export function pageTables(k: Kernel, pmd: PageTables | "absent"): void {
  if (pmd === "absent") return;
  for (const i of VMAS) {
    k.vma[i].table = allocated(k.table[i]);
    if (pmd === "populated") k.vma[i].pmd = "table";
  }
}

/** The page is in the page cache, and the first `vmas` vmas map it. */
export function pageMappedBy(k: Kernel, vmas: 1 | 2, { writable = false, dirty = false } = {}): void {
  pageInCache(k, { pmd: "populated" });
  for (const i of VMAS.slice(0, vmas)) {
    const { pte } = k.table[i];
    pte.page = k.page;
    pte.writable = writable;
    pte.dirty = dirty;
    k.vma[i].rmap = "mapped";
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
  pageTables(k, "populated");
  for (const mm of k.mm) mm.rss = 0;
  for (const i of mappers) {
    const { pte } = k.table[i];
    pte.page = k.page;
    pte.writable = writable;
    pte.dirty = true;
    k.mm[i].running = true;
    k.mm[i].rss = 1;
  }
}

/**
 * Large anonymous folio of `page` and `tail`, which mms map read-only, by both entries; `mmIds` are those mms, in the order in which they
 * are counted apart.
 */
export function largeAnonFolio(k: Kernel, mmIds: readonly [VmaIndex, VmaIndex?]): void {
  const [first, second] = mmIds;
  const isShared = second !== undefined;
  anonPageMapped(k, { shared: isShared, writable: false });
  k.page.exclusive = false;
  k.page.refcount = isShared ? 4 : 2;
  k.page.largeMapcount = isShared ? 4 : 2;
  k.page.mmId0 = first + 1;
  k.page.mmIdMapcount0 = 1;
  k.page.mmId1 = isShared ? second + 1 : 0;
  k.page.mmIdMapcount1 = isShared ? 1 : -1;
  k.page.mmIdsShared = isShared;
  k.tail.mapping = "anon";
  for (const i of isShared ? VMAS : ([0] as const)) {
    const { tailPte } = k.table[i];
    tailPte.page = k.tail;
    tailPte.dirty = true;
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
  { pmd, dirty = false }: { readonly pmd: PageTables | "absent"; readonly dirty?: boolean },
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
  pageTables(k, pmd);
}

/** Two processes map the huge page of a file through one table of pmd entries, which they share. */
export function hugetlbShared(k: Kernel): void {
  const table = allocated(k.table[0]);
  table.pte.page = k.page;
  table.shareCount = 1;
  for (const vma of k.vma) {
    vma.pmd = "table";
    vma.table = table;
  }
  k.page.mapping = "file";
  k.slot = k.page;
  k.page.refcount = 2;
  k.page.mapcount = 1;
  for (const page of [k.cow, k.newpage, k.tail]) page.mapcount = 0;
}

/** Two processes may share a page table for a huge page of hugetlbfs, which is in the page cache; `has`: those that have one, the same. */
export function hugetlbMayShare(k: Kernel, has: readonly VmaIndex[], { mapped = false } = {}): void {
  k.page.mapping = "file";
  k.page.uptodate = true;
  k.slot = k.page;
  k.page.refcount = mapped ? 2 : 1;
  k.page.mapcount = mapped ? 1 : 0;
  for (const page of [k.cow, k.newpage, k.tail]) page.mapcount = 0;
  for (const vma of k.vma) {
    vma.mayShare = true;
    vma.spansTable = true;
  }
  if (has.length === 0) return;
  const table = allocated(k.table[0]);
  table.shareCount = has.length - 1;
  table.pageCount = has.length;
  if (mapped) table.pte.page = k.page;
  for (const i of has) {
    k.vma[i].pmd = "table";
    k.vma[i].table = table;
  }
}

/** A process has a page table that maps nothing. */
export function emptyPageTable({ vma, table, page, cow, newpage, tail }: Kernel): void {
  vma[0].pmd = "table";
  vma[0].table = allocated(table[0]);
  for (const one of [page, cow, newpage, tail]) one.mapcount = 0;
}
