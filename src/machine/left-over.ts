import { LIFE, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Slot } from "../model/objects.ts";

/**
 * Where `init` has left something in objects of a slab that nobody has, or a pointer at one of them, they are not alike: then
 * each may be allocated next, as those that were freed. Changes the values of the first state, by the indices of the cells.
 */
export function tellApart(slots: readonly Slot[], cells: readonly Cell[], values: Value[]): void {
  const fresh = new Map(
    slots.filter(({ life }) => values[life.index] === LIFE.fresh).map(({ life, name }) => [life, name]),
  );
  if (fresh.size < 2) return;
  const slabOf = (object: string): string => object.replace(/\[\d+\]$/, "");
  const isAt = (value: Value, object: string): boolean =>
    value === object || (typeof value === "string" && value.startsWith(`${object}.`));
  const unlike = new Set<string>();
  for (const cell of cells) {
    const value = values[cell.index]!;
    const home = fresh.get((cell.life ?? cell.typesafe)!);
    if (home !== undefined && value !== cell.values[0]) unlike.add(slabOf(home));
    if (cell.isPointer === true && value !== null)
      for (const object of fresh.values()) if (isAt(value, object)) unlike.add(slabOf(object));
  }
  for (const [life, object] of fresh) if (unlike.has(slabOf(object))) values[life.index] = LIFE.freed;
}
