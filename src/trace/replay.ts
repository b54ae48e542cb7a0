import type { Cell } from "../model/access.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../semantics/check.ts";
import type { Schedule } from "../semantics/explore.ts";
import { isDone, type Machine } from "../semantics/machine.ts";
import { effectsOf, type Effect } from "../semantics/step.ts";
import { readerOf, type State } from "../semantics/state.ts";
import type { Blocked, Ending, Trace } from "./result.ts";
import { runSchedule, type Run } from "./run.ts";
import { sliceOf } from "./slice.ts";
import { callsOf, fieldValue, readsAt, stepsOf } from "./steps.ts";
import { causeOf, whyOf } from "./why.ts";

/**
 * Runs a schedule again through the semantics, and checks that it ends where the search said: in a state that
 * violates `spec` (meets it, if it is a `sometimes` spec), or in a failed built-in check. Throws an InternalError if not.
 */
export function replay(machine: Machine, schedule: Schedule, spec: Spec | string): Omit<Trace, "minimal"> {
  const run = runSchedule(machine, schedule, nameOf(spec));
  const steps = stepsOf(run);
  const { ending, reads } = endingOf(machine, run, spec);
  const isViolation = typeof spec === "string" || spec.kind !== "sometimes";
  const cause = isViolation ? causeOf(machine, run, schedule.initial, spec) : undefined;
  const seeds = [...(run.failed ? [{ step: steps.length - 1 }] : []), ...(cause?.seeds ?? [])];
  const slice = sliceOf(machine, run, reads, seeds);
  return {
    schedule,
    initial: machine.cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => ({ ...fieldValue(cell, run.first.cells.get(cell.index)!), ...(cell.isLock && { isLock: true }) })),
    steps,
    switches: steps.filter((step, i) => i > 0 && step.thread !== steps[i - 1]!.thread).length,
    slice: slice.steps,
    ending,
    ...(cause && { why: whyOf(machine, run, slice, cause) }),
  };
}

const nameOf = (spec: Spec | string): string => (typeof spec === "string" ? spec : spec.name);

/** How a run ends, and what of the last state that depends on. */
export function endingOf(
  machine: Machine,
  { moments, last, failed }: Run,
  spec: Spec | string,
): { readonly ending: Ending; readonly reads: readonly Cell[] } {
  const readsIn = readsAt(moments, moments.length);
  if (typeof spec !== "string") {
    const judgement = judge(machine, spec, readerOf(last));
    const tooEarly = spec.kind === "atEnd" && !isDone(machine, last);
    if (failed || tooEarly || judgement.holds !== (spec.kind === "sometimes"))
      throw new InternalError(`a schedule for '${spec.name}' does not end in it`);
    const reason = spec.kind === "sometimes" ? spec.sentence : judgement.reason;
    return { ending: { reason, reads: readsIn(judgement.reads), blocked: [] }, reads: [...judgement.reads.keys()] };
  }
  if (spec === "not-stuck") {
    const waiting = waitingIn(machine, last);
    if (waiting.length === 0) throw new InternalError("a schedule for 'not-stuck' does not end stuck");
    const blocked = waiting.map(({ point, move, reads }): Blocked => ({
      thread: move.thread,
      calls: callsOf(point.frame),
      path: point.frame.path.name,
      label: point.label,
      waitsFor: readsIn(reads).filter(({ scope }) => scope === "shared"),
    }));
    const reason = "no thread can go on, and not all are done";
    return { ending: { reason, reads: [], blocked }, reads: waiting.flatMap(({ reads }) => [...reads.keys()]) };
  }
  if (failed?.check !== spec) throw new InternalError(`a schedule for '${spec}' does not end in it`);
  return { ending: { reason: failed.reason, reads: [], blocked: [] }, reads: [] };
}

/** The step that each thread waits in, if none can go on. */
function waitingIn(machine: Machine, state: State): readonly Effect[] {
  const effects = machine.threads.map((_, thread) => effectsOf(machine, state, thread));
  if (effects.flat().some(({ outcome }) => outcome.kind !== "blocked")) return [];
  return effects.flatMap(([first]) => (first && !machine.threads[first.move.thread]!.buffer ? [first] : []));
}
