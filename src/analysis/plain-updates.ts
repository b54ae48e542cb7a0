import { ORDERS } from "../model/order.ts";
import type { Cell } from "../model/access.ts";
import { SEQCOUNT } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { writtenAt } from "../model/path.ts";
import { placeOf } from "../model/where.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import { filledBy, isMemory } from "./words.ts";
import { nameOf } from "../machine/execute-step.ts";
import type { State } from "../machine/state.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import type { Leaf } from "./decision-tree.ts";
import { waysIn, wholeWaysIn } from "./reachable.ts";

/**
 * A step qualified `once` is a load or a store. Where it reads and writes one word it stands for both, and on a real
 * machine another CPU may come in between. That is no matter while nobody does: under a lock, or where the order of
 * things keeps others away. This module says where somebody does, so that no verdict rests on an atomic operation that
 * the code does not have.
 */
export interface Clash {
  /** The thread that reads and writes the word under `once`, and its control point. */
  readonly thread: number;
  readonly point: number;
  readonly word: string;
  /** Who may come in between, the step it would take next, and whether that writes the word. */
  readonly other: number;
  readonly otherPoint: number;
  readonly writes: boolean;
  /** The fields of the word that the step leaves as they are, where it looks at none of the word: it stores a part of it. */
  readonly left: readonly string[];
}

/** Where to look for clashes: pairs of control points at which two threads may stand at the same moment. */
export interface PlainUpdates {
  /** By thread, then by its control point. */
  readonly pairs: ReadonlyMap<number, ReadonlyMap<number, readonly Pair[]>>;
  /** The words that more than one thread writes. */
  readonly contested: ReadonlySet<string>;
  /** The fields that some step writes: the others of their word are as they were at first. */
  readonly fields: FieldsOf;
}

export interface Pair {
  readonly thread: number;
  readonly point: number;
  readonly other: number;
  readonly otherPoint: number;
}

/** By word of memory: its fields. */
type FieldsOf = ReadonlyMap<string, readonly Cell[]>;

function byWord(cells: Iterable<Cell>): FieldsOf {
  const words = new Map<string, Cell[]>();
  for (const cell of cells) if (isMemory(cell)) words.set(cell.word, [...(words.get(cell.word) ?? []), cell]);
  return words;
}

interface Uses {
  readonly all: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
}

/** Finds them among the steps as they are written; nothing if no step reads and writes a word that another thread uses. */
export function plainUpdatesOf(program: Program): PlainUpdates | undefined {
  const leaves = program.threads.map((thread, t) => thread.points.map((_, point) => waysIn(program, t, point)));
  const fields = byWord(new Set(leaves.flat(2).flatMap(writtenBy)));
  const uses = leaves.map((points) => points.map(usesOf));
  const writers = new Map<string, Set<number>>();
  for (const [t, points] of uses.entries())
    for (const word of points.flatMap((use) => [...use.written]))
      writers.set(word, (writers.get(word) ?? new Set()).add(t));
  const contested = new Set([...writers].flatMap(([word, { size }]) => (size > 1 ? [word] : [])));
  const pairs = new Map<number, Map<number, Pair[]>>();
  for (const [thread, points] of leaves.entries())
    for (const [point, ways] of points.entries()) {
      const words = updatedWordsOf(program.threads[thread]!, point, ways, fields).filter(
        (word) => !isCounted(fields.get(word)!),
      );
      if (words.length === 0) continue;
      const here = [...uses.entries()].flatMap(([other, others]): readonly Pair[] =>
        [...others.entries()].flatMap(([otherPoint, { all }]) =>
          other !== thread && words.some((word) => all.has(word)) ? [{ thread, point, other, otherPoint }] : [],
        ),
      );
      if (here.length > 0) pairs.set(thread, (pairs.get(thread) ?? new Map<number, Pair[]>()).set(point, here));
    }
  return pairs.size > 0 ? { pairs, contested, fields } : undefined;
}

/** Of a sequence count it is asked whether there is but one writer, and to its readers it makes no difference. */
const isCounted = (word: readonly Cell[]): boolean => word.every(({ lock }) => lock === SEQCOUNT);

/** By thread and control point: the words of a machine that a step reads and writes under `once`. */
export function plainlyUpdated(program: Program): readonly (readonly (readonly string[])[])[] {
  const fields = byWord(program.cells);
  return program.threads.map((thread, t) =>
    thread.points.map((_, point) =>
      isPlain(thread, point) ? updatedWordsOf(thread, point, wholeWaysIn(program, t, point), fields) : [],
    ),
  );
}

/** The words of these fields that a step under `once` reads and writes; none if it stands for one operation. */
function updatedWordsOf(
  thread: ProgramThread,
  point: number,
  ways: readonly Leaf[],
  fields: FieldsOf,
): readonly string[] {
  if (!isPlain(thread, point)) return [];
  if (ways.some(isWalk)) return [];
  return [...new Set(ways.flatMap((leaf) => (leaf.kind === "moved" ? (updatedBy(leaf, fields) ?? []) : [])))];
}

const isPlain = ({ points }: ProgramThread, point: number): boolean => ORDERS[points[point]!.step.order].isPlain;

/** A page-table walk: the MMU tests and sets the bits of an entry in one operation. */
const isWalk = (leaf: Leaf): boolean => filledBy(leaf).length > 0;

const writtenBy = (leaf: Leaf): readonly Cell[] =>
  leaf.kind === "moved" ? [...leaf.writes.keys()].filter(isMemory) : [];

function usesOf(ways: readonly Leaf[]): Uses {
  const all = new Set<string>();
  const written = new Set<string>();
  for (const leaf of ways) {
    if (!("reads" in leaf) || leaf.kind === "blocked") continue;
    for (const cell of leaf.reads.keys()) if (isMemory(cell)) all.add(cell.word);
    for (const { word } of writtenBy(leaf)) {
      all.add(word);
      written.add(word);
    }
  }
  return { all, written };
}

/** The word that one way through a step reads and writes: it looks at it first, or leaves a part of it as it finds it. */
const updatedBy = (way: Way, fields: FieldsOf): string | undefined =>
  [...way.writes.keys()].find(({ word }) => updatesOf(fields.get(word) ?? [], way))?.word;

type Way = Pick<Effect, "reads" | "writes">;

/** Whether what was read and written of a word is more than a store of it. */
export const updatesOf = (whole: readonly Cell[], { reads, writes }: Way): boolean =>
  whole.some((cell) => writes.has(cell)) && whole.some((cell) => reads.has(cell) || !writes.has(cell));

/** The pairs at which the threads of a state stand, which it costs little to ask; `pointOf` says where a thread is. */
export function pairsAt({ pairs }: PlainUpdates, pointOf: (thread: number) => number): readonly Pair[] {
  const found: Pair[] = [];
  for (const [thread, points] of pairs)
    for (const pair of points.get(pointOf(thread)) ?? []) if (pointOf(pair.other) === pair.otherPoint) found.push(pair);
  return found;
}

/** What of a state clashes. */
export function clashesIn(program: Program, updates: PlainUpdates, state: State): readonly Clash[] {
  const pairs = pairsAt(updates, (thread) => state.points.get(thread)!);
  if (pairs.length === 0) return [];
  const { contested, fields } = updates;
  const effects = new Map<number, readonly Effect[]>();
  const effectsNow = (thread: number): readonly Effect[] => {
    const known =
      effects.get(thread) ?? effectsOf(program, state, thread).filter(({ outcome }) => outcome.kind !== "blocked");
    effects.set(thread, known);
    return known;
  };
  return pairs.flatMap(({ thread, point, other, otherPoint }) => {
    const words = effectsNow(thread).flatMap((effect) =>
      effect.outcome.kind === "moved" ? (updatedBy(effect, fields) ?? []) : [],
    );
    return [...new Set(words)].flatMap((word): readonly Clash[] => {
      const isIt = (cell: Cell): boolean => cell.word === word && isMemory(cell);
      const uses = (used: ReadonlyMap<Cell, unknown>): boolean => [...used.keys()].some(isIt);
      const writes = effectsNow(other).some((effect) => uses(effect.writes));
      // What a CPU counts for itself others may look at: this_cpu_inc() is no atomic operation either.
      const isOwn = word.endsWith("]") && !contested.has(word);
      // Nor is a store to a part of the word: who looks at it meanwhile finds the old value or the new one.
      const looksFirst = effectsNow(thread).some(
        ({ reads, writes }) => [...reads.keys()].some(isIt) && [...writes.keys()].some(isIt),
      );
      const reads = looksFirst && !isOwn && effectsNow(other).some((effect) => uses(effect.reads));
      const stored = effectsNow(thread).find((effect) => updatedBy(effect, fields) === word)!.writes;
      const left = looksFirst ? [] : fields.get(word)!.filter((cell) => !stored.has(cell));
      return writes || reads
        ? [{ thread, point, word, other, otherPoint, writes, left: left.map(({ name }) => name) }]
        : [];
    });
  });
}

/** The first in the order of threads and their steps, so that it does not depend on the order in which states were met. */
export const firstOf = (clashes: readonly Clash[]): Clash | undefined =>
  clashes.toSorted(
    (a, b) =>
      Number(b.writes) - Number(a.writes) ||
      a.thread - b.thread ||
      a.point - b.point ||
      a.other - b.other ||
      a.otherPoint - b.otherPoint,
  )[0];

export function refused(
  { threads }: Program,
  { thread, point, word, other, otherPoint, writes, left }: Clash,
): ModelError {
  const at = threads[thread]!.points[point]!;
  const place = placeOf(writtenAt(at.frame.path, at.label));
  const next = nameOf(threads[other]!.points[otherPoint]!);
  const isPart = left.length > 0;
  const more = left.length > 1 ? ` and ${left.length - 1} more` : "";
  return new ModelError(`${nameOf(at)} reads and writes '${word}' under once, as if that were one operation`, {
    ...(place !== undefined && { where: place }),
    cause:
      (isPart ? `a store of a part of the word takes a load, to keep '${left[0]}'${more}: ` : "") +
      `once is a load or a store, and ${next} of thread '${threads[other]!.name}' may ${writes ? "write" : "read"} '${word}' in between`,
    remedy:
      (isPart ? "store all of its fields; " : "") +
      "make two steps of it, a load and a store; say relaxed, noreturn, full, acquire or release where the kernel has an " +
      "atomic operation; or guard the field by its lock",
  });
}

/** Told of the states of a breadth-first search and their depths, refuses the first clash of the first depth that has one. */
export function refusingClashes(program: Program, updates: PlainUpdates): (state: State, depth: number) => void {
  const clashes: Clash[] = [];
  let before = 0;
  return (state, depth) => {
    const clash = depth > before ? firstOf(clashes) : undefined;
    if (clash) throw refused(program, clash);
    before = depth;
    clashes.push(...clashesIn(program, updates, state));
  };
}
