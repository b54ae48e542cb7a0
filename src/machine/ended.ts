import type { Cell } from "../model/access.ts";

/** By control point: the locals that nothing reads any more from there on. */
type Resets = readonly (readonly Cell[])[];

interface Ended {
  readonly now: readonly Cell[];
  /** They hold nothing since before, unless somebody has written them. */
  readonly before: readonly Cell[];
}

/** By resets, then by where a step begins and where it leads. */
const known = new WeakMap<Resets, Map<number, Ended>>();
// More control points than a thread can have.
const MOST_POINTS = 2 ** 24;

/**
 * The locals whose life ends in a step from one control point to another, which has written some: a thread that stands
 * at a point has reset all that had ended there.
 */
export function endedBetween(
  resets: Resets,
  from: number,
  to: number,
  written: { has(cell: Cell): boolean },
): readonly Cell[] {
  const { now, before } = between(resets, from, to);
  return before.some((cell) => written.has(cell)) ? [...now, ...before.filter((cell) => written.has(cell))] : now;
}

function between(resets: Resets, from: number, to: number): Ended {
  let all = known.get(resets);
  if (!all) known.set(resets, (all = new Map()));
  const key = from * MOST_POINTS + to;
  let ended = all.get(key);
  if (!ended) {
    const old = new Set(resets[from]);
    const there = resets[to] ?? [];
    ended = { now: there.filter((cell) => !old.has(cell)), before: there.filter((cell) => old.has(cell)) };
    all.set(key, ended);
  }
  return ended;
}
