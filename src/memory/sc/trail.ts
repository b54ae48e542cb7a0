import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { InternalError } from "../../model/error.ts";
import { samePicks, type Schedule } from "../../machine/schedule.ts";
import { initialStates, type Program } from "../../machine/program.ts";
import { effectsOf, type Effect } from "../../machine/step.ts";
import type { Failure } from "../../machine/execute-step.ts";
import type { State } from "../../machine/state.ts";
import { enabledIn, obstacleTo, type ReplayFailure } from "../../machine/replay-failure.ts";

/** One step of a run: what it did, and the state it did it in. */
export interface Moment {
  readonly effect: Effect;
  readonly before: State;
}

/** A schedule, run through the semantics. */
export interface Trail {
  /** With all picks of every step. */
  readonly schedule: Schedule;
  readonly first: State;
  readonly moments: readonly Moment[];
  /** The last state; the one before the last step, if that step fails a check. */
  readonly last: State;
  readonly failed?: Failure;
}

/** Throws an InternalError if a step of the schedule cannot be taken; `name` is what the schedule leads to. */
export function runSchedule(program: Program, schedule: Schedule, name: string): Trail {
  const run = retrace(program, schedule);
  if (!("obstacle" in run)) return run;
  throw new InternalError(`step ${run.taken + 1} of a schedule for '${name}' cannot be taken: ${run.obstacle}`);
}

/** Runs a schedule, or says what it meets on its way. Picks may lack zeros at their end. */
export function retrace(program: Program, { initial, moves, loop }: Schedule): Trail | ReplayFailure {
  const initials = initialStates(program);
  const first = initials[initial];
  if (!first)
    return { taken: -1, obstacle: `there is no initial state ${initial}`, instead: [`0 to ${initials.length - 1}`] };
  const moments: Moment[] = [];
  let last = first;
  let failed: Failure | undefined;
  for (const move of moves) {
    if (failed) return { taken: moments.length, obstacle: `the run has ended: ${failed.reason}`, instead: [] };
    const effects = program.threads[move.thread] ? effectsOf(program, last, move.thread) : [];
    const effect = effects.find(({ move: { picks } }) => samePicks(picks, move.picks));
    if (!effect || effect.outcome.kind === "blocked")
      return {
        taken: moments.length,
        obstacle: obstacleTo(program, effects, move),
        instead: enabledIn(program, last),
      };
    moments.push({ effect, before: last });
    if (effect.outcome.kind === "moved") last = effect.outcome.state;
    else failed = effect.outcome;
  }
  const schedule = {
    initial,
    moves: moments.map(({ effect }) => effect.move),
    ...(loop !== undefined && { loop }),
  };
  return { schedule, first, moments, last, ...(failed && { failed }) };
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
