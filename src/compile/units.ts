import type { PositionsOf } from "../analysis/growing-tree.ts";
import type { Group } from "../analysis/symmetry.ts";
import type { Program } from "../machine/program.ts";
import { bitsFor, type Unit } from "./pack.ts";

/** The units in which `pack` must lay out the members, by member: at most 32 bits each, alike for all. */
export function unitsOf(program: Program, { members }: Group, positionsOf: PositionsOf): readonly (readonly Unit[])[] {
  const widths = [
    bitsFor(program.threads[members[0]!.thread]!.points.length + 1),
    ...members[0]!.cells.map((cell) => bitsFor(positionsOf(cell).length)),
  ];
  const cuts: number[] = [];
  let used = 32;
  for (const [i, width] of widths.entries()) {
    if (used + width > 32) {
      cuts.push(i);
      used = 0;
    }
    used += width;
  }
  return members.map(({ thread, cells }) => {
    const fields: Unit = [{ thread }, ...cells];
    return cuts.map((from, i) => fields.slice(from, cuts[i + 1]));
  });
}
