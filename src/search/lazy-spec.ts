import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Spec } from "../model/spec.ts";
import { valueAt } from "../compile/pack.ts";
import type { Compiled } from "../compile/compiled.ts";
import { judge } from "../machine/judge.ts";
import { Unknown } from "../model/unknown.ts";
import { endRun } from "../model/running.ts";

type Branch = { readonly cell: Cell; readonly arms: (Branch | boolean)[] };

/** Says whether a spec is violated (or met, if it is a `sometimes` spec) in the packed state at `words[at]`. */
export type AskSpec = (words: Int32Array, at: number) => boolean;

/**
 * For a spec that reads too much to be taken apart beforehand: its decision tree grows as states ask for it, so that
 * the predicate runs once for each combination of values that is ever reached.
 */
export function lazySpec({ program, packing }: Compiled, spec: Spec): AskSpec {
  let root: Branch | boolean | undefined;

  const grow = (known: ReadonlyMap<Cell, Value>): Branch | boolean => {
    const base = (cell: Cell): Value => {
      const value = known.has(cell) ? known.get(cell) : packing.constants.get(cell);
      if (value === undefined) endRun(new Unknown(cell));
      return value;
    };
    try {
      return judge(program, spec, base).holds === (spec.kind === "sometimes");
    } catch (error) {
      if (error instanceof Unknown && typeof error.asked === "object") return { cell: error.asked, arms: [] };
      throw error;
    }
  };

  return (words, at) => {
    const known = new Map<Cell, Value>();
    root ??= grow(known);
    let node: Branch | boolean = root;
    while (typeof node === "object") {
      const index = valueAt(words, at, packing.cells.get(node.cell)!);
      const { cell, arms }: Branch = node;
      let arm = arms[index];
      if (arm === undefined) {
        known.set(cell, cell.values[index]!);
        for (let up = root; typeof up === "object" && up !== node;) {
          const i = valueAt(words, at, packing.cells.get(up.cell)!);
          known.set(up.cell, up.cell.values[i]!);
          up = up.arms[i]!;
        }
        arm = grow(known);
        arms[index] = arm;
      }
      node = arm;
    }
    return node;
  };
}
