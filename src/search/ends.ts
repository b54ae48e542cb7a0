import { valueAt } from "../compile/pack.ts";
import type { End } from "../compile/compiled.ts";

/** In the packed state at `words[at]`, which no step leaves: whether the run has ended there as it should. */
export const hasEnded = (ends: readonly End[], words: Int32Array, at: number): boolean =>
  ends.every((end) => endsAt(end, words, at));

/** The thread of this end is done there, or stands where it may rest. */
export function endsAt(end: End, words: Int32Array, at: number): boolean {
  const value = valueAt(words, at, end);
  return value === 0 || end.rests.includes(value);
}

/** Of any state: whether all threads are done; "unless it can step", if some of them rest where they may. */
export function isDoneAt(ends: readonly End[], words: Int32Array, at: number): boolean | "unless it can step" {
  if (!hasEnded(ends, words, at)) return false;
  return ends.every((end) => valueAt(words, at, end) === 0) || "unless it can step";
}
