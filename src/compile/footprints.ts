import type { Cell } from "../model/access.ts";
import type { Node } from "./graph.ts";

/** What a way through a step has to do with the cells that threads contend for: a bit for each, or for some of them. */
export interface Footprint {
  readonly touched: bigint;
  readonly written: bigint;
}

export const NOTHING: Footprint = { touched: 0n, written: 0n };

const BITS = 63n;
/** In `written` of a way that must be taken, whatever others do; all ways count as touching it. */
export const ALWAYS = 1n << BITS;

export const union = (a: Footprint, b: Footprint): Footprint => ({
  touched: a.touched | b.touched,
  written: a.written | b.written,
});

/** What some steps read and write. */
export interface Footprints {
  /** Of a question alone, and of what a leaf writes alone. */
  of(node: Node): Footprint;
  /** Of a node and all that it leads to. */
  below(node: Node): Footprint;
}

/**
 * Two ways through steps of different threads can be taken in either order, to the same state, if neither writes what the
 * other touches. A cell that no thread writes, or only one has to do with, is never in the way.
 */
export function footprintsOf(steps: readonly (readonly Node[])[]): Footprints {
  const bits = new Map<Cell, bigint>();
  for (const cell of contended(steps)) bits.set(cell, 1n << (BigInt(bits.size) % BITS));
  const allBelow = new Map<Node, Footprint>();

  const of = (node: Node): Footprint => {
    if (node.kind === "branch") return { touched: bits.get(node.cell) ?? 0n, written: 0n };
    const written = writtenBy(node).reduce((all, cell) => all | (bits.get(cell) ?? 0n), 0n);
    return { touched: written, written };
  };
  const below = (node: Node): Footprint => {
    const known = allBelow.get(node);
    if (known) return known;
    const all = childrenOf(node).map(below).reduce(union, of(node));
    allBelow.set(node, all);
    return all;
  };
  return { of, below };
}

/** The cells that one thread writes and another one reads or writes. */
function contended(steps: readonly (readonly Node[])[]): ReadonlySet<Cell> {
  const users = new Map<Cell, Set<number>>();
  const written = new Set<Cell>();
  for (const [thread, points] of steps.entries()) {
    const seen = new Set(points);
    for (const node of seen) {
      for (const child of childrenOf(node)) seen.add(child);
      const writes = writtenBy(node);
      for (const cell of writes) written.add(cell);
      for (const cell of node.kind === "branch" ? [node.cell] : writes)
        users.set(cell, (users.get(cell) ?? new Set()).add(thread));
    }
  }
  return new Set([...written].filter((cell) => users.get(cell)!.size > 1));
}

/** What it puts back as it was found does not count. */
const writtenBy = (node: Node): readonly Cell[] =>
  node.kind === "moved" ? node.writes.filter(({ by }) => by !== 0).map(({ cell }) => cell) : [];

const childrenOf = (node: Node): readonly Node[] =>
  node.kind === "branch" ? [...new Set(node.arms)] : node.kind === "choice" ? node.options : [];

/** By thread and control point: what all ways through its step touch, and what they write. */
export function waysOf(steps: readonly (readonly Node[])[], footprints: Footprints): BigInt64Array {
  const ways = steps.flat().map((node) => footprints.below(node));
  return BigInt64Array.from(ways.flatMap(({ touched, written }) => [touched, written]));
}
