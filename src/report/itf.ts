import type { Value } from "../model/domain.ts";
import type { Change, Result, SpecResult } from "../trace/result.ts";
import { verdictOf, runOf, traceOf } from "./wording.ts";

// What the readers of the format know as "the action that led here".
const ACTION = "mbt::actionTaken";

/**
 * A run in the Informal Trace Format of Apalache: every shared and ghost field in every state, and the step that led to
 * it. Locals are left out: a trace does not say what they hold where nothing reads them.
 */
export function itf(result: Result, spec: SpecResult): unknown {
  const { initial, steps } = traceOf(spec);
  const now = new Map(initial.map(({ field, value }) => [field, value]));
  const state = (index: number, action: string, about: object): unknown => ({
    "#meta": { index, ...about },
    [ACTION]: action,
    ...Object.fromEntries([...now].map(([field, value]) => [field, expression(value)])),
  });
  const states = [state(0, "init", {})];
  for (const [i, { thread, path, label, calls, changes }] of steps.entries()) {
    for (const change of changes) if (isInMemory(change)) now.set(change.field, change.to);
    const { name } = result.threads[thread]!;
    states.push(state(i + 1, `${name}: ${label}`, { cpu: thread, thread: name, path, calls, label }));
  }
  return {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: result.scenario,
      status: spec.kind === "sometimes" ? "reached" : "violation",
      description: `${runOf(result)}: ${verdictOf(spec)}`,
    },
    vars: [ACTION, ...now.keys()],
    states,
  };
}

/** A store that waits in a buffer, or is overtaken by one that was made before, does not change what memory holds. */
const isInMemory = ({ scope, isBuffered, overtakenBy }: Change): boolean =>
  scope !== "local" && !isBuffered && overtakenBy === undefined;

/** Integers of any size have a form of their own in the format; it has none for a null pointer. */
function expression(value: Value): unknown {
  if (typeof value === "number") return { "#bigint": String(value) };
  return value ?? "NULL";
}
