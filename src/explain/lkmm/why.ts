import type { Cell } from "../../model/access.ts";
import { otherwise } from "../counterfactual.ts";
import type { Pair } from "../conflicts.ts";
import { omissionsIn } from "../missing-writes.ts";
import { isUse, type Past } from "../history.ts";
import type { Ordered } from "../../machine/trace.ts";
import type { Seed } from "../slice.ts";
import type { ToldRun } from "./told.ts";
import type { Cause } from "../cause.ts";

/**
 * What a run that sc does not have would have been forbidden by. Each missing order closes a cycle of program order and
 * communication, which no order in time can have; all steps of the shortest one matter. Of its loads, the first that came
 * too early for a store and would have gone another way is the one that decided it. `reads` is what the ending read.
 */
export function causeOfLkmm(past: Past, run: ToldRun, missing: readonly Ordered[], reads: readonly Cell[]): Cause {
  const cycles = missing.map((order) => cycleThrough(run, order));
  const links = cycles.flatMap((cycle) => cycle.slice(1).map((to, i) => [cycle[i]!, to] as const));
  const pair = links
    .flatMap(([from, to]) => tooEarly(past, run, from, to))
    .find((one) => goesAnotherWay(past, one, new Set(reads)));
  const seeds = [
    ...[...cycles.flat(), ...missing.flatMap(({ before, after }) => [before, after])].map((step) => ({ step })),
    ...links.flatMap(([from, to]) => exchanged(past, from, to)),
    ...omissionsIn(past, undefined, reads),
  ];
  return { found: {}, late: [], ...(pair && { pair }), seeds };
}

/** The fewest steps that lead from the later step of a missing order back to the earlier one, both included. */
function cycleThrough(run: ToldRun, { before, after }: Ordered): readonly number[] {
  const next = linksOf(run);
  const cameFrom = new Map<number, number>([[after, -1]]);
  for (const step of cameFrom.keys()) for (const to of next(step)) if (!cameFrom.has(to)) cameFrom.set(to, step);
  const cycle: number[] = [];
  for (let step: number | undefined = before; step !== undefined && step >= 0; step = cameFrom.get(step))
    cycle.unshift(step);
  return cycle;
}

/** By step: those that come after it in program order, or that see, overwrite or come too late for what it did. */
function linksOf({ steps, stepOf, execution: { rf, co } }: ToldRun): (step: number) => readonly number[] {
  const links = steps.map(() => new Set<number>());
  const threadOf = (step: number): number => steps[step]!.effect.thread;
  const link = (from: number, to: number): void => {
    if (from >= 0 && to >= 0 && threadOf(from) !== threadOf(to)) links[from]!.add(to);
  };
  for (const [store, load] of rf) {
    const stores = co.find((list) => list.includes(store))!;
    link(stepOf[store]!, stepOf[load]!);
    for (const later of stores.slice(stores.indexOf(store) + 1)) link(stepOf[load]!, stepOf[later]!);
  }
  for (const stores of co)
    for (const [i, store] of stores.entries())
      for (const later of stores.slice(i + 1)) link(stepOf[store]!, stepOf[later]!);
  return (step) => [
    ...links[step]!,
    ...[...steps.keys()].filter((later) => later > step && threadOf(later) === threadOf(step)),
  ];
}

/** The load of a step that came too early for the store of another, by field. */
function tooEarly(past: Past, { steps, execution: { co } }: ToldRun, first: number, second: number): readonly Pair[] {
  const { from } = steps[first]!;
  const { store } = steps[second]!;
  const stores = from === undefined || store === undefined ? undefined : co.find((list) => list.includes(from));
  if (past.cpuOf(first) === past.cpuOf(second) || !stores || stores.indexOf(from!) >= stores.indexOf(store!)) return [];
  const { writes } = past.deeds[second]!;
  return memoryOf(past.deeds[first]!.reads)
    .filter((cell) => writes.has(cell))
    .map((cell) => ({ cell, first, second }));
}

const goesAnotherWay = (past: Past, { cell, first, second }: Pair, reads: ReadonlySet<Cell>): boolean =>
  otherwise(past.trial(first), cell, past.deeds[second]!.writes.get(cell)!, reads) !== undefined;

/** The fields over which two steps of different CPUs hang together, each with the steps that write it. */
function exchanged(past: Past, a: number, b: number): readonly Seed[] {
  if (past.cpuOf(a) === past.cpuOf(b)) return [];
  const written = (step: number, other: number): readonly Seed[] =>
    memoryOf(past.deeds[step]!.writes)
      .filter((cell) => isUse(past.deeds[other]!, cell))
      .map((cell) => ({ step, cell }));
  return [...written(a, b), ...written(b, a)];
}

const memoryOf = (cells: ReadonlyMap<Cell, unknown>): readonly Cell[] =>
  [...cells.keys()].filter(({ isLocal, isGhost }) => !isLocal && !isGhost);
