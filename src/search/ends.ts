import type { End } from "../compile/program.ts";

/** In the packed state at `words[at]`, which no step leaves: whether the run has ended there as it should. */
export const hasEnded = (ends: readonly End[], words: Int32Array, at: number): boolean =>
  ends.every(({ word, shift, mask, rests }) => {
    const value = (words[at + word]! >>> shift) & mask;
    return value === 0 || rests.includes(value);
  });

/** Of any state: whether all threads are done; "unless it can step", if some of them rest where they may. */
export function isDoneAt(ends: readonly End[], words: Int32Array, at: number): boolean | "unless it can step" {
  if (!hasEnded(ends, words, at)) return false;
  return ends.every(({ word, shift, mask }) => ((words[at + word]! >>> shift) & mask) === 0) || "unless it can step";
}
