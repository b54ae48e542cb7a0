import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import type { Word } from "../../analysis/words.ts";

/** A word's content as one number: its cells' values, each by its position in its domain. */
export function contentOf({ cells }: Word, valueOf: (cell: Cell) => Value): number {
  let content = 0;
  for (const cell of cells) content = content * cell.values.length + cell.values.indexOf(valueOf(cell));
  return content;
}

/** The value of one cell of a word with this content. */
export function valueIn({ cells }: Word, content: number, wanted: Cell): Value {
  let rest = content;
  for (let i = cells.length - 1; i >= 0; i--) {
    const cell = cells[i]!;
    if (cell === wanted) return cell.values[rest % cell.values.length]!;
    rest = Math.floor(rest / cell.values.length);
  }
  throw new RangeError(`${wanted.name} is not in the word`);
}

/** All contents that a word can have. */
export const contentsOf = ({ cells }: Word): Int32Array =>
  Int32Array.from({ length: cells.reduce((product, { values }) => product * values.length, 1) }, (_, i) => i);
