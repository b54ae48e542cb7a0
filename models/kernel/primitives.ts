/**
 * The kernel's primitives, as steps, with the order each one promises (Linux-kernel memory model). One table, so that a
 * wrong class is wrong in one place. A path gives them its labels, and the page in its local `page`.
 *
 * | primitive | in the kernel | order |
 * | --- | --- | --- |
 * | trylock_page() | test_and_set_bit_lock() | acquire; a failed one: none |
 * | lock_page() | the same; once it has to wait, test_and_set_bit() | acquire; full after waiting |
 * | unlock_page() | clear_bit_unlock_is_negative_byte() | release |
 * | PageLocked(), page_mapped(), page->mapping | plain loads | none |
 * | page_cache_get_speculative() | atomic_add_unless() | full; a failed one: none |
 * | get_page(), try_grab_page() under ptl | page_ref_inc(), page_ref_add() | none |
 * | put_page(), unpin_user_page() | atomic_dec_and_test() | full |
 * | page_count(), page_mapcount(), page_maybe_dma_pinned() | plain loads | none |
 * | mmap_read_lock(), mmap_write_lock() and their unlocks | rw_semaphore | acquire, release |
 * | page_add_file_rmap(), page_remove_rmap() | atomic_inc_and_test(), atomic_add_negative() | full |
 * | page_dup_rmap() | atomic_inc() | none |
 * | set_pte_at() | a plain store | none |
 * | ptep_get_and_clear(), pmdp_huge_get_and_clear() | xchg_relaxed() on arm64, a load and a store in asm-generic | none |
 * | set_page_dirty() | TestSetPageDirty() | full; where PG_dirty is set already: none, until v6.0 |
 * | ptep_set_access_flags() | a plain store of what was read under ptl, with more rights | none |
 * | pte_alloc_one_map() | pmd_none() and pmd_populate(), under pmd_lock | none |
 * | SetPageSwapCache(), SetPageAnonExclusive() | set_bit() | none |
 * | add_mm_counter() | atomic_long_add() | none |
 * | spin_lock(), spin_unlock() | | acquire, release |
 */
import { acquire, bool, done, full, noreturn, once, ref, relaxed, release, wait } from "faultline";
import { Page, kernel, type Kernel, type PageDraft, type VmaDraft, type VmaIndex } from "./world.ts";

/** Locks that belong to neither a page nor a vma. */
type WorldLock = "iMmap" | "unmapMutex" | "faultMutex";

interface OfPage {
  readonly page: PageDraft | null;
}

/** trylock_page(page); `busy` is where it goes if the page is locked. `ordered` is what it promises: an acquire, in the kernel. */
export const trylockPage = <const L extends string | typeof done>(busy: L, ordered = acquire) =>
  ordered((_: unknown, { page }: OfPage) => {
    if (page!.locked) return busy;
    page!.locked = true;
  });

/** unlock_page(page) */
export const unlockPage = release((_: unknown, { page }: OfPage): void => {
  page!.locked = false;
});

/** page_mapped(page)?; `unmapped` is where it goes if it is not. */
export const pageMapped = <const L extends string | typeof done>(unmapped: L) =>
  once((_: unknown, { page }: OfPage) => {
    if (page!.mapcount === 0) return unmapped;
  });

/** page->mapping == mapping?; `gone` is where it goes if not. */
export const mappingMatches = <const L extends string | typeof done>(gone: L) =>
  once((_: unknown, { page }: OfPage) => {
    if (page!.mapping !== "file") return gone;
  });

/** get_page(page): the caller holds a reference, or a lock that keeps one. */
export const getPage = noreturn((_: unknown, { page }: OfPage): void => {
  page!.refcount++;
});

/** SetPageSwapCache(page) */
export const setPageSwapCache = noreturn((_: unknown, { page }: OfPage): void => {
  page!.swapcache = true;
});

/** SetPageAnonExclusive(page) */
export const setPageAnonExclusive = noreturn((_: unknown, { page }: OfPage): void => {
  page!.exclusive = true;
});

/** put_page(page) */
export const putPage = full((_: unknown, { page }: OfPage): void => {
  page!.refcount--;
});

/** page_count(page) == n, counting what FOLL_PIN adds. */
export const pageCountIs = ({ refcount, pins }: PageDraft, n: number): boolean => refcount === n && pins === 0;

/** page_mapcount(page) == 1?; `shared` is where it goes if not. */
export const mapcountIsOne = <const L extends string | typeof done>(shared: L) =>
  once((_: unknown, { page }: OfPage) => {
    if (page!.mapcount !== 1) return shared;
  });

/** page_count(page) == 1?; `held` is where it goes if not. */
export const countIsOne = <const L extends string | typeof done>(held: L) =>
  once((_: unknown, { page }: OfPage) => {
    if (!pageCountIs(page!, 1)) return held;
  });

/** mmap_read_lock(mm) */
export const mmapReadLock = (i: VmaIndex) =>
  acquire((k: Kernel) => {
    if (k.mm[i].mmapWriter) return wait;
    k.mm[i].mmapReaders++;
  });

/** mmap_read_unlock(mm) */
export const mmapReadUnlock = (i: VmaIndex) =>
  release((k: Kernel): void => {
    k.mm[i].mmapReaders--;
  });

/** mmap_write_lock(mm) */
export const mmapWriteLock = (i: VmaIndex) =>
  acquire((k: Kernel) => {
    if (k.mm[i].mmapWriter || k.mm[i].mmapReaders > 0) return wait;
    k.mm[i].mmapWriter = true;
  });

/** mmap_write_unlock(mm) */
export const mmapWriteUnlock = (i: VmaIndex) =>
  release((k: Kernel): void => {
    k.mm[i].mmapWriter = false;
  });

/** spin_lock() of the page table that serves a vma. */
export const lockPtl = (i: VmaIndex) =>
  acquire((k: Kernel) => {
    if (k.vma[i].ptl) return wait;
    k.vma[i].ptl = true;
  });

/** spin_unlock() of the page table that serves a vma. */
export const unlockPtl = (i: VmaIndex) =>
  release((k: Kernel): void => {
    k.vma[i].ptl = false;
  });

/** add_mm_counter(mm, MM_ANONPAGES, by) */
export const addMmCounter = (i: VmaIndex, by: 1 | -1) =>
  noreturn((k: Kernel): void => {
    k.mm[i].rss += by;
  });

/** Takes a sleeping or spinning lock of the world's own. */
export const lock = (which: WorldLock) =>
  acquire((k: Kernel) => {
    if (k[which]) return wait;
    k[which] = true;
  });

/** Drops it. */
export const unlock = (which: WorldLock) =>
  release((k: Kernel): void => {
    k[which] = false;
  });

/** XFS_MMAPLOCK_SHARED, ext4's i_mmap_sem for reading, filemap_invalidate_lock_shared() */
export const lockShared = acquire(({ invalidateLock }: Kernel) => {
  if (invalidateLock.writer) return wait;
  invalidateLock.readers++;
});
export const unlockShared = release(({ invalidateLock }: Kernel): void => {
  invalidateLock.readers--;
});
export const lockExclusive = acquire(({ invalidateLock }: Kernel) => {
  if (invalidateLock.writer || invalidateLock.readers > 0) return wait;
  invalidateLock.writer = true;
});
export const unlockExclusive = release(({ invalidateLock }: Kernel): void => {
  invalidateLock.writer = false;
});

/** set_pte_at() or ptep_set_access_flags(), in a step of the path's own: a plain store of the whole entry. */
export function setPte({ pte }: VmaDraft, page: PageDraft, { writable = false, dirty = false } = {}): void {
  pte.page = page;
  pte.writable = writable;
  pte.dirty = dirty;
}

/**
 * ptep_get_and_clear(), and so ptep_clear_flush() and ptep_modify_prot_start(): an RMW of the whole entry. x86 and riscv
 * make it a full barrier, arm64 and power do not. `seen` looks at the entry that it returns, in the same operation.
 */
export const ptepGetAndClear = <M>(i: VmaIndex, seen?: (k: Kernel, me: M) => void) =>
  relaxed((k: Kernel, me: M): void => {
    seen?.(k, me);
    const { pte } = k.vma[i];
    pte.page = null;
    pte.writable = false;
    pte.dirty = false;
  });

/** pmdp_huge_get_and_clear(), and so pmdp_huge_clear_flush(): the same of a huge pmd. */
export const pmdpHugeGetAndClear = <M>(i: VmaIndex, seen: (k: Kernel, me: M) => void) =>
  relaxed((k: Kernel, me: M): void => {
    seen(k, me);
    k.vma[i].pmd = "none";
  });

/**
 * set_page_dirty(page), in a step of the path's own: TestSetPageDirty(), which until 415d83249709 (v6.0) returns early if
 * the bit is set already, and then orders nothing.
 */
export function markDirty(page: PageDraft): void {
  if (!page.dirty) page.dirty = true;
}

/** set_page_dirty(page) */
export const setPageDirty = full((_: unknown, { page }: OfPage): void => markDirty(page!));

/**
 * lock_page(), include/linux/pagemap.h and mm/filemap.c, v5.9: sleeps while the page is locked, then sets `slept`.
 * `isFull`: the first try is a full barrier, too, which test_and_set_bit_lock() is not.
 */
export const lockPage = (isFull = false) =>
  kernel.path(
    "lock_page",
    { page: ref(Page), slept: bool },
    {
      "trylock_page(page)": (isFull ? full : acquire)((_: unknown, { page }: OfPage) => {
        if (page!.locked) return "__lock_page(page)";
        page!.locked = true;
        return done;
      }),
      "__lock_page(page)": full((_, me) => {
        if (me.page!.locked) return wait;
        me.page!.locked = true;
        me.slept = true;
      }),
    },
    { file: "mm/filemap.c", release: "v5.9", leavesOut: "the wait queue: who waits longest does not matter here" },
  );

/** Where nothing else locks the page, lock_page() does not wait. */
export const NEVER_WAITS = "lock_page: __lock_page(page)";
