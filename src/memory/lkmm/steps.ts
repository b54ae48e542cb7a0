import type { Cell } from "../../model/access.ts";
import type { Overtaken } from "../../machine/exploration.ts";
import { isHeldKind, WRITER } from "../../model/domain.ts";
import { isQualifier, ORDERS, type Order, type OrderFacts } from "../../model/order.ts";
import type { Leaf, Tree } from "../../analysis/decision-tree.ts";
import { DONE } from "../../machine/state.ts";
import { waysOf, type Deed, type Way } from "../../analysis/dependencies.ts";
import { ahead, doneBefore, isPrivate, joinsOf } from "../../analysis/flow.ts";
import { unorderedPairs } from "./load-buffering.ts";
import { interruptedIn, placedTree, PlacedWays, type Places, type PlacedTree } from "./ways.ts";
import { mayPassFlush, type Memory, type MmuAct, type Shape, type Word } from "../../analysis/words.ts";

/** A step with all that can be said of it beforehand. */
export interface Point extends Omit<Shape, "tree"> {
  readonly tree: PlacedTree;
  readonly ways: PlacedWays;
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
  readonly sorts: ReadonlySet<Way>;
  readonly moved: ReadonlySet<Way>;
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

/** What all ways through a step do, whichever is taken. */
interface Deeds {
  readonly ways: ReadonlyMap<Leaf, Way>;
  /** Each that is not the same as another. */
  readonly sorts: ReadonlySet<Way>;
  readonly deeds: ReadonlySet<Deed>;
  /** TLB entries that it uses. */
  readonly entries: ReadonlySet<number>;
  /** Something that is read before it or in it decides where it goes. */
  readonly isDecided: boolean;
  /** Some way through it waits. */
  readonly mayBlock: boolean;
  /** The sorts of those ways that lead on. */
  readonly moved: ReadonlySet<Way>;
  readonly findsOwn: boolean;
  readonly interrupts: ReadonlySet<number>;
}

function deedsOf(shape: Shape, memory: Memory): Deeds {
  const ways = waysOf(shape, memory);
  const sorts = new Set(ways.values());
  const moved = new Set<Way>();
  const interrupts = new Set<number>();
  let [mayBlock, findsOwn] = [false, true];
  for (const [leaf, way] of ways)
    if (leaf.kind === "blocked") mayBlock = true;
    else if (leaf.kind === "moved") {
      moved.add(way);
      for (const cpu of interruptedIn(leaf)) interrupts.add(cpu);
      findsOwn &&= releasesOwn(leaf, way);
    }
  const deeds = new Set<Deed>();
  const entries = new Set<number>();
  let isDecided = false;
  for (const way of sorts) {
    deeds.add(way.deed);
    for (const { index } of way.entries) entries.add(index);
    isDecided ||= way.controlsByRead || way.control.size > 0;
  }
  return {
    ways,
    sorts,
    deeds,
    entries,
    isDecided: isDecided && shape.next.size > 1,
    mayBlock,
    moved,
    findsOwn,
    interrupts,
  };
}

/** The accesses to words with a list that ways through a step make, each once. */
function accessesOf(
  { ways, deeds, mayBlock }: Deeds,
  point: number,
  shapes: readonly Shape[],
  listOf: ReadonlyMap<Cell, number>,
): readonly Access[] {
  const isRmw = deeds.has("rmw");
  const all = new Map<string, Access>();
  // Most ways access alike.
  let last: Access | undefined;
  for (const [leaf, { deed, word }] of ways) {
    const list = word && listOf.get(word.cells[0]!);
    if (list === undefined) continue;
    // An RMW that fails a check has found what it was about to change.
    const isLoad = deed === "read" && (leaf.kind !== "violation" || !isRmw);
    const isWait = waits(leaf, point, shapes, mayBlock);
    if (last?.deed === deed && last.list === list && last.isLoad === isLoad && last.isWait === isWait) continue;
    last = { deed, list, isLoad, isWait };
    all.set(`${deed} ${list} ${isLoad} ${isWait}`, last);
  }
  return [...all.values()];
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
  const all = shapes.map((shape) => deedsOf(shape, memory));
  const isWalk = (point: number): boolean => shapes[point]!.mmu === "walk";
  const entries = (point: number, act: MmuAct): ReadonlySet<number> =>
    shapes[point]!.mmu === act ? all[point]!.entries : NONE;
  const joins = [...new Set(joinAt.filter((join, p) => join !== undefined && all[p]!.isDecided))] as number[];
  const accesses = all.map((deeds, p) => (isWalk(p) ? [] : accessesOf(deeds, p, shapes, listOf)));
  const words = (point: number, deeds: readonly string[], mayWait = true): readonly number[] =>
    accesses[point]!.flatMap(({ deed, list, isWait }) => (deeds.includes(deed) && (mayWait || !isWait) ? [list] : []));
  const mayRead = ahead(graph, (p) => words(p, ["read", "rmw"]));
  const mustRead = ahead(graph, (p) => words(p, ["read", "rmw"], false));
  const mayLoad = ahead(graph, (p) =>
    accesses[p]!.flatMap(({ list, isLoad, isWait }) => (isLoad && !isWait ? [list] : [])),
  );
  const locks = memory.words.filter(({ isLock }) => isLock);
  const taken = all.map(({ moved }) => locks.map((lock) => takes(moved, lock)));
  const used = all.map((_, p) => new Set(words(p, ["read", "write", "rmw"], false)));
  const takenBefore = [...new Set(listOf.values())].map((list) =>
    doneBefore(
      graph,
      (p) => used[p]!.has(list),
      locks.map((_, lock) => (p: number) => taken[p]![lock]!),
    ),
  );
  const mayWrite = ahead(graph, (p) => words(p, ["write", "rmw"]));
  const orders = ahead(graph, (p) => (isWalk(p) ? [] : [shapes[p]!.order]));
  const deeds = ahead(graph, (p) => (isWalk(p) ? [] : all[p]!.deeds));
  const reach = ahead(graph, (p) => [p]);
  const mayFill = ahead(graph, (p) => entries(p, "walk"));
  const mayUse = ahead(graph, (p) => entries(p, "access"));
  const mayDrop = ahead(graph, (p) => entries(p, "flush"));
  const mayInterrupt = ahead(graph, (p) => all[p]!.interrupts);
  const points = shapes.map((shape, p): DescribedPoint => {
    const here = all[p]!;
    // The MMU knows nothing of what the CPU orders.
    const order = isWalk(p) ? "once" : shape.order;
    const join = here.isDecided && joinAt[p] !== undefined ? joins.indexOf(joinAt[p]) : undefined;
    const { beginsGrace, tree, words: usable, isRmw, isWrite, mmu, next } = shape;
    // Field by field: an object of so many that is spread from another is slow to make, and to look at.
    return {
      order,
      beginsGrace,
      tree,
      words: usable,
      isRmw,
      isWrite,
      mmu,
      next,
      means: ORDERS[order],
      ways: here.ways,
      sorts: here.sorts,
      moved: here.moved,
      hasRmw: here.deeds.has("rmw"),
      takesLock: here.deeds.has("lock"),
      releasesLock: here.deeds.has("unlock"),
      mayWait: here.mayBlock && accesses[p]!.length > 0,
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
    const order = mayPassFlush(shapes[p]!) ? "once" : point.order;
    return isWalk(p)
      ? { order, ways: [], findsOwn: true }
      : { order, ways: [...all[p]!.moved], findsOwn: all[p]!.findsOwn };
  });
  return { points, joins, unordered: unorderedPairs(thread, steps, graph, joinAt) };
}

const NONE: ReadonlySet<number> = new Set();

/**
 * The thread is where it was: it waits, or goes round by itself without a change. What it may have read to do so it need
 * not have read, for that only takes away from what it may read next. Where the step may also wait, going round makes a
 * difference: a thread that does is not stuck.
 */
function waits(leaf: Leaf, point: number, shapes: readonly Shape[], mayBlock: boolean): boolean {
  if (leaf.kind !== "moved" || mayBlock) return leaf.kind === "blocked";
  if (changes(leaf)) return false;
  const passed = new Set<number>();
  for (let at: Leaf | undefined = leaf; at?.kind === "moved" && !changes(at) && !passed.has(at.next);) {
    if (at.next === point) return true;
    passed.add(at.next);
    const shape: Shape | undefined = shapes[at.next];
    at = shape?.tree.kind === "moved" && shape.words.size === 0 && isQualifier(shape.order) ? shape.tree : undefined;
  }
  return false;
}

/** It changes a lock that it finds held by one alone, which only that one does. */
const releasesOwn = (leaf: Leaf, { deed, word }: Way): boolean =>
  deed === "rmw" &&
  isReleased(word!) &&
  word!.cells.every((cell) => "reads" in leaf && [true, WRITER].includes(leaf.reads.get(cell) as never));

/** Only its holders store to a word of locks. */
export const isReleased = ({ cells }: Word): boolean => cells.every(({ lock }) => isHeldKind(lock));

/** Whichever way it goes on, the step has taken this lock. */
function takes(moved: ReadonlySet<Way>, lock: Word): boolean {
  for (const { deed, word } of moved) if (deed !== "lock" || word !== lock) return false;
  return true;
}

/** A local that is forgotten holds nothing here: it was forgotten when the thread came. */
function changes({ writes, forgotten }: Leaf & { readonly kind: "moved" }): boolean {
  for (const cell of writes.keys()) if (!forgotten.has(cell)) return true;
  return false;
}

/** A described thread with its parts by their places. */
export const placed = ({ points, joins }: Described, places: Places): LkmmThread => ({
  joins,
  points: points.map((point): Point => {
    const ways = new PlacedWays(point.ways, point.sorts, places);
    return { ...point, ways, tree: placedTree(point.tree, point.words, ways, places) };
  }),
});
