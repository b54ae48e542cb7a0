/**
 * Page-table entries of another kind than none and present: swap, migration, marker, protnone, hwpoison and device entries, as values that were
 * loaded, as stores in a path's own step, and as steps. `ptepGet(i)` and `tablePte` load an entry; each test here looks at
 * what they give: `ptepGet(i).then((_, me, pte) => { if (isMigrationEntry(pte)) return ...; })`.
 */
import { once, relaxed, struct, type Draft } from "faultline";
import { clearPte, setPte, type OfPage } from "./primitives.ts";
import {
  Pte,
  anonPageMapped,
  type Kernel,
  type PageDraft,
  type PteDraft,
  type SwapSlot,
  type VmaIndex,
} from "./world.ts";

type SlotDraft = Draft<typeof SwapSlot>;

// What a loaded entry is. isNone() is in primitives.ts.

/** pte_present(): it maps a page, though a protnone entry lets nobody at it. */
export const isPresent = ({ page }: Pick<PteDraft, "page">): boolean => page !== null;
/** is_swap_pte(), softleaf_is_swap(): it names a slot of a swap device. */
export const isSwapEntry = ({ kind }: Pick<PteDraft, "kind">): boolean => kind === "swap";
/** is_migration_entry(), softleaf_is_migration(): the page it names is on its way to another place. */
export const isMigrationEntry = ({ kind }: Pick<PteDraft, "kind">): boolean => kind === "migration";
/** is_pte_marker(): no page, but a note for the next fault. Not none: pte_none() says no. */
export const isMarker = ({ kind }: Pick<PteDraft, "kind">): boolean => kind === "marker";
/** is_hwpoison_entry(), softleaf_is_hwpoison(): memory_failure() has taken the page away, and an access ends in a signal. */
export const isHwpoisonEntry = ({ kind }: Pick<PteDraft, "kind">): boolean => kind === "hwpoison";
/** is_device_private_entry(), softleaf_is_device_private(): the page it names is memory of a device, and an access brings it back. */
export const isDevicePrivateEntry = ({ kind }: Pick<PteDraft, "kind">): boolean => kind === "device-private";
/** is_device_exclusive_entry(), since v5.14: the page it names is memory that a device alone uses, until an access maps it again. */
export const isDeviceExclusiveEntry = ({ kind }: Pick<PteDraft, "kind">): boolean => kind === "device-exclusive";
/** pte_protnone(): present, but an access faults, as a NUMA hint or after mprotect(PROT_NONE). */
export const isProtnone = ({ kind }: Pick<PteDraft, "kind">): boolean => kind === "protnone";

// Stores of a whole entry, in a step of the path's own.

/** set_pte_at(), of an entry that names the slot. */
export function setSwapEntry(pte: PteDraft, slot: SlotDraft): void {
  clearPte(pte);
  pte.kind = "swap";
  pte.slot = slot;
}

/** set_pte_at(), of make_readable_migration_entry(), or with `writable` of make_writable_migration_entry(). */
export function setMigrationEntry(pte: PteDraft, page: PageDraft, { writable = false } = {}): void {
  clearPte(pte);
  pte.kind = "migration";
  pte.migrating = page;
  pte.writable = writable;
}

/** set_pte_at(), of make_pte_marker(). */
export function setMarker(pte: PteDraft, marker: Exclude<PteDraft["marker"], "none">): void {
  clearPte(pte);
  pte.kind = "marker";
  pte.marker = marker;
}

/** set_pte_at(), of make_hwpoison_entry(). The page that it names is of no use to anybody. */
export function setHwpoisonEntry(pte: PteDraft): void {
  clearPte(pte);
  pte.kind = "hwpoison";
}

/** set_pte_at(), of make_readable_device_private_entry(), or with `writable` of make_writable_device_private_entry(). */
export function setDevicePrivateEntry(pte: PteDraft, page: PageDraft, { writable = false } = {}): void {
  clearPte(pte);
  pte.kind = "device-private";
  pte.device = page;
  pte.writable = writable;
}

/** set_pte_at(), of make_readable_device_exclusive_entry(), or with `writable` of make_writable_device_exclusive_entry(). */
export function setDeviceExclusiveEntry(pte: PteDraft, page: PageDraft, { writable = false } = {}): void {
  setDevicePrivateEntry(pte, page, { writable });
  pte.kind = "device-exclusive";
}

/** set_pte_at(), of pte_modify(.., PAGE_NONE). */
export function setProtnone(pte: PteDraft, page: PageDraft, bits?: Parameters<typeof setPte>[2]): void {
  setPte(pte, page, bits);
  pte.kind = "protnone";
}

/**
 * migrate_folio_unmap() is done with an anonymous page that vma[0] mapped: the page is locked, and isolated, which is its one reference; a
 * migration entry is where it was; `newpage` is allocated, and locked. The data comes next, then the entry becomes one of `newpage`, and both
 * are unlocked: mm/migrate/move-anon.ts. `writable`: the entry was, and so the page exclusive.
 */
export function beingMigrated(k: Kernel, { writable = true } = {}): void {
  anonPageMapped(k, { shared: false, writable });
  setMigrationEntry(k.table[0].pte, k.page, { writable });
  k.page.exclusive = false;
  k.page.mapcount = 0;
  k.page.locked = true;
  k.page.data = 1;
  k.mm[0].stored = 1;
  k.newpage.refcount = 1;
  k.newpage.locked = true;
}

// Steps. setSwapPte() is in swap-slot.ts, with what paths do with slots.

/** set_pte_at(), of a migration entry of the page in the local `page`. */
export const setMigrationPte = (i: VmaIndex, bits?: { readonly writable?: boolean }) =>
  once((k: Kernel, { page }: OfPage): void => setMigrationEntry(k.table[i].pte, page!, bits));
/** set_pte_at(), of a marker. */
export const setMarkerPte = (i: VmaIndex, marker: Exclude<PteDraft["marker"], "none">) =>
  once((k: Kernel): void => setMarker(k.table[i].pte, marker));
/** set_pte_at(), of the page in the local `page` as protnone. */
export const setProtnonePte = (i: VmaIndex, bits?: Parameters<typeof setPte>[2]) =>
  once((k: Kernel, { page }: OfPage): void => setProtnone(k.table[i].pte, page!, bits));

/** pte_clear(), pte_clear_not_present_full(): a plain store, of who holds ptl and need not know what the MMU does meanwhile. */
export const pteClear = (i: VmaIndex) => once((k: Kernel): void => clearPte(k.table[i].pte));

/** ptep_test_and_clear_young(): whether the accessed bit was set. An RMW of the entry, without order. */
export const ptepTestAndClearYoung = (i: VmaIndex) =>
  relaxed((k: Kernel) => {
    const { pte } = k.table[i];
    const was = pte.young;
    pte.young = false;
    return was;
  });

type Bit = keyof typeof Pte.fields;

/**
 * vmf->orig_pte, as far as a path looks at it: `const orig = origPte("page", "kind")`, with `orig.locals` among the path's locals,
 * `orig.get(i)` for ptep_get_lockless(), which keeps these parts in `me.origPte`, and `orig.same(i)` for pte_same(). The parts
 * that are named are those that tell the entries of a scenario apart: all of them are more than lkmm can take in one load.
 */
export function origPte<const B extends readonly [Bit, ...Bit[]]>(...bits: B) {
  const { fields } = Pte;
  const kept = Object.fromEntries(bits.map((bit) => [bit, fields[bit]])) as Pick<typeof fields, B[number]>;
  const OrigPte = struct("OrigPte", kept);
  const isSame = (pte: PteDraft, origPte: unknown): boolean =>
    bits.every((bit) => pte[bit] === (origPte as PteDraft)[bit]);
  return {
    locals: { origPte: OrigPte },
    get: (i: VmaIndex) =>
      once((k: Kernel, { origPte }: { readonly origPte: Draft<typeof OrigPte> }): void => {
        const to = origPte as Record<Bit, unknown>;
        for (const bit of bits) to[bit] = k.table[i].pte[bit];
      }),
    same: (i: VmaIndex) =>
      once((k: Kernel, { origPte }: { readonly origPte: Draft<typeof OrigPte> }) => isSame(k.table[i].pte, origPte)),
  };
}
