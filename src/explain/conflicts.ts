import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { otherwise } from "./counterfactual.ts";
import type { History } from "./history.ts";
import type { Conflict } from "../machine/trace.ts";
import type { Slice } from "./slice.ts";

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
  past: History,
  { steps: slice, cells }: Slice,
  known: Pair | undefined,
): readonly Conflict[] {
  const { program, deeds } = past;
  const acts = (step: number): boolean =>
    !program.threads[deeds[step]!.thread]!.buffer &&
    [...deeds[step]!.writes.keys()].some((cell) => !cell.isLocal && !cell.isLock);
  // A counter goes up from whatever it finds: that alone is no other way.
  const goesAnotherWay = (test: number, cell: Cell, value: Value): boolean => {
    const matters = deeds[test]!.writes.has(cell) ? new Set([...cells].filter((one) => one !== cell)) : cells;
    return otherwise(past.trial(test), cell, value, matters) === "acts";
  };

  /** The step that brought what a test saw. */
  const before = (test: number, cell: Cell): readonly Pair[] => {
    const writer = past.changerOf(test, cell);
    // What a CPU has stored, its store buffer brings to memory: that is no conflict between two of them.
    if (writer === undefined || !slice.includes(writer) || past.cpuOf(writer) === past.cpuOf(test)) return [];
    return goesAnotherWay(test, cell, past.found(writer, cell)) ? [{ cell, first: writer, second: test }] : [];
  };
  /** Of the changes that one CPU made to one word, the last is the one that was seen. */
  const latest = (pairs: readonly Pair[]): readonly Pair[] => {
    const isSameWord = (a: Pair, b: Pair): boolean =>
      a.cell.word === b.cell.word && past.cpuOf(a.first) === past.cpuOf(b.first);
    return pairs.filter((pair) => !pairs.some((other) => isSameWord(pair, other) && other.first > pair.first));
  };
  /** The first write that a test did not see, unless its thread looks again before. */
  const after = (test: number, cell: Cell): readonly Pair[] => {
    const next = past.overlookedBy(test, cell, slice);
    return next !== undefined && goesAnotherWay(test, cell, deeds[next]!.writes.get(cell)!)
      ? [{ cell, first: test, second: next }]
      : [];
  };
  // A check may read ghosts. What store buffers are made of is none.
  const isField = (test: number, { isLocal, isGhost, index }: Cell): boolean =>
    !isLocal && (!isGhost || (deeds[test]!.fails && index < program.scenario.world.layout.cells.length));
  const found = slice.flatMap((test) => {
    const fields = [...deeds[test]!.reads.keys()].filter((cell) => isField(test, cell));
    return [...latest(fields.flatMap((cell) => before(test, cell))), ...fields.flatMap((cell) => after(test, cell))];
  });
  const isKnown = ({ first, second }: Pair): boolean => first === known?.first && second === known.second;
  return [...(known ? [known] : []), ...found.filter((pair) => !isKnown(pair))]
    .toSorted((a, b) => a.second - b.second || a.first - b.first)
    .map(({ cell, first, second }) => {
      // A store that a load comes after and does not see was there before it.
      const closes =
        first < second
          ? slice.find((step) => step > second && past.cpuOf(step) === past.cpuOf(first) && acts(step))
          : undefined;
      return { field: cell.name, first, second, ...(closes !== undefined && { closes }), decisive: false };
    });
}
