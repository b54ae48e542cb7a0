import type { Cell } from "../model/access.ts";
import type { Spec } from "../model/spec.ts";
import { InternalError } from "../model/error.ts";
import type { OutOfTime, Run } from "../machine/machine.ts";
import { callsOf } from "../machine/tell.ts";
import type { Ordered, Why } from "../machine/trace.ts";
import { conflictsOf, type Pair } from "./conflicts.ts";
import { otherwise } from "./counterfactual.ts";
import { changes, historyOf, isUse, type History } from "./history.ts";
import { omissionsIn, turningOf } from "./missing-writes.ts";
import { escapeFrom, type NoEscape } from "./near-miss.ts";
import type { Seed, Slice } from "./slice.ts";
import { waitingIn } from "./waiting.ts";

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

/**
 * What a run whose order is that of time would have been without the violation for: the closest run that is without it.
 * `reads` is what the ending read.
 */
export function causeInTime<S>(
  past: History,
  run: Run<S>,
  { spec, reads }: { readonly spec: Spec | string; readonly reads: readonly Cell[] },
): Cause {
  const { machine, schedule } = run;
  const escape = escapeFrom(run, spec);
  if (escape === undefined) return { found: {}, late: [], seeds: [] };
  if (!("differs" in escape)) return { found: inevitable(run, escape), late: [], seeds: [] };
  const { differs, earlier, rest } = escape;
  const instead = { initial: schedule.initial, moves: [...schedule.moves.slice(0, differs), ...earlier, ...rest] };
  const other = machine.run(instead);
  if ("obstacle" in other) throw new InternalError(`a run without the violation cannot be taken: ${other.obstacle}`);
  const late = laterOf(run, differs, other.taken.slice(differs, differs + earlier.length));
  const isTaken = late.length === earlier.length;
  const pair = isTaken ? pairOf(past, differs, late.at(-1)!) : undefined;
  const without = historyOf(other);
  const nearMiss = {
    schedule: instead,
    differs,
    earlier: differs + earlier.length - 1,
    ...(isTaken && { late: late.at(-1)! }),
    steps: other.steps,
  };
  const seeds = [
    ...(pair ? [pair.first, pair.second].map((step) => ({ step, cell: pair.cell })) : [{ step: differs }]),
    // A step that had to come before and that the run does not take: where its thread goes another way.
    ...(isTaken ? [] : turningOf(past, without, nearMiss.earlier)),
    ...omissionsIn(past, without, reads),
  ];
  return { found: { nearMiss }, early: differs, late, ...(pair && { pair }), seeds };
}

/** Nothing avoids the violation, or what does so does not end: what is known of that. */
function inevitable<S>({ machine }: Run<S>, { stuck, isEndless }: NoEscape<S>): Cause["found"] {
  const waiting = stuck === undefined ? [] : waitingIn(machine, stuck);
  return {
    isInevitable: true,
    ...((stuck !== undefined || isEndless) && {
      otherwise: {
        ...(stuck !== undefined && {
          stuck: waiting.map(({ thread, point: { frame, label } }) => ({
            thread,
            calls: callsOf(frame),
            path: frame.path.name,
            label,
          })),
        }),
        ...(isEndless && { isEndless: true as const }),
      },
    }),
  };
}

/** Where a run takes the given steps after step `from`, as far as it does. */
function laterOf<S>({ taken }: Run<S>, from: number, steps: Run<S>["taken"]): readonly number[] {
  const found: number[] = [];
  for (const { thread, point } of steps) {
    const after = found.at(-1) ?? from;
    const at = taken.findIndex((other, i) => i > after && other.thread === thread && other.point === point);
    if (at < 0) break;
    found.push(at);
  }
  return found;
}

function pairOf(past: History, first: number, second: number): Pair | undefined {
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
export function whyOf(past: History, slice: Slice, { found, early, late, pair }: Cause): Why {
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

/**
 * What a run that sc does not have would have been forbidden by. Each missing order closes a cycle of program order and
 * communication, which no order in time can have; all steps of the shortest one matter. Of its loads, the first that came
 * too early for a store and would have gone another way is the one that decided it. `reads` is what the ending read.
 */
export function causeOfOrders(
  past: History,
  outOfTime: OutOfTime,
  missing: readonly Ordered[],
  reads: readonly Cell[],
): Cause {
  const cycles = missing.map((order) => cycleThrough(past, outOfTime, order));
  const links = cycles.flatMap((cycle) => cycle.slice(1).map((to, i) => [cycle[i]!, to] as const));
  const pair = links
    .flatMap(([from, to]) => tooEarly(past, from, to))
    .find((one) => goesAnotherWay(past, one, new Set(reads)));
  const seeds = [
    ...[...cycles.flat(), ...missing.flatMap(({ before, after }) => [before, after])].map((step) => ({ step })),
    ...links.flatMap(([from, to]) => exchanged(past, from, to)),
    ...omissionsIn(past, undefined, reads),
  ];
  return { found: {}, late: [], ...(pair && { pair }), seeds };
}

/** The fewest steps that lead from the later step of a missing order back to the earlier one, both included. */
function cycleThrough({ deeds }: History, outOfTime: OutOfTime, { before, after }: Ordered): readonly number[] {
  const next = (step: number): readonly number[] => [
    ...outOfTime.communicates(step),
    ...[...deeds.keys()].filter((later) => later > step && deeds[later]!.thread === deeds[step]!.thread),
  ];
  const cameFrom = new Map<number, number>([[after, -1]]);
  for (const step of cameFrom.keys()) for (const to of next(step)) if (!cameFrom.has(to)) cameFrom.set(to, step);
  const cycle: number[] = [];
  for (let step: number | undefined = before; step !== undefined && step >= 0; step = cameFrom.get(step))
    cycle.unshift(step);
  return cycle;
}

/** The load of a step that came too early for the store of another, by field. */
function tooEarly(past: History, first: number, second: number): readonly Pair[] {
  if (past.cpuOf(first) === past.cpuOf(second)) return [];
  return memoryOf(past.deeds[first]!.reads)
    .filter((cell) => past.laterWriters(first, cell).includes(second))
    .map((cell) => ({ cell, first, second }));
}

const goesAnotherWay = (past: History, { cell, first, second }: Pair, reads: ReadonlySet<Cell>): boolean =>
  otherwise(past.trial(first), cell, past.deeds[second]!.writes.get(cell)!, reads) !== undefined;

/** The fields over which two steps of different CPUs hang together, each with the steps that write it. */
function exchanged(past: History, a: number, b: number): readonly Seed[] {
  if (past.cpuOf(a) === past.cpuOf(b)) return [];
  const written = (step: number, other: number): readonly Seed[] =>
    memoryOf(past.deeds[step]!.writes)
      .filter((cell) => isUse(past.deeds[other]!, cell))
      .map((cell) => ({ step, cell }));
  return [...written(a, b), ...written(b, a)];
}

const memoryOf = (cells: ReadonlyMap<Cell, unknown>): readonly Cell[] =>
  [...cells.keys()].filter(({ isLocal, isGhost }) => !isLocal && !isGhost);
