import { access, type Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { ModelError } from "../../model/error.ts";
import type { StoreKinds } from "../../machine/program.ts";
import type { OwnerOf } from "./owners.ts";
import type { Word } from "../../analysis/words.ts";

/** What waits in a store buffer: the values that one store gives to the cells of its word. */
export type Store = ReadonlyMap<Cell, Value>;

/** The end of an RCU critical section waits in the buffer like a store, behind the stores that belong to it. */
export const SECTION_ENDS: Store = new Map();

/**
 * Stores that are alike but for whose word they write. A kind of several has, in each slot, a cell beside each owner's
 * own fields which says that the store is to his, so that exchanging symmetric threads moves it along.
 */
interface Kind {
  readonly stores: readonly { readonly store: Store; readonly prefix: string | undefined }[];
}

/** The store buffer of one CPU: a queue in cells of the state, the newest store first. */
export interface Buffer {
  readonly cpu: number;
  /** Each holds 0 for no store, or the kind of a store: its position in `kinds`, counted from 1. */
  readonly slots: readonly Cell[];
  readonly kinds: readonly Kind[];
  /** By store, as `keyOf` writes it: its position in `kinds`. */
  readonly kindOf: ReadonlyMap<string, number>;
  /** By slot, and by how the names of its owner's fields begin: whether the store is to one of these. */
  readonly owned: readonly ReadonlyMap<string, Cell>[];
  /** By control point, and by slot: the kinds of the stores that may wait there. */
  readonly waiting: readonly Waiting[];
  /** Thrown by a store that finds no room, or what cannot be there: made once, because every step that stores is also taken apart where there is none. */
  readonly overflow: ModelError;
}

/** By slot: which kinds of stores may be in it. */
export type Waiting = readonly ReadonlySet<number>[];

export interface BufferParts {
  readonly cpu: number;
  /** By control point, and by slot: the stores that may wait there, as `keyOf` writes them. */
  readonly waiting: readonly (readonly ReadonlySet<string>[])[];
  readonly length: number;
  readonly stores: readonly Store[];
  readonly wordOf: ReadonlyMap<Cell, Word>;
  readonly ownerOf: OwnerOf;
  readonly overflow: ModelError;
}

/** Lays out a buffer, with cells behind those that there are. */
export function layoutBuffer(
  { cpu, waiting, length, stores, wordOf, ownerOf, overflow }: BufferParts,
  cells: Cell[],
): Buffer {
  const add = (name: string, values: readonly Value[]): Cell => {
    const index = cells.length;
    const cell = { index, name, values, isInt: false, isGhost: true, isLocal: false, isLock: false, word: name };
    cells.push(cell);
    return cell;
  };
  const families = new Map<string, Kind["stores"][number][]>();
  for (const store of stores) {
    const [cell] = store.keys();
    const owner = cell && ownerOf(wordOf.get(cell)!);
    const key = owner ? `${owner.family} ${valuesOf(store, owner.prefix)}` : keyOf(store);
    families.set(key, [...(families.get(key) ?? []), { store, prefix: owner?.prefix }]);
  }
  const kinds = [...families.values()].map((family) => ({ stores: family }));
  const kindOf = new Map(kinds.flatMap(({ stores: alike }, i) => alike.map(({ store }) => [keyOf(store), i] as const)));
  const prefixes = new Set(kinds.flatMap((kind) => (hasOwners(kind) ? kind.stores.map(({ prefix }) => prefix!) : [])));
  const numbers = Array.from({ length: kinds.length + 1 }, (_, i) => i);
  const places = Array.from({ length }, (_, i) => `buffers[${cpu}].stores[${i}]`);
  return {
    cpu,
    slots: places.map((place) => add(place, numbers)),
    kinds,
    kindOf,
    owned: places.map((place) => new Map([...prefixes].map((one) => [one, add(`${one}.${place}`, [false, true])]))),
    waiting: waiting.map((slots) => slots.map((keys) => new Set([...keys].map((key) => kindOf.get(key)! + 1)))),
    overflow,
  };
}

/** What the values of its slots stand for. */
export const kindsIn = ({ kinds, kindOf }: Buffer): StoreKinds => ({
  storesOf: (value) => kinds[Number(value) - 1]?.stores.map(({ store }) => store) ?? [],
  valueOf(store) {
    const kind = kindOf.get(keyOf(store));
    return kind === undefined ? undefined : kind + 1;
  },
});

/** What its slots may hold where these kinds may wait. */
export const heldIn = ({ slots }: Buffer, waits: Waiting): ReadonlyMap<Cell, ReadonlySet<Value>> =>
  new Map(slots.map((slot, i) => [slot, new Set([0, ...(waits[i] ?? [])])]));

const hasOwners = ({ stores }: Kind): boolean => stores.length > 1;

/** Equal for equal stores. */
export const keyOf = (store: Store): string =>
  store === SECTION_ENDS ? "rcu" : [...store].map(([cell, value]) => `${cell.index}=${String(value)}`).join();

const valuesOf = (store: Store, prefix: string): string =>
  [...store].map(([{ name }, value]) => `${name.slice(prefix.length)}=${String(value)}`).join();

type Read = (cell: Cell) => Value;

/** What a CPU sees of a cell: its own newest store to it, or memory. `waiting`: what may wait where it looks. */
export function load({ slots, kinds, owned, overflow }: Buffer, cell: Cell, read: Read, waiting?: Waiting): Value {
  const writing = kindsWriting(kinds, cell);
  if (writing.size === 0) return read(cell);
  // Slots behind the last that may hold a store to it tell nothing.
  const last = waiting ? waiting.findLastIndex((some) => haveCommon(some, writing)) : slots.length - 1;
  for (let i = 0; i <= last; i++) {
    const number = Number(read(slots[i]!));
    if (waiting && number > 0 && !waiting[i]!.has(number)) throw overflow;
    const kind = kinds[number - 1];
    if (!kind) break;
    const found = kind.stores.find(({ store }) => store.has(cell));
    if (found && (!hasOwners(kind) || read(owned[i]!.get(found.prefix!)!) === true)) return found.store.get(cell)!;
  }
  return read(cell);
}

/** By cell: the kinds of stores that write it. Every run of a load asks. */
const known = new WeakMap<Buffer["kinds"], Map<Cell, ReadonlySet<number>>>();

function kindsWriting(kinds: Buffer["kinds"], cell: Cell): ReadonlySet<number> {
  const cells = known.get(kinds) ?? new Map<Cell, ReadonlySet<number>>();
  known.set(kinds, cells);
  let writing = cells.get(cell);
  if (!writing) {
    const numbers = kinds.flatMap(({ stores }, i) => (stores.some(({ store }) => store.has(cell)) ? [i + 1] : []));
    cells.set(cell, (writing = new Set(numbers)));
  }
  return writing;
}

function haveCommon(some: ReadonlySet<number>, others: ReadonlySet<number>): boolean {
  for (const one of some) if (others.has(one)) return true;
  return false;
}

/** The stores that wait in a buffer, the newest first. */
export function storesIn(buffer: Buffer, read: Read): readonly Store[] {
  const { slots, kinds } = buffer;
  const count = slots.findLastIndex((slot) => read(slot) !== 0) + 1;
  return slots.slice(0, count).map((_, i) => {
    const { kind, owners } = waitingAt(buffer, i, read);
    return kinds[kind - 1]!.stores.find(({ prefix }) => owners.size === 0 || owners.has(prefix!))!.store;
  });
}

/** Puts a store into the buffer. Throws `overflow` if something waits that is not in `may`. */
export function push({ slots, kinds, kindOf, owned, overflow }: Buffer, store: Store, may: Waiting): void {
  const memory = access();
  const key = keyOf(store);
  const index = kindOf.get(key);
  if (index === undefined) throw overflow;
  if (owned.every(({ size }) => size === 0)) {
    // Each makes room for the one before.
    let number = index + 1;
    for (const [i, slot] of slots.entries()) {
      const next = Number(memory.read(slot));
      if (next !== 0 && may[i]?.has(next) !== true) throw overflow;
      memory.write(slot, number);
      if (next === 0) return;
      number = next;
    }
    throw overflow;
  }
  const kind = kinds[index]!;
  const prefix = hasOwners(kind) ? kind.stores.find((one) => keyOf(one.store) === key)!.prefix : undefined;
  const waiting: Entry[] = [{ kind: index + 1, owners: prefix === undefined ? NO_OWNERS : new Set([prefix]) }];
  for (const [i, slot] of slots.entries()) {
    const number = Number(memory.read(slot));
    if (number === 0) break;
    if (may[i]?.has(number) !== true) throw overflow;
    waiting.push(waitingAt({ slots, kinds, owned }, i, (cell) => memory.read(cell)));
  }
  for (const [i, { kind: number, owners }] of waiting.entries()) {
    memory.write(slots[i]!, number);
    for (const [one, cell] of owned[i]!) memory.write(cell, owners.has(one));
  }
}

/** Takes the oldest store out of the buffer; nothing if it is empty. */
export function pop({ slots, kinds, owned }: Buffer): Store | undefined {
  const memory = access();
  // From behind: what lies before the oldest store does not matter.
  const last = slots.findLastIndex((slot) => memory.read(slot) !== 0);
  if (last < 0) return undefined;
  const { kind, owners } = waitingAt({ slots, kinds, owned }, last, (cell) => memory.read(cell));
  memory.write(slots[last]!, 0);
  for (const cell of owned[last]!.values()) memory.write(cell, false);
  const stores = kinds[kind - 1]!.stores.filter(({ prefix }) => owners.size === 0 || owners.has(prefix!));
  // No state has a store of several owners or of none, but a step is also taken apart as if there were one.
  return stores.length === 1 ? stores[0]!.store : new Map(stores.flatMap(({ store }) => [...store]));
}

interface Entry {
  readonly kind: number;
  readonly owners: ReadonlySet<string>;
}

const NO_OWNERS: ReadonlySet<string> = new Set();

function waitingAt({ slots, kinds, owned }: Pick<Buffer, "slots" | "kinds" | "owned">, i: number, read: Read): Entry {
  const number = Number(read(slots[i]!));
  const kind = kinds[number - 1];
  if (!kind || !hasOwners(kind)) return { kind: number, owners: NO_OWNERS };
  return { kind: number, owners: new Set([...owned[i]!].flatMap(([one, cell]) => (read(cell) === true ? [one] : []))) };
}
