import type { Cell } from "../model/access.ts";
import { ORDERS, type Order } from "../model/order.ts";
import { comesToNothing, leavesOf, type Leaf, type Tree } from "./decision-tree.ts";
import { pointersTo, sourcesOf } from "./pointers.ts";
import { hardwareOf, isWholeWrite, touchedBy, type Entry, type Memory, type Shape, type Word } from "./words.ts";

/** What one way through a step does to memory. A `wait` counts as what it read. */
export type Deed = "nothing" | "read" | "write" | "rmw" | "lock" | "unlock";

/**
 * One way through a step, and what in it depends on what: the locals are those of the step's thread, and what a TLB entry
 * holds counts as one of them.
 */
export interface Way {
  readonly deed: Deed;
  readonly word?: Word;
  /** TLB entries that it looks at or changes. */
  readonly entries: ReadonlySet<Entry>;
  /** Locals that decide which word it is. */
  readonly address: ReadonlySet<Cell>;
  /** Locals that decide what it writes, or whether it writes. */
  readonly data: ReadonlySet<Cell>;
  /** Locals that decide where the thread goes; and whether what the step itself reads does. */
  readonly control: ReadonlySet<Cell>;
  readonly controlsByRead: boolean;
  /** By local it writes: the locals that decide its value, and whether what the step reads does. */
  readonly locals: ReadonlyMap<Cell, { readonly from: ReadonlySet<Cell>; readonly byRead: boolean }>;
}

/**
 * Finds out for each way through a step what depends on what: a local matters to a thing if another value of it would
 * have led to another such thing. Two dependencies are syntactic, as in C, for there may be only one value left where they
 * count: an address depends on the pointers that the step has followed to it, and a pointer on where it was copied from.
 * What cannot be told apart counts as no dependency, which makes the machine weaker: that a page-table walk is only made
 * if another one has found nothing, or that a fault depends on what it has found.
 */
export function waysOf(
  { tree, order, mmu }: Shape,
  { wordOf, entryOf }: Pick<Memory, "wordOf" | "entryOf">,
): ReadonlyMap<Leaf, Way> {
  const isKept = (cell: Cell): boolean => cell.isLocal || entryOf.has(cell);
  const isWalk = mmu === "walk";
  const written = new Set<Cell>();
  for (const leaf of leavesOf(tree))
    if (leaf.kind === "moved") for (const cell of leaf.writes.keys()) if (isKept(cell)) written.add(cell);
  const isSource = (cell: Cell): boolean => cell.isLocal;
  const projection = (of: (leaf: Leaf) => string | undefined): ((node: Tree) => boolean) => decider(of);
  const decidesAddress = projection((leaf) => [...touchedBy(leaf)][0]?.word);
  const decidesData = projection((leaf) => writtenAt(leaf, wordOf));
  const decidesNext = projection((leaf) => (leaf.kind === "moved" ? String(leaf.next) : undefined));
  const decidesLocal = new Map(
    [...written].map((cell) => [
      cell,
      projection((leaf) =>
        // A way that leaves the local alone tells nothing of its value: that is a branch, which orders no load. A way on
        // which its life ends does tell: `if (!page) return` comes after `page = slot`.
        (leaf.kind === "moved" || leaf.kind === "violation") && leaf.assigned.has(cell)
          ? String(leaf.assigned.get(cell))
          : undefined,
      ),
    ]),
  );
  const ways = new Map<Leaf, Way>();
  const visit = (node: Tree, path: readonly Tree[]): void => {
    if (node.kind === "branch") for (const arm of node.arms) visit(arm, [...path, node]);
    else if (node.kind === "choice") for (const option of node.options) visit(option, path);
    else ways.set(node, wayOf(node, path));
  };
  const wayOf = (leaf: Leaf, path: readonly Tree[]): Way => {
    const word = wordAt(leaf, wordOf);
    const isWord = (node: Tree): boolean => node.kind === "branch" && wordOf.has(node.cell);
    const localsThat = (decide: (node: Tree) => boolean): Set<Cell> =>
      new Set(
        path.flatMap((node) =>
          node.kind === "branch" && !isWalk && isKept(node.cell) && decide(node) ? [node.cell] : [],
        ),
      );
    const address = localsThat(decidesAddress);
    if ("reads" in leaf && word && !isWalk) {
      // An access by an entry is an access to where the entry leads.
      for (const cell of leaf.reads.keys()) if (entryOf.has(cell)) address.add(cell);
      for (const cell of pointersTo(word.name, leaf, isSource)) address.add(cell);
      // Another index would have led out of the array.
      for (const node of path)
        if (node.kind === "branch" && node.cell.isLocal && leadsOutOf(node, word.name)) address.add(node.cell);
    }
    return {
      deed: deedOf(leaf, word, order),
      ...(word && { word }),
      entries: new Set(hardwareOf(leaf).flatMap((cell) => entryOf.get(cell) ?? [])),
      address,
      data: localsThat(decidesData),
      control: new Set([...localsThat(decidesNext)].filter(({ isLocal }) => isLocal)),
      controlsByRead: !isWalk && path.some((node) => isWord(node) && decidesNext(node)),
      locals: new Map(
        leaf.kind === "moved"
          ? [...leaf.writes.keys()].filter(isKept).map((cell) => {
              if (leaf.forgotten.has(cell)) return [cell, { from: new Set(), byRead: false }] as const;
              const decides = decidesLocal.get(cell)!;
              const copied = isWalk ? [] : sourcesOf(cell, leaf, (one) => isSource(one) || wordOf.has(one));
              const from = localsThat(decides);
              for (const one of copied) if (isSource(one)) from.add(one);
              const byRead = copied.some((one) => wordOf.has(one)) || path.some((n) => isWord(n) && decides(n));
              return [cell, { from, byRead }] as const;
            })
          : [],
      ),
    };
  };
  visit(tree, []);
  return ways;
}

/** The word that one way through a step uses; there is at most one. */
function wordAt(leaf: Leaf, wordOf: ReadonlyMap<Cell, Word>): Word | undefined {
  if (!("reads" in leaf)) return undefined;
  for (const cell of leaf.reads.keys()) if (wordOf.has(cell)) return wordOf.get(cell);
  if (leaf.kind === "moved") for (const cell of leaf.writes.keys()) if (wordOf.has(cell)) return wordOf.get(cell);
  return undefined;
}

/** Some value of the cell that it asks for is no index of an array that the word lies in. */
const leadsOutOf = (node: Tree & { readonly kind: "branch" }, word: string): boolean =>
  node.arms.some((arm) => arm.kind === "broken" && arm.beyond !== undefined && word.startsWith(`${arm.beyond}[`));

function writtenAt(leaf: Leaf, wordOf: ReadonlyMap<Cell, Word>): string | undefined {
  if (leaf.kind !== "moved") return undefined;
  const values = [...leaf.writes].filter(([cell]) => wordOf.has(cell));
  return values.map(([, value]) => String(value)).join();
}

function deedOf(leaf: Leaf, word: Word | undefined, order: Order): Deed {
  if (!word) return "nothing";
  if (leaf.kind !== "moved") return "read";
  const cell = word.cells.find((one) => leaf.writes.has(one));
  if (!cell) return "read";
  if (word.isLock) return leaf.writes.get(cell) === true ? "lock" : "unlock";
  return ORDERS[order].mayStore && isWholeWrite(leaf, word) ? "write" : "rmw";
}

/** Says of a branch whether what it asks for decides the thing that `of` says of a leaf; leaves it says nothing of do not count. */
function decider(of: (leaf: Leaf) => string | undefined): (node: Tree) => boolean {
  const ids = new Map<string, number>();
  const known = new Map<Tree, number>();
  const NONE = -1;
  const number = (key: string): number => {
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    return id;
  };
  const idOf = (node: Tree): number => {
    const old = known.get(node);
    if (old !== undefined) return old;
    let id: number;
    if (node.kind === "branch" || node.kind === "choice") {
      const arms = (node.kind === "branch" ? node.arms : node.options).map(idOf);
      const distinct = new Set(arms.filter((arm) => arm !== NONE));
      const what = node.kind === "branch" ? node.cell.index : "choice";
      id = distinct.size === 0 ? NONE : distinct.size === 1 ? [...distinct][0]! : number(`${what}: ${arms.join()}`);
    } else {
      const key = comesToNothing(node) ? undefined : of(node);
      id = key === undefined ? NONE : number(`= ${key}`);
    }
    known.set(node, id);
    return id;
  };
  return (node) => node.kind === "branch" && new Set(node.arms.map(idOf).filter((arm) => arm !== NONE)).size > 1;
}
