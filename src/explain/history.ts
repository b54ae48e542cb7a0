import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Program, ProgramThread, Point } from "../machine/program.ts";
import { valueIn, type Run } from "../machine/run.ts";

/** What one step of a run did. */
export interface Deed {
  readonly thread: number;
  readonly point: Point;
  readonly reads: ReadonlyMap<Cell, Value>;
  readonly writes: ReadonlyMap<Cell, Value>;
  readonly forgotten: ReadonlySet<Cell>;
  /** It fails a check: that it only reads makes it no less a part of the end. */
  readonly fails: boolean;
}

/** Enough of a step to take it once more. */
export interface Trial {
  readonly thread: ProgramThread;
  readonly point: number;
  readonly picks: readonly number[];
  /** What it found. */
  readonly base: (cell: Cell) => Value;
}

/**
 * A run as one asks what in it depends on what: who wrote what a step found, and who wrote what it came too early to
 * find. Each memory model answers in its own way. Steps are counted from 0; the last count is the end of the run.
 */
export interface Past {
  readonly program: Program;
  readonly deeds: readonly Deed[];
  trial(step: number): Trial;
  /** Where a thread is at the end of the run: an index into its control points, or DONE. */
  pointAtEnd(thread: number): number;
  /** What a cell held at first. */
  initial(cell: Cell): Value;
  /** What a step found in a cell, or wrote over. */
  found(step: number, cell: Cell): Value;
  /** The step that this is from; nothing if it was there at first. */
  writerOf(step: number, cell: Cell): number | undefined;
  /** The steps, in the order in which a cell got its values, that wrote there after what `test` found. */
  laterWriters(test: number, cell: Cell): readonly number[];
  /** The first of these steps, all of other CPUs, that `test` came too early for; nothing if its thread looked again before. */
  overlookedBy(test: number, cell: Cell, among: readonly number[]): number | undefined;
  /** Steps that what is told of this one names: stores that were made before and that its load does not see. */
  namedBy(step: number): readonly number[];
  /** The CPU whose step it is: a store buffer is that of its CPU. */
  cpuOf(step: number): number;
}

/** A step changes a cell if it leaves another value than it found. */
export const changes = (past: Past, step: number, cell: Cell): boolean => {
  const { writes } = past.deeds[step]!;
  return writes.has(cell) && writes.get(cell) !== past.found(step, cell);
};

/** The last step before another one that is so; nothing if none is. */
export function lastStep(
  deeds: readonly Deed[],
  before: number,
  is: (deed: Deed, step: number) => boolean,
): number | undefined {
  for (let i = before - 1; i >= 0; i--) if (is(deeds[i]!, i)) return i;
  return undefined;
}

/** The last step of a thread before another one that used a cell. */
export const lastUse = ({ deeds }: Past, cell: Cell, before: number, thread: number): number | undefined =>
  lastStep(deeds, before, (deed) => deed.thread === thread && isUse(deed, cell));

export const isUse = ({ reads, writes }: Deed, cell: Cell): boolean => reads.has(cell) || writes.has(cell);

type InTime = Pick<Past, "writerOf" | "laterWriters" | "overlookedBy">;

/** The answers for cells of which every step finds what was written last. */
export function inTime(deeds: readonly Deed[], cpuOf: (step: number) => number): InTime {
  const firstStep = (is: (deed: Deed, step: number) => boolean): number | undefined => {
    const step = deeds.findIndex(is);
    return step < 0 ? undefined : step;
  };
  const writerOf: Past["writerOf"] = (step, cell) =>
    lastStep(deeds, step, ({ writes, forgotten }) => writes.has(cell) && !forgotten.has(cell));
  return {
    writerOf,
    laterWriters: (test, cell) =>
      deeds.flatMap(({ writes, forgotten }, i) => (i > test && writes.has(cell) && !forgotten.has(cell) ? i : [])),
    overlookedBy: (test, cell, among) => {
      const isOwn = (step: number): boolean => cpuOf(step) === cpuOf(test);
      const next = firstStep(
        (deed, i) => i > test && (isOwn(i) ? isUse(deed, cell) : among.includes(i) && deed.writes.has(cell)),
      );
      return next === undefined || isOwn(next) ? undefined : next;
    },
  };
}

/** By step, made when it is first asked for. */
export function trialsOf<S>(steps: readonly S[], make: (step: S, index: number) => Trial): Past["trial"] {
  const trials: Trial[] = [];
  return (index) => (trials[index] ??= make(steps[index]!, index));
}

/** The past of a run in which all CPUs see each step at once. */
export function pastOf(program: Program, { first, moments, last }: Run): Past {
  const deeds = moments.map(({ effect: { move, point, reads, writes, forgotten, outcome } }): Deed => ({
    thread: move.thread,
    point,
    reads,
    writes,
    forgotten,
    fails: outcome.kind === "violation",
  }));
  const cpuOf = (step: number): number => {
    const { thread } = deeds[step]!;
    return program.threads[thread]!.buffer?.cpu ?? thread;
  };
  return {
    program,
    deeds,
    ...inTime(deeds, cpuOf),
    cpuOf,
    namedBy: () => [],
    pointAtEnd: (thread) => last.points.get(thread)!,
    initial: (cell) => valueIn(first, cell),
    found: (step, cell) => valueIn(moments[step]?.before ?? last, cell),
    trial: trialsOf(moments, ({ effect, before }) => {
      const { thread, picks } = effect.move;
      const base = (cell: Cell): Value => valueIn(before, cell);
      return { thread: program.threads[thread]!, point: before.points.get(thread)!, picks, base };
    }),
  };
}
