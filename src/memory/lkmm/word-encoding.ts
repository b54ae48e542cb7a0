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
export const contentsOf = (word: Word): Int32Array => Int32Array.from({ length: weigh(word.cells) }, (_, i) => i);

/** A word's content after a store, by its content before. */
export type StoreTo = (content: number) => number;

/** What becomes of a word's content where some of its cells are written. Worked out each time: a word may have 100 000 contents. */
export function storeTo(word: Word, writes: ReadonlyMap<Cell, Value>): StoreTo {
  let written = 0;
  // Neighbours that are kept are one number, too.
  const kept: { readonly weight: number; count: number }[] = [];
  let [weight, isNeighbour] = [1, false];
  for (const cell of word.cells.toReversed()) {
    const count = cell.values.length;
    const isWritten = writes.has(cell);
    if (isWritten) written += weight * cell.values.indexOf(writes.get(cell)!);
    else if (isNeighbour) kept.at(-1)!.count *= count;
    else kept.push({ weight, count });
    isNeighbour = !isWritten;
    weight *= count;
  }
  if (kept.length === 0) return () => written;
  return (content) => {
    let after = written;
    for (let i = 0; i < kept.length; i++) {
      const one = kept[i]!;
      after += one.weight * (Math.floor(content / one.weight) % one.count);
    }
    return after;
  };
}

/** The position of one cell's value in its domain, by the content of its word. */
export function positionIn(word: Word, cell: Cell): (content: number) => number {
  const weight = weigh(word.cells.slice(word.cells.indexOf(cell) + 1));
  const count = cell.values.length;
  return (content) => Math.floor(content / weight) % count;
}

const weigh = (cells: readonly Cell[]): number => cells.reduce((product, { values }) => product * values.length, 1);
