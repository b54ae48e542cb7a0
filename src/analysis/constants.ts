import type { Cell } from "../model/access.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { readerOf } from "../machine/state.ts";
import type { Tree } from "./decision-tree.ts";
import { allPositions, type PositionsOf } from "./growing-tree.ts";

/** The values of cells, where one has only one that no step writes and on which all initial states agree. */
export function valuesOf(program: Program, trees: readonly (readonly Tree[])[]): PositionsOf {
  const written = writtenBy(trees);
  const [first, ...others] = initialStates(program).map(readerOf);
  const constants = new Map(
    program.cells
      .filter((cell) => !written.has(cell) && others.every((read) => read(cell) === first!(cell)))
      .map((cell) => [cell, [cell.values.indexOf(first!(cell))]] as const),
  );
  return (cell) => constants.get(cell) ?? allPositions(cell);
}

/** The cells that some step writes. */
export function writtenBy(trees: readonly (readonly Tree[])[]): ReadonlySet<Cell> {
  const written = new Set<Cell>();
  const visit = (tree: Tree): void => {
    if (tree.kind === "branch") tree.arms.forEach(visit);
    else if (tree.kind === "choice") tree.options.forEach(visit);
    else if (tree.kind === "moved") for (const cell of tree.writes.keys()) written.add(cell);
  };
  trees.flat().forEach(visit);
  return written;
}
