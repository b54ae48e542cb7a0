import type { Cell } from "../../model/access.ts";
import type { Overtaken } from "../../machine/exploration.ts";
import type { Value } from "../../model/domain.ts";
import type { Program } from "../../machine/program.ts";
import { DONE, type State } from "../../machine/state.ts";
import { contentOf, valueIn } from "./word-encoding.ts";
import { describe, isReleased, placed, type LkmmThread, type Point } from "./steps.ts";
import { constantsOf } from "../../analysis/constants.ts";
import type { Tree } from "../../analysis/decision-tree.ts";
import { mayBeAlike } from "../../analysis/kin.ts";
import { checkWalks } from "./page-table-walks.ts";
import { memoryOf, type Entry, type Word } from "../../analysis/words.ts";

/** The views that each CPU keeps, by their place in its block; docs/lkmm-machine.md says what each is. */
export const VIEW = { coh: 0, R: 1, W: 2, A: 3, Ar: 4, own: 5, rel: 6, ulA: 7, ulO: 8 } as const;
export const VIEWS_PER_CPU = 9;
/** A store in a list: its content, its view, and whether the next one is an RMW of it with, above that bit, who stored it. */
export const MESSAGE = { content: 0, view: 1, mark: 2 } as const;
export const MESSAGE_SIZE = 3;

const MOST_TURNS = 3;

/** What a machine looks like to LKMM, and where each part of its state lies in an array of numbers. */
export interface Layout {
  readonly program: Program;
  /** Words with a list of stores; a lock is kept by its rules instead. */
  readonly lists: readonly Word[];
  readonly listOf: ReadonlyMap<Cell, number>;
  /** Lists with a store that is no RMW. The stores to all others are in the order in which they are made. */
  readonly overwritten: ReadonlySet<number>;
  /** By list: the stores that it has at most if no loop goes round. */
  readonly straight: readonly number[];
  /** The stores that a search lets it have: a loop may go round a few times while some thread does not look. */
  readonly mostStores: readonly number[];
  readonly locks: readonly Word[];
  readonly lockOf: ReadonlyMap<Cell, number>;
  /** Cells that have one value for all: by position in the state. */
  readonly plainAt: ReadonlyMap<Cell, number>;
  readonly plain: readonly Cell[];
  /** Cells that are no part of a state, for they are in all runs what they are at first: by position in the domain. */
  readonly constants: ReadonlyMap<Cell, number>;
  /** By thread and control point: what the step does, before its parts were placed. */
  readonly trees: readonly (readonly Tree[])[];
  readonly threads: readonly LkmmThread[];
  readonly unordered: readonly Overtaken[];
  readonly points: number;
  /** By thread: a barrier that is still to come. */
  readonly pending: number;
  /** By lock: who held it last, and a bit for each thread that ever did; kept where a step may find a lock held. */
  readonly holders: number;
  readonly keepsHolders: boolean;
  /** From here to `lengths`: views. */
  readonly views: number;
  /** Of RCU readers, by the thread that waits for them. */
  readonly graces: number;
  /** What all strong fences and all grace periods so far have seen. */
  readonly strong: number;
  readonly grace: number;
  readonly lockViews: number;
  readonly entries: readonly Entry[];
  readonly entryOf: ReadonlyMap<Cell, Entry>;
  /** By TLB entry: the lists that walks fill it from. */
  readonly sources: readonly ReadonlySet<number>[];
  /** By TLB entry: what a walk that fills it finds at least; and what accesses by it have seen and stored. */
  readonly floors: number;
  readonly uses: number;
  /** By local, and by field of a TLB entry: where its value comes from. */
  readonly localViewAt: ReadonlyMap<Cell, number>;
  /** By thread: its locals' views, then its slots of branches. */
  readonly localViewsOf: readonly (readonly number[])[];
  readonly branches: readonly number[];
  readonly lengths: number;
  readonly messages: number;
}

/** Lays out a machine. Throws a ModelError if a step uses several words at once. */
export function layoutLkmm(program: Program): Layout {
  const memory = memoryOf(program);
  checkWalks(program, memory);
  const { entries } = memory;
  const lists = memory.words.filter(({ isLock }) => !isLock);
  const locks = memory.words.filter(({ isLock }) => isLock);
  const index = (words: readonly Word[]): Map<Cell, number> =>
    new Map(words.flatMap(({ cells }, i) => cells.map((cell) => [cell, i] as const)));
  const listOf = index(lists);
  const lockOf = index(locks);
  const shapes = memory.shapes;
  const trees = shapes.map((points) => points.map(({ tree }) => tree));
  const constants = constantsIn(program, trees);
  const plain = program.cells.filter((cell) => !listOf.has(cell) && !constants.has(cell));
  const described = shapes.map((points, t) => describe(points, t, memory, listOf));
  const keepsHolders = described.some(({ points }) =>
    points.some(({ moved }) => [...moved].some(({ deed, word }) => deed === "read" && word!.isLock)),
  );
  let end = 0;
  const room = (count: number): number => {
    const at = end;
    end += count;
    return at;
  };
  const count = program.threads.length;
  room(plain.length);
  const points = room(count);
  const pending = room(count);
  const holders = room(keepsHolders ? 2 * locks.length : 0);
  const views = room(VIEWS_PER_CPU * count);
  const graces = room(count);
  const strong = room(1);
  const grace = room(1);
  const lockViews = room(2 * locks.length);
  const floors = room(entries.length);
  const uses = room(entries.length);
  const localViewAt = new Map<Cell, number>();
  for (const cell of memory.entryOf.keys()) localViewAt.set(cell, room(1));
  const localViewsOf = described.map((_, t) => {
    const prefix = `${program.threads[t]!.name}.`;
    return plain
      .filter((cell) => cell.isLocal && cell.name.startsWith(prefix))
      .map((cell) => {
        const at = room(1);
        localViewAt.set(cell, at);
        return at;
      });
  });
  const branches = described.map(({ joins }) => room(joins.length));
  const lengths = room(lists.length);
  const plainAt = new Map(plain.map((cell, i) => [cell, i] as const));
  const places = { lists, listOf, lockOf, plainAt, constants, localViewAt, keepsHolders };
  const threads = described.map((thread) => placed(thread, places));
  const storing = storingPoints(threads, lists.length);
  return {
    program,
    lists,
    listOf,
    overwritten: overwrittenBy(threads),
    straight: storing.map(({ length }) => 1 + length),
    mostStores: storing.map(
      (steps) => 1 + steps.length + MOST_TURNS * steps.filter(({ isRepeated }) => isRepeated).length,
    ),
    locks,
    lockOf,
    plain,
    plainAt,
    constants,
    trees,
    threads,
    unordered: described.flatMap(({ unordered }) => unordered),
    points,
    pending,
    holders,
    keepsHolders,
    views,
    graces,
    strong,
    grace,
    lockViews,
    entries,
    entryOf: memory.entryOf,
    sources: entries.map(({ sources }) => new Set([...sources].flatMap(({ cells }) => listOf.get(cells[0]!) ?? []))),
    floors,
    uses,
    localViewAt,
    localViewsOf,
    branches,
    lengths,
    messages: end,
  };
}

/**
 * What no step changes. Of five cells one is changed, as a rule. None where threads or objects may take each other's place:
 * what one of them has moves along.
 */
function constantsIn(program: Program, trees: Layout["trees"]): ReadonlyMap<Cell, number> {
  return mayBeAlike(program) ? new Map() : constantsOf(program, trees);
}

// What releases a lock comes behind the RMW that has taken it.
const overwrittenBy = (threads: readonly LkmmThread[]): ReadonlySet<number> =>
  new Set(
    threads.flatMap(({ points }) =>
      points.flatMap(({ ways }) =>
        ways.sorts.flatMap(({ deed, word, list }) => (deed === "write" && !isReleased(word!) ? [list] : [])),
      ),
    ),
  );

/** By list: the steps of all threads that may store to it. */
function storingPoints(threads: readonly LkmmThread[], lists: number): readonly (readonly Point[])[] {
  const storing = Array.from({ length: lists }, (): Point[] => []);
  for (const point of threads.flatMap(({ points }) => points)) {
    const stored = new Set<number>();
    for (const { deed, list } of point.ways.sorts) if (deed === "write" || deed === "rmw") stored.add(list);
    for (const list of stored) storing[list]!.push(point);
  }
  return storing;
}

/** A state of an ordinary machine, as LKMM's begins: one store of each word, which every CPU has seen. */
export function initialOf(layout: Layout, { cells, points }: State): Int32Array {
  const state = new Int32Array(layout.messages + MESSAGE_SIZE * layout.lists.length);
  for (const [i, cell] of layout.plain.entries()) state[i] = cell.values.indexOf(cells.get(cell.index)!);
  for (const [t, point] of points.entries()) state[layout.points + t] = point - DONE;
  for (const [i, word] of layout.lists.entries()) {
    state[layout.lengths + i] = 1;
    state[layout.messages + MESSAGE_SIZE * i + MESSAGE.content] = contentOf(word, (cell) => cells.get(cell.index)!);
  }
  return state;
}

/** How many words a state takes. */
export function sizeOf({ messages, lengths, lists }: Layout, state: Int32Array): number {
  let stores = 0;
  for (let i = 0; i < lists.length; i++) stores += state[lengths + i]!;
  return messages + MESSAGE_SIZE * stores;
}

/** The value of a cell for whoever looks at memory from outside: the last store to it. */
export function presentValue(layout: Layout, state: Int32Array, cell: Cell): Value {
  const plain = layout.plainAt.get(cell);
  if (plain !== undefined) return cell.values[state[plain]!]!;
  const constant = layout.constants.get(cell);
  if (constant !== undefined) return cell.values[constant]!;
  const list = layout.listOf.get(cell)!;
  let at = layout.messages;
  for (let i = 0; i <= list; i++) at += MESSAGE_SIZE * state[layout.lengths + i]!;
  return valueIn(layout.lists[list]!, state[at - MESSAGE_SIZE + MESSAGE.content]!, cell);
}

/**
 * CPUs may hold different values of it, so that it has none in the middle of a run. Of a word that RMWs alone change they
 * may not: each RMW finds what the last one has stored.
 */
export const isDisputed = ({ listOf, overwritten, lockOf }: Layout, cell: Cell): boolean =>
  overwritten.has(listOf.get(cell) ?? -1) || lockOf.has(cell) || (cell.guard !== undefined && !cell.isGhost);
