import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { BuiltIn } from "../model/spec.ts";
import { DONE } from "../machine/state.ts";
import { packedAs, type Field, type Packing } from "./pack.ts";
import type { Tree } from "../analysis/decision-tree.ts";

/** What a step does to one word of the state: `((word & and) | or) + add`. */
export interface WordChange {
  readonly word: number;
  readonly and: number;
  readonly or: number;
  readonly add: number;
}

/** What becomes of a cell, by what a packed state holds of it: `to` one, or `by` so many further. */
export interface CellChange {
  readonly cell: Cell;
  readonly to?: number;
  readonly by?: number;
}

/** A decision tree over a packed state, with an arm for each value that is reached, in which equal parts are one node, so that a test that decides nothing is gone. */
export type Node =
  | {
      readonly id: number;
      readonly kind: "branch";
      readonly cell: Cell;
      readonly field: Field;
      readonly arms: readonly Node[];
    }
  | { readonly id: number; readonly kind: "choice"; readonly options: readonly Node[] }
  | {
      readonly id: number;
      readonly kind: "moved";
      readonly changes: readonly WordChange[];
      /** Where the thread goes on, as a distance from the control point of the step; nothing if it is done then. */
      readonly ahead: number | undefined;
      readonly writes: readonly CellChange[];
    }
  | { readonly id: number; readonly kind: "blocked" | "broken" | "hit" | "miss" }
  | { readonly id: number; readonly kind: "violation"; readonly check: BuiltIn };

type NewNode = Node extends infer N ? (N extends Node ? Omit<N, "id"> : never) : never;

/**
 * Merges equal parts of the trees of one thread. A field whose old value is known where it is written becomes an
 * addition: `refcount++` is then the same change for every count, and all its branches are one.
 */
export function merger(packing: Packing, thread: number): (tree: Tree, point: number) => Node {
  const known = new Map<string, Node>();
  const node = (key: string, fresh: () => NewNode): Node => {
    const old = known.get(key);
    if (old) return old;
    const made = { id: known.size, ...fresh() } as Node;
    known.set(key, made);
    return made;
  };

  return (root, point) => {
    const values = new Map<Cell, Value>();
    const merge = (tree: Tree): Node => {
      switch (tree.kind) {
        case "never":
          // Whatever is there, no thread takes it.
          return node("blocked", () => ({ kind: "blocked" }));
        case "blocked":
        case "broken":
        case "hit":
        case "miss":
          return node(tree.kind, () => ({ kind: tree.kind }));
        case "violation":
          return node(`violation ${tree.check}`, () => ({ kind: "violation", check: tree.check }));
        case "choice": {
          // Equal options stay apart: each is a transition of its own.
          const options = tree.options.map(merge);
          return node(`choice ${options.map(({ id }) => id).join()}`, () => ({ kind: "choice", options }));
        }
        case "branch": {
          const { cell } = tree;
          const positions = packing.positionsOf(cell);
          const arms = positions.map((position) => {
            values.set(cell, cell.values[position]!);
            return merge(tree.arms[position]!);
          });
          values.delete(cell);
          const taken = arms.filter((_, i) => tree.arms[positions[i]!]!.kind !== "never");
          if (taken.every((arm) => arm === taken[0])) return taken[0] ?? arms[0]!;
          return node(`branch ${cell.index} ${arms.map(({ id }) => id).join()}`, () => ({
            kind: "branch",
            cell,
            field: packing.cells.get(cell)!,
            arms,
          }));
        }
        case "moved": {
          const changes = changesOf(packing, thread, point, tree.next, tree.writes, values);
          const key = changes.map(({ word, and, or, add }) => `${word}:${and},${or},${add}`).join(" ");
          const isLast = tree.next === DONE;
          return node(`moved ${isLast ? "" : "on "}${key}`, () => ({
            kind: "moved",
            changes,
            ahead: isLast ? undefined : tree.next - point,
            writes: [...tree.writes].map(([cell, value]): CellChange => {
              const to = packedAs(packing, cell, value);
              const old = values.get(cell);
              return old === undefined ? { cell, to } : { cell, by: to - packedAs(packing, cell, old) };
            }),
          }));
        }
      }
    };
    return merge(root);
  };
}

function changesOf(
  packing: Packing,
  thread: number,
  point: number,
  next: number,
  writes: ReadonlyMap<Cell, Value>,
  values: ReadonlyMap<Cell, Value>,
): readonly WordChange[] {
  const words: { word: number; and: number; or: number; add: number }[] = [];
  const changeOf = (word: number): (typeof words)[number] => (words[word] ??= { word, and: -1, or: 0, add: 0 });
  const move = packing.points[thread]!;
  changeOf(move.word).add += (next - point) << move.shift;
  for (const [cell, value] of writes) {
    const field = packing.cells.get(cell)!;
    const to = packedAs(packing, cell, value);
    const old = values.get(cell);
    const change = changeOf(field.word);
    if (old === undefined) {
      change.and &= ~(field.mask << field.shift);
      change.or |= to << field.shift;
    } else change.add = (change.add + ((to - packedAs(packing, cell, old)) << field.shift)) | 0;
  }
  // In the order of words; there are none where nothing changes.
  return words.filter(({ and, or, add }) => and !== -1 || or !== 0 || add !== 0);
}
