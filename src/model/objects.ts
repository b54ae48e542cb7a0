import { access, choose, LIFE, type Cell } from "./access.ts";

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

export function giveBack({ name, life, word }: Slot): void {
  const now = access().read(life);
  if (now !== LIFE.live)
    access().fail!("double-free", `${name} is freed ${now === LIFE.fresh ? "before it is allocated" : "again"}`);
  access().read(word);
  access().write(word, WORD.free);
  access().write(life, LIFE.freed);
}
