/** References to a page, as steps: a part of the table in primitives.ts. */
import { acquire, bugOn, condition, full, noreturn, once, release, wait } from "faultline";
import type { OfPage } from "./of-page.ts";
import type { Kernel, PageDraft } from "./world.ts";

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

/**
 * What is stored to a page is for who has a reference, or knows that somebody has: by the time somebody stores to a free page, another
 * one may have it. Of ghosts alone, so that each memory model can ask it. A page whose references are frozen is not free.
 */
export function mustBeKept(page: PageDraft): void {
  bugOn(page.freed, "the page is free: its last reference was put, and nobody has allocated it since");
}

/** Somebody stores to what the page contains, in a step of the path's own. */
export function storeData(page: PageDraft, data: number): void {
  mustBeKept(page);
  page.data = data;
}

/** A reference is put: the page is free if it was the last one, but for `tail`, whose head keeps it. */
export function noteFree(k: Kernel, page: PageDraft): void {
  if (page !== k.tail && isFree(page)) page.freed = true;
}

/** folio_put_refs(folio, count) */
export const putReferences = (count: number) =>
  full((k: Kernel, { page }: OfPage): void => {
    page!.refcount -= count;
    noteFree(k, page!);
  });

/** put_page(page) */
export const putPage = putReferences(1);

/** folio_ref_dec(folio), of a reference that cannot be the last one. */
export const pageRefDec = noreturn((_: unknown, { page }: OfPage): void => {
  page!.refcount--;
});

/** page_ref_freeze(page, count): whether the count was this one, with what FOLL_PIN adds. */
export const pageRefFreeze = (count: number) =>
  full((_: unknown, { page }: OfPage) => {
    if (page!.refcount !== count || page!.pins > 0) return false;
    page!.refcount = 0;
    page!.frozen = true;
    return true;
  });

/** page_ref_unfreeze(page, count): a store of all of the word, and no RMW. Of a page whose references are frozen there is no pin. */
export const pageRefUnfreeze = (count: number) =>
  release((_: unknown, { page }: OfPage): void => {
    page!.refcount = count;
    page!.pins = 0;
    page!.frozen = false;
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
 * free_unref_page_list(), free_unref_folios(), of a page whose references are frozen: the allocator has it from here on. They take the
 * lock of a list or a zone, which whoever allocates the page takes, too.
 */
export const freeFrozen = release((_: unknown, { page }: OfPage): void => {
  page!.refcount = 0;
  page!.frozen = false;
  page!.freed = true;
});

/** A page that was free has a new owner, in a step of the path's own. */
export function newOwner(page: PageDraft): void {
  page.refcount = 1;
  page.freed = false;
}

/**
 * alloc_page() of a page that is free: by the lock of a zone, or from a list that is one CPU's own, so that what the last
 * owner has done comes before, and no more.
 */
export const allocate = acquire((_: unknown, { page }: OfPage): void => newOwner(page!));

/** The same, where its last owner may not have put it yet. */
export const allocateOnceFree = acquire((_: unknown, { page }: OfPage) => {
  if (page!.refcount > 0 || page!.frozen) return wait;
  newOwner(page!);
});

/** The same, if there is a free page at all: whether there was. */
export const allocateIfFree = acquire((_: unknown, { page }: OfPage) => {
  if (page!.refcount > 0 || page!.frozen) return false;
  newOwner(page!);
  return true;
});
