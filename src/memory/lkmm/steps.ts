import type { Cell } from "../../model/access.ts";
import { interruptedBy } from "../../model/contexts.ts";
import type { Overtaken } from "../../machine/exploration.ts";
import { isHeldKind, WRITER, type Value } from "../../model/domain.ts";
import { isQualifier, ORDERS, type Order, type OrderFacts } from "../../model/order.ts";
import type { Leaf, Tree } from "../../analysis/decision-tree.ts";
import { DONE } from "../../machine/state.ts";
import { waysOf, type Deed, type Way } from "../../analysis/dependencies.ts";
import { ahead, doneBefore, isPrivate, joinsOf } from "../../analysis/flow.ts";
import { positionIn, storeTo, type StoreTo } from "./word-encoding.ts";
import { unorderedPairs } from "./load-buffering.ts";
import { mayPassFlush, type Memory, type MmuAct, type Shape, type Word } from "../../analysis/words.ts";

/** One way through a step, with its parts by their places in a state. */
export interface PlacedWay extends Way {
  readonly addressAt: readonly number[];
  readonly dataAt: readonly number[];
  readonly controlAt: readonly number[];
  /** Pairs of a place and what is written there: cells that have one value for all. */
  readonly writesAt: readonly number[];
  readonly localsAt: readonly { readonly at: number; readonly from: readonly number[]; readonly byRead: boolean }[];
  /** The list or the lock that it uses; -1 for none. */
  readonly list: number;
  readonly lock: number;
  readonly entriesAt: readonly number[];
  /** The CPUs that it interrupts. */
  readonly interrupts: readonly number[];
  /** If it stores. */
  readonly store: StoreTo | undefined;
}

/**
 * A step's tree with its cells by where they lie in a state. It is of all values, most of which no run finds: `arm` places
 * what lies behind one when somebody comes there first, by the position of a cell's value, or by a word's content.
 */
export type PlacedTree =
  | { readonly kind: "choice"; readonly options: readonly PlacedTree[] }
  /** A cell with one value for all; `lock` is the lock that the step looks at in it, -1 if none. */
  | { readonly kind: "plain"; readonly at: number; readonly lock: number; readonly arm: Arm }
  | { readonly kind: "list"; readonly list: number; readonly arm: Arm }
  | { readonly kind: "end"; readonly leaf: Leaf; readonly way: PlacedWay };

type Arm = (found: number) => PlacedTree;

/** A step with all that can be said of it beforehand. */
export interface Point extends Omit<Shape, "tree"> {
  readonly tree: PlacedTree;
  readonly ways: readonly (readonly [Leaf, PlacedWay])[];
  /** What its order means. */
  readonly means: OrderFacts;
  /** Some way through it reads and writes a word in one access. */
  readonly hasRmw: boolean;
  /** Some way through it takes a lock. */
  readonly takesLock: boolean;
  readonly releasesLock: boolean;
  /** It waits for what some store to memory leaves. */
  readonly mayWait: boolean;
  /** The thread may come here again. */
  readonly isRepeated: boolean;
  /** It takes before all others: see `isPrivate`. */
  readonly isPrivate: boolean;
  /** Where what it decides ends to matter, as a slot of its thread; nothing if nothing does. */
  readonly join: number | undefined;
  /** Words that this step or a later one of its thread may read, or write. */
  readonly mayRead: ReadonlySet<number>;
  /** By word: the spin locks that the thread takes in any case before it reads or writes it. */
  readonly takenBefore: readonly ReadonlySet<number>[];
  /** Words that it may read, and load without an RMW, other than to go on waiting. */
  readonly mustRead: ReadonlySet<number>;
  readonly mayLoad: ReadonlySet<number>;
  readonly mayWrite: ReadonlySet<number>;
  /** TLB entries that a walk of this step fills. */
  readonly fills: ReadonlySet<number>;
  /** TLB entries that this step or a later one of its thread may fill, go by, or drop. */
  readonly mayFill: ReadonlySet<number>;
  readonly mayUse: ReadonlySet<number>;
  readonly mayDrop: ReadonlySet<number>;
  /** CPUs that this step or a later one of its thread may interrupt. */
  readonly mayInterrupt: ReadonlySet<number>;
  /** What orders and deeds the steps from here on use. */
  readonly orders: ReadonlySet<Order>;
  readonly deeds: ReadonlySet<Deed>;
}

export interface LkmmThread {
  readonly points: readonly Point[];
  /** The points at which what branches have decided ends to matter: one slot for each. */
  readonly joins: readonly number[];
}

type DescribedPoint = Omit<Point, "ways" | "tree"> & {
  readonly tree: Tree;
  readonly ways: ReadonlyMap<Leaf, Way>;
};

/** A thread before it is known where in a state its parts lie. */
export interface Described {
  readonly points: readonly DescribedPoint[];
  readonly joins: readonly number[];
  readonly unordered: readonly Overtaken[];
}

/** What some way through a step does to a word that has a list. */
interface Access {
  readonly deed: Deed;
  readonly list: number;
  readonly isLoad: boolean;
  readonly isWait: boolean;
}

/** What a thread's steps do to memory, whatever the state. */
export function describe(
  shapes: readonly Shape[],
  thread: number,
  memory: Memory,
  listOf: ReadonlyMap<Cell, number>,
): Described {
  const graph = shapes.map(({ next }) => next);
  const joinAt = joinsOf(graph);
  const ways = shapes.map((shape) => waysOf(shape, memory));
  const isWalk = (point: number): boolean => shapes[point]!.mmu === "walk";
  const entries = (point: number, act: MmuAct): ReadonlySet<number> =>
    new Set(
      shapes[point]!.mmu === act
        ? [...ways[point]!.values()].flatMap((way) => [...way.entries].map(({ index }) => index))
        : [],
    );
  const decides = (point: number): boolean =>
    graph[point]!.size > 1 &&
    [...ways[point]!.values()].some(({ control, controlsByRead }) => controlsByRead || control.size > 0);
  const joins = [...new Set(joinAt.filter((join, p) => join !== undefined && decides(p)))] as number[];
  const hasRmw = (point: number): boolean => [...ways[point]!.values()].some(({ deed }) => deed === "rmw");
  const accesses = ways.map((_, point) => {
    const isRmw = hasRmw(point);
    const mayBlock = [...ways[point]!.keys()].some(({ kind }) => kind === "blocked");
    // Most ways access alike.
    const all = new Map<string, Access>();
    for (const [leaf, { deed, word }] of isWalk(point) ? [] : ways[point]!) {
      const list = word && listOf.get(word.cells[0]!);
      if (list === undefined) continue;
      // An RMW that fails a check has found what it was about to change.
      const isLoad = deed === "read" && (leaf.kind !== "violation" || !isRmw);
      const isWait = waits(leaf, point, shapes, mayBlock);
      all.set(`${deed} ${list} ${isLoad} ${isWait}`, { deed, list, isLoad, isWait });
    }
    return [...all.values()];
  });
  const words = (point: number, deeds: readonly string[], mayWait = true): readonly number[] =>
    accesses[point]!.flatMap(({ deed, list, isWait }) => (deeds.includes(deed) && (mayWait || !isWait) ? [list] : []));
  const mayRead = ahead(graph, (p) => words(p, ["read", "rmw"]));
  const mustRead = ahead(graph, (p) => words(p, ["read", "rmw"], false));
  const mayLoad = ahead(graph, (p) =>
    accesses[p]!.flatMap(({ list, isLoad, isWait }) => (isLoad && !isWait ? [list] : [])),
  );
  const locks = memory.words.filter(({ isLock }) => isLock);
  const taken = ways.map((step) => locks.map((lock) => takes(step, lock)));
  const used = ways.map((_, p) => new Set(words(p, ["read", "write", "rmw"], false)));
  const takenBefore = [...new Set(listOf.values())].map((list) =>
    doneBefore(
      graph,
      (p) => used[p]!.has(list),
      locks.map((_, lock) => (p: number) => taken[p]![lock]!),
    ),
  );
  const mayWrite = ahead(graph, (p) => words(p, ["write", "rmw"]));
  const orders = ahead(graph, (p) => (isWalk(p) ? [] : [shapes[p]!.order]));
  const deeds = ahead(graph, (p) => (isWalk(p) ? [] : [...ways[p]!.values()].map(({ deed }) => deed)));
  const reach = ahead(graph, (p) => [p]);
  const mayFill = ahead(graph, (p) => entries(p, "walk"));
  const mayUse = ahead(graph, (p) => entries(p, "access"));
  const mayDrop = ahead(graph, (p) => entries(p, "flush"));
  const mayInterrupt = ahead(graph, (p) => [...ways[p]!.keys()].flatMap(interruptedIn));
  const points = shapes.map((shape, p): DescribedPoint => {
    // The MMU knows nothing of what the CPU orders.
    const order = isWalk(p) ? "once" : shape.order;
    const join = decides(p) && joinAt[p] !== undefined ? joins.indexOf(joinAt[p]) : undefined;
    return {
      ...shape,
      order,
      means: ORDERS[order],
      ways: ways[p]!,
      hasRmw: hasRmw(p),
      takesLock: [...ways[p]!.values()].some(({ deed }) => deed === "lock"),
      releasesLock: [...ways[p]!.values()].some(({ deed }) => deed === "unlock"),
      mayWait: [...ways[p]!.keys()].some(({ kind }) => kind === "blocked") && accesses[p]!.length > 0,
      isRepeated: [...graph[p]!].some((next) => next === p || (next !== DONE && reach[next]!.has(p))),
      isPrivate: isPrivate(shape, p),
      join,
      mayRead: mayRead[p]!,
      mustRead: mustRead[p]!,
      mayLoad: mayLoad[p]!,
      takenBefore: takenBefore.map((before) => before[p]!),
      mayWrite: mayWrite[p]!,
      fills: entries(p, "walk"),
      mayFill: mayFill[p]!,
      mayUse: mayUse[p]!,
      mayDrop: mayDrop[p]!,
      mayInterrupt: mayInterrupt[p]!,
      orders: orders[p]!,
      deeds: deeds[p]!,
    };
  });
  const steps = points.map((point, p) => {
    const moved = isWalk(p) ? [] : [...point.ways].filter(([leaf]) => leaf.kind === "moved");
    const order = mayPassFlush(shapes[p]!) ? "once" : point.order;
    return { order, ways: moved.map(([, way]) => way), findsOwn: moved.every(releasesOwn) };
  });
  return { points, joins, unordered: unorderedPairs(thread, steps, graph, joinAt) };
}

/**
 * The thread is where it was: it waits, or goes round by itself without a change. What it may have read to do so it need
 * not have read, for that only takes away from what it may read next. Where the step may also wait, going round makes a
 * difference: a thread that does is not stuck.
 */
function waits(leaf: Leaf, point: number, shapes: readonly Shape[], mayBlock: boolean): boolean {
  if (leaf.kind !== "moved" || mayBlock) return leaf.kind === "blocked";
  const passed = new Set<number>();
  for (let at: Leaf | undefined = leaf; at?.kind === "moved" && !changes(at) && !passed.has(at.next);) {
    if (at.next === point) return true;
    passed.add(at.next);
    const shape: Shape | undefined = shapes[at.next];
    at = shape?.tree.kind === "moved" && shape.words.size === 0 && isQualifier(shape.order) ? shape.tree : undefined;
  }
  return false;
}

/** The CPUs that one way through a step interrupts. */
function interruptedIn(leaf: Leaf): readonly number[] {
  let cpus: Set<number> | undefined;
  if (leaf.kind === "moved")
    for (const [cell, value] of leaf.writes) {
      const cpu = interruptedBy(cell, value);
      if (cpu !== undefined) (cpus ??= new Set()).add(cpu);
    }
  return cpus ? [...cpus] : NO_CPUS;
}

const NO_CPUS: readonly number[] = [];

/** It changes a lock that it finds held by one alone, which only that one does. */
const releasesOwn = ([leaf, { deed, word }]: readonly [Leaf, Way]): boolean =>
  deed === "rmw" &&
  isReleased(word!) &&
  word!.cells.every((cell) => "reads" in leaf && [true, WRITER].includes(leaf.reads.get(cell) as never));

/** Only its holders store to a word of locks. */
export const isReleased = ({ cells }: Word): boolean => cells.every(({ lock }) => isHeldKind(lock));

/** Whichever way it goes on, the step has taken this lock. */
const takes = (ways: ReadonlyMap<Leaf, Way>, lock: Word): boolean =>
  [...ways].every(([leaf, { deed, word }]) => leaf.kind !== "moved" || (deed === "lock" && word === lock));

/** A local that is forgotten holds nothing here: it was forgotten when the thread came. */
const changes = ({ writes, forgotten }: Leaf & { readonly kind: "moved" }): boolean =>
  [...writes.keys()].some((cell) => !forgotten.has(cell));

/** Where in a state the parts of steps lie. */
export interface Places {
  readonly lists: readonly Word[];
  readonly listOf: ReadonlyMap<Cell, number>;
  readonly lockOf: ReadonlyMap<Cell, number>;
  readonly plainAt: ReadonlyMap<Cell, number>;
  readonly localViewAt: ReadonlyMap<Cell, number>;
  readonly keepsHolders: boolean;
}

/** A described thread with its parts by their places. */
export const placed = ({ points, joins }: Described, places: Places): LkmmThread => ({
  joins,
  points: points.map((point): Point => {
    // Ways share most of their sets.
    const known = new Map<ReadonlySet<Cell>, readonly number[]>();
    const at = (cells: ReadonlySet<Cell>): readonly number[] => {
      let found = known.get(cells);
      if (!found) known.set(cells, (found = Array.from(cells, (cell) => places.localViewAt.get(cell)!)));
      return found;
    };
    const ways = new Map([...point.ways].map(([leaf, way]) => [leaf, placedWay(leaf, way, places, at)] as const));
    return { ...point, ways: [...ways], tree: placedTree(point, ways, places) };
  }),
});

function placedWay(
  leaf: Leaf,
  way: Way,
  { lists, listOf, lockOf, plainAt, localViewAt }: Places,
  at: (cells: ReadonlySet<Cell>) => readonly number[],
): PlacedWay {
  const writes: ReadonlyMap<Cell, Value> = leaf.kind === "moved" ? leaf.writes : new Map();
  const cell = way.word?.cells[0];
  const list = (cell && listOf.get(cell)) ?? -1;
  const writesAt: number[] = [];
  for (const [one, value] of writes) if (plainAt.has(one)) writesAt.push(plainAt.get(one)!, one.values.indexOf(value));
  const { deed, word, entries, address, data, control, controlsByRead, locals } = way;
  // Field by field: there are many of them, and an object that is spread from another is slow to make.
  return {
    deed,
    word,
    entries,
    address,
    data,
    control,
    controlsByRead,
    locals,
    addressAt: at(address),
    dataAt: at(data),
    controlAt: at(control),
    writesAt,
    localsAt: Array.from(locals, ([local, { from, byRead }]) => ({
      at: localViewAt.get(local)!,
      from: at(from),
      byRead,
    })),
    list,
    lock: (cell && lockOf.get(cell)) ?? -1,
    entriesAt: Array.from(entries, ({ index }) => index),
    interrupts: interruptedIn(leaf),
    store: deed === "write" || deed === "rmw" ? storeTo(lists[list]!, writes) : undefined,
  };
}

function placedTree(
  { tree, words }: DescribedPoint,
  ways: ReadonlyMap<Leaf, PlacedWay>,
  { lists, listOf, lockOf, plainAt, keepsHolders }: Places,
): PlacedTree {
  // The step itself looks at the lock, and not the check of a guarded field.
  const looksAt = (cell: Cell): boolean => keepsHolders && [...words].some(({ cells }) => cells.includes(cell));
  const place = (node: Tree): PlacedTree => {
    if (node.kind === "choice") return { kind: "choice", options: node.options.map(place) };
    if (node.kind !== "branch") return { kind: "end", leaf: node, way: ways.get(node)! };
    const { cell } = node;
    const arms: PlacedTree[] = [];
    const arm: Arm = (position) => (arms[position] ??= place(node.arms[position]!));
    const list = listOf.get(cell);
    if (list === undefined) {
      const lock = lockOf.has(cell) && looksAt(cell) ? lockOf.get(cell) : undefined;
      return { kind: "plain", at: plainAt.get(cell)!, lock: lock ?? -1, arm };
    }
    const position = positionIn(lists[list]!, cell);
    return { kind: "list", list, arm: (content) => arm(position(content)) };
  };
  return place(tree);
}
