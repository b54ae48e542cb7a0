import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Leaf, Tree } from "./decision-tree.ts";

/** Which cell takes the place of which; the others stay. */
export type Renaming = ReadonlyMap<Cell, Cell>;

// More combinations than this are not compared: what cannot be shown to be symmetric is not treated as symmetric.
const MOST_COMPARISONS = 200_000;

type Known = Map<Cell, Value>;

/** What a leaf does besides, in words that are equal where it is the same; its cells are to be renamed. */
export type DetailOf = (leaf: Leaf, rename: (cell: Cell) => Cell) => string;

/**
 * Compares two trees as functions, whatever the order in which they read: `left` with its cells renamed, and `right`.
 * Where no state leads in one of them, they do not differ.
 * Returns the cells by which they differ, or nothing if they never do.
 */
export function differenceOf(
  left: Tree,
  renaming: Renaming,
  right: Tree,
  detailOf: DetailOf = () => "",
): ReadonlySet<Cell> | undefined {
  let comparisons = 0;
  const rename = (cell: Cell): Cell => renaming.get(cell) ?? cell;
  const compare = (known: Known): ReadonlySet<Cell> | undefined => {
    if (++comparisons > MOST_COMPARISONS) return new Set(known.keys());
    const ours = outcomesOf(left, known, rename, detailOf);
    const theirs = ours instanceof Map ? outcomesOf(right, known, (cell) => cell, detailOf) : ours;
    if (theirs === "never") return undefined;
    if (!(theirs instanceof Map)) {
      for (const value of theirs.values) {
        known.set(theirs, value);
        const difference = compare(known);
        if (difference) return difference;
      }
      known.delete(theirs);
      return undefined;
    }
    const keys = new Set([...(ours as Outcomes).keys(), ...theirs.keys()]);
    const differs = [...keys].some((key) => (ours as Outcomes).get(key) !== theirs.get(key));
    return differs ? new Set(known.keys()) : undefined;
  };
  return compare(new Map());
}

/** How often each outcome comes out of the choices of a step. */
type Outcomes = Map<string, number>;

/** The outcomes of a tree where these values are known, or the first cell it asks for that is not; `never` if no state has them. */
function outcomesOf(
  tree: Tree,
  known: Known,
  rename: (cell: Cell) => Cell,
  detailOf: DetailOf,
): Outcomes | Cell | "never" {
  const outcomes: Outcomes = new Map();
  const visit = (node: Tree): Cell | "never" | undefined => {
    switch (node.kind) {
      case "branch": {
        const value = known.get(rename(node.cell));
        return value === undefined ? rename(node.cell) : visit(node.arms[node.cell.values.indexOf(value)]!);
      }
      case "choice":
        for (const option of node.options) {
          const missing = visit(option);
          if (missing) return missing;
        }
        return undefined;
      case "never":
        return "never";
      default: {
        const outcome = outcomeOf(node, known, rename) + detailOf(node, rename);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        return undefined;
      }
    }
  };
  return visit(tree) ?? outcomes;
}

function outcomeOf(leaf: Leaf, known: Known, rename: (cell: Cell) => Cell): string {
  if (leaf.kind === "violation") return `violation ${leaf.check}`;
  if (leaf.kind !== "moved") return leaf.kind;
  const writes = [...leaf.writes]
    .filter(([cell, value]) => known.get(rename(cell)) !== value)
    .map(([cell, value]) => `${rename(cell).index}=${String(value)}`);
  return `${leaf.next}: ${writes.toSorted().join()}`;
}
