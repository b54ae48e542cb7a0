import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../semantics/check.ts";
import type { Schedule } from "../semantics/explore.ts";
import type { Frame, Machine } from "../semantics/machine.ts";
import { effectsOf, type Effect } from "../semantics/step.ts";
import { DONE, readerOf, type State } from "../semantics/state.ts";
import type { Blocked, Change, Ending, FieldValue, Read, Scope, Trace, TraceStep } from "./result.ts";
import { runSchedule, writerOf, type Moment, type Run } from "./run.ts";
import { sliceOf } from "./slice.ts";

/**
 * Runs a schedule again through the semantics, and checks that it ends where the search said: in a state that
 * violates `spec` (meets it, if it is a `sometimes` spec), or in a failed built-in check. Throws an InternalError if not.
 */
export function replay(machine: Machine, schedule: Schedule, spec: Spec | string): Omit<Trace, "minimal"> {
  const run = runSchedule(machine, schedule, nameOf(spec));
  const steps = stepsOf(run);
  const { ending, reads } = endingOf(machine, run, spec);
  const seeds = run.failed ? [{ step: steps.length - 1 }] : [];
  return {
    schedule,
    initial: machine.cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => fieldValue(cell, run.first.cells.get(cell.index)!)),
    steps,
    switches: steps.filter((step, i) => i > 0 && step.thread !== steps[i - 1]!.thread).length,
    slice: sliceOf(machine, run, reads, seeds),
    ending,
  };
}

/** Each step of a run, with what it saw and did. */
export const stepsOf = ({ moments }: Run): readonly TraceStep[] =>
  moments.map(({ effect, before }, i) => traceStep(effect, before, readsAt(moments, i)));

type Reads = (reads: ReadonlyMap<Cell, Value>) => readonly Read[];

const readsAt =
  (moments: readonly Moment[], step: number): Reads =>
  (reads) =>
    [...reads].map(([cell, value]) => {
      const writtenBy = writerOf(moments, cell, step);
      return { ...fieldValue(cell, value), ...(writtenBy !== undefined && { writtenBy }) };
    });

const nameOf = (spec: Spec | string): string => (typeof spec === "string" ? spec : spec.name);

/** How a run ends, and what of the last state that depends on. */
function endingOf(
  machine: Machine,
  { moments, last, failed }: Run,
  spec: Spec | string,
): { readonly ending: Ending; readonly reads: readonly Cell[] } {
  const readsIn = readsAt(moments, moments.length);
  if (typeof spec !== "string") {
    const judgement = judge(machine, spec, readerOf(last));
    const tooEarly = spec.kind === "atEnd" && last.points.some((point) => point !== DONE);
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
  return effects.flatMap(([first]) => (first ? [first] : []));
}

function traceStep(effect: Effect, before: State, readsIn: Reads): TraceStep {
  const { point, move } = effect;
  return {
    thread: move.thread,
    calls: callsOf(point.frame),
    path: point.frame.path.name,
    label: point.label,
    order: point.step.order,
    ...(point.step.atomic !== undefined && { atomic: point.step.atomic }),
    reads: readsIn(effect.reads),
    changes: changesOf(effect, before),
  };
}

const changesOf = (effect: Effect, before: State): readonly Change[] =>
  [...effect.writes].flatMap(([cell, to]) => {
    const from = before.cells.get(cell.index)!;
    return from === to || effect.forgotten.has(cell) ? [] : [{ field: cell.name, scope: scopeOf(cell), from, to }];
  });

const fieldValue = (cell: Cell, value: Value): FieldValue => ({ field: cell.name, scope: scopeOf(cell), value });

const scopeOf = (cell: Cell): Scope => (cell.isLocal ? "local" : cell.isGhost ? "ghost" : "shared");

function callsOf(frame: Frame): readonly string[] {
  return frame.caller ? [...callsOf(frame.caller.frame), frame.caller.label] : [];
}
