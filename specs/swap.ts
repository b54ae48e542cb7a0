import { kernel } from "../models/kernel/world.ts";

/** A swap entry names a slot that is in use by as many entries. */
export const slotCountMatches = kernel.atEnd(
  "slot-count-matches",
  "the count of a swap slot is the number of entries that name it",
  ({ table, swapSlot }) => {
    const entries = table
      .flatMap(({ pte, tailPte }) => [pte, tailPte])
      .filter(({ kind, slot }) => kind === "swap" && slot === swapSlot).length;
    return swapSlot.count === entries || `its count is ${swapSlot.count}, and ${entries} entries name it`;
  },
  "the slot is given to somebody else while a page table names it, or never again",
);

/** Until v6.19 SWAP_HAS_CACHE keeps a slot for the folio in the swap cache, and whoever takes the folio out clears it. */
export const slotCanBeFreed = kernel.atEnd(
  "slot-can-be-freed",
  "what keeps a swap slot in use is an entry, or a folio in the swap cache that can leave it",
  ({ swapSlot, swapDevice, page, cow, newpage }) => {
    const { cache, count, hasCache } = swapSlot;
    if (hasCache && !cache) return "SWAP_HAS_CACHE is set, and no folio is in the swap cache";
    if (cache && !cache.swapcache) return "the swap cache has a folio that does not know it";
    if (!cache && [page, cow, newpage].some(({ swapcache }) => swapcache))
      return "a folio says that it is in the swap cache, and the slot has none";
    const inUse = count > 0 || hasCache || cache !== null ? 1 : 0;
    return (
      !swapDevice || swapDevice.inUse === inUse || `the device counts ${swapDevice.inUse} slots in use, and ${inUse} is`
    );
  },
  "the slot or the folio is never free again, or is free twice: swapoff() may never end",
);

/** Of the memory of vma[0], wherever it is: mapped, in the swap cache, or on the device. */
export const readsWhatWasStored = kernel.atEnd(
  "reads-what-was-stored",
  "a process finds in its memory what it has stored last",
  ({ table, swapSlot, mm }) => {
    const { page, kind } = table[0].pte;
    const data = page ? page.data : kind === "swap" ? (swapSlot.cache ?? swapSlot).data : mm[0].stored;
    return data === mm[0].stored || `it has stored version ${mm[0].stored}, and finds version ${data}`;
  },
  "memory is corrupted silently",
);

/** page->index of an anonymous page is what an rmap walk finds its PTE by. */
export const indexMatches = kernel.atEnd(
  "index-matches",
  "an anonymous page is mapped at its index",
  ({ table }) => {
    const wrong = table.findIndex(({ pte }, i) => pte.page !== null && pte.page.index !== i);
    return wrong < 0 || `vma[${wrong}] maps a page of index ${table[wrong]!.pte.page!.index}`;
  },
  "reclaim, migration and memory failure do not find the PTE; the kernel stops in __page_check_anon_rmap()",
);

/** What the swap cache is a lock by: no two folios can be filled from one slot, and be mapped for it. */
export const oneFolioForAnEntry = kernel.always(
  "one-folio-for-an-entry",
  "one folio at a time is in the swap cache for a slot",
  ({ page, cow, newpage }) => {
    const cached = [page, cow, newpage].filter(({ inSwapCache }) => inSwapCache).length;
    return cached <= 1 || `${cached} folios say that they are in the swap cache, and there is one slot`;
  },
  "two threads of a process have two pages at one address: what one of them stores is lost",
);
