import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { readerOf } from "../machine/state.ts";
import type { Tree } from "./decision-tree.ts";

/** What each cell is known to be for ever: no step writes it, and all initial states agree on it. */
export type Constants = ReadonlyMap<Cell, Value>;

export function constantsOf(program: Program, trees: readonly (readonly Tree[])[]): Constants {
  const written = new Set<Cell>();
  const visit = (tree: Tree): void => {
    if (tree.kind === "branch") tree.arms.forEach(visit);
    else if (tree.kind === "choice") tree.options.forEach(visit);
    else if (tree.kind === "moved") for (const cell of tree.writes.keys()) written.add(cell);
  };
  trees.flat().forEach(visit);
  const [first, ...others] = initialStates(program).map(readerOf);
  return new Map(
    program.cells
      .filter((cell) => !written.has(cell) && others.every((read) => read(cell) === first!(cell)))
      .map((cell) => [cell, first!(cell)] as const),
  );
}
