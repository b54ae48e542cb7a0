import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
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
  const isSourceOrWord = (cell: Cell): boolean => isSource(cell) || wordOf.has(cell);
  const questions = [
    (leaf: Leaf) => touchedBy(leaf)[0]?.word,
    (leaf: Leaf) => writtenAt(leaf, wordOf),
    (leaf: Leaf) => (leaf.kind === "moved" ? leaf.next : undefined),
    ...Array.from(
      written,
      (cell) => (leaf: Leaf) =>
        // A way that leaves the local alone tells nothing of its value: that is a branch, which orders no load. A way on
        // which its life ends does tell: `if (!page) return` comes after `page = slot`.
        leaf.kind === "moved" || leaf.kind === "violation" ? leaf.assigned.get(cell) : undefined,
    ),
  ];
  const ADDRESS = 0;
  const DATA = 1;
  const NEXT = 2;
  const decidedAt = decisionsIn(tree, questions);
  const placeOf = new Map(Array.from(written, (cell, i) => [cell, NEXT + 1 + i] as const));
  const sets = new SharedSets();
  const behind = (node: Branch, asked: Asked): Asked => {
    const { cell } = node;
    const isWord = wordOf.has(cell);
    const isLocal = !isWalk && isKept(cell);
    const decided = isWord || isLocal ? decidedAt.get(node) : undefined;
    const isIndex = cell.isLocal && !isWalk && node.arms.some(isBeyond);
    if (!decided && !isIndex) return asked;
    let { locals, words } = asked;
    if (decided && isLocal) locals = locals.map((set, i) => (decided.has(i) ? sets.with(set, cell) : set));
    if (decided && isWord) words = words.map((decides, i) => decides || decided.has(i));
    return { locals, words, indexes: isIndex ? [...asked.indexes, node] : asked.indexes };
  };
  const ways = new Map<Leaf, Way>();
  const visit = (node: Tree, asked: Asked): void => {
    if (node.kind === "branch") {
      const next = behind(node, asked);
      for (let i = 0; i < node.arms.length; i++) visit(node.arms[i]!, next);
    } else if (node.kind === "choice") for (const option of node.options) visit(option, asked);
    else ways.set(node, wayOf(node, asked));
  };
  const told = (cell: Cell, leaf: Leaf & { readonly kind: "moved" }, { locals, words }: Asked): Told => {
    if (leaf.forgotten.has(cell)) return sets.told(sets.none, false);
    const question = placeOf.get(cell)!;
    const copied = isWalk ? NO_CELLS : sourcesOf(cell, leaf, isSourceOrWord);
    let from = locals[question]!;
    for (const one of copied) if (isSource(one)) from = sets.with(from, one);
    return sets.told(from, copied.some((one) => wordOf.has(one)) || words[question]!);
  };
  const sorts = new Sorts();
  const wayOf = (leaf: Leaf, asked: Asked): Way => {
    const { locals, words, indexes } = asked;
    const word = wordAt(leaf, wordOf);
    let address = locals[ADDRESS]!;
    if ("reads" in leaf && word && !isWalk) {
      // An access by an entry is an access to where the entry leads.
      if (entryOf.size > 0)
        for (const cell of leaf.reads.keys()) if (entryOf.has(cell)) address = sets.with(address, cell);
      for (const cell of pointersTo(word.name, leaf, isSource)) address = sets.with(address, cell);
      // Another index would have led out of the array.
      for (const node of indexes) if (leadsOutOf(node, word.name)) address = sets.with(address, node.cell);
    }
    const deed = deedOf(leaf, word, order);
    const entries = entriesOf(leaf, entryOf);
    const data = locals[DATA]!;
    const control = sets.locals(locals[NEXT]!);
    const controlsByRead = !isWalk && words[NEXT]!;
    let sort = sorts.of(deed).of(word).of(address).of(data).of(control).of(controlsByRead);
    for (const entry of entries) sort = sort.of(entry);
    if (leaf.kind === "moved")
      for (const cell of leaf.writes.keys()) if (isKept(cell)) sort = sort.of(cell).of(told(cell, leaf, asked));
    if (!sort.way) {
      const toldOf = new Map<Cell, Told>();
      if (leaf.kind === "moved")
        for (const cell of leaf.writes.keys()) if (isKept(cell)) toldOf.set(cell, told(cell, leaf, asked));
      sort.way = { deed, word, entries, address, data, control, controlsByRead, locals: toldOf };
    }
    return sort.way;
  };
  visit(tree, { locals: questions.map(() => sets.none), words: questions.map(() => false), indexes: [] });
  return ways;
}

/** Ways that are the same in everything are one: there are few of them, of the thousands that some steps have. */
class Sorts {
  private readonly by = new Map<unknown, Sorts>();
  /** The one that all was said of on the way here. */
  way: Way | undefined;

  /** Those that are the same in one thing more. */
  of(thing: unknown): Sorts {
    let sorts = this.by.get(thing);
    if (!sorts) this.by.set(thing, (sorts = new Sorts()));
    return sorts;
  }
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

const NO_CELLS: readonly Cell[] = [];
const NO_ENTRIES: Way["entries"] = new Set();

/** Sets of cells, of which there is but one for the same cells in the same order: ways share most of theirs. */
class SharedSets {
  readonly none: ReadonlySet<Cell> = new Set();
  private readonly larger = new Map<ReadonlySet<Cell>, Map<Cell, ReadonlySet<Cell>>>();
  private readonly own = new Map<ReadonlySet<Cell>, ReadonlySet<Cell>>();
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
    let locals = this.own.get(set);
    if (!locals) {
      locals = this.none;
      for (const cell of set) if (cell.isLocal) locals = this.with(locals, cell);
      this.own.set(set, locals);
    }
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
  let word: Word | undefined;
  for (const cell of leaf.reads.keys()) if ((word = wordOf.get(cell))) return word;
  if (leaf.kind === "moved") for (const cell of leaf.writes.keys()) if ((word = wordOf.get(cell))) return word;
  return undefined;
}

/** Some value of the cell that it asks for is no index of an array that the word lies in. */
const leadsOutOf = (node: Branch, word: string): boolean =>
  node.arms.some((arm) => isBeyond(arm) && word.startsWith(`${arm.beyond}[`));

const isBeyond = (arm: Tree): arm is Leaf & { readonly kind: "broken"; readonly beyond: string } =>
  arm.kind === "broken" && arm.beyond !== undefined;

function writtenAt(leaf: Leaf, wordOf: ReadonlyMap<Cell, Word>): string | undefined {
  if (leaf.kind !== "moved") return undefined;
  let values = "";
  for (const [cell, value] of leaf.writes) if (wordOf.has(cell)) values += `,${String(value)}`;
  return values;
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
 * By branch at which what is asked for decides an answer to some of these questions about leaves: which of them. Leaves
 * that a question has no answer for do not count.
 */
function decisionsIn(
  tree: Tree,
  questions: readonly ((leaf: Leaf) => Value | undefined)[],
): ReadonlyMap<Tree, ReadonlySet<number>> {
  const leaves = leavesOf(tree);
  const decided = new Map<Tree, Set<number>>();
  for (let question = 0; question < questions.length; question++) {
    const answers = answersOf(leaves, questions[question]!);
    if (answers)
      noteDeciding(tree, answers, (node) => {
        const known = decided.get(node);
        if (known) known.add(question);
        else decided.set(node, new Set([question]));
      });
  }
  return decided;
}

const NONE = -1;

/** The answer for each leaf, as a number; nothing if there is but one, which nothing decides. */
function answersOf(
  leaves: readonly Leaf[],
  question: (leaf: Leaf) => Value | undefined,
): Readonly<Int32Array> | undefined {
  const ids = new Map<Value, number>();
  const answers = new Int32Array(leaves.length);
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    const answer = comesToNothing(leaf) ? undefined : question(leaf);
    let id = answer === undefined ? NONE : ids.get(answer);
    if (id === undefined) ids.set(answer!, (id = ids.size));
    answers[i] = id;
  }
  return ids.size > 1 ? answers : undefined;
}

/** Tells of each branch whose arms differ in the answers that they lead to. */
function noteDeciding(tree: Tree, answers: Readonly<Int32Array>, note: (branch: Branch) => void): void {
  let leaf = 0;
  const ids = new Map<string, number>();
  // Those of the answers come first.
  const FIRST = answers.length;
  const idOf = (node: Tree): number => {
    if (node.kind === "never") return NONE;
    if (node.kind !== "branch" && node.kind !== "choice") return answers[leaf++]!;
    const next = node.kind === "branch" ? node.arms : node.options;
    const arms: number[] = [];
    let first = NONE;
    let isSame = true;
    for (let i = 0; i < next.length; i++) {
      const arm = idOf(next[i]!);
      arms.push(arm);
      if (arm === NONE || arm === first) continue;
      if (first === NONE) first = arm;
      else isSame = false;
    }
    if (isSame) return first;
    if (node.kind === "branch") note(node);
    const key = `${node.kind === "branch" ? node.cell.index : "choice"}: ${arms.join()}`;
    let id = ids.get(key);
    if (id === undefined) ids.set(key, (id = FIRST + ids.size));
    return id;
  };
  idOf(tree);
}
