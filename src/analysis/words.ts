import type { Cell } from "../model/access.ts";
import { ModelError, type Explanation } from "../model/error.ts";
import { isFull, type Order } from "../model/order.ts";
import { writtenAt } from "../model/path.ts";
import { isA } from "../model/thrown.ts";
import { placeOf } from "../model/where.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import { nameOf } from "../machine/execute-step.ts";
import { leavesOf, type Leaf, type Tree } from "./decision-tree.ts";
import { wholeTreeIn } from "./reachable.ts";

/** A word of memory that some step writes. One that no step writes is not there for a memory model: it never changes. */
export interface Word {
  readonly index: number;
  readonly name: string;
  readonly cells: readonly Cell[];
  /** It is a spin lock. */
  readonly isLock: boolean;
}

/** What the hardware keeps of memory outside it, as a TLB entry. */
export interface Entry {
  readonly index: number;
  readonly cells: readonly Cell[];
  /** The words that page-table walks fill it from. */
  readonly sources: ReadonlySet<Word>;
}

/**
 * What the MMU has to do with a step: a walk uses a word and fills entries with what it finds, an access uses a word by an
 * entry, and a flush drops entries on all CPUs and waits until each has.
 */
export type MmuAct = "walk" | "access" | "flush";

/** What a step does to memory, whatever the state. */
export interface Shape {
  readonly order: Order;
  /** It leaves an object to RCU, which waits for readers from then on. */
  readonly beginsGrace: boolean;
  readonly tree: Tree;
  /** The words it may use; one of them at a time. */
  readonly words: ReadonlySet<Word>;
  /** Some way through it reads the word that it writes, or leaves a part of it as it was. */
  readonly isRmw: boolean;
  /** It writes a word without looking at it. */
  readonly isWrite: boolean;
  readonly mmu: MmuAct | undefined;
  /** Control points it may go to. */
  readonly next: ReadonlySet<number>;
}

/** The words of a machine, and what each step does to them. */
export interface Memory {
  readonly words: readonly Word[];
  readonly wordOf: ReadonlyMap<Cell, Word>;
  /** Those that some walk fills. */
  readonly entries: readonly Entry[];
  readonly entryOf: ReadonlyMap<Cell, Entry>;
  /** By thread and control point. */
  readonly shapes: readonly (readonly Shape[])[];
}

// A local is no one else's, a ghost is not there, a guarded field is kept in order by its lock, and hardware is no memory.
export const isMemory = (cell: Cell): boolean =>
  !cell.isLocal && !cell.isGhost && !cell.guard && cell.isHardware !== true;

/**
 * Finds out which words there are, and what each step does to them. Throws a ModelError that names the step
 * and its fields if one uses two words at once: no machine does that in one access.
 */
export function memoryOf(program: Program): Memory {
  const known = memories.get(program) ?? lookedUp(program);
  memories.set(program, known);
  return known;
}

/** What is asked of a machine under one memory model is asked under the next. */
const memories = new WeakMap<Program, Memory>();

function lookedUp(program: Program): Memory {
  const trees = program.threads.map((thread, t) => thread.points.map((_, point) => wholeTreeIn(program, t, point)));
  const words = wordsOf(program, trees);
  const wordOf = new Map(words.flatMap((word) => word.cells.map((cell) => [cell, word] as const)));
  // Who splits one step has to split the others, too: they are told together.
  const refused: TooManyWords[] = [];
  const shapes = program.threads.map((thread, t) =>
    thread.points.flatMap((_, point) => {
      const shape = shapeOf(thread, point, trees[t]![point]!, wordOf);
      return isA(shape, TooManyWords) ? (refused.push(shape), []) : [shape];
    }),
  );
  if (refused.length > 0) throw withOthers(refused);
  const entries = entriesOf(program, shapes.flat(), wordOf);
  const entryOf = new Map(entries.flatMap((entry) => entry.cells.map((cell) => [cell, entry] as const)));
  return { words, wordOf, entries, entryOf, shapes };
}

function wordsOf(program: Program, trees: readonly (readonly Tree[])[]): readonly Word[] {
  const written = new Set<string>();
  const write = (_: unknown, cell: Cell): void => {
    if (isMemory(cell)) written.add(cell.word);
  };
  for (const points of trees)
    for (const tree of points) for (const leaf of leavesOf(tree)) if (leaf.kind === "moved") leaf.writes.forEach(write);
  const cellsOf = new Map(Array.from(written, (name) => [name, [] as Cell[]]));
  for (const cell of program.cells) if (isMemory(cell)) cellsOf.get(cell.word)?.push(cell);
  return Array.from(cellsOf, ([name, cells], index) => {
    return { index, name, cells, isLock: cells.some(({ isLock }) => isLock) };
  });
}

function entriesOf(program: Program, shapes: readonly Shape[], wordOf: ReadonlyMap<Cell, Word>): readonly Entry[] {
  const sources = new Map<string, Set<Word>>();
  for (const { tree } of shapes.filter(({ mmu }) => mmu === "walk"))
    for (const leaf of leavesOf(tree))
      for (const { word: name } of filledBy(leaf))
        for (const cell of touchedBy(leaf)) {
          const word = wordOf.get(cell);
          if (word) sources.set(name, (sources.get(name) ?? new Set()).add(word));
        }
  return [...sources].map(([name, words], index) => {
    const cells = program.cells.filter((cell) => cell.isHardware === true && cell.word === name);
    return { index, cells, sources: words };
  });
}

/** The shared fields that one way through a step uses, as it reads them first and then writes them; some of them twice. */
export function touchedBy(leaf: Leaf): readonly Cell[] {
  // Thousands of ways are asked, most of which use one or two.
  const touched: Cell[] = [];
  if (!("reads" in leaf)) return touched;
  const touch = (_: unknown, cell: Cell): void => {
    if (isMemory(cell)) touched.push(cell);
  };
  leaf.reads.forEach(touch);
  if (leaf.kind === "moved") leaf.writes.forEach(touch);
  return touched;
}

function shapeOf(
  thread: ProgramThread,
  point: number,
  tree: Tree,
  wordOf: ReadonlyMap<Cell, Word>,
): Shape | TooManyWords {
  const words = new Set<Word>();
  const next = new Set<number>();
  let [isRmw, isWrite] = [false, false];
  const acts = new Set<MmuAct>();
  const { order, operation } = thread.points[point]!.step;
  const beginsGrace = operation === "freeRcu";
  for (const leaf of leavesOf(tree)) {
    const touched = touchedBy(leaf);
    let word: Word | undefined;
    for (const cell of touched) {
      const one = wordOf.get(cell);
      if (one && word && one !== word) {
        const cells = new Set(touched.filter((two) => wordOf.has(two)));
        return tooManyWords(thread, point, [...cells]);
      }
      word ??= one;
    }
    const fills = filledBy(leaf).length > 0;
    if (word && (fills || hardwareOf(leaf).length > 0)) acts.add(fills ? "walk" : "access");
    if (!word && fills && isFull(order)) acts.add("flush");
    if (word) words.add(word);
    if (leaf.kind !== "moved") continue;
    next.add(leaf.next);
    if (!word?.cells.some((cell) => leaf.writes.has(cell))) continue;
    if (isWholeWrite(leaf, word)) isWrite = true;
    else isRmw = true;
  }
  const mmu = (["walk", "access", "flush"] as const).find(
    (act) => acts.has(act) && (act !== "flush" || words.size === 0),
  );
  return { order: mmu === "flush" ? "mb" : order, beginsGrace, tree, words, isRmw, isWrite, mmu, next };
}

/** What the hardware keeps outside memory and one way through a step uses. */
export function hardwareOf(leaf: Leaf): readonly Cell[] {
  if (!("reads" in leaf)) return NOTHING;
  const used = hardwareAmong(leaf.reads);
  const filled = filledBy(leaf);
  return filled.length === 0 ? used : [...new Set([...used, ...filled])];
}

/** What of it one way changes. */
export const filledBy = (leaf: Leaf): readonly Cell[] => (leaf.kind === "moved" ? hardwareAmong(leaf.writes) : NOTHING);

/** This way through a step flushes nothing, though the step may, and so it is no barrier: `if (changed) flush_tlb_range()`. */
export const passesFlush = ({ mmu }: Pick<Shape, "mmu">, leaf: Leaf): boolean =>
  mmu === "flush" && filledBy(leaf).length === 0;

/** Whether a step flushes on some ways, and on others does not. */
export const mayPassFlush = (shape: Pick<Shape, "mmu" | "tree">): boolean =>
  shape.mmu === "flush" && leavesOf(shape.tree).some((leaf) => leaf.kind === "moved" && passesFlush(shape, leaf));

const NOTHING: readonly Cell[] = [];

function hardwareAmong(cells: ReadonlyMap<Cell, unknown>): readonly Cell[] {
  let found: Cell[] | undefined;
  cells.forEach((_, cell) => {
    if (cell.isHardware === true) (found ??= []).push(cell);
  });
  return found ?? NOTHING;
}

/** The way overwrites all of the word and has read nothing of it. */
export const isWholeWrite = (leaf: Leaf & { readonly kind: "moved" }, { cells }: Word): boolean =>
  cells.every((cell) => leaf.writes.has(cell) && !leaf.reads.has(cell));

class TooManyWords extends ModelError {
  readonly step: string;
  constructor(step: string, explanation: Explanation) {
    super(`${step} uses several words of memory at once`, explanation);
    this.step = step;
  }
}

const MOST_NAMED = 6;

/** The first of them, which names the steps of the others. */
function withOthers([first, ...others]: readonly TooManyWords[]): ModelError {
  const more = [...new Set(others.map(({ step }) => step))].filter((step) => step !== first!.step);
  if (more.length === 0) return first!;
  const { cause, ...told } = first!.explanation;
  const shown = `${more.slice(0, MOST_NAMED).join("; ")}${more.length > MOST_NAMED ? "; ..." : ""}`;
  return new ModelError(first!.message, {
    ...told,
    cause: `${cause}\nso ${more.length === 1 ? "does" : "do"} ${shown}`,
  });
}

function tooManyWords(thread: ProgramThread, pointIndex: number, cells: readonly Cell[]): TooManyWords {
  const point = thread.points[pointIndex]!;
  const place = placeOf(writtenAt(point.frame.path, point.label));
  return new TooManyWords(nameOf(point), {
    ...(place !== undefined && { where: place }),
    cause: `it uses ${cells.map(({ name }) => name).join(", ")}; a memory model orders accesses to one word each`,
    remedy:
      "make a step of each access, put what is one word into inWord(...), or what a lock protects into guarded(...)",
  });
}
