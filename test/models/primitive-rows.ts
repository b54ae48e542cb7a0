import assert from "node:assert/strict";
import * as primitives from "../../models/kernel/primitives.ts";
import type { Kernel } from "../../models/kernel/world.ts";
import type { AnyStep, Path } from "../../src/model/path.ts";

export type Class = "full" | "acquire" | "release" | "none";

/** A primitive of the table in models/kernel/primitives.ts, and how other CPUs can tell when it is done. */
export interface Primitive {
  readonly name: string;
  /** What it promises when it is an RMW; a plain load or store promises nothing. */
  readonly promises: Class;
  readonly access: "RMW" | "load" | "store";
  readonly step: AnyStep;
  /** Before it runs. */
  init?(k: Kernel): void;
  /** Whether memory is as it leaves it; of what stores. */
  readonly isDone?: (k: Kernel) => boolean;
  /** Of what takes or releases a lock: how the CPU comes to hold it, and how it lets it go. */
  readonly takes?: AnyStep;
  readonly releases?: AnyStep;
  /** What another CPU stores to the same word for it to read, and whether it is there; of what loads. */
  readonly store?: ((k: Kernel) => void) | AnyStep;
  readonly isStored?: (k: Kernel) => boolean;
}

const stepOf = (path: Path, label: string): AnyStep => {
  const entry = path.entries.get(label);
  assert.ok(entry?.kind === "step", `${path.name} has no step '${label}'`);
  return entry;
};
// One that is called with where it goes is a step, too.
function asStep(step: unknown): AnyStep {
  const { kind, run, order } = step as AnyStep;
  return typeof step === "function" ? { kind, run, order } : (step as AnyStep);
}

const [storeFlag, isFlagStored] = [
  (k: Kernel): void => void (k.page.writeback = true),
  (k: Kernel): boolean => k.page.writeback,
];
const [storePins, arePinsStored] = [(k: Kernel): void => void (k.page.pins = 1), (k: Kernel) => k.page.pins === 1];
const [storeCount, isCountStored] = [
  (k: Kernel): void => void (k.page.mapcount = 2),
  (k: Kernel): boolean => k.page.mapcount >= 2,
];
const { mmapReadLock, mmapReadUnlock, mmapWriteLock, mmapWriteUnlock } = primitives;

export const ROWS: readonly Primitive[] = [
  {
    name: "trylock_page()",
    promises: "acquire",
    access: "RMW",
    step: asStep(primitives.trylockPage),
    isDone: (k) => k.page.locked,
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "trylock_page() that fails",
    promises: "none",
    access: "load",
    step: asStep(primitives.trylockPage),
    store: (k) => void (k.page.locked = true),
    isStored: (k) => k.page.locked,
  },
  {
    name: "lock_page(), the first try",
    promises: "acquire",
    access: "RMW",
    step: stepOf(primitives.lockPage(), "trylock_page(page)"),
    isDone: (k) => k.page.locked,
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "lock_page() after waiting",
    promises: "full",
    access: "RMW",
    step: stepOf(primitives.lockPage(), "__lock_page(page)"),
    isDone: (k) => k.page.locked,
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "unlock_page()",
    promises: "release",
    access: "RMW",
    step: asStep(primitives.unlockPage),
    init: (k) => void (k.page.locked = true),
    isDone: (k) => !k.page.locked,
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "PageLocked()",
    promises: "none",
    access: "load",
    step: asStep(primitives.pageFlag("locked")),
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "page_mapped()",
    promises: "none",
    access: "load",
    step: asStep(primitives.pageMapped),
    store: storeCount,
    isStored: isCountStored,
  },
  {
    name: "page->mapping",
    promises: "none",
    access: "load",
    step: asStep(primitives.mappingMatches),
    store: (k) => void (k.page.mapping = "NULL"),
    isStored: (k) => k.page.mapping === "NULL",
  },
  {
    name: "page_cache_get_speculative()",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.getPageUnlessZero),
    isDone: (k) => k.page.refcount === 3,
    store: storePins,
    isStored: arePinsStored,
  },
  {
    name: "page_cache_get_speculative() that fails",
    promises: "none",
    access: "load",
    step: asStep(primitives.getPageUnlessZero),
    store: (k) => void (k.page.refcount = 0),
    isStored: (k) => k.page.refcount === 0,
  },
  {
    name: "get_page()",
    promises: "none",
    access: "RMW",
    step: asStep(primitives.getPage),
    isDone: (k) => k.page.refcount === 3,
    store: storePins,
    isStored: arePinsStored,
  },
  {
    name: "folio_ref_dec()",
    promises: "none",
    access: "RMW",
    step: asStep(primitives.pageRefDec),
    isDone: (k) => k.page.refcount === 1,
    store: storePins,
    isStored: arePinsStored,
  },
  {
    name: "put_page()",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.putPage),
    isDone: (k) => k.page.refcount === 1,
    store: storePins,
    isStored: arePinsStored,
  },
  {
    name: "page_ref_freeze()",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.pageRefFreeze(2)),
    isDone: (k) => k.page.refcount === 0,
  },
  {
    name: "page_ref_freeze(), of a count that has come to be the right one",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.pageRefFreeze(2)),
    init: (k) => void (k.page.refcount = 3),
    store: (k) => void (k.page.refcount = 2),
    isStored: (k) => k.page.refcount === 2,
  },
  {
    name: "page_ref_freeze() that fails",
    promises: "none",
    access: "load",
    step: asStep(primitives.pageRefFreeze(2)),
    store: (k) => void (k.page.refcount = 3),
    isStored: (k) => k.page.refcount === 3,
  },
  {
    name: "page_ref_unfreeze()",
    promises: "release",
    access: "store",
    step: asStep(primitives.pageRefUnfreeze(2)),
    init: (k) => void (k.page.refcount = 0),
    isDone: (k) => k.page.refcount === 2,
  },
  {
    name: "folio_end_writeback()",
    promises: "release",
    access: "RMW",
    step: asStep(primitives.endWriteback),
    init: (k) => void (k.page.writeback = true),
    isDone: (k) => !k.page.writeback,
    store: (k) => void (k.page.dirty = true),
    isStored: (k) => k.page.dirty,
  },
  {
    name: "SetPageSwapCache()",
    promises: "none",
    access: "RMW",
    step: asStep(primitives.setPageSwapCache),
    isDone: (k) => k.page.swapcache,
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "set_page_dirty()",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.setPageDirty),
    isDone: (k) => k.page.dirty,
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "set_page_dirty() of a page that is dirty",
    promises: "none",
    access: "load",
    step: asStep(primitives.setPageDirty),
    store: (k) => void (k.page.dirty = true),
    isStored: (k) => k.page.dirty,
  },
  {
    name: "TestClearPageDirty()",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.testClearPageFlag("dirty")),
    init: (k) => void (k.page.dirty = true),
    isDone: (k) => !k.page.dirty,
    store: storeFlag,
    isStored: isFlagStored,
  },
  {
    name: "page_count()",
    promises: "none",
    access: "load",
    step: asStep(primitives.countIsOne),
    store: storePins,
    isStored: arePinsStored,
  },
  {
    name: "page_mapcount()",
    promises: "none",
    access: "load",
    step: asStep(primitives.mapcountIsOne),
    store: storeCount,
    isStored: isCountStored,
  },
  {
    name: "mmap_read_lock()",
    promises: "acquire",
    access: "RMW",
    step: mmapReadLock(0),
    releases: mmapReadUnlock(0),
    isDone: (k) => k.mm[0].mmapLock === 1,
    store: mmapReadLock(0).as("relaxed"),
    isStored: (k) => k.mm[0].mmapLock === 1,
  },
  {
    name: "mmap_read_unlock()",
    promises: "release",
    access: "RMW",
    step: mmapReadUnlock(0),
    takes: mmapReadLock(0),
    isDone: (k) => k.mm[0].mmapLock === 0,
    store: mmapReadLock(0).as("relaxed"),
    isStored: (k) => k.mm[0].mmapLock === 2,
  },
  {
    name: "mmap_write_lock()",
    promises: "acquire",
    access: "RMW",
    step: mmapWriteLock(0),
    releases: mmapWriteUnlock(0),
    isDone: (k) => k.mm[0].mmapLock < 0,
  },
  {
    name: "mmap_write_unlock()",
    promises: "release",
    access: "RMW",
    step: mmapWriteUnlock(0),
    takes: mmapWriteLock(0),
    isDone: (k) => k.mm[0].mmapLock === 0,
  },
  {
    name: "page_add_file_rmap()",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.pageAddFileRmap()),
    isDone: (k) => k.page.mapcount === 2,
    store: storeCount,
    isStored: isCountStored,
  },
  {
    name: "page_remove_rmap()",
    promises: "full",
    access: "RMW",
    step: asStep(primitives.pageRemoveRmap()),
    isDone: (k) => k.page.mapcount === 0,
    store: storeCount,
    isStored: isCountStored,
  },
  {
    name: "page_dup_rmap()",
    promises: "none",
    access: "RMW",
    step: asStep(primitives.pageDupRmap),
    isDone: (k) => k.page.mapcount === 2,
    store: storeCount,
    isStored: isCountStored,
  },
  {
    name: "hugetlb_remove_rmap()",
    promises: "none",
    access: "RMW",
    step: asStep(primitives.hugetlbRemoveRmap),
    isDone: (k) => k.page.mapcount === 0,
    store: storeCount,
    isStored: isCountStored,
  },
  {
    name: "set_pte_at()",
    promises: "none",
    access: "store",
    step: asStep(primitives.setPteAt(0)),
    init: (k) => void (k.table[0].pte.page = null),
    isDone: (k) => k.table[0].pte.page !== null,
  },
  {
    name: "pte_none()",
    promises: "none",
    access: "load",
    step: asStep(primitives.pteNone(0)),
    store: (k) => void (k.table[0].pte.page = null),
    isStored: (k) => k.table[0].pte.page === null,
  },
  {
    name: "ptep_set_wrprotect()",
    promises: "none",
    access: "RMW",
    step: asStep(primitives.ptepSetWrprotect(0)),
    init: (k) => void (k.table[0].pte.writable = true),
    isDone: (k) => !k.table[0].pte.writable,
  },
  {
    name: "ptep_get_and_clear()",
    promises: "none",
    access: "RMW",
    step: asStep(primitives.ptepGetAndClear(0)),
    isDone: (k) => k.table[0].pte.page === null,
    store: (k) => void (k.table[0].pte.dirty = true),
    isStored: (k) => k.table[0].pte.dirty,
  },
];

/** The step alone: wherever it goes on to, the litmus test goes on to its next step. `before` looks at the same word before it. */
