import type { Spec } from "../model/spec.ts";
import { askSpec } from "../analysis/decision-tree.ts";
import { growingTree } from "../analysis/growing-tree.ts";
import { valueAt } from "../compile/pack.ts";
import type { Compiled } from "../compile/compiled.ts";

/** Says whether a spec is violated (or met, if it is a `sometimes` spec) in the packed state at `words[at]`. */
export type AskSpec = (words: Int32Array, at: number) => boolean;

/** For a spec that reads too much to be taken apart beforehand: its tree grows as states ask for it. */
export function lazySpec({ program, packing: { cells, constants } }: Compiled, spec: Spec): AskSpec {
  const leafAt = growingTree(
    askSpec(program, spec),
    (words, at, cell) => valueAt(words, at, cells.get(cell)!),
    constants,
  );
  return (words, at) => leafAt(words, at).kind === "hit";
}
