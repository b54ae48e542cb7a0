import {
  array,
  bool,
  choose,
  done,
  extend,
  int,
  inWord,
  lock,
  once,
  release,
  spinlock,
  struct,
  unlock,
} from "faultline";
import type { StateOf } from "faultline";
import { kernel } from "../../kernel/world.ts";

/** An entry of a file of tmpfs whose pages are swapped out: one for both, or one for each. */
const FileSwap = struct("FileSwap", {
  /** It holds a swap entry. Of one for both pages, that of the first index does. */
  isSwap: inWord("entry", bool),
  /** xas_get_order(): an entry of order 1 is that of both indices. */
  order: inWord("entry", int(0, 1)),
});

/** The kernel's state with a file of two pages, which a large folio of tmpfs had before it was swapped out into two slots side by side. */
export const swappedFile = extend(kernel, {
  /** xa_lock of mapping->i_pages */
  iPages: spinlock,
  fileSwap: array(2, FileSwap),
  /** swap_map[offset] of both slots */
  swapCounts: array(2, int(0, 1)),
});
export type SwappedFile = StateOf<typeof swappedFile>;

const FILE = "mm/shmem.c";
const xaLock = (k: SwappedFile) => k.iPages;
const putSlot = (i: 0 | 1) =>
  once((k: SwappedFile): void => {
    k.swapCounts[i] = 0;
  });

const takeOrder = once((k: SwappedFile, me: { order: number }): void => {
  me.order = k.fileSwap[0].order;
});
const isThere = once((k: SwappedFile) => k.fileSwap[0].isSwap);
const takeOut = release((k: SwappedFile): void => {
  k.fileSwap[0].isSwap = false;
  k.fileSwap[0].order = 0;
});
const isOnePage = once((_: unknown, { order }: { readonly order: number }) => (order === 0 ? done : undefined));

const LEAVES_OUT =
  "entries that lie on the edge of the range (it is all of the file), the folio of the swap cache, who has found the entry";

/** shmem_free_swap(), mm/shmem.c, of the entry that shmem_undo_range() has found at the first index, for all of the file. */
export const shmemFreeSwap = swappedFile.path(
  "shmem_free_swap",
  { order: int(0, 1) },
  {
    "xas_lock_irq(&xas)": lock(xaLock),
    "entry = xas_load(&xas)": isThere.then({ false: "xas_unlock_irq(&xas), not there" }),
    "nr_pages = 1 << xas_get_order(&xas)": takeOrder,
    "xas_store(&xas, NULL)": takeOut,
    "xas_unlock_irq(&xas)": unlock(xaLock),
    "swap_put_entries_direct(entry, nr_pages)": putSlot(0),
    "one page?": isOnePage,
    "swap_put_entries_direct(entry, nr_pages), the second": putSlot(1).then(done),
    "xas_unlock_irq(&xas), not there": unlock(xaLock),
  },
  {
    file: FILE,
    release: "v7.1",
    fits: "v6.19..",
    at: {
      "xas_unlock_irq(&xas), not there": "xas_unlock_irq(&xas)",
      "swap_put_entries_direct(entry, nr_pages)": "swap_put_entries_direct()",
      "swap_put_entries_direct(entry, nr_pages), the second": "swap_put_entries_direct()",
    },
    notInSource: { "one page?": "how many slots swap_put_entries_direct() frees" },
    omits: {
      round_down: "the range is all of the file: no entry lies on its edge",
    },
    leavesOut: LEAVES_OUT,
  },
);

/**
 * The same before 8a1968bd997f (v6.19): the order is read first, without the lock, and xa_cmpxchg_irq() looks at the entry alone: of a large
 * entry that is split meanwhile the first part has the same value.
 */
export const shmemFreeSwapEarly = swappedFile.path(
  "shmem_free_swap",
  { order: int(0, 1) },
  {
    "order = xa_get_order(&mapping->i_pages, index)": takeOrder,
    "xa_cmpxchg_irq(): xa_lock_irq(xa)": lock(xaLock),
    "xa_cmpxchg_irq(): xas_load(&xas)": isThere.then({ false: "xa_cmpxchg_irq(): xa_unlock_irq(xa), not there" }),
    "xa_cmpxchg_irq(): xas_store(&xas, NULL)": takeOut,
    "xa_cmpxchg_irq(): xa_unlock_irq(xa)": unlock(xaLock),
    "free_swap_and_cache_nr(entry, 1 << order)": putSlot(0),
    "one page?": isOnePage,
    "free_swap_and_cache_nr(entry, 1 << order), the second": putSlot(1).then(done),
    "xa_cmpxchg_irq(): xa_unlock_irq(xa), not there": unlock(xaLock),
  },
  {
    file: FILE,
    release: "v6.18",
    fits: "v6.12..v6.18",
    notInSource: { "one page?": "how many slots free_swap_and_cache_nr() frees" },
    leavesOut: LEAVES_OUT,
  },
);

/** shmem_split_large_entry(), mm/shmem.c: swapin of one page, which got no large folio, makes an entry for each page. */
export const shmemSplitLargeEntry = swappedFile.path(
  "shmem_split_large_entry",
  {},
  {
    "xas_lock_irq(&xas)": lock(xaLock),
    "old = xas_load(&xas)": once((k) => k.fileSwap[0].isSwap, { false: "unlock: xas_unlock_irq(&xas)" }),
    "xas_try_split(&xas, old, cur_order)": once((k) => {
      k.fileSwap[0].isSwap = true;
      k.fileSwap[0].order = 0;
    }),
    "__xa_store(&mapping->i_pages, aligned_index + i)": release((k) => {
      k.fileSwap[1].isSwap = true;
      k.fileSwap[1].order = 0;
    }),
    "unlock: xas_unlock_irq(&xas)": unlock(xaLock),
  },
  {
    file: FILE,
    release: "v7.1",
    omits: {
      xas_set_err: "whoever swaps in looks again",
      xas_get_order: "the entry is a large one, as long as nobody else splits it",
      "xas_try_split_min_order, round_down, xas_set_order": "one split, from order 1 to 0",
      xas_error: "no memory for nodes",
      xas_nomem: "no memory for nodes",
    },
    leavesOut: "orders above 1, which are split step by step; that nodes have to be allocated",
  },
);

/** The pages of the file are in two slots, and one large entry names both; or they have been swapped in since it was found. */
export function largeSwapEntry(k: SwappedFile): void {
  if (choose(false, true)) return;
  k.fileSwap[0].isSwap = true;
  k.fileSwap[0].order = 1;
  k.swapCounts[0] = 1;
  k.swapCounts[1] = 1;
}
