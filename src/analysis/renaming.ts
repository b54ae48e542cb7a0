import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Leaf, Tree } from "./decision-tree.ts";

/** Which cell takes the place of which, and what becomes of its values. Renamed twice, everything is what it was. */
export interface Renaming {
  cell(cell: Cell): Cell;
  value(cell: Cell, value: Value): Value;
}

// More combinations than this are not compared: what cannot be shown to be symmetric is not treated as symmetric.
const MOST_COMPARISONS = 200_000;

type Known = Map<Cell, Value>;

const NEVER = { kind: "never" } as const;

/** What a leaf does besides, in words that are equal where it is the same; its cells are to be renamed. */
export type DetailOf = (leaf: Leaf, rename: (cell: Cell) => Cell) => string;

/**
 * Compares two trees as functions, whatever the order in which they read: `left` with its cells renamed, and `right`.
 * Where no state leads in one of them, or what is known `isLeftOut`, they do not differ.
 * Returns the cells by which they differ, or nothing if they never do.
 */
export function differenceOf(
  left: Tree,
  renaming: Renaming,
  right: Tree,
  detailOf: DetailOf = () => "",
  isLeftOut: (known: Known) => boolean = () => false,
): ReadonlySet<Cell> | undefined {
  let comparisons = 0;
  const compare = (known: Known): ReadonlySet<Cell> | undefined => {
    if (isLeftOut(known)) return undefined;
    if (++comparisons > MOST_COMPARISONS) return new Set(known.keys());
    const ours = outcomesOf(left, known, renaming, detailOf);
    const theirs = ours instanceof Map ? outcomesOf(right, known, AS_IT_IS, detailOf) : ours;
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

const AS_IT_IS: Renaming = { cell: (cell) => cell, value: (_, value) => value };

/** How often each outcome comes out of the choices of a step. */
type Outcomes = Map<string, number>;

/** The outcomes of a tree where these values are known, or the first cell it asks for that is not; `never` if no state has them. */
function outcomesOf(tree: Tree, known: Known, renaming: Renaming, detailOf: DetailOf): Outcomes | Cell | "never" {
  const outcomes: Outcomes = new Map();
  const visit = (node: Tree): Cell | "never" | undefined => {
    switch (node.kind) {
      case "branch": {
        const cell = renaming.cell(node.cell);
        const value = known.get(cell);
        return value === undefined
          ? cell
          : visit(node.arms[node.cell.values.indexOf(renaming.value(cell, value))] ?? NEVER);
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
        const outcome = outcomeOf(node, known, renaming) + detailOf(node, (cell) => renaming.cell(cell));
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        return undefined;
      }
    }
  };
  return visit(tree) ?? outcomes;
}

function outcomeOf(leaf: Leaf, known: Known, renaming: Renaming): string {
  if (leaf.kind === "violation") return `violation ${leaf.check}`;
  if (leaf.kind !== "moved") return leaf.kind;
  const writes = [...leaf.writes]
    .map(([cell, value]) => [renaming.cell(cell), renaming.value(cell, value)] as const)
    .filter(([cell, value]) => known.get(cell) !== value)
    .map(([cell, value]) => `${cell.index}=${String(value)}`);
  return `${leaf.next}: ${writes.toSorted().join()}`;
}
