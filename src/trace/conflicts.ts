import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Machine } from "../semantics/machine.ts";
import { otherwise } from "./counterfactual.ts";
import type { Conflict } from "./result.ts";
import type { Slice } from "./slice.ts";
import { valueIn, writerOf, type Run } from "./run.ts";

/** Two steps of different threads, and a field that both use. */
export interface Pair {
  readonly cell: Cell;
  readonly first: number;
  readonly second: number;
}

/**
 * The conflicts among the steps of a slice: tests that another CPU's write came too late for, and tests that saw what
 * another CPU had written, where they would have gone another way with the value from before. `known` is one already.
 */
export function conflictsOf(
  machine: Machine,
  { moments }: Run,
  { steps: slice, cells }: Slice,
  known: Pair | undefined,
): readonly Conflict[] {
  // What a CPU has stored, its store buffer brings to memory: that is no conflict between two of them.
  const threadOf = (step: number): number => {
    const { thread } = moments[step]!.effect.move;
    return machine.threads[thread]!.buffer?.cpu ?? thread;
  };
  const uses = (step: number, cell: Cell): boolean =>
    moments[step]!.effect.reads.has(cell) || moments[step]!.effect.writes.has(cell);
  const acts = (step: number): boolean =>
    !machine.threads[moments[step]!.effect.move.thread]!.buffer &&
    [...moments[step]!.effect.writes.keys()].some((cell) => !cell.isLocal && !cell.isLock);
  // A counter goes up from whatever it finds: that alone is no other way.
  const goesAnotherWay = (test: number, cell: Cell, value: Value): boolean => {
    const matters = moments[test]!.effect.writes.has(cell) ? new Set([...cells].filter((one) => one !== cell)) : cells;
    return otherwise(machine, moments[test]!, cell, value, matters) === "acts";
  };

  /** The step that wrote what a test saw. */
  const before = (test: number, cell: Cell): readonly Pair[] => {
    const writer = writerOf(moments, cell, test);
    if (writer === undefined || !slice.includes(writer) || threadOf(writer) === threadOf(test)) return [];
    return goesAnotherWay(test, cell, valueIn(moments[writer]!.before, cell))
      ? [{ cell, first: writer, second: test }]
      : [];
  };
  /** The first write that a test did not see, unless its thread looks again before. */
  const after = (test: number, cell: Cell): readonly Pair[] => {
    const next = moments.findIndex(
      (moment, i) =>
        i > test &&
        (threadOf(i) === threadOf(test) ? uses(i, cell) : slice.includes(i) && moment.effect.writes.has(cell)),
    );
    if (next < 0 || threadOf(next) === threadOf(test)) return [];
    return goesAnotherWay(test, cell, moments[next]!.effect.writes.get(cell)!)
      ? [{ cell, first: test, second: next }]
      : [];
  };
  const found = slice.flatMap((test) =>
    [...moments[test]!.effect.reads.keys()]
      .filter(({ isLocal, isGhost }) => !isLocal && !isGhost)
      .flatMap((cell) => [...before(test, cell), ...after(test, cell)]),
  );
  const isKnown = ({ first, second }: Pair): boolean => first === known?.first && second === known.second;
  return [...(known ? [known] : []), ...found.filter((pair) => !isKnown(pair))]
    .toSorted((a, b) => a.second - b.second || a.first - b.first)
    .map(({ cell, first, second }) => {
      const closes = slice.find((step) => step > second && threadOf(step) === threadOf(first) && acts(step));
      return { field: cell.name, first, second, ...(closes !== undefined && { closes }), decisive: false };
    });
}
