import { acquire, bool, done, full, once, ref, release, wait } from "faultline";
import { rmapAhead, rmapMapped, rmapTakenBack } from "../kernel/deletion.ts";
import { mappingMatches, setPte, trylockPage, unlockPage, unlockPtl } from "../kernel/primitives.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../kernel/world.ts";

/**
 * In which order filemap_map_pages() tests and maps a page once it holds a reference:
 *
 * - `trylock`: v5.9, under the page lock.
 * - `patch4`: the fourth patch of October 2020, as reconstructed from its review: no lock, tests before ptl.
 * - `cover-letter`: that mail's proposal, taken literally: mapcount first, then all tests, then ptl and the PTE.
 * - `october`: the list of 14 October 2020: not locked, mapcount, still not locked, PTE, all under ptl.
 * - `december`: the order of 16 December 2020: under ptl mapcount, not locked, mapping, PTE.
 * - `mapping-first`: the same with the last two tests swapped.
 * - `test-first`: under ptl both tests, then mapcount and PTE.
 */
export const ORDERS = [
  "trylock",
  "patch4",
  "cover-letter",
  "october",
  "december",
  "mapping-first",
  "test-first",
] as const;
export type Order = (typeof ORDERS)[number];

const FIND = "page = xas_find(&xas)";
const EARLY = "PageLocked(page)?";
const GET = "page_cache_get_speculative(page)";
const RELOAD = "page == xas_reload(&xas)?";
const LOCK = "trylock_page(page)";
const MAPPING = "page->mapping == mapping?";
const SIZE = "index < i_size?";
const TABLE = "pmd_none(*vmf->pmd)?";
const PTL = "spin_lock(vmf->ptl)";
const NONE = "pte_none(*vmf->pte)?";
const UNLOCKED = "PageLocked(page)? under ptl";
const COUNT = "page_add_file_rmap(page)";
const STILL_UNLOCKED = "PageLocked(page)? again";
const STILL_IN_XARRAY = "page == xas_reload(&xas)? again";
const STORE = "set_pte_at(vmf->pte)";
const UNLOCK = "unlock_page(page)" as const;
const UNDO_COUNT = "page_remove_rmap(page)" as const;
const UNDO_LOCK = "unlock: unlock_page(page)" as const;
const PUT = "skip: put_page(page)" as const;
const MAPPED = "do_fault_around(): pte_none(pte)?" as const;
const DROP_PTL = "pte_unmap_unlock(vmf->ptl)";

const TAKE_PTL = [TABLE, PTL, NONE] as const;

const SEQUENCES = {
  trylock: [LOCK, MAPPING, SIZE, ...TAKE_PTL, COUNT, STORE, UNLOCK],
  patch4: [MAPPING, SIZE, ...TAKE_PTL, COUNT, STORE],
  "cover-letter": [SIZE, COUNT, STILL_UNLOCKED, MAPPING, STILL_IN_XARRAY, ...TAKE_PTL, STORE],
  october: [MAPPING, SIZE, ...TAKE_PTL, UNLOCKED, COUNT, STILL_UNLOCKED, STORE],
  december: [SIZE, ...TAKE_PTL, COUNT, STILL_UNLOCKED, MAPPING, STORE],
  "mapping-first": [SIZE, ...TAKE_PTL, COUNT, MAPPING, STILL_UNLOCKED, STORE],
  "test-first": [SIZE, ...TAKE_PTL, STILL_UNLOCKED, MAPPING, COUNT, STORE],
} as const satisfies Record<Order, readonly string[]>;

/**
 * do_fault_around() with filemap_map_pages() and alloc_set_pte(), mm/memory.c and mm/filemap.c, v5.9: a read fault
 * maps the one page around it that is in the page cache, or gives up on anything odd. `i` is the faulting address space.
 */
export const filemapMapPages = (i: VmaIndex, order: Order) => {
  const tests = SEQUENCES[order];
  const sequence: readonly string[] = tests;
  const isBefore = (first: string, second: string): boolean =>
    sequence.includes(first) && sequence.indexOf(first) < sequence.indexOf(second);
  /** Where a failed test leads: exactly what this order has done before it is undone. */
  const giveUp = (test: string) => (isBefore(COUNT, test) ? UNDO_COUNT : isBefore(LOCK, test) ? UNDO_LOCK : PUT);
  const testsAfterCount = sequence.indexOf(STORE) - sequence.indexOf(COUNT) - 1;
  const undo = [...(testsAfterCount > 0 ? [UNDO_COUNT] : []), ...(order === "trylock" ? [UNDO_LOCK] : [])];
  const fallBack = (k: Kernel): typeof done => {
    k.vma[i].fellBack = true;
    return done;
  };

  return kernel.path(
    "filemap_map_pages",
    { page: ref(Page), ptl: bool },
    {
      [FIND]: once((k, me) => {
        me.page = k.slot;
        if (!me.page) return fallBack(k);
      }),
      [EARLY]: once((k, { page }) => {
        if (page!.locked) return fallBack(k);
      }),
      [GET]: full((k, { page }) => {
        if (page!.refcount === 0) return fallBack(k);
        page!.refcount++;
      }),
      [RELOAD]: once((k, { page }) => {
        if (k.slot !== page) return PUT;
      }),

      [LOCK]: trylockPage(giveUp(LOCK)),
      [MAPPING]: mappingMatches(giveUp(MAPPING)),
      [SIZE]: once((k) => {
        if (k.isize === 0) return giveUp(SIZE);
      }),
      [TABLE]: once((k) => {
        if (k.vma[i].pmd === "none") k.vma[i].pmd = "table";
      }),
      [PTL]: acquire((k, me) => {
        if (k.vma[i].ptl) return wait;
        k.vma[i].ptl = true;
        me.ptl = true;
      }),
      [NONE]: once((k) => {
        if (k.vma[i].pte.page) return giveUp(NONE);
      }),
      [UNLOCKED]: once((_, { page }) => {
        if (page!.locked) return giveUp(UNLOCKED);
      }),
      [COUNT]: full((k, { page }) => {
        page!.mapcount++;
        rmapAhead(k.vma[i]);
      }),
      [STILL_UNLOCKED]: once((_, { page }) => {
        if (page!.locked) return giveUp(STILL_UNLOCKED);
      }),
      [STILL_IN_XARRAY]: once((k, { page }) => {
        if (k.slot !== page) return giveUp(STILL_IN_XARRAY);
      }),
      [STORE]: once((k, { page }) => {
        setPte(k.vma[i], page!);
        rmapMapped(k.vma[i], page!);
        return order === "trylock" ? UNLOCK : MAPPED;
      }),
      [UNLOCK]: release((_, { page }) => {
        page!.locked = false;
        return MAPPED;
      }),

      [UNDO_COUNT]: full((k, { page }) => {
        page!.mapcount--;
        rmapTakenBack(k.vma[i], page!);
        return PUT;
      }),
      [UNDO_LOCK]: unlockPage,
      [PUT]: full((k, { page, ptl }) => {
        page!.refcount--;
        if (!ptl) return fallBack(k);
      }),
      [MAPPED]: once((k) => {
        if (!k.vma[i].pte.page) k.vma[i].fellBack = true;
      }),
      [DROP_PTL]: unlockPtl(i),
    },
    {
      file: "mm/filemap.c",
      release: order === "trylock" ? "v5.9" : `v5.9, order ${order}`,
      leavesOut:
        "readahead and hwpoison tests, PG_uptodate (always set), compound pages, other pages of the window, pmdlock (only this thread populates its page table), rss",
      sequence: [FIND, EARLY, GET, RELOAD, ...tests, ...undo, PUT, MAPPED, DROP_PTL],
    },
  );
};
