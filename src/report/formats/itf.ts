import type { Value } from "../../model/domain.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import type { Change } from "../../machine/trace.ts";
import { verdictOf, runOf, traceOf } from "../phrases.ts";

// What the readers of the format know as "the action that led here".
const ACTION = "mbt::actionTaken";

// By thread, the label of the step that it has come to.
const POSITION = "faultline::pc";
const DONE = "done";

/**
 * A run in the Informal Trace Format of Apalache: every field in every state, locals included, where each thread is, and
 * the step that led to the state. A local that nothing reads any more keeps what it held.
 */
export function itf(result: Result, spec: SpecResult): unknown {
  const { initial, locals = [], steps, positions, schedule } = traceOf(spec);
  const now = new Map([...initial, ...locals].map(({ field, value }) => [field, value]));
  // A thread comes to its next step as soon as it has taken the one before.
  const placesAt = (index: number): object =>
    Object.fromEntries(
      result.threads.map(({ name }, thread) => {
        const next = steps.slice(index).find((step) => step.thread === thread && step.visible === undefined);
        const place = next ?? positions?.[thread];
        return [name, place ? [...place.calls, place.label].join(" > ") : DONE];
      }),
    );
  const state = (index: number, action: string, about: object): unknown => ({
    "#meta": { index, ...about },
    [ACTION]: action,
    ...(positions && { [POSITION]: placesAt(index) }),
    ...Object.fromEntries([...now].map(([field, value]) => [field, expression(value)])),
  });
  const states = [state(0, "init", {})];
  for (const [i, { thread, path, label, calls, changes }] of steps.entries()) {
    for (const change of changes) if (isInMemory(change)) now.set(change.field, change.to);
    const { name } = result.threads[thread]!;
    states.push(state(i + 1, `${name}: ${label}`, { cpu: thread, thread: name, path, calls, label }));
  }
  const { loop } = schedule;
  return {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: result.scenario,
      status: spec.kind === "sometimes" ? "reached" : "violation",
      description: `${runOf(result)}: ${verdictOf(spec)}`,
    },
    vars: [ACTION, ...(positions ? [POSITION] : []), ...now.keys()],
    ...(loop !== undefined && { loop }),
    states,
  };
}

/** A store that waits in a buffer, or is overtaken by one that was made before, does not change what memory holds. */
const isInMemory = ({ scope, isBuffered, overtakenBy }: Change): boolean =>
  scope === "local" || (!isBuffered && overtakenBy === undefined);

/** Integers of any size have a form of their own in the format; it has none for a null pointer. */
function expression(value: Value): unknown {
  if (typeof value === "number") return { "#bigint": String(value) };
  return value ?? "NULL";
}
