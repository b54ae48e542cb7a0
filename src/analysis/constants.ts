import type { Cell } from "../model/access.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { readerOf } from "../machine/state.ts";
import { leavesOf, type Tree } from "./decision-tree.ts";
import { allPositions, type PositionsOf } from "./growing-tree.ts";

/** The values of cells, where one has only one that no step writes and on which all initial states agree. */
export function valuesOf(program: Program, trees: readonly (readonly Tree[])[]): PositionsOf {
  const constants = new Map(Array.from(constantsOf(program, trees), ([cell, position]) => [cell, [position]]));
  return (cell) => constants.get(cell) ?? allPositions(cell);
}

/** The cells that no step writes and on which all initial states agree, by the position of their value. */
export function constantsOf(program: Program, trees: readonly (readonly Tree[])[]): ReadonlyMap<Cell, number> {
  const written = writtenBy(trees);
  const [first, ...others] = initialStates(program).map(readerOf);
  const constants = new Map<Cell, number>();
  for (const cell of program.cells)
    if (!written.has(cell) && others.every((read) => read(cell) === first!(cell)))
      constants.set(cell, cell.values.indexOf(first!(cell)));
  return constants;
}

/** The cells that some step writes. */
export function writtenBy(trees: readonly (readonly Tree[])[]): ReadonlySet<Cell> {
  const written = new Set<Cell>();
  for (const tree of trees.flat())
    for (const leaf of leavesOf(tree))
      if (leaf.kind === "moved") for (const cell of leaf.writes.keys()) written.add(cell);
  return written;
}
