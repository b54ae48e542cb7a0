import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../semantics/check.ts";
import type { Schedule } from "../semantics/explore.ts";
import { initialStates, type Frame, type Machine } from "../semantics/machine.ts";
import { effectsOf, type Effect } from "../semantics/step.ts";
import { DONE, readerOf, type State } from "../semantics/state.ts";
import type { Blocked, Change, Ending, FieldValue, Read, Scope, Trace, TraceStep } from "./result.ts";

/**
 * Runs a schedule again through the semantics, and checks that it ends where the search said: in a state that
 * violates `spec` (meets it, if it is a `sometimes` spec), or in a failed built-in check. Throws an InternalError if not.
 */
export function replay(machine: Machine, schedule: Schedule, spec: Spec | string): Trace {
  const first = initialStates(machine)[schedule.initial];
  if (!first) throw new InternalError(`initial state ${schedule.initial} does not exist`);
  const steps: TraceStep[] = [];
  const writers = new Map<Cell, number>();
  let state = first;
  let failed: { readonly check: string; readonly reason: string } | undefined;
  for (const move of schedule.moves) {
    const effects = machine.threads[move.thread] ? effectsOf(machine, state, move.thread) : [];
    const effect = effects.find(({ move: { picks } }) => picks.join() === move.picks.join());
    if (!effect || effect.outcome.kind === "blocked" || failed)
      throw new InternalError(`step ${steps.length + 1} of a schedule for '${nameOf(spec)}' cannot be taken`);
    steps.push(traceStep(effect, state, writers));
    for (const cell of effect.writes.keys()) writers.set(cell, steps.length - 1);
    if (effect.outcome.kind === "moved") state = effect.outcome.state;
    else failed = effect.outcome;
  }
  return {
    schedule,
    initial: machine.cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => fieldValue(cell, first.cells.get(cell.index)!)),
    steps,
    switches: steps.filter((step, i) => i > 0 && step.thread !== steps[i - 1]!.thread).length,
    ending: endingOf(machine, state, spec, failed, writers),
  };
}

const nameOf = (spec: Spec | string): string => (typeof spec === "string" ? spec : spec.name);

function endingOf(
  machine: Machine,
  state: State,
  spec: Spec | string,
  failed: { readonly check: string; readonly reason: string } | undefined,
  writers: ReadonlyMap<Cell, number>,
): Ending {
  if (typeof spec !== "string") {
    const judgement = judge(machine, spec, readerOf(state));
    const tooEarly = spec.kind === "atEnd" && state.points.some((point) => point !== DONE);
    if (failed || tooEarly || judgement.holds !== (spec.kind === "sometimes"))
      throw new InternalError(`a schedule for '${spec.name}' does not end in it`);
    return {
      reason: spec.kind === "sometimes" ? spec.sentence : judgement.reason,
      reads: readsOf(judgement.reads, writers),
      blocked: [],
    };
  }
  if (spec === "not-stuck") {
    const blocked = blockedIn(machine, state, writers);
    if (blocked.length === 0) throw new InternalError("a schedule for 'not-stuck' does not end stuck");
    return { reason: "no thread can go on, and not all are done", reads: [], blocked };
  }
  if (failed?.check !== spec) throw new InternalError(`a schedule for '${spec}' does not end in it`);
  return { reason: failed.reason, reads: [], blocked: [] };
}

function blockedIn(machine: Machine, state: State, writers: ReadonlyMap<Cell, number>): readonly Blocked[] {
  const effects = machine.threads.map((_, thread) => effectsOf(machine, state, thread));
  if (effects.flat().some(({ outcome }) => outcome.kind !== "blocked")) return [];
  return effects.flatMap((waiting) => {
    const effect = waiting[0];
    if (!effect) return [];
    const { point, move, reads } = effect;
    const waitsFor = readsOf(reads, writers).filter(({ scope }) => scope === "shared");
    return [
      { thread: move.thread, calls: callsOf(point.frame), path: point.frame.path.name, label: point.label, waitsFor },
    ];
  });
}

function traceStep(effect: Effect, before: State, writers: ReadonlyMap<Cell, number>): TraceStep {
  const { point, move } = effect;
  return {
    thread: move.thread,
    calls: callsOf(point.frame),
    path: point.frame.path.name,
    label: point.label,
    order: point.step.order,
    ...(point.step.atomic !== undefined && { atomic: point.step.atomic }),
    reads: readsOf(effect.reads, writers),
    changes: changesOf(effect, before),
  };
}

const changesOf = (effect: Effect, before: State): readonly Change[] =>
  [...effect.writes].flatMap(([cell, to]) => {
    const from = before.cells.get(cell.index)!;
    return from === to || effect.forgotten.has(cell) ? [] : [{ field: cell.name, scope: scopeOf(cell), from, to }];
  });

const readsOf = (reads: ReadonlyMap<Cell, Value>, writers: ReadonlyMap<Cell, number>): readonly Read[] =>
  [...reads].map(([cell, value]) => {
    const writtenBy = writers.get(cell);
    return { ...fieldValue(cell, value), ...(writtenBy !== undefined && { writtenBy }) };
  });

const fieldValue = (cell: Cell, value: Value): FieldValue => ({ field: cell.name, scope: scopeOf(cell), value });

const scopeOf = (cell: Cell): Scope => (cell.isLocal ? "local" : cell.isGhost ? "ghost" : "shared");

function callsOf(frame: Frame): readonly string[] {
  return frame.caller ? [...callsOf(frame.caller.frame), frame.caller.label] : [];
}
