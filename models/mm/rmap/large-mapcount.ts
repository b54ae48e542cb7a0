/**
 * What since v6.15 tells whether one mm alone maps a large folio, include/linux/rmap.h, v7.1: _large_mapcount, the counts of two mms
 * apart, and one bit. All of it changes under a bit lock.
 */
import { int, lock, once, ref, unlock } from "faultline";
import { mustBeKept, type OfPage } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

const FILE = "include/linux/rmap.h";
const RELEASE = "v7.1";
const UNLOCK = "folio_unlock_large_mapcount(folio)" as const;
const OWNS_ALL = "folio->_mm_id_mapcount[0] == new_mapcount_val?" as const;

const mmIdsLock = (_: unknown, { page }: OfPage) => page!.mmIdsLock;
/** folio_lock_large_mapcount(folio): bit_spin_lock() */
export const folioLockLargeMapcount = lock(mmIdsLock);
/** folio_unlock_large_mapcount(folio): __bit_spin_unlock() */
export const folioUnlockLargeMapcount = unlock(mmIdsLock);

/** test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids) */
export const mmIdsShared = once((_: unknown, { page }: OfPage) => page!.mmIdsShared);

// A load and a store of the word, which nobody else stores another value to under the lock.
const setShared = (to: boolean) =>
  once((_: unknown, { page }: OfPage): void => {
    mustBeKept(page!);
    page!.mmIdsShared = to;
  });
const setMmId = (slot: 0 | 1, id: number) =>
  once((_: unknown, { page }: OfPage): void => {
    mustBeKept(page!);
    if (slot === 0) page!.mmId0 = id;
    else page!.mmId1 = id;
  });
const mmIdIs = (slot: 0 | 1, id: number) =>
  once((_: unknown, { page }: OfPage) => (slot === 0 ? page!.mmId0 : page!.mmId1) === id);

interface Counts extends OfPage {
  readonly count: number;
}

/** folio->_mm_id_mapcount[slot] += diff: at least -1, whatever is taken from it. Its result: whether mappings are left. */
const addToSlot = (slot: 0 | 1, diff: number) =>
  once((_: unknown, { page }: OfPage) => {
    mustBeKept(page!);
    const count = Math.max((slot === 0 ? page!.mmIdMapcount0 : page!.mmIdMapcount1) + diff, -1);
    if (slot === 0) page!.mmIdMapcount0 = count;
    else page!.mmIdMapcount1 = count;
    return count >= 0;
  });
const setSlot = (slot: 0 | 1, diff: number) =>
  once((_: unknown, { page }: OfPage): void => {
    mustBeKept(page!);
    if (slot === 0) page!.mmIdMapcount0 = diff - 1;
    else page!.mmIdMapcount1 = diff - 1;
  });
/** The number that the mm is known by: mm->mm_id */
const idOf = (i: VmaIndex): number => i + 1;

/** folio_sub_return_large_mapcount(): `diff` PTEs of mm[i] do not map the folio any more. */
export const folioSubLargeMapcount = (i: VmaIndex, diff: number) =>
  kernel.path(
    "folio_sub_return_large_mapcount",
    { page: ref(Page), count: int(0, 4) },
    {
      "folio_lock_large_mapcount(folio)": folioLockLargeMapcount,
      "atomic_read(&folio->_large_mapcount)": once((_, me) => {
        me.count = me.page!.largeMapcount - diff;
      }),
      "atomic_set(&folio->_large_mapcount, new_mapcount_val)": once((_, { page, count }) => {
        mustBeKept(page!);
        page!.largeMapcount = count;
      }),
      "folio_mm_id(folio, 0) == mm_id?": mmIdIs(0, idOf(i)).then({ false: "folio_mm_id(folio, 1) == mm_id?" }),
      "folio->_mm_id_mapcount[0] -= diff": addToSlot(0, -diff).then({ true: UNLOCK }),
      "folio_set_mm_id(folio, 0, MM_ID_DUMMY)": setMmId(0, 0).then(OWNS_ALL),
      "folio_mm_id(folio, 1) == mm_id?": mmIdIs(1, idOf(i)).then({ false: OWNS_ALL }),
      "folio->_mm_id_mapcount[1] -= diff": addToSlot(1, -diff).then({ true: UNLOCK }),
      "folio_set_mm_id(folio, 1, MM_ID_DUMMY)": setMmId(1, 0),
      // mapcounts start at -1 there, and `count` is one more.
      [OWNS_ALL]: once((_, { page, count }: Counts) => page!.mmIdMapcount0 === count - 1).then({
        true: "folio->_mm_ids &= ~FOLIO_MM_IDS_SHARED_BIT",
      }),
      "folio->_mm_id_mapcount[1] == new_mapcount_val?": once(
        (_, { page, count }: Counts) => page!.mmIdMapcount1 === count - 1,
      ).then({ false: UNLOCK }),
      "folio->_mm_ids &= ~FOLIO_MM_IDS_SHARED_BIT": setShared(false),
      [UNLOCK]: folioUnlockLargeMapcount,
    },
    { file: FILE, release: RELEASE, leavesOut: "what it returns, which counts for statistics; assertions" },
  );

/** folio_add_return_large_mapcount(): `diff` PTEs of mm[i] come to map the folio. */
export const folioAddLargeMapcount = (i: VmaIndex, diff: number) =>
  kernel.path(
    "folio_add_return_large_mapcount",
    { page: ref(Page), count: int(0, 4) },
    {
      "folio_lock_large_mapcount(folio)": folioLockLargeMapcount,
      "atomic_read(&folio->_large_mapcount)": once((_, me) => {
        me.count = me.page!.largeMapcount + diff;
      }),
      "atomic_set(&folio->_large_mapcount, new_mapcount_val)": once((_, { page, count }) => {
        mustBeKept(page!);
        page!.largeMapcount = count;
      }),
      "folio_mm_id(folio, 0) == mm_id?": mmIdIs(0, idOf(i)).then({ false: "folio_mm_id(folio, 1) == mm_id?" }),
      "folio->_mm_id_mapcount[0] += diff": addToSlot(0, diff).then(UNLOCK),
      "folio_mm_id(folio, 1) == mm_id?": mmIdIs(1, idOf(i)).then({ false: "folio_mm_id(folio, 0) == MM_ID_DUMMY?" }),
      "folio->_mm_id_mapcount[1] += diff": addToSlot(1, diff).then(UNLOCK),
      "folio_mm_id(folio, 0) == MM_ID_DUMMY?": mmIdIs(0, 0).then({ false: "folio_mm_id(folio, 1) == MM_ID_DUMMY?" }),
      "folio_set_mm_id(folio, 0, mm_id)": setMmId(0, idOf(i)),
      "folio->_mm_id_mapcount[0] = diff - 1": setSlot(0, diff).then((_, { count }: Counts) =>
        count === diff ? UNLOCK : "folio->_mm_ids |= FOLIO_MM_IDS_SHARED_BIT",
      ),
      "folio_mm_id(folio, 1) == MM_ID_DUMMY?": mmIdIs(1, 0).then({ false: UNLOCK }),
      "folio_set_mm_id(folio, 1, mm_id)": setMmId(1, idOf(i)),
      "folio->_mm_id_mapcount[1] = diff - 1": setSlot(1, diff),
      "folio->_mm_ids |= FOLIO_MM_IDS_SHARED_BIT": setShared(true),
      [UNLOCK]: folioUnlockLargeMapcount,
    },
    {
      file: FILE,
      release: RELEASE,
      leads: {
        "folio->_mm_id_mapcount[0] = diff - 1": {
          "folio->_mm_ids |= FOLIO_MM_IDS_SHARED_BIT": "there are other mappings: the same store, in front of it",
        },
      },
      omits: {
        "folio_set_mm_id(folio, 0, MM_ID_DUMMY), folio_set_mm_id(folio, 1, MM_ID_DUMMY)":
          "32 bits, where a count is a short",
      },
      leavesOut: "what it returns, which counts for statistics; assertions; 32 bits",
    },
  );
