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

/** By a word's content before: its content after some of its cells were written. */
export function contentsAfter(word: Word, writes: ReadonlyMap<Cell, Value>): Int32Array {
  let written = 0;
  const kept: { readonly weight: number; readonly count: number }[] = [];
  let weight = 1;
  for (const cell of word.cells.toReversed()) {
    const count = cell.values.length;
    if (writes.has(cell)) written += weight * cell.values.indexOf(writes.get(cell)!);
    else kept.push({ weight, count });
    weight *= count;
  }
  const after = new Int32Array(weight).fill(written);
  for (let i = 0; kept.length > 0 && i < after.length; i++)
    for (const one of kept) after[i]! += one.weight * (Math.floor(i / one.weight) % one.count);
  return after;
}

/** By a word's content: the position of one cell's value in its domain. Many steps ask. */
export function positionsIn(word: Word, wanted: Cell): Int32Array {
  const known = positions.get(word) ?? new Map<Cell, Int32Array>();
  positions.set(word, known);
  let found = known.get(wanted);
  if (!found) {
    const weight = weigh(word.cells.slice(word.cells.indexOf(wanted) + 1));
    found = contentsOf(word).map((content) => Math.floor(content / weight) % wanted.values.length);
    known.set(wanted, found);
  }
  return found;
}

const positions = new WeakMap<Word, Map<Cell, Int32Array>>();

const weigh = (cells: readonly Cell[]): number => cells.reduce((product, { values }) => product * values.length, 1);
