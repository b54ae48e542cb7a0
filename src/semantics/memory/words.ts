import type { Cell } from "../../model/access.ts";
import { ModelError } from "../../model/error.ts";
import type { Order } from "../../model/path.ts";
import { placeOf } from "../../model/where.ts";
import type { Machine, MachineThread } from "../machine.ts";
import { nameOf } from "../run.ts";
import { leavesOf, treeOf, type Leaf, type Tree } from "../tree.ts";

/** A word of memory that some step writes. One that no step writes is not there for a memory model: it never changes. */
export interface Word {
  readonly index: number;
  readonly name: string;
  readonly cells: readonly Cell[];
  /** It is a spin lock. */
  readonly isLock: boolean;
}

/** What a step does to memory, whatever the state. */
export interface Shape {
  readonly order: Order;
  readonly tree: Tree;
  /** The words it may use; one of them at a time. */
  readonly words: ReadonlySet<Word>;
  /** Some way through it reads the word that it writes, or leaves a part of it as it was. */
  readonly isRmw: boolean;
  /** It writes a word without looking at it. */
  readonly isWrite: boolean;
  /** Control points it may go to. */
  readonly next: ReadonlySet<number>;
}

/** The words of a machine, and what each step does to them. */
export interface Memory {
  readonly words: readonly Word[];
  readonly wordOf: ReadonlyMap<Cell, Word>;
  /** By thread and control point. */
  readonly shapes: readonly (readonly Shape[])[];
}

// A local is no one else's, a ghost is not there, a guarded field is kept in order by its lock, and hardware is no memory.
const isMemory = (cell: Cell): boolean => !cell.isLocal && !cell.isGhost && !cell.guard && cell.isHardware !== true;

/**
 * Finds out which words there are, and what each step does to them. Throws a ModelError that names the step
 * and its fields if one uses two words at once: no machine does that in one access. With `walks` set to false, the
 * hardware must not use memory by itself.
 */
export function memoryOf(machine: Machine, { walks = true } = {}): Memory {
  const trees = machine.threads.map((thread) => thread.points.map((_, point) => treeOf(thread, point)));
  const words = wordsOf(machine, trees);
  const wordOf = new Map(words.flatMap((word) => word.cells.map((cell) => [cell, word] as const)));
  const shapes = machine.threads.map((thread, t) =>
    thread.points.map((_, point) => shapeOf(thread, point, trees[t]![point]!, wordOf, walks)),
  );
  return { words, wordOf, shapes };
}

function wordsOf(machine: Machine, trees: readonly (readonly Tree[])[]): readonly Word[] {
  const written = new Set<string>();
  for (const points of trees)
    for (const leaf of points.flatMap((tree) => [...leavesOf(tree)]))
      if (leaf.kind === "moved") for (const cell of leaf.writes.keys()) if (isMemory(cell)) written.add(cell.word);
  return [...written].map((name, index) => {
    const cells = machine.cells.filter((cell) => isMemory(cell) && cell.word === name);
    return { index, name, cells, isLock: cells.some(({ isLock }) => isLock) };
  });
}

/** The shared fields that one way through a step uses. */
export function touchedBy(leaf: Leaf): ReadonlySet<Cell> {
  if (!("reads" in leaf)) return new Set();
  const written = leaf.kind === "moved" ? [...leaf.writes.keys()] : [];
  return new Set([...leaf.reads.keys(), ...written].filter(isMemory));
}

function shapeOf(
  thread: MachineThread,
  point: number,
  tree: Tree,
  wordOf: ReadonlyMap<Cell, Word>,
  walks: boolean,
): Shape {
  const words = new Set<Word>();
  const next = new Set<number>();
  let [isRmw, isWrite, writesHardware] = [false, false, false];
  for (const leaf of leavesOf(tree)) {
    const touched = touchedBy(leaf);
    const here = new Set([...touched].flatMap((cell) => wordOf.get(cell) ?? []));
    if (here.size > 1)
      throw tooManyWords(
        thread,
        point,
        [...touched].filter((cell) => wordOf.has(cell)),
      );
    const [word] = here;
    const hardware = hardwareOf(leaf);
    if (word && hardware.length > 0 && !walks) throw isHardwareAccess(thread, point, word, hardware[0]!);
    if (word) words.add(word);
    if (leaf.kind !== "moved") continue;
    next.add(leaf.next);
    if (hardware.some((cell) => leaf.writes.has(cell))) writesHardware = true;
    if (!word?.cells.some((cell) => leaf.writes.has(cell))) continue;
    if (isWholeWrite(leaf, word)) isWrite = true;
    else isRmw = true;
  }
  const { order } = thread.points[point]!.step;
  // A flush: an interrupt that all CPUs are waited for.
  const isFlush = order === "full" && words.size === 0 && writesHardware;
  return { order: isFlush ? "mb" : order, tree, words, isRmw, isWrite, next };
}

/** What the hardware keeps outside memory and one way through a step uses. */
function hardwareOf(leaf: Leaf): readonly Cell[] {
  if (!("reads" in leaf)) return [];
  const written = leaf.kind === "moved" ? [...leaf.writes.keys()] : [];
  return [...leaf.reads.keys(), ...written].filter(({ isHardware }) => isHardware === true);
}

/** The way overwrites all of the word and has read nothing of it. */
export const isWholeWrite = (leaf: Leaf & { readonly kind: "moved" }, { cells }: Word): boolean =>
  cells.every((cell) => leaf.writes.has(cell) && !leaf.reads.has(cell));

function isHardwareAccess(thread: MachineThread, pointIndex: number, word: Word, hardware: Cell): ModelError {
  const point = thread.points[pointIndex]!;
  const place = placeOf(point.frame.path.definedAt);
  return new ModelError(`${nameOf(point)} is an access of the hardware's own, which lkmm does not order`, {
    ...(place !== undefined && { where: place }),
    cause: `it uses ${word.name} together with ${hardware.name}; the Linux-kernel memory model knows CPUs' loads and stores, and neither page-table walks nor devices`,
    remedy: "use --memory sc or --memory tso",
  });
}

function tooManyWords(thread: MachineThread, pointIndex: number, cells: readonly Cell[]): ModelError {
  const point = thread.points[pointIndex]!;
  const place = placeOf(point.frame.path.definedAt);
  return new ModelError(`${nameOf(point)} uses several words of memory at once`, {
    ...(place !== undefined && { where: place }),
    cause: `it uses ${cells.map(({ name }) => name).join(", ")}; a memory model orders accesses to one word each`,
    remedy:
      "make a step of each access, put what is one word into inWord(...), or what a lock protects into guarded(...)",
  });
}
