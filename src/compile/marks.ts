import type { Field, Packing } from "./pack.ts";

/**
 * Where two steps of different threads can be taken in either order, one order is enough to come to the state behind both
 * (docs/decisions/0163). So a state is marked, when it is added, with the threads whose next steps need not be taken: they
 * lead to where a state of the same level leads, too.
 */
export interface Marks {
  /** Room in a packed state that is no part of the state: a bit for each of the first threads in `order`. */
  readonly field: Field;
  /** How many have a bit; none if there is no room. */
  readonly threads: number;
  /** All threads, in the order in which the steps of a state are taken. */
  readonly order: readonly number[];
}

/** `exchanged`: the threads that may be taken for one another. They have no bits, as a bit would not move with its thread. */
export function marksIn({ points, spare }: Packing, exchanged: ReadonlySet<number>): Marks {
  const all = [...points.keys()];
  const alone = all.filter((thread) => !exchanged.has(thread));
  const room = spare ? 32 - Math.clz32(spare.mask) : 0;
  // The last of all comes before none.
  const threads = Math.max(0, Math.min(alone.length, all.length - 1, room));
  return {
    field: { word: spare?.word ?? 0, shift: spare?.shift ?? 0, mask: threads === 32 ? -1 : 2 ** threads - 1 },
    threads,
    order: [...alone, ...all.filter((thread) => exchanged.has(thread))],
  };
}
