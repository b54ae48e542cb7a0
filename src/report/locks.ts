import type { Trace } from "../trace/result.ts";

/** A lock that a thread holds when the run is over, and the step, from 0, that took it. */
export interface Held {
  readonly thread: number;
  readonly field: string;
  readonly since: number;
}

/** The flags that steps with acquire semantics have set and nobody has cleared. */
export function heldAtEnd({ steps }: Pick<Trace, "steps">): readonly Held[] {
  const held = new Map<string, Held>();
  for (const [since, { thread, order, changes }] of steps.entries())
    for (const { field, scope, from, to } of changes) {
      if (scope !== "shared") continue;
      if (order === "acquire" && from === false && to === true) held.set(field, { thread, field, since });
      else if (to === false) held.delete(field);
    }
  return [...held.values()];
}
