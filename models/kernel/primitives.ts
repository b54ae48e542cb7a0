/**
 * The kernel's primitives, as steps, with the order each one promises (Linux-kernel memory model). One table, so that a
 * wrong class is wrong in one place. A path gives them its labels, and the page in its local `page`, or another one with
 * `of()`; `then()` says where they go on, by their result if they have one.
 *
 * | primitive | in the kernel | order |
 * | --- | --- | --- |
 * | trylock_page() | test_and_set_bit_lock() | acquire; a failed one: none |
 * | lock_page() | the same; once it has to wait, test_and_set_bit() | acquire; full after waiting |
 * | unlock_page() | clear_bit_unlock_is_negative_byte() | release |
 * | PageLocked(), page_mapped(), page->mapping | plain loads | none |
 * | get_page_unless_zero(), page_cache_get_speculative() | atomic_add_unless() | full; a failed one: none |
 * | get_page(), try_grab_page() under ptl | page_ref_inc(), page_ref_add() | none |
 * | folio_ref_dec() | atomic_dec() | none |
 * | put_page(), unpin_user_page() | atomic_dec_and_test() | full |
 * | page_ref_freeze() | atomic_cmpxchg() | full; a failed one: none |
 * | page_ref_unfreeze() | atomic_set_release() | release |
 * | page_count(), page_mapcount(), page_maybe_dma_pinned() | plain loads | none |
 * | mmap_read_lock(), mmap_write_lock() and their unlocks | rw_semaphore | acquire, release |
 * | page_add_file_rmap(), page_remove_rmap() | atomic_inc_and_test(), atomic_add_negative() | full |
 * | page_dup_rmap() | atomic_inc() | none |
 * | set_pte_at(), set_pmd_at(), pmd_populate() | a plain store | none |
 * | pte_none(), pmd_none(), pmd_trans_huge(), ptep_get() | plain loads | none |
 * | ptep_get_and_clear(), pmdp_huge_get_and_clear() | xchg_relaxed() on arm64, a load and a store in asm-generic | none |
 * | ptep_set_wrprotect() | cmpxchg_relaxed() on arm64, clear_bit() on x86 | none |
 * | set_page_dirty() | TestSetPageDirty() | full; where PG_dirty is set already: none, until v6.0 |
 * | TestClearPageDirty() and its like | test_and_clear_bit() | full; where the bit is clear already: none |
 * | ptep_set_access_flags() | a plain store of what was read under ptl, with more rights | none |
 * | pte_alloc_one_map() | pmd_none() and pmd_populate(), under pmd_lock | none |
 * | SetPageSwapCache(), SetPageAnonExclusive() and their like | set_bit(), clear_bit() | none |
 * | add_mm_counter(), inc_tlb_flush_pending() | atomic_long_add(), atomic_inc() | none |
 * | xas_load(), xas_store(), i_size_read() | a plain load, a plain store | none |
 * | spin_lock(), spin_unlock() | | acquire, release |
 */
import { acquire, bool, bugOn, done, full, noreturn, once, ref, relaxed, release, wait, condition } from "faultline";
import type { Operation } from "faultline";
import { rmapAhead, rmapTakenBack } from "./deletion.ts";
import { Page, kernel, type Kernel, type PageDraft, type PteDraft, type VmaIndex } from "./world.ts";

export * from "./locks.ts";

type PageFlag = "uptodate" | "dirty" | "writeback" | "swapcache" | "exclusive" | "waiters" | "hwpoison" | "bufferDirty";

/** The locals of a path that has found its page. */
export interface OfPage {
  readonly page: PageDraft | null;
}
interface FindsPage {
  page: PageDraft | null;
}
type WhichPage<M> = (k: Kernel, me: M) => PageDraft | null;

/** The primitive, of another page than the one in the local `page`: put_page(newpage) is `of(newpage, putPage)`. */
export const of = <M, R>(which: WhichPage<M>, primitive: Operation<Kernel, OfPage, R>): Operation<Kernel, M, R> =>
  primitive.with((k: Kernel, me: M) => ({ page: which(k, me) }));

export const filePage = ({ page }: Kernel): PageDraft => page;
export const cow = ({ cow }: Kernel): PageDraft => cow;
export const newpage = ({ newpage }: Kernel): PageDraft => newpage;
export const tail = ({ tail }: Kernel): PageDraft => tail;

// The page lock and the other flags.

const lockIfFree = (_: unknown, { page }: OfPage): boolean => {
  if (page!.locked) return false;
  page!.locked = true;
  return true;
};
const tryLock = acquire(lockIfFree);

/** trylock_page(page): whether it was not locked. */
export const trylockPage = condition(tryLock);

/** The test_and_set_bit(PG_locked) of who has waited: whether it was locked. */
export const testAndSetLocked = full((k: unknown, me: OfPage): boolean => !lockIfFree(k, me));

/** unlock_page(page). The lock has no owner, as another one may be left to release it. */
export const unlockPage = release((_: unknown, { page }: OfPage): void => {
  page!.locked = false;
});

/** PageLocked(page), and its like of any other flag. */
export const pageFlag = (flag: PageFlag | "locked") => once((_: unknown, { page }: OfPage) => page![flag]);

/** SetPageWaiters(page), and its like of any other flag: set_bit(). */
export const setPageFlag = (flag: PageFlag) =>
  noreturn((_: unknown, { page }: OfPage): void => {
    page![flag] = true;
  });

/** ClearPageWaiters(page), and its like of any other flag: clear_bit(). */
export const clearPageFlag = (flag: PageFlag) =>
  noreturn((_: unknown, { page }: OfPage): void => {
    page![flag] = false;
  });

/** TestClearPageDirty(page), and its like of any other flag: whether it was set. */
export const testClearPageFlag = (flag: PageFlag) =>
  full((_: unknown, { page }: OfPage) => {
    if (!page![flag]) return false;
    page![flag] = false;
    return true;
  });

/** TestSetPageHWPoison(page), and its like of any other flag: whether it was set already. */
export const testSetPageFlag = (flag: PageFlag) =>
  full((_: unknown, { page }: OfPage) => {
    if (page![flag]) return true;
    page![flag] = true;
    return false;
  });

/** TestSetPageWriteback(page), TestClearPageWriteback(page) and their like, where what it was before is known. */
export const testAndChangePageFlag = (flag: PageFlag, to: boolean) =>
  full((_: unknown, { page }: OfPage): void => {
    page![flag] = to;
  });

/** SetPageSwapCache(page) */
export const setPageSwapCache = setPageFlag("swapcache");

/** SetPageAnonExclusive(page) */
export const setPageAnonExclusive = setPageFlag("exclusive");

/**
 * set_page_dirty(page), in a step of the path's own: TestSetPageDirty(), which until 415d83249709 (v6.0) returns early if
 * the bit is set already, and then orders nothing.
 */
export function markDirty(page: PageDraft): void {
  if (!page.dirty) page.dirty = true;
}

/** set_page_dirty(page) */
export const setPageDirty = full((_: unknown, { page }: OfPage): void => markDirty(page!));

// References.

/**
 * get_page(page): the caller holds a reference, or a lock that keeps one. Who has neither takes one of a page that is free.
 * What is counted on `tail` keeps nothing: `page`, the head of the folio, does.
 */
export const getPage = noreturn((k: Kernel, { page }: OfPage): void => {
  bugOn(page !== k.tail && isFree(page!), "VM_BUG_ON_FOLIO(folio_ref_zero_or_close_to_overflow(folio))");
  page!.refcount++;
});

/** Nobody has a reference, by FOLL_PIN or otherwise. */
export const isFree = (page: PageDraft): boolean => page.refcount === 0 && page.pins === 0;

/** get_page_unless_zero(page), page_cache_get_speculative(page): whether there was a reference. */
export const getPageUnlessZero = full((_: unknown, { page }: OfPage) => {
  if (page!.refcount === 0) return false;
  page!.refcount++;
  return true;
});

/** put_page(page) */
export const putPage = full((_: unknown, { page }: OfPage): void => {
  page!.refcount--;
});

/** folio_ref_dec(folio), of a reference that cannot be the last one. */
export const pageRefDec = noreturn((_: unknown, { page }: OfPage): void => {
  page!.refcount--;
});

/** page_ref_freeze(page, count): whether the count was this one. */
export const pageRefFreeze = (count: number) =>
  full((_: unknown, { page }: OfPage) => {
    if (page!.refcount !== count) return false;
    page!.refcount = 0;
    return true;
  });

/** page_ref_unfreeze(page, count) */
export const pageRefUnfreeze = (count: number) =>
  release((_: unknown, { page }: OfPage): void => {
    page!.refcount = count;
  });

/** page_count(page) == 1?, counting what FOLL_PIN adds. */
export const countIsOne = condition(
  once((_: unknown, { page }: OfPage) => {
    const { refcount, pins } = page!;
    return refcount === 1 && pins === 0;
  }),
);

/** page_count(page) == n?, of a page of a file, which nobody pins here. */
export const countIs = (n: number) => once((_: unknown, { page }: OfPage) => page!.refcount === n);

/**
 * alloc_page() of a page that is free: by the lock of a zone, or from a list that is one CPU's own, so that what the last
 * owner has done comes before, and no more.
 */
export const allocate = acquire((_: unknown, { page }: OfPage): void => {
  page!.refcount = 1;
});

/** The same, where its last owner may not have put it yet. */
export const allocateOnceFree = acquire((_: unknown, { page }: OfPage) => {
  if (page!.refcount > 0) return wait;
  page!.refcount = 1;
});

/** The same, if there is a free page at all: whether there was. */
export const allocateIfFree = acquire((_: unknown, { page }: OfPage) => {
  if (page!.refcount > 0) return false;
  page!.refcount = 1;
  return true;
});

// The page in its file.

/** page->mapping == mapping? */
export const mappingMatches = condition(once((_: unknown, { page }: OfPage) => page!.mapping === "file"));

/** page->mapping = ... */
export const setMapping = (to: PageDraft["mapping"]) =>
  once((_: unknown, { page }: OfPage): void => {
    page!.mapping = to;
  });

/** index < i_size_read(inode)? */
export const indexInFile = once((k: Kernel) => k.isize > 0);

/** page = xas_load(&xas): whether there is one. */
export const xasLoad = once((k: Kernel, me: FindsPage) => {
  me.page = k.slot;
});

/** xas_store(&xas, ...) */
export const xasStore = (which: (k: Kernel) => PageDraft | null) =>
  once((k: Kernel): void => {
    k.slot = which(k);
  });

/** The device reads the page, once it has been told to: what is on disk then. */
export const deviceReadsPage = full((k: Kernel, { page }: OfPage): void => {
  k.disk = page!.data;
});

// The page in page tables.

/** page_mapped(page)? */
export const pageMapped = condition(once((_: unknown, { page }: OfPage) => page!.mapcount !== 0));

/** page_mapcount(page) == 1? */
export const mapcountIsOne = condition(once((_: unknown, { page }: OfPage) => page!.mapcount === 1));

/** page_mapcount(page) > 0? */
export const mapcountAboveZero = once((_: unknown, { page }: OfPage) => page!.mapcount > 0);

/** page_add_file_rmap(page), before the PTE of vma `i` is stored, where the deletion of the page asks for that. */
export const pageAddFileRmap = (i?: VmaIndex) =>
  full((k: Kernel, { page }: OfPage): void => {
    page!.mapcount++;
    if (i !== undefined) rmapAhead(k.vma[i]);
  });

/** page_dup_rmap(page) */
export const pageDupRmap = noreturn((_: unknown, { page }: OfPage): void => {
  page!.mapcount++;
});

/** page_remove_rmap(page), after the PTE of vma `i` is cleared, where the deletion of the page asks for that. */
export const pageRemoveRmap = (i?: VmaIndex) =>
  full((k: Kernel, { page }: OfPage): void => {
    page!.mapcount--;
    if (i !== undefined) rmapTakenBack(k.vma[i], page!);
  });

/** page_add_new_anon_rmap(page): _mapcount = 0, of a page that nobody else knows. */
export const setMapcountToOne = once((_: unknown, { page }: OfPage): void => {
  page!.mapcount = 1;
});

/** pmd_none(*pmd)? */
export const pmdNone = (i: VmaIndex) => once((k: Kernel) => k.vma[i].pmd === "none");

/** pmd_trans_huge(*pmd)? */
export const pmdTransHuge = (i: VmaIndex) => once((k: Kernel) => k.vma[i].pmd === "huge");

/** pmd_populate() */
export const pmdPopulate = (i: VmaIndex) =>
  once((k: Kernel): void => {
    k.vma[i].pmd = "table";
    k.vma[i].table = k.table[i];
  });

/** pte_none(), of an entry that has been loaded: it maps nothing, and is no other kind of entry. */
export const isNone = ({ page, kind }: PteDraft): boolean => page === null && kind === "plain";

/** pte_none(*pte)? */
export const pteNone = (i: VmaIndex) => once((k: Kernel) => isNone(k.table[i].pte));

/** *pte, ptep_get(), in one load of the whole entry: its result is the entry, of which `then` looks at what it needs. */
export const ptepGet = (i: VmaIndex) => once((k: Kernel) => k.table[i].pte);

/** page = pte_page(*pte); NULL if nothing is mapped. */
export const ptePage = (i: VmaIndex) =>
  once((k: Kernel, me: FindsPage): void => {
    me.page = k.table[i].pte.page;
  });

interface PteBits {
  readonly writable?: boolean;
  readonly dirty?: boolean;
  readonly young?: boolean;
}

/** set_pte_at() or ptep_set_access_flags(), in a step of the path's own: a plain store of the whole entry. */
export function setPte(
  pte: PteDraft,
  page: PageDraft,
  { writable = false, dirty = false, young = false }: PteBits = {},
): void {
  clearPte(pte);
  pte.page = page;
  pte.writable = writable;
  pte.dirty = dirty;
  pte.young = young;
}

/** Makes the entry none, in a step of the path's own. All of the word is stored, so that nothing of it is read. */
export function clearPte(pte: PteDraft): void {
  pte.page = null;
  pte.writable = false;
  pte.dirty = false;
  pte.young = false;
  pte.kind = "plain";
  pte.slot = null;
  pte.migrating = null;
  pte.marker = "none";
}

/** set_pte_at(), of an entry that maps the page. */
export const setPteAt = (i: VmaIndex, bits?: PteBits) =>
  once((k: Kernel, { page }: OfPage): void => setPte(k.table[i].pte, page!, bits));
/** ptep_set_access_flags(), and what changes the entry after ptep_modify_prot_start() */
export { setPteAt as ptepSetAccessFlags, setPteAt as ptepModifyProtCommit };

/** ptep_set_wrprotect() */
export const ptepSetWrprotect = (i: VmaIndex) =>
  noreturn((k: Kernel): void => {
    k.table[i].pte.writable = false;
  });

/**
 * ptep_get_and_clear(), and so ptep_clear_flush() and ptep_modify_prot_start(): an RMW of the whole entry. x86 and riscv
 * make it a full barrier, arm64 and power do not. `seen` looks at the entry that it returns, in the same operation.
 */
export const ptepGetAndClear = <M>(i: VmaIndex, seen?: (k: Kernel, me: M) => void) =>
  relaxed((k: Kernel, me: M): void => {
    seen?.(k, me);
    const { pte } = k.table[i];
    clearPte(pte);
  });

/** pmdp_huge_get_and_clear(), and so pmdp_huge_clear_flush(): the same of a huge pmd. */
export const pmdpHugeGetAndClear = <M>(i: VmaIndex, seen?: (k: Kernel, me: M) => void) =>
  relaxed((k: Kernel, me: M): void => {
    seen?.(k, me);
    k.vma[i].pmd = "none";
  });

// Counters of the process.

/** add_mm_counter(mm, MM_ANONPAGES, by) */
export const addMmCounter = (i: VmaIndex, by: 1 | -1) =>
  noreturn((k: Kernel): void => {
    k.mm[i].rss += by;
  });

/** inc_tlb_flush_pending(mm) */
export const incTlbFlushPending = (i: VmaIndex) =>
  noreturn((k: Kernel): void => {
    k.mm[i].tlbFlushPending++;
  });

/** dec_tlb_flush_pending(mm) */
export const decTlbFlushPending = (i: VmaIndex) =>
  noreturn((k: Kernel): void => {
    k.mm[i].tlbFlushPending--;
  });

/**
 * lock_page(), include/linux/pagemap.h and mm/filemap.c, v5.9: sleeps while the page is locked, then sets `slept`.
 * `isFull`: the first try is a full barrier, too, which test_and_set_bit_lock() is not.
 */
export const lockPage = (isFull = false) =>
  kernel.path(
    "lock_page",
    { page: ref(Page), slept: bool },
    {
      "trylock_page(page)": (isFull ? full(lockIfFree) : tryLock).then({ true: done, false: "__lock_page(page)" }),
      "__lock_page(page)": testAndSetLocked.then((_, me, wasLocked) => {
        if (wasLocked) return wait;
        me.slept = true;
      }),
    },
    { file: "mm/filemap.c", release: "v5.9", leavesOut: "the wait queue: who waits longest does not matter here" },
  );
