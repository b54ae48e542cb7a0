import { LIFE, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { breaksRule, type ModelError } from "../model/error.ts";
import { ORDERS } from "../model/order.ts";
import { isAnyWatched } from "../model/running.ts";
import { askedOfStates } from "../machine/purity.ts";
import { initialStates, type Program, type ProgramThread } from "../machine/program.ts";
import { DONE, readerOf } from "../machine/state.ts";
import { askBeyond, GrowingStep, leavesOf, treeOf, waysThrough, type Leaf, type Tree } from "./decision-tree.ts";
import { allPositions, firstPositions, type PositionsOf } from "./growing-tree.ts";
import { Labels, NoPartner, slabsIn, swapped, type Exchanged } from "./kin.ts";

/**
 * A machine whose steps were taken apart over the values that runs reach: from those of the initial states on, every step
 * that some thread gets to is run over all combinations of what its cells were seen to hold, and what it writes is seen,
 * too, until nothing is new. So each cell has a bound of its own, which says nothing of the others: a run reaches no other
 * values, though not every combination of these. What locks a thread holds only its own steps change: that is followed from
 * one control point to the next, all of it together, as most often it follows from where the thread is.
 *
 * It is sound where what a step reads is an initial value or is written by some step, before or after: for sc; for tso,
 * whose store buffers are cells; and for lkmm, where no store depends on itself. What a step would do over other values is
 * no part of it, and no mistake of the model.
 *
 * Of the objects of a slab that nobody has ever had, the first one is taken. What one may hold that was taken all may hold, where
 * several are: so a search may take one of them for another.
 */
export interface Apart {
  /** What each cell may hold: positions in its domain, ascending. */
  readonly positionsOf: PositionsOf;
  /** By thread and control point; where no thread gets to, and behind values that are not reached, there is `never`. */
  readonly trees: readonly (readonly Tree[])[];
  /** By thread and control point: what the thread may hold there. */
  readonly holdings: readonly (readonly (readonly Holding[])[])[];
}

/** What locks a thread holds: of each cell that says so, the position of its value. */
export type Holding = ReadonlyMap<Cell, readonly [position: number]>;

/** As a `Holding`, with several values of a cell. */
type Holdings = ReadonlyMap<Cell, readonly number[]>;

/** A step that a thread gets to while it holds this. */
interface Reached {
  readonly holding: Holding;
  readonly step: GrowingStep;
}

/** What was seen of a cell among the values that it may hold at a control point. */
interface Narrowed {
  readonly among: ReadonlySet<Value>;
  readonly here: number[];
}

/** By program: what is known of it, or what is wrong with it. */
const known = new WeakMap<Program, Apart | ModelError>();

/** Takes the steps of a machine apart. Throws a ModelError that names the step if one reads too much at once. */
export function takeApart(program: Program): Apart {
  const slices = takingApart(program);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

/** The same in slices, so that others can go on in between. */
export function* takingApart(program: Program): Generator<undefined, Apart> {
  const old = known.get(program);
  if (old && "trees" in old) return old;
  if (old) throw old;
  try {
    const apart = yield* reachFrom(program);
    known.set(program, apart);
    return apart;
  } catch (error) {
    if (breaksRule(error)) known.set(program, error);
    throw error;
  }
}

/** The tree of a step over the values that are reached, or over all if it is not known which these are. */
export function treeIn(program: Program, thread: number, point: number): Tree {
  return ifApart(program)?.trees[thread]![point] ?? treeOf(program.threads[thread]!, point);
}

/** By thread and control point: what the thread may hold there; nothing if that is not known. */
export const holdingsIn = (program: Program): Apart["holdings"] | undefined => ifApart(program)?.holdings;

/** For as long as somebody needs it. */
const wholeTrees = new WeakMap<readonly Holding[], WeakRef<Tree>>();

/**
 * The tree of a step over all values, but where its thread holds what it may hold there. Where no thread gets to, that is
 * anything, but few locks. What is under `once` is a load or a store on each of its ways, so that ways which no run takes say
 * nothing of the others: where all are many, those over the values that are reached will do.
 */
export function wholeTreeIn(program: Program, t: number, point: number): Tree {
  const thread = program.threads[t]!;
  const isLoadOrStore = ORDERS[thread.points[point]!.step.order].isPlain;
  const mostSlices = isLoadOrStore ? MOST_SLICES_OF_PLAIN : Infinity;
  const holdings = thread.holds && holdingsIn(program)?.[t]![point];
  if (!holdings) {
    const hasMany = isLoadOrStore && !isGrown(new GrowingStep(thread, point, allPositions), mostSlices);
    return hasMany ? takeApart(program).trees[t]![point]! : treeOf(thread, point);
  }
  const known = wholeTrees.get(holdings)?.deref();
  if (known) return known;
  const held: readonly Holdings[] = holdings.length > 0 ? holdings : [fewIn(thread)];
  const { counted } = thread.holds!;
  const rest: PositionsOf = (cell) => {
    // No step counts a sequence count further than that, unless it begins there.
    const last = counted.get(cell)?.last;
    const isBounded = last !== undefined && takeApart(program).positionsOf(cell).at(-1)! <= last;
    return isBounded ? firstPositions(last + 1) : allPositions(cell);
  };
  const steps = held.map((holding) => new GrowingStep(thread, point, (cell) => holding.get(cell) ?? rest(cell)));
  const areGrown = steps.every((step) => isGrown(step, mostSlices));
  const tree = areGrown ? treeOfAll(steps) : takeApart(program).trees[t]![point]!;
  wholeTrees.set(holdings, new WeakRef(tree));
  return tree;
}

// Some thousand ways, more than any load or store of the bundled models has.
const MOST_SLICES_OF_PLAIN = 20;

/** Grows a step for so many slices at most: whether it is at the end. Throws if it may take any number, and is too large. */
function isGrown(step: GrowingStep, mostSlices: number): boolean {
  try {
    for (let slice = 0; slice < mostSlices; slice++) if (step.grow()) return true;
    return false;
  } catch (error) {
    if (!breaksRule(error) || mostSlices === Infinity) throw error;
    return false;
  }
}

/** All ways through it; none if it reads too much to be taken apart. */
export function wholeWaysIn(program: Program, t: number, point: number): readonly Leaf[] {
  try {
    return leavesOf(wholeTreeIn(program, t, point));
  } catch (error) {
    if (!breaksRule(error)) throw error;
    return [];
  }
}

/** All ways through a step; none if it reads too much to be taken apart: then it runs on the reference engine alone. */
export function waysIn(program: Program, thread: number, point: number): readonly Leaf[] {
  const apart = ifApart(program);
  return apart ? leavesOf(apart.trees[thread]![point]!) : waysThrough(program.threads[thread]!, point);
}

/** What of a machine was taken apart; nothing if that cannot be, which is told where it is needed. */
function ifApart(program: Program): Apart | undefined {
  try {
    return takeApart(program);
  } catch (error) {
    if (!breaksRule(error)) throw error;
    return undefined;
  }
}

function* reachFrom(program: Program): Generator<undefined, Apart> {
  const { cells, threads } = program;
  /** By cell, in the order in which they were seen. */
  const positions = cells.map((): number[] => []);
  const seen = cells.map(() => new Set<Value>());
  /** By thread: the steps that it gets to, by what it holds then. */
  const steps = threads.map(() => new Map<number, Map<string, Reached>>());
  const readers = cells.map(() => new Set<GrowingStep>());
  /** By cell: the same of control points where it holds none but some values. */
  const narrowed = cells.map((): Narrowed[] => []);
  /** Those that have not been run yet over all that was seen. */
  const due = new Set<GrowingStep>();

  const slabs = mirrorsOf(program);
  /** Of the slabs of which several objects are taken. Nobody takes one of the others for another. */
  const mirrors: Exchanged[] = [];
  const lives = new Set(program.scenario.world.layout.slots.map(({ life }) => life));
  const see = (cell: Cell, value: Value): void => {
    if (seen[cell.index]!.has(value)) return;
    seen[cell.index]!.add(value);
    const position = cell.values.indexOf(value);
    positions[cell.index]!.push(position);
    for (const { among, here } of narrowed[cell.index]!) if (among.has(value)) here.push(position);
    for (const step of readers[cell.index]!) {
      step.hasMore(cell);
      due.add(step);
    }
    for (const mirror of mirrors) seeIn(mirror, cell, value);
  };
  const seeIn = (mirror: Exchanged, cell: Cell, value: Value): void => {
    if (value === LIFE.fresh && lives.has(cell)) return;
    const image = imageIn(mirror, cell, value);
    if (image) see(...image);
  };
  /** What tells holdings of one thread apart. Nearly all ways through a step leave it the one that it has. */
  const keys = new Map<Holding, string>();
  const keyOf = (holding: Holding): string => {
    const key = keys.get(holding) ?? [...holding.values()].join();
    keys.set(holding, key);
    return key;
  };
  /** By thread and control point: where a cell has positions of its own there. */
  const own = threads.map(() => new Map<number, ReadonlyMap<Cell, readonly number[]>>());
  const ownAt = (t: number, point: number): ReadonlyMap<Cell, readonly number[]> => {
    const old = own[t]!.get(point);
    if (old) return old;
    const at = new Map<Cell, readonly number[]>();
    for (const [cell, among] of threads[t]!.holdsAt?.[point] ?? []) {
      const here = positions[cell.index]!.filter((position) => among.has(cell.values[position]!));
      narrowed[cell.index]!.push({ among, here });
      at.set(cell, here);
    }
    own[t]!.set(point, at);
    return at;
  };
  const reach = (t: number, point: number, holding: Holding): void => {
    if (point === DONE) return;
    const here = steps[t]!.get(point) ?? new Map<string, Reached>();
    steps[t]!.set(point, here);
    const key = keyOf(holding);
    if (here.has(key)) return;
    const at = ownAt(t, point);
    const positionsOf: PositionsOf = (cell) => holding.get(cell) ?? at.get(cell) ?? positions[cell.index]!;
    const step: GrowingStep = new GrowingStep(threads[t]!, point, positionsOf, {
      branch: (cell) => holding.has(cell) || readers[cell.index]!.add(step),
      leaf: (leaf) => {
        if (leaf.kind !== "moved") return;
        for (const [cell, value] of leaf.writes) {
          see(cell, value);
          if (value === LIFE.live && lives.has(cell)) take(cell);
        }
        reach(t, leaf.next, after(holding, leaf.writes));
      },
    });
    here.set(key, { holding, step });
    due.add(step);
    for (const mirror of mirrors) reachIn(mirror, t, point, holding);
  };
  const reachIn = (mirror: Exchanged, t: number, point: number, holding: Holding): void => {
    if (holding.size > 0)
      reach(t, point, new Map([...holding.keys()].map((own) => [own, holding.get(mirror.cell(own))!])));
  };
  /** A step takes an object: if it is the second one of its slab, what was reached so far is reached for all of them. */
  const take = (life: Cell): void => {
    const slab = slabs.find((one) => one.lives.has(life));
    if (!slab || slab.taken.has(life) || slab.taken.add(life).size !== 2) return;
    mirrors.push(...slab.mirrors);
    for (const mirror of slab.mirrors) {
      for (const cell of cells) for (const value of seen[cell.index]!) seeIn(mirror, cell, value);
      for (const [t, points] of steps.entries())
        for (const [point, here] of points) for (const { holding } of here.values()) reachIn(mirror, t, point, holding);
    }
  };

  for (const state of initialStates(program)) {
    const read = readerOf(state);
    for (const cell of cells) see(cell, read(cell));
    for (const [t, point] of state.points.entries()) reach(t, point, holdingIn(threads[t]!, read));
  }
  for (const step of due) {
    // It may read what it writes.
    due.delete(step);
    while (!step.grow()) yield;
    yield;
  }
  if (isAnyWatched()) yield* lookBeyond(program);
  const found = (t: number, point: number): readonly Reached[] => [...(steps[t]!.get(point)?.values() ?? [])];
  for (const some of positions) some.sort((a, b) => a - b);
  return {
    positionsOf: ({ index }) => positions[index]!,
    trees: threads.map(({ points }, t) => points.map((_, point) => treeOfAll(found(t, point).map(({ step }) => step)))),
    holdings: threads.map(({ points }, t) => points.map((_, point) => found(t, point).map(({ holding }) => holding))),
  };
}

interface Slab {
  readonly lives: ReadonlySet<Cell>;
  /** What exchanging each two neighbours of its objects does. */
  readonly mirrors: readonly Exchanged[];
  /** The lives of those that steps take. */
  readonly taken: Set<Cell>;
}

function mirrorsOf(program: Program): readonly Slab[] {
  const slabs = slabsIn(program);
  if (slabs.length === 0) return [];
  const labels = new Labels(program, slabs);
  return slabs.map(({ members }, k) => ({
    lives: new Set(members.map(({ life }) => life!)),
    mirrors: members.slice(1).map((_, i) => labels.exchange(swapped(slabs, k, i, i + 1))),
    taken: new Set(),
  }));
}

/** What becomes of a field with a value; nothing if it is of a store that no thread makes. */
function imageIn(mirror: Exchanged, cell: Cell, value: Value): readonly [Cell, Value] | undefined {
  try {
    return [mirror.cell(cell), mirror.value(cell, value)];
  } catch (error) {
    if (error instanceof NoPartner) return undefined;
    throw error;
  }
}

function treeOfAll([first, ...others]: readonly GrowingStep[]): Tree {
  return first?.tree(others) ?? { kind: "never" };
}

const positionIn = ({ values }: Cell, value: Value): readonly [number] => [values.indexOf(value)];

function holdingIn({ holds }: ProgramThread, read: (cell: Cell) => Value): Holding {
  return new Map([...(holds?.own ?? [])].map((cell) => [cell, positionIn(cell, read(cell))] as const));
}

/** A step asks whether its thread holds any lock, and takes or releases a few: what it does with more is none else. */
const FEW_LOCKS = [0, 1, 2, 3];

const fewIn = ({ holds }: ProgramThread): Holdings =>
  new Map(
    [holds!.count, holds!.spinning].map(
      (cell) => [cell, FEW_LOCKS.filter((count) => count < cell.values.length)] as const,
    ),
  );

/** Most steps change nothing of it: then it is the same one. */
function after(holding: Holding, writes: ReadonlyMap<Cell, Value>): Holding {
  let changed: Map<Cell, readonly [number]> | undefined;
  for (const [cell, value] of writes)
    if (holding.has(cell)) (changed ??= new Map(holding)).set(cell, positionIn(cell, value));
  return changed ?? holding;
}

// So many slices take a few milliseconds, and are the whole of nearly every step.
const MOST_SLICES_BEYOND = 2;

/**
 * Runs the steps and the specs over other values, too, as far as that does not take long: what a user's file uses there
 * that outlives a run is refused, although no run gets to it. What comes with faultline has been looked at.
 */
function* lookBeyond(program: Program): Generator<undefined, void> {
  const { threads } = program;
  // A memory model has looked at all of what it adds to.
  if (threads.some(({ buffer }) => buffer)) return;
  for (const thread of threads)
    for (const point of thread.points.keys()) {
      const step = new GrowingStep(thread, point, allPositions);
      try {
        for (let slice = 0; slice < MOST_SLICES_BEYOND && !step.grow(); slice++) yield;
      } catch (error) {
        // It reads too much, over values that it does not have.
        if (!breaksRule(error)) throw error;
      }
    }
  for (const spec of askedOfStates(program)) {
    askBeyond(program, spec);
    yield;
  }
}
