import type { Cell } from "../model/access.ts";
import type { Spec } from "../model/spec.ts";
import type { Program } from "../machine/program.ts";
import { conflictsOf, type Pair } from "./conflicts.ts";
import { escapeFrom, type NoEscape } from "./near-miss.ts";
import { omissionsIn, turningOf } from "./missing-writes.ts";
import { changes, isUse, pastOf, type Past } from "./history.ts";
import type { TraceStep, Why } from "../machine/trace.ts";
import { blockedIn } from "./stuck.ts";
import { runSchedule, type Run } from "../machine/run.ts";
import type { Seed, Slice } from "./slice.ts";

/** What a violation would have been avoided by, found before it is known which steps matter. */
export interface Cause {
  readonly found: Omit<Why, "conflicts">;
  /** The step that came too early, and the steps that had to come before it, where the violating run takes them later. */
  readonly early?: number;
  readonly late: readonly number[];
  /** The early step and the last of the late ones, if they use a field together that is no lock. */
  readonly pair?: Pair;
  readonly seeds: readonly Seed[];
}

/** `initial` is the initial state that the run starts in, `reads` what its ending read; `tell` says what happens in a run. */
export function causeOf(
  past: Past,
  run: Run,
  initial: number,
  { spec, reads }: { readonly spec: Spec | string; readonly reads: readonly Cell[] },
  tell: (run: Run) => readonly TraceStep[],
): Cause {
  const { program } = past;
  const escape = escapeFrom(program, run, spec);
  if (escape === undefined) return { found: {}, late: [], seeds: [] };
  if (!("differs" in escape)) return { found: inevitable(program, run, escape), late: [], seeds: [] };
  const { differs, earlier, rest } = escape;
  const moves = run.moments.slice(0, differs).map(({ effect }) => effect.move);
  const schedule = { initial, moves: [...moves, ...earlier, ...rest] };
  const other = runSchedule(program, schedule, "a run without the violation");
  const late = laterOf(run, differs, other.moments.slice(differs, differs + earlier.length));
  const isTaken = late.length === earlier.length;
  const pair = isTaken ? pairOf(past, differs, late.at(-1)!) : undefined;
  const instead = pastOf(program, other);
  const nearMiss = {
    schedule,
    differs,
    earlier: differs + earlier.length - 1,
    ...(isTaken && { late: late.at(-1)! }),
    steps: tell(other),
  };
  const seeds = [
    ...(pair ? [pair.first, pair.second].map((step) => ({ step, cell: pair.cell })) : [{ step: differs }]),
    // A step that had to come before and that the run does not take: where its thread goes another way.
    ...(isTaken ? [] : turningOf(past, instead, nearMiss.earlier)),
    ...omissionsIn(past, instead, reads),
  ];
  return { found: { nearMiss }, early: differs, late, ...(pair && { pair }), seeds };
}

/** Nothing avoids the violation, or what does so does not end: what is known of that. */
function inevitable(program: Program, { schedule }: Run, { stuck, isEndless }: NoEscape): Cause["found"] {
  const waiting = stuck ? blockedIn(program, { schedule, first: stuck, moments: [], last: stuck }) : [];
  return {
    isInevitable: true,
    ...((stuck || isEndless) && {
      otherwise: {
        ...(stuck && { stuck: waiting.map(({ thread, calls, path, label }) => ({ thread, calls, path, label })) }),
        ...(isEndless && { isEndless: true as const }),
      },
    }),
  };
}

/** Where a run takes the given steps after step `from`, as far as it does. */
function laterOf({ moments }: Run, from: number, steps: Run["moments"]): readonly number[] {
  const found: number[] = [];
  for (const { effect } of steps) {
    const after = found.at(-1) ?? from;
    const at = moments.findIndex(
      (other, i) => i > after && other.effect.move.thread === effect.move.thread && other.effect.point === effect.point,
    );
    if (at < 0) break;
    found.push(at);
  }
  return found;
}

function pairOf(past: Past, first: number, second: number): Pair | undefined {
  const [a, b] = [past.deeds[first]!, past.deeds[second]!];
  const cells = [...a.reads.keys(), ...a.writes.keys()].filter(
    (cell) => !cell.isLocal && !cell.isGhost && isUse(b, cell) && (a.writes.has(cell) || b.writes.has(cell)),
  );
  // Sections under a lock are exchanged as a whole: what counts is inside.
  const isHandedOn = (cell: Cell): boolean =>
    cell.values[1] === true && changes(past, first, cell) && changes(past, second, cell);
  const cell = cells.find((one) => !isHandedOn(one));
  return cell && { cell, first, second };
}

/** The conflicts among the steps that matter; the one that the near miss turns round comes first. */
export function whyOf(past: Past, slice: Slice, { found, early, late, pair }: Cause): Why {
  const conflicts = conflictsOf(past, slice, pair);
  const threadOf = (step: number): number => past.deeds[step]!.thread;
  const isTurned = ({ first, second }: Pick<Pair, "first" | "second">): boolean =>
    early !== undefined && first >= early && threadOf(first) === threadOf(early) && late.includes(second);
  const decisive =
    conflicts.find(({ first, second }) => first === pair?.first && second === pair.second) ?? conflicts.find(isTurned);
  return {
    conflicts: [
      ...(decisive ? [{ ...decisive, decisive: true }] : []),
      ...conflicts.filter((conflict) => conflict !== decisive),
    ],
    ...found,
  };
}
