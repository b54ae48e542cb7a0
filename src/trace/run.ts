import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { InternalError } from "../model/error.ts";
import type { Schedule } from "../semantics/explore.ts";
import { initialStates, type Machine } from "../semantics/machine.ts";
import { effectsOf, type Effect } from "../semantics/step.ts";
import type { State } from "../semantics/state.ts";

/** One step of a run: what it did, and the state it did it in. */
export interface Moment {
  readonly effect: Effect;
  readonly before: State;
}

/** A schedule, run through the semantics. */
export interface Run {
  readonly first: State;
  readonly moments: readonly Moment[];
  /** The last state; the one before the last step, if that step fails a check. */
  readonly last: State;
  readonly failed?: { readonly check: string; readonly reason: string };
}

/** Throws an InternalError if a step of the schedule cannot be taken; `name` is what the schedule leads to. */
export function runSchedule(machine: Machine, schedule: Schedule, name: string): Run {
  const first = initialStates(machine)[schedule.initial];
  if (!first) throw new InternalError(`initial state ${schedule.initial} does not exist`);
  const moments: Moment[] = [];
  let last = first;
  let failed: Run["failed"];
  for (const move of schedule.moves) {
    const effects = machine.threads[move.thread] ? effectsOf(machine, last, move.thread) : [];
    const effect = effects.find(({ move: { picks } }) => picks.join() === move.picks.join());
    if (!effect || effect.outcome.kind === "blocked" || failed)
      throw new InternalError(`step ${moments.length + 1} of a schedule for '${name}' cannot be taken`);
    moments.push({ effect, before: last });
    if (effect.outcome.kind === "moved") last = effect.outcome.state;
    else failed = effect.outcome;
  }
  return { first, moments, last, ...(failed && { failed }) };
}

/** The step, counted from 0, that last wrote a cell before step `before`. */
export function writerOf(moments: readonly Moment[], cell: Cell, before: number): number | undefined {
  for (let i = before - 1; i >= 0; i--) {
    const { writes, forgotten } = moments[i]!.effect;
    if (writes.has(cell) && !forgotten.has(cell)) return i;
  }
  return undefined;
}

export const valueIn = (state: State, cell: Cell): Value => state.cells.get(cell.index)!;

/** Does the step leave another value in a cell than it found there? */
export const changesIn = ({ effect, before }: Moment, cell: Cell): boolean =>
  effect.writes.has(cell) && effect.writes.get(cell) !== valueIn(before, cell);
