/** What paths do with the slot in their local `slot`, under the lock of its cluster. */
import { lock, once, release, unlock, type Draft } from "faultline";
import { setSwapEntry } from "./entries.ts";
import { anonPageMapped, pageTables, type Kernel, type PageDraft, type SwapSlot, type VmaIndex } from "./world.ts";

export type SlotDraft = Draft<typeof SwapSlot>;
export interface HasSlot {
  readonly slot: SlotDraft | null;
}

const slotLock = (_: Kernel, { slot }: HasSlot) => slot!.lock;
export const lockSlot = lock(slotLock);
export const unlockSlot = unlock(slotLock);

// A load and a store of one byte, and no atomic operation: nobody else stores to it meanwhile, under the lock.
interface Counts extends HasSlot {
  count: number;
}
/** What swap_free() and swap_duplicate() load: swap_map[offset]. */
export const loadCount = once((_: unknown, me: Counts): void => {
  me.count = me.slot!.count;
});
/** swap_map[offset]-- of swap_free(), or ++ of swap_duplicate(), once it has been loaded. */
export const storeCount = (by: 1 | -1) =>
  once((_: unknown, { slot, count }: Counts): void => {
    slot!.count = count + by;
  });
/** The same in one step, where nobody looks at the count without the lock: who does comes between the load and the store. */
export const dropCount = once((_: unknown, { slot }: HasSlot): void => {
  slot!.count--;
});
export const raiseCount = once((_: unknown, { slot }: HasSlot): void => {
  slot!.count++;
});
/** swap_map[offset] |= SWAP_HAS_CACHE, or without it */
export const setHasCache = (to: boolean) =>
  once((_: unknown, { slot }: HasSlot): void => {
    slot!.hasCache = to;
  });

type Cached<M> = (me: M) => PageDraft | null;
const setCache =
  <M extends HasSlot>(which: Cached<M>) =>
  (_: unknown, me: M): void => {
    me.slot!.cache = which(me);
  };

/** __swap_table_set(), of the folio that is cached, or of NULL for a shadow; the count stays what it is. */
export const setSlotCache = <M extends HasSlot>(which: Cached<M>) => once(setCache(which));
/** xas_store() of the swap cache until v6.17: it ends in rcu_assign_pointer(), also of NULL. */
export const storeSlotCache = <M extends HasSlot>(which: Cached<M>) => release(setCache(which));

/** set_pte_at(), of an entry that names the slot. */
export const setSwapPte = (i: VmaIndex) =>
  once((k: Kernel, { slot }: HasSlot): void => setSwapEntry(k.table[i].pte, slot!));

/** Memory of vma[0] is swapped out: the slot holds version 1 of it, and nothing is in the swap cache. */
export function swappedOut(k: Kernel): void {
  for (const page of [k.page, k.cow, k.newpage, k.tail]) page.mapcount = 0;
  pageTables(k, "populated");
  for (const mm of k.mm) mm.rss = 0;
  k.swapSlot.count = 1;
  k.swapSlot.data = 1;
  k.mm[0].stored = 1;
  const { pte } = k.table[0];
  pte.kind = "swap";
  pte.slot = k.swapSlot;
}

/** The same, and the folio is in the swap cache still; `hasCache`: until v6.19 SWAP_HAS_CACHE says so, too. */
export function inSwapCache(k: Kernel, { hasCache }: { readonly hasCache: boolean }): void {
  swappedOut(k);
  k.swapSlot.hasCache = hasCache;
  k.swapSlot.cache = k.page;
  k.page.mapping = "anon";
  k.page.uptodate = true;
  k.page.swapcache = true;
  k.page.inSwapCache = true;
  k.page.data = 1;
  k.page.refcount = 1;
}

/** vma[0] maps its memory, version 1 of it, and nothing of it is swapped out. */
export function mappedNotInSwap(k: Kernel): void {
  anonPageMapped(k, { shared: false, writable: true });
  k.page.data = 1;
  k.mm[0].stored = 1;
  k.table[0].pte.young = true;
}
