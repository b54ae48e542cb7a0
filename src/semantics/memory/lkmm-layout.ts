import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import type { Machine } from "../machine.ts";
import { DONE, type State } from "../state.ts";
import { waysOf, type Way } from "./dependencies.ts";
import { ahead, isPrivate, joinsOf } from "./flow.ts";
import { unorderedPairs, type Unordered } from "./load-buffering.ts";
import { memoryOf, type Shape, type Word } from "./words.ts";
import type { Leaf } from "../tree.ts";

/** The views that each CPU keeps, by their place in its block; memory.md of the sources calls them the same. */
export const VIEW = { coh: 0, R: 1, W: 2, A: 3, Ar: 4, own: 5, rel: 6, ulA: 7, ulO: 8 } as const;
export const VIEWS_PER_CPU = 9;
/** A store in a list: its content, its view, and whether the next one is an RMW of it with, above that bit, who stored it. */
export const MESSAGE = { content: 0, view: 1, mark: 2 } as const;
export const MESSAGE_SIZE = 3;

/** One way through a step, with its parts by their places in a state. */
export interface PlacedWay extends Way {
  readonly addressAt: readonly number[];
  readonly dataAt: readonly number[];
  readonly controlAt: readonly number[];
  /** Pairs of a place and what is written there: cells that have one value for all. */
  readonly writesAt: readonly number[];
  readonly localsAt: readonly { readonly at: number; readonly from: readonly number[]; readonly byRead: boolean }[];
}

/** A step with all that can be said of it beforehand. */
export interface Point extends Shape {
  readonly ways: ReadonlyMap<Leaf, PlacedWay>;
  /** Some way through it reads and writes a word in one access. */
  readonly hasRmw: boolean;
  /** It takes before all others: see `isPrivate`. */
  readonly isPrivate: boolean;
  /** Where what it decides ends to matter, as a slot of its thread; nothing if nothing does. */
  readonly join: number | undefined;
  /** Words that this step or a later one of its thread may read, or write. */
  readonly mayRead: ReadonlySet<number>;
  readonly mayWrite: ReadonlySet<number>;
  /** What orders the steps from here on use. */
  readonly later: ReadonlySet<string>;
}

export interface LkmmThread {
  readonly points: readonly Point[];
  /** The points at which what branches have decided ends to matter: one slot for each. */
  readonly joins: readonly number[];
}

type DescribedPoint = Omit<Point, "ways"> & { readonly ways: ReadonlyMap<Leaf, Way> };
interface Described {
  readonly points: readonly DescribedPoint[];
  readonly joins: readonly number[];
}

/** What a machine looks like to LKMM, and where each part of its state lies in an array of numbers. */
export interface Layout {
  readonly machine: Machine;
  /** Words with a list of stores; a lock is kept by its rules instead. */
  readonly lists: readonly Word[];
  readonly listOf: ReadonlyMap<Cell, number>;
  readonly locks: readonly Word[];
  readonly lockOf: ReadonlyMap<Cell, number>;
  /** Cells that have one value for all: by position in the state. */
  readonly plainAt: ReadonlyMap<Cell, number>;
  readonly plain: readonly Cell[];
  readonly threads: readonly LkmmThread[];
  readonly unordered: readonly Unordered[];
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
  /** By local: where its value comes from. */
  readonly localViewAt: ReadonlyMap<Cell, number>;
  /** By thread: its locals' views, then its slots of branches. */
  readonly localViewsOf: readonly (readonly number[])[];
  readonly branches: readonly number[];
  readonly lengths: number;
  readonly messages: number;
}

/** Lays out a machine. Throws a ModelError if a step uses several words at once. */
export function layoutLkmm(machine: Machine): Layout {
  const memory = memoryOf(machine);
  const lists = memory.words.filter(({ isLock }) => !isLock);
  const locks = memory.words.filter(({ isLock }) => isLock);
  const index = (words: readonly Word[]): Map<Cell, number> =>
    new Map(words.flatMap(({ cells }, i) => cells.map((cell) => [cell, i] as const)));
  const listOf = index(lists);
  const plain = machine.cells.filter((cell) => !listOf.has(cell));
  const shapes = memory.shapes;
  const described = shapes.map((points, t) => describe(points, t, memory.wordOf, listOf));
  const keepsHolders = described.some(({ thread: { points } }) =>
    points.some(({ ways }) =>
      [...ways].some(([leaf, { deed, word }]) => leaf.kind === "moved" && deed === "read" && word!.isLock),
    ),
  );
  let end = 0;
  const room = (count: number): number => {
    const at = end;
    end += count;
    return at;
  };
  const count = machine.threads.length;
  room(plain.length);
  const points = room(count);
  const pending = room(count);
  const holders = room(2 * locks.length);
  const views = room(VIEWS_PER_CPU * count);
  const graces = room(count);
  const strong = room(1);
  const grace = room(1);
  const lockViews = room(2 * locks.length);
  const localViewAt = new Map<Cell, number>();
  const localViewsOf = described.map((_, t) => {
    const prefix = `${machine.threads[t]!.name}.`;
    return plain
      .filter((cell) => cell.isLocal && cell.name.startsWith(prefix))
      .map((cell) => {
        const at = room(1);
        localViewAt.set(cell, at);
        return at;
      });
  });
  const branches = described.map(({ thread: { joins } }) => room(joins.length));
  const lengths = room(lists.length);
  const plainAt = new Map(plain.map((cell, i) => [cell, i] as const));
  const place = (leaf: Leaf, way: Way): PlacedWay => {
    const at = (cells: Iterable<Cell>): readonly number[] => [...cells].map((cell) => localViewAt.get(cell)!);
    const writes = leaf.kind === "moved" ? [...leaf.writes].filter(([cell]) => plainAt.has(cell)) : [];
    return {
      ...way,
      addressAt: at(way.address),
      dataAt: at(way.data),
      controlAt: at(way.control),
      writesAt: writes.flatMap(([cell, value]) => [plainAt.get(cell)!, cell.values.indexOf(value)]),
      localsAt: [...way.locals].map(([cell, { from, byRead }]) => ({
        at: localViewAt.get(cell)!,
        from: at(from),
        byRead,
      })),
    };
  };
  const threads = described.map(({ thread: { joins, points } }): LkmmThread => {
    const placed = points.map((point) => ({
      ...point,
      ways: new Map([...point.ways].map(([leaf, way]) => [leaf, place(leaf, way)] as const)),
    }));
    return { joins, points: placed };
  });
  return {
    machine,
    lists,
    listOf,
    locks,
    lockOf: index(locks),
    plain,
    plainAt,
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
    localViewAt,
    localViewsOf,
    branches,
    lengths,
    messages: end,
  };
}

function describe(
  shapes: readonly Shape[],
  thread: number,
  wordOf: ReadonlyMap<Cell, Word>,
  listOf: ReadonlyMap<Cell, number>,
): { readonly thread: Described; readonly unordered: readonly Unordered[] } {
  const graph = shapes.map(({ next }) => next);
  const joinAt = joinsOf(graph);
  const ways = shapes.map((shape) => waysOf(shape, wordOf));
  const decides = (point: number): boolean =>
    graph[point]!.size > 1 &&
    [...ways[point]!.values()].some(({ control, controlsByRead }) => controlsByRead || control.size > 0);
  const joins = [...new Set(joinAt.filter((join, p) => join !== undefined && decides(p)))] as number[];
  const words = (point: number, deeds: readonly string[]): readonly number[] =>
    [...ways[point]!.values()].flatMap(({ deed, word }) => {
      const list = word && listOf.get(word.cells[0]!);
      return list !== undefined && deeds.includes(deed) ? [list] : [];
    });
  const mayRead = ahead(graph, (p) => words(p, ["read", "rmw"]));
  const mayWrite = ahead(graph, (p) => words(p, ["write", "rmw"]));
  const later = ahead(graph, (p) => [shapes[p]!.order, ...[...ways[p]!.values()].map(({ deed }) => deed)]);
  const points = shapes.map((shape, p): DescribedPoint => {
    const join = decides(p) && joinAt[p] !== undefined ? joins.indexOf(joinAt[p]) : undefined;
    return {
      ...shape,
      ways: ways[p]!,
      hasRmw: [...ways[p]!.values()].some(({ deed }) => deed === "rmw"),
      isPrivate: isPrivate(shape, p),
      join,
      mayRead: mayRead[p]!,
      mayWrite: mayWrite[p]!,
      later: later[p]!,
    };
  });
  const steps = points.map((point) => ({
    order: point.order,
    ways: [...point.ways].filter(([leaf]) => leaf.kind === "moved").map(([, way]) => way),
  }));
  return { thread: { points, joins }, unordered: unorderedPairs(thread, steps, graph, joinAt) };
}

/** A word's content as one number: its cells' values, each by its position in its domain. */
export function contentOf({ cells }: Word, valueOf: (cell: Cell) => Value): number {
  let content = 0;
  for (const cell of cells) content = content * cell.values.length + cell.values.indexOf(valueOf(cell));
  return content;
}

/** The value of one cell of a word with this content. */
export function valueIn({ cells }: Word, content: number, wanted: Cell): Value {
  let rest = content;
  for (let i = cells.length - 1; i >= 0; i--) {
    const cell = cells[i]!;
    if (cell === wanted) return cell.values[rest % cell.values.length]!;
    rest = Math.floor(rest / cell.values.length);
  }
  throw new RangeError(`${wanted.name} is not in the word`);
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

/** The value of a cell for whoever looks at memory from outside: the last store to it. */
export function presentValue(layout: Layout, state: Int32Array, cell: Cell): Value {
  const plain = layout.plainAt.get(cell);
  if (plain !== undefined) return cell.values[state[plain]!]!;
  const list = layout.listOf.get(cell)!;
  let at = layout.messages;
  for (let i = 0; i <= list; i++) at += MESSAGE_SIZE * state[layout.lengths + i]!;
  return valueIn(layout.lists[list]!, state[at - MESSAGE_SIZE + MESSAGE.content]!, cell);
}
