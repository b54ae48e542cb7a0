import type { Spec } from "../model/spec.ts";
import { askSpec } from "../analysis/decision-tree.ts";
import { GrowingTree } from "../analysis/growing-tree.ts";
import { valueAt } from "../compile/pack.ts";
import type { Compiled } from "../compile/compiled.ts";

/** Says whether a spec is violated (or met, if it is a `sometimes` spec) in the packed state at `words[at]`. */
export type AskSpec = (words: Int32Array, at: number) => boolean;

/** For a spec that reads too much to be taken apart beforehand: its tree grows as states ask for it. */
export function lazySpec({ program, packing }: Compiled, spec: Spec): AskSpec {
  const tree = new GrowingTree(askSpec(program, spec));
  const { cells, positionsOf } = packing;
  return (words, at) => tree.endAt((cell) => positionsOf(cell)[valueAt(words, at, cells.get(cell)!)]!).kind === "hit";
}
