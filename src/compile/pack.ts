import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { allPositions, type PositionsOf } from "../analysis/growing-tree.ts";
import { InternalError } from "../model/error.ts";
import type { Program } from "../machine/program.ts";

/** Where a field stands in a packed state: `mask` is its width in ones, before the shift. */
export interface Field {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
}

/** What a field holds in the packed state at `words[at]`. */
export const valueAt = (words: Int32Array, at: number, { word, shift, mask }: Field): number =>
  (words[at + word]! >>> shift) & mask;

/**
 * The layout of a state in 32-bit words. A cell holds which of its values it has, counted among those that are reached: so
 * it needs no room if it has always the same. A point holds its index + 1.
 */
export interface Packing {
  readonly words: number;
  readonly bits: number;
  readonly cells: ReadonlyMap<Cell, Field>;
  /** The values of a cell that are reached, as positions in its domain. */
  readonly positionsOf: PositionsOf;
  /** By thread: its control point; 0 is DONE. */
  readonly points: readonly Field[];
  /** Where each unit lies, as one field. */
  readonly units: ReadonlyMap<Unit, Field>;
  /** The most room side by side that nothing needs, for marks that are no part of the state; nothing if there is none. */
  readonly spare: Field | undefined;
}

/** A value of a cell as a packed state holds it. */
export function packedAs({ positionsOf }: Packing, cell: Cell, value: Value): number {
  const packed = positionsOf(cell).indexOf(cell.values.indexOf(value));
  if (packed < 0) throw new InternalError(`${cell.name} became ${String(value)}, which no step was seen to write`);
  return packed;
}

/** Fields that must lie side by side in one word, in this order; at most 32 bits together. */
export type Unit = readonly (Cell | { readonly thread: number })[];

export const bitsFor = (values: number): number => 32 - Math.clz32(values - 1);

const fieldAt = (word: number, shift: number, bits: number): Field => ({
  word,
  shift,
  mask: bits === 32 ? -1 : (1 << bits) - 1,
});

/** Puts every field in the first word that has room for it. `units` come first; all other fields stand alone. */
export function pack(program: Program, positionsOf: PositionsOf = allPositions, units: readonly Unit[] = []): Packing {
  const cells = new Map<Cell, Field>();
  const points: Field[] = [];
  const free: number[] = [];
  const placed = new Map<Unit, Field>();
  const widthOf = (member: Unit[number]): number =>
    bitsFor("thread" in member ? program.threads[member.thread]!.points.length + 1 : positionsOf(member).length);

  const place = (unit: Unit): void => {
    const width = unit.reduce((sum, member) => sum + widthOf(member), 0);
    let word = free.findIndex((bits) => bits >= width);
    if (word < 0) word = free.push(32) - 1;
    let shift = 32 - free[word]!;
    placed.set(unit, fieldAt(word, shift, width));
    free[word]! -= width;
    for (const member of unit) {
      const bits = widthOf(member);
      const field = fieldAt(word, shift, bits);
      if ("thread" in member) points[member.thread] = field;
      else cells.set(member, field);
      shift += bits;
    }
  };

  units.forEach(place);
  for (const thread of program.threads.keys()) if (!points[thread]) place([{ thread }]);
  for (const cell of program.cells) if (!cells.has(cell)) place([cell]);
  const most = Math.max(...free);
  const roomiest = free.indexOf(most);
  return {
    words: free.length,
    bits: free.reduce((sum, bits) => sum + 32 - bits, 0),
    cells,
    positionsOf,
    points,
    units: placed,
    spare: most > 0 ? fieldAt(roomiest, 32 - most, most) : undefined,
  };
}
