import { access, choose, LIFE, type Cell, type Grace } from "./access.ts";

/** One object of a slab: what the allocator keeps of it in memory, and in which part of its life it is. */
export interface Slot {
  readonly name: string;
  readonly object: object;
  readonly life: Cell;
  readonly word: Cell;
}

/** What the allocator has noted of an object, in memory. */
export const WORD = { free: "free", allocated: "allocated" } as const;

/** By the draft of a slab, and by that of an object. */
const slabs = new WeakMap<object, readonly Slot[]>();
const slots = new WeakMap<object, Slot>();

export function noteSlab(draft: object, all: readonly Slot[]): void {
  slabs.set(draft, all);
  for (const slot of all) slots.set(slot.object, slot);
}

export const slabOf = (draft: object): readonly Slot[] | undefined => slabs.get(draft);
export const slotOf = (draft: object): Slot | undefined => slots.get(draft);

/**
 * An object is taken: of those that nobody has ever had, the first, as nothing tells them apart; of those that were freed,
 * each, as somebody may still have a pointer to it.
 */
export function take(all: readonly Slot[], slab: string): object {
  const lives = all.map(({ life }) => access().read(life));
  const fresh = all.filter((_, i) => lives[i] === LIFE.fresh).slice(0, 1);
  const [first, ...more] = [...fresh, ...all.filter((_, i) => lives[i] === LIFE.freed)];
  if (!first) return access().fail!("in-range", `${slab} has no free object: all ${all.length} are allocated`);
  const { object, life, word } = choose(first, ...more);
  // An RMW, so that what its last owner has done comes before.
  access().read(word);
  access().write(word, WORD.allocated);
  access().write(life, LIFE.live);
  return object;
}

/** An object is freed. With `isDelayed`, readers that are in an RCU critical section now are waited for. */
export function giveBack({ name, life, word }: Slot, isDelayed: boolean): void {
  const now = access().read(life);
  if (now !== LIFE.live)
    access().fail!("double-free", `${name} is freed ${now === LIFE.fresh ? "before it is allocated" : "again"}`);
  access().read(word);
  access().write(word, WORD.free);
  access().write(life, isDelayed && isRead(life) ? LIFE.grace : LIFE.freed);
}

/** Notes who may be reading the object; whether anybody is. */
function isRead(life: Cell): boolean {
  const { grace } = access();
  const waits = grace?.waits.get(life);
  if (!grace || !waits) return false;
  const readers = waits.readers.filter((_, t) => access().read(grace.depths[t]!) !== 0);
  for (const reader of readers) access().write(reader, true);
  access().write(waits.count, readers.length);
  return readers.length > 0;
}

/** A thread has left its outermost critical section: what waited for it, and for nobody else, is freed. */
export function leaveSection({ waits }: Grace, thread: number): void {
  for (const [life, { count, readers }] of waits) {
    if (access().read(readers[thread]!) !== true) continue;
    access().write(readers[thread]!, false);
    const left = Number(access().read(count)) - 1;
    access().write(count, left);
    if (left === 0) access().write(life, LIFE.freed);
  }
}
