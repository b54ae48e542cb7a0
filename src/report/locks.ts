import type { Trace } from "../machine/trace.ts";
import { ORDERS } from "../model/order.ts";

/** A lock that a thread holds when the run is over, and the step, from 0, that took it. */
export interface Held {
  readonly thread: number;
  readonly field: string;
  readonly since: number;
}

/** Locks that are held at the end, and other flags that a step with acquire semantics has set, as a page lock is. */
export function heldAtEnd({ initial, steps }: Pick<Trace, "initial" | "steps">): readonly Held[] {
  const locks = new Set(initial.filter(({ isLock }) => isLock).map(({ field }) => field));
  const held = new Map<string, Held>();
  const readers = new Map<string, Held>();
  for (const [since, { thread, order, changes }] of steps.entries())
    for (const { field, scope, from, to } of changes) {
      if (scope !== "shared") continue;
      // Readers count; a writer is below zero.
      if (locks.has(field) && typeof to === "number" && typeof from === "number") {
        if (from < 0) held.delete(field);
        if (to < 0) held.set(field, { thread, field, since });
        else if (to > Math.max(from, 0) || (from < 0 && to > 0))
          readers.set(`${thread} ${field}`, { thread, field, since });
        else if (from > 0) readers.delete(`${thread} ${field}`);
        continue;
      }
      const isTaken = (ORDERS[order].acquires || locks.has(field)) && from === false && to === true;
      if (isTaken) held.set(field, { thread, field, since });
      else if (to === false) held.delete(field);
    }
  return [...held.values(), ...readers.values()];
}
