import type { Cell } from "../model/access.ts";
import type { Leaf } from "./decision-tree.ts";

/** One way through a step that has read and named things. */
type Reading = Extract<Leaf, { readonly reads: unknown }>;

const isPointer = (cell: Cell): boolean => cell.isPointer === true;

/**
 * The cells that told a step where a place lies which it used: of the pointers that it followed on this way, the
 * first ones that are a source. A pointer in between, which no memory model knows as it never changes, leads on to the
 * one that was followed to it. What the step has named itself needs no pointer, though one may lead there, too.
 */
export function pointersTo(
  place: string,
  leaf: Reading,
  isSource: (cell: Cell) => boolean,
  visited: ReadonlySet<Cell> = NOT_VISITED,
): readonly Cell[] {
  // Thousands of ways are asked, most of which follow no pointer.
  const found: Cell[] = [];
  for (const [cell, value] of leaf.reads) {
    if (!isPointer(cell) || value === null || visited.has(cell) || !place.startsWith(`${String(value)}.`)) continue;
    if (isNamed(String(value), leaf)) continue;
    if (isSource(cell)) found.push(cell);
    else found.push(...pointersTo(cell.name, leaf, isSource, new Set([...visited, cell])));
  }
  return found;
}

const NOT_VISITED: ReadonlySet<Cell> = new Set();

/** The cells that a step has copied a pointer from, or made it of, on the way on which it gave this one its value; none for NULL. */
export function sourcesOf(cell: Cell, leaf: Reading, isSource: (cell: Cell) => boolean): readonly Cell[] {
  const value = leaf.assigned.get(cell);
  if (!isPointer(cell) || value === undefined || value === null) return [];
  return pointersTo(`${String(value)}.`, leaf, isSource);
}

/** The step has named the struct from the world on: it need not have got there by a pointer. */
function isNamed(struct: string, { named }: Reading): boolean {
  for (let end = 0; end <= struct.length; end++)
    if ((end === struct.length || struct[end] === "." || struct[end] === "[") && !named.has(struct.slice(0, end)))
      return false;
  return true;
}
