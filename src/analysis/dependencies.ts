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
  readonly word: Word | undefined;
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
  const deciders = [
    decider(tree, (leaf) => touchedBy(leaf)[0]?.word),
    decider(tree, (leaf) => writtenAt(leaf, wordOf)),
    decider(tree, (leaf) => (leaf.kind === "moved" ? String(leaf.next) : undefined)),
    ...Array.from(written, (cell) =>
      decider(tree, (leaf) =>
        // A way that leaves the local alone tells nothing of its value: that is a branch, which orders no load. A way on
        // which its life ends does tell: `if (!page) return` comes after `page = slot`.
        (leaf.kind === "moved" || leaf.kind === "violation") && leaf.assigned.has(cell)
          ? String(leaf.assigned.get(cell))
          : undefined,
      ),
    ),
  ];
  const ADDRESS = 0;
  const DATA = 1;
  const NEXT = 2;
  const placeOf = new Map(Array.from(written, (cell, i) => [cell, NEXT + 1 + i] as const));
  const sets = new SharedSets();
  const behind = (node: Branch, asked: Asked): Asked => {
    const { cell } = node;
    const isWord = wordOf.has(cell);
    const isLocal = !isWalk && isKept(cell);
    if (!isWord && !isLocal) return asked;
    return {
      locals: isLocal
        ? asked.locals.map((set, i) => (deciders[i]!.has(node) ? sets.with(set, cell) : set))
        : asked.locals,
      words: isWord ? asked.words.map((decides, i) => decides || deciders[i]!.has(node)) : asked.words,
      indexes: cell.isLocal && !isWalk && node.arms.some(isBeyond) ? [...asked.indexes, node] : asked.indexes,
    };
  };
  const ways = new Map<Leaf, Way>();
  const visit = (node: Tree, asked: Asked): void => {
    if (node.kind === "branch") {
      const next = behind(node, asked);
      for (const arm of node.arms) visit(arm, next);
    } else if (node.kind === "choice") for (const option of node.options) visit(option, asked);
    else ways.set(node, wayOf(node, asked));
  };
  const wayOf = (leaf: Leaf, { locals, words, indexes }: Asked): Way => {
    const word = wordAt(leaf, wordOf);
    let address = locals[ADDRESS]!;
    if ("reads" in leaf && word && !isWalk) {
      // An access by an entry is an access to where the entry leads.
      for (const cell of leaf.reads.keys()) if (entryOf.has(cell)) address = sets.with(address, cell);
      for (const cell of pointersTo(word.name, leaf, isSource)) address = sets.with(address, cell);
      // Another index would have led out of the array.
      for (const node of indexes) if (leadsOutOf(node, word.name)) address = sets.with(address, node.cell);
    }
    const told = (cell: Cell): Told => {
      if (leaf.kind !== "moved" || leaf.forgotten.has(cell)) return sets.told(sets.none, false);
      const decider = placeOf.get(cell)!;
      const copied = isWalk ? [] : sourcesOf(cell, leaf, (one) => isSource(one) || wordOf.has(one));
      let from = locals[decider]!;
      for (const one of copied) if (isSource(one)) from = sets.with(from, one);
      return sets.told(from, copied.some((one) => wordOf.has(one)) || words[decider]!);
    };
    const kept = leaf.kind === "moved" ? [...leaf.writes.keys()].filter(isKept) : [];
    return {
      deed: deedOf(leaf, word, order),
      word,
      entries: entriesOf(leaf, entryOf),
      address,
      data: locals[DATA]!,
      control: sets.locals(locals[NEXT]!),
      controlsByRead: !isWalk && words[NEXT]!,
      locals: kept.length === 0 ? NO_LOCALS : new Map(kept.map((cell) => [cell, told(cell)] as const)),
    };
  };
  visit(tree, { locals: deciders.map(() => sets.none), words: deciders.map(() => false), indexes: [] });
  return ways;
}

type Branch = Tree & { readonly kind: "branch" };

/** What was asked on the way to a node: by decider, the locals that decide, and whether a word does. */
interface Asked {
  readonly locals: readonly ReadonlySet<Cell>[];
  readonly words: readonly boolean[];
  /** Locals of which some value leads out of an array. */
  readonly indexes: readonly Branch[];
}

type Told = NonNullable<ReturnType<Way["locals"]["get"]>>;

const NO_LOCALS: Way["locals"] = new Map();
const NO_ENTRIES: Way["entries"] = new Set();

/** Sets of cells, of which there is but one for the same cells in the same order: ways share most of theirs. */
class SharedSets {
  readonly none: ReadonlySet<Cell> = new Set();
  private readonly larger = new Map<ReadonlySet<Cell>, Map<Cell, ReadonlySet<Cell>>>();
  private readonly tellings = new Map<ReadonlySet<Cell>, readonly [Told, Told]>();

  with(set: ReadonlySet<Cell>, cell: Cell): ReadonlySet<Cell> {
    if (set.has(cell)) return set;
    let by = this.larger.get(set);
    if (!by) this.larger.set(set, (by = new Map()));
    let larger = by.get(cell);
    if (!larger) by.set(cell, (larger = new Set(set).add(cell)));
    return larger;
  }

  /** Those of them that are a thread's own. */
  locals(set: ReadonlySet<Cell>): ReadonlySet<Cell> {
    let locals = this.none;
    for (const cell of set) if (cell.isLocal) locals = this.with(locals, cell);
    return locals;
  }

  told(from: ReadonlySet<Cell>, byRead: boolean): Told {
    let both = this.tellings.get(from);
    if (!both) {
      both = [
        { from, byRead: false },
        { from, byRead: true },
      ];
      this.tellings.set(from, both);
    }
    return both[byRead ? 1 : 0];
  }
}

function entriesOf(leaf: Leaf, entryOf: ReadonlyMap<Cell, Entry>): ReadonlySet<Entry> {
  if (entryOf.size === 0) return NO_ENTRIES;
  return new Set(hardwareOf(leaf).flatMap((cell) => entryOf.get(cell) ?? []));
}

/** The word that one way through a step uses; there is at most one. */
function wordAt(leaf: Leaf, wordOf: ReadonlyMap<Cell, Word>): Word | undefined {
  if (!("reads" in leaf)) return undefined;
  for (const cell of leaf.reads.keys()) if (wordOf.has(cell)) return wordOf.get(cell);
  if (leaf.kind === "moved") for (const cell of leaf.writes.keys()) if (wordOf.has(cell)) return wordOf.get(cell);
  return undefined;
}

/** Some value of the cell that it asks for is no index of an array that the word lies in. */
const leadsOutOf = (node: Branch, word: string): boolean =>
  node.arms.some((arm) => isBeyond(arm) && word.startsWith(`${arm.beyond}[`));

const isBeyond = (arm: Tree): arm is Leaf & { readonly kind: "broken"; readonly beyond: string } =>
  arm.kind === "broken" && arm.beyond !== undefined;

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

/**
 * The branches at which what is asked for decides the thing that `of` says of a leaf; leaves it says nothing of do not
 * count.
 */
function decider(tree: Tree, of: (leaf: Leaf) => string | undefined): ReadonlySet<Tree> {
  const ids = new Map<string, number>();
  const deciding = new Set<Tree>();
  const NONE = -1;
  const number = (key: string): number => {
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    return id;
  };
  const idOf = (node: Tree): number => {
    if (node.kind !== "branch" && node.kind !== "choice") {
      const key = comesToNothing(node) ? undefined : of(node);
      return key === undefined ? NONE : number(`= ${key}`);
    }
    const arms = (node.kind === "branch" ? node.arms : node.options).map(idOf);
    const first = arms.find((arm) => arm !== NONE);
    if (first === undefined || arms.every((arm) => arm === NONE || arm === first)) return first ?? NONE;
    if (node.kind === "branch") deciding.add(node);
    return number(`${node.kind === "branch" ? node.cell.index : "choice"}: ${arms.join()}`);
  };
  idOf(tree);
  return deciding;
}
