import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { cpuOf, type Run, type Taken, type Trial } from "../machine/machine.ts";
import type { Program } from "../machine/program.ts";

/**
 * A run as one asks what in it depends on what: who wrote what a step found, and who wrote what it came too early to
 * find. Steps are counted from 0; the last count is the end of the run.
 */
export interface History {
  /** The threads that the steps number are this one's. */
  readonly program: Program;
  readonly deeds: readonly Taken[];
  trial(step: number): Trial;
  /** Where a thread is at the end of the run: an index into its control points, or DONE. */
  pointAtEnd(thread: number): number;
  /** What a cell held at first. */
  initial(cell: Cell): Value;
  /** What a step found in a cell, or wrote over. */
  found(step: number, cell: Cell): Value;
  /** The step that this is from; nothing if it was there at first. */
  writerOf(step: number, cell: Cell): number | undefined;
  /** The same, without the stores of a CPU that left there what it had stored before: the one that changed it. */
  changerOf(step: number, cell: Cell): number | undefined;
  /** The other steps, in the order in which a cell got its values, that wrote there after what `test` found. */
  laterWriters(test: number, cell: Cell): readonly number[];
  /** The first of these steps, all of other CPUs, that `test` came too early for; nothing if its thread looked again before. */
  overlookedBy(test: number, cell: Cell, among: readonly number[]): number | undefined;
  /** The CPU whose step it is: a store buffer is that of its CPU. */
  cpuOf(step: number): number;
}

/** The history of a run, whatever its memory model: under sc and tso, coherence order is the order of time. */
export function historyOf<S>(run: Run<S>): History {
  const { machine, states, taken: deeds } = run;
  const end = deeds.length;
  const cpuAt = (step: number): number => cpuOf(machine, deeds[step]!.thread);
  const writers = new Map<Cell, readonly number[]>();
  const coherence = (cell: Cell): readonly number[] => {
    const known = writers.get(cell) ?? run.coherence(cell);
    writers.set(cell, known);
    return known;
  };
  const finds: Map<Cell, number>[] = [];
  /** As `Run.found`, which looks through the run each time. */
  const findOf = (step: number, cell: Cell): number => {
    const known = (finds[step] ??= new Map());
    const found = known.get(cell) ?? run.found(step, cell);
    known.set(cell, found);
    return found;
  };
  const writerOf = (step: number, cell: Cell): number | undefined => {
    const writer = findOf(step, cell);
    return writer < 0 ? undefined : writer;
  };
  /** Where in coherence order that is; -1 for what was there at first. */
  const placeOf = (step: number, cell: Cell): number => coherence(cell).indexOf(findOf(step, cell));
  const laterWriters = (test: number, cell: Cell): readonly number[] =>
    coherence(cell)
      .slice(placeOf(test, cell) + 1)
      .filter((step) => step !== test);
  const changerOf = (step: number, cell: Cell): number | undefined => {
    const writer = writerOf(step, cell);
    const before = writer === undefined ? undefined : writerOf(writer, cell);
    if (writer === undefined || before === undefined || cpuAt(before) !== cpuAt(writer)) return writer;
    return deeds[writer]!.writes.get(cell) === deeds[before]!.writes.get(cell) ? changerOf(writer, cell) : writer;
  };
  const initial = (cell: Cell): Value => machine.read(states[0]!, cell);
  const trials: Trial[] = [];
  return {
    program: machine.running,
    deeds,
    trial: (step) => (trials[step] ??= run.again(step)),
    pointAtEnd: (thread) => machine.pointOf(states.at(-1)!, thread),
    initial,
    found: (step, cell) => {
      const read = deeds[step]?.reads.get(cell);
      if (read !== undefined) return read;
      if (!machine.isOrdered(cell)) return machine.read(states[step]!, cell);
      const writer = writerOf(step, cell);
      return writer === undefined ? initial(cell) : deeds[writer]!.writes.get(cell)!;
    },
    writerOf,
    changerOf,
    laterWriters,
    overlookedBy: (test, cell, among) => {
      const next = laterWriters(test, cell).find((step) => among.includes(step) && cpuAt(step) !== cpuAt(test));
      if (next === undefined) return undefined;
      const place = coherence(cell).indexOf(next);
      for (let step = test + 1; step < end; step++)
        if (cpuAt(step) === cpuAt(test) && isUse(deeds[step]!, cell) && placeOf(step, cell) < place) return undefined;
      return next;
    },
    cpuOf: cpuAt,
  };
}

/** A step changes a cell if it leaves another value than it found. */
export const changes = (past: History, step: number, cell: Cell): boolean => {
  const { writes } = past.deeds[step]!;
  return writes.has(cell) && writes.get(cell) !== past.found(step, cell);
};

/** The last step before another one that is so; nothing if none is. */
export function lastStep(
  deeds: readonly Taken[],
  before: number,
  is: (deed: Taken, step: number) => boolean,
): number | undefined {
  for (let i = before - 1; i >= 0; i--) if (is(deeds[i]!, i)) return i;
  return undefined;
}

/** The last step of a thread before another one that used a cell. */
export const lastUse = ({ deeds }: History, cell: Cell, before: number, thread: number): number | undefined =>
  lastStep(deeds, before, (deed) => deed.thread === thread && isUse(deed, cell));

export const isUse = ({ reads, writes }: Taken, cell: Cell): boolean => reads.has(cell) || writes.has(cell);
