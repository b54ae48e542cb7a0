import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError, breaksRule } from "../model/error.ts";
import { NoElement } from "../model/layout.ts";
import { hearing, wait, writtenAt } from "../model/path.ts";
import type { BuiltIn, Spec } from "../model/spec.ts";
import { isA } from "../model/thrown.ts";
import { placeOf } from "../model/where.ts";
import { endedBetween } from "../machine/ended.ts";
import { judge } from "../machine/judge.ts";
import type { Program, ProgramThread, Point } from "../machine/program.ts";
import { isFailure, nameOf, runStep } from "../machine/execute-step.ts";
import {
  allPositions,
  GrowingTree,
  Walk,
  type Body,
  type Grown,
  type Passing,
  type PositionsOf,
} from "./growing-tree.ts";

/**
 * What a step does, for every state at once: it asks for the values of the cells it reads, in the order it reads them,
 * and ends in constant writes. Branches of a cell are in the order of its values, those of a choice in its options'.
 */
export type Tree = Grown<Leaf>;

export type Leaf =
  | ({
      readonly kind: "moved";
      readonly writes: ReadonlyMap<Cell, Value>;
      readonly next: number;
      readonly forgotten: ReadonlySet<Cell>;
    } & Reads)
  | ({ readonly kind: "blocked" } & Reads)
  | ({ readonly kind: "violation"; readonly check: BuiltIn } & Reads)
  /** The step breaks a rule of the language here. Whether a run ever gets here is another matter. */
  | { readonly kind: "broken"; /** The array that it used beyond its end, if it did. */ readonly beyond?: string }
  /** No state leads here: see reachable.ts. */
  | { readonly kind: "never" }
  | { readonly kind: "hit" }
  | { readonly kind: "miss" };

interface Reads {
  /** The cells that the step read itself on this way: a lock that was only looked at to check a guard is not among them. */
  readonly reads: ReadonlyMap<Cell, Value>;
  /** What it wrote itself: of locals whose life has ended, what they held before that. */
  readonly assigned: ReadonlyMap<Cell, Value>;
  /** The structs and arrays that it named, from the world on or from where a reference has led to. */
  readonly named: ReadonlySet<string>;
}

/**
 * The step does not get to its end here: most often for a null pointer that no state has. It tells nothing of what the
 * step does.
 */
export const comesToNothing = (leaf: Leaf): boolean =>
  leaf.kind === "broken" || (leaf.kind === "violation" && leaf.check === "no-oops");

/** All ways through a step; none if it reads too much to be taken apart: then it runs on the reference engine alone. */
export function waysThrough(thread: ProgramThread, pointIndex: number): readonly Leaf[] {
  try {
    return leavesOf(treeOf(thread, pointIndex));
  } catch (error) {
    if (!breaksRule(error)) throw error;
    return [];
  }
}

/** What the operation of a step has found where it ends so, if that is a truth value and decides where it goes on. */
export const foundAt = (leaf: Leaf): boolean | undefined => found.get(leaf);

const found = new WeakMap<Leaf, boolean>();

/** By tree: many ask for the same ones. */
const leaves = new WeakMap<Tree, readonly Leaf[]>();

/** All ways through a tree. */
export function leavesOf(tree: Tree): readonly Leaf[] {
  const known = leaves.get(tree);
  if (known) return known;
  const all: Leaf[] = [];
  const visit = (node: Tree): void => {
    if (node.kind === "branch") for (const arm of node.arms) visit(arm);
    else if (node.kind === "choice") for (const option of node.options) visit(option);
    else if (node.kind !== "never") all.push(node);
  };
  visit(tree);
  leaves.set(tree, all);
  return all;
}

/** The most ways through one step: each reads one combination of values. */
export const MOST_RUNS = 50_000;

/** What each step does by itself, as far as somebody has asked: several threads of one path differ in what they add to it. */
const growingTrees = new WeakMap<Point, WeakRef<GrowingTree<Leaf>>>();
/** The same over all values with what its thread adds, for as long as somebody needs it. */
const wholeTrees = new WeakMap<ProgramThread, Map<number, WeakRef<Tree>>>();

/**
 * What a thread adds to the ways through its steps; every way is one of one step. By its resets, which it has in common
 * with what a memory model makes of it; but by the thread where it has fences, too.
 */
const ends = new WeakMap<object, Map<Leaf, Leaf>>();

function endsOf(thread: ProgramThread): Map<Leaf, Leaf> {
  const key = thread.fences ? thread : (thread.resets ?? thread);
  const known = ends.get(key) ?? new Map<Leaf, Leaf>();
  ends.set(key, known);
  return known;
}

/** Where the body breaks a rule of the language, that is its end. */
const orBroken =
  (body: Body<Leaf>): Body<Leaf> =>
  (base, script) => {
    try {
      return body(base, script);
    } catch (error) {
      if (!breaksRule(error)) throw error;
      const cause = isA(error, NoElement) ? error : error.cause;
      return { kind: "broken", ...(isA(cause, NoElement) && { beyond: cause.array }) };
    }
  };

/**
 * Takes a step apart by running it for every combination of the values it reads; once for all who ask. Throws a
 * ModelError that names the step and what it read when there are too many.
 */
export function treeOf(thread: ProgramThread, pointIndex: number): Tree {
  const whole = wholeTrees.get(thread)?.get(pointIndex)?.deref();
  if (whole) return whole;
  const step = new GrowingStep(thread, pointIndex, allPositions);
  while (!step.grow()) continue;
  const tree = step.tree();
  const known = wholeTrees.get(thread) ?? new Map<number, WeakRef<Tree>>();
  wholeTrees.set(thread, known.set(pointIndex, new WeakRef(tree)));
  return tree;
}

// So many runs take a few milliseconds.
const RUNS_PER_SLICE = 500;

const NEVER = { kind: "never" } as const;

/** A step that is being taken apart where cells have only these values, which may become more. */
export class GrowingStep {
  private readonly thread: ProgramThread;
  private readonly pointIndex: number;
  private readonly positionsOf: PositionsOf;
  private readonly growing: GrowingTree<Leaf>;
  private readonly walk: Walk<Leaf>;
  /** By what the step does by itself: with what the thread adds. */
  private readonly ends: Map<Leaf, Leaf>;

  /** Tells once of each cell that it reads and of each way through it. */
  constructor(thread: ProgramThread, pointIndex: number, positionsOf: PositionsOf, pass: Passing<Leaf> = {}) {
    const point = thread.points[pointIndex]!;
    this.growing = growingTrees.get(point)?.deref() ?? new GrowingTree(orBroken(bodyOf(thread, pointIndex)));
    growingTrees.set(point, new WeakRef(this.growing));
    this.ends = endsOf(thread);
    this.thread = thread;
    this.pointIndex = pointIndex;
    this.positionsOf = positionsOf;
    this.walk = new Walk(this.growing, positionsOf, MOST_RUNS, {
      ...pass,
      leaf: (leaf) => pass.leaf?.(this.endAt(leaf)),
    });
  }

  /** Goes on for a slice of time; whether it is at the end. Throws a ModelError that names the step and what it read if that is too much. */
  grow(): boolean {
    const progress = this.walk.goOn(RUNS_PER_SLICE);
    if (progress === "too large")
      throw readsTooMuch(this.thread.points[this.pointIndex]!, this.walk.whereItIs(), this.positionsOf);
    return progress === "done";
  }

  /** A cell has more values than it had. */
  hasMore(cell: Cell): void {
    this.walk.hasMore(cell);
  }

  /** All of it that has grown, with what the thread adds; and what has grown of it elsewhere. */
  tree(elsewhere: readonly GrowingStep[] = []): Tree {
    const ways = [this, ...elsewhere].map(({ positionsOf }) => positionsOf);
    const isHeld = (cell: Cell): boolean => this.thread.holds?.own.has(cell) === true;
    return this.growing.grown(ways, NEVER, (leaf) => this.endAt(leaf), isHeld);
  }

  private endAt(leaf: Leaf): Leaf {
    if (leaf.kind !== "moved") return leaf;
    const old = this.ends.get(leaf);
    if (old) return old;
    const end = goingOn(this.thread, this.pointIndex, leaf);
    this.ends.set(leaf, end);
    return end;
  }
}

/** What a step of the path leads to in the thread: locals whose life has ended, and a fence in between. */
function goingOn(thread: ProgramThread, pointIndex: number, leaf: Leaf): Leaf {
  const end = endOf(thread, pointIndex, leaf);
  const result = found.get(leaf);
  if (end !== leaf && result !== undefined) found.set(end, result);
  return end;
}

function endOf(thread: ProgramThread, pointIndex: number, leaf: Leaf): Leaf {
  if (leaf.kind !== "moved" || thread.points[pointIndex]!.leadsTo !== undefined) return leaf;
  const ended = thread.resets ? endedBetween(thread.resets, pointIndex, leaf.next, leaf.writes) : [];
  const next = thread.fences?.get(pointIndex)?.get(leaf.next) ?? leaf.next;
  if (ended.length === 0 && next === leaf.next) return leaf;
  const { reads, assigned, named } = leaf;
  if (ended.length === 0)
    return { kind: "moved", writes: leaf.writes, next, forgotten: leaf.forgotten, reads, assigned, named };
  const writes = new Map(leaf.writes);
  for (const cell of ended) writes.set(cell, cell.values[0]!);
  const forgotten = leaf.forgotten.size === 0 ? setOf(ended) : new Set([...leaf.forgotten, ...ended]);
  return { kind: "moved", writes, next, forgotten, reads, assigned, named };
}

/** By cells, as one knows them: all ways from one step to another forget the same. */
const sets = new WeakMap<readonly Cell[], ReadonlySet<Cell>>();

function setOf(cells: readonly Cell[]): ReadonlySet<Cell> {
  const known = sets.get(cells) ?? new Set(cells);
  sets.set(cells, known);
  return known;
}

function bodyOf(thread: ProgramThread, pointIndex: number): Body<Leaf> {
  const { resets: _, fences: __, ...bare } = thread;
  // Nearly all ways through a step name the same.
  let last: ReadonlySet<string> = new Set();
  return (base, script) => {
    let result: unknown;
    const hear = (one: unknown): void => {
      if (typeof one === "boolean") result = one;
    };
    const run = hearing(hear, () => runStep(bare, pointIndex, base, script));
    const { reads, assigned, writes, forgotten, next } = run;
    const named = areSame(run.named, last) ? last : (last = run.named);
    if (next === wait) return { kind: "blocked", reads, assigned, named };
    if (isFailure(next)) return { kind: "violation", check: next.check, reads, assigned, named };
    const leaf: Leaf = { kind: "moved", writes, next, forgotten, reads, assigned, named };
    if (typeof result === "boolean") found.set(leaf, result);
    return leaf;
  };
}

function areSame<T>(some: ReadonlySet<T>, others: ReadonlySet<T>): boolean {
  if (some.size !== others.size) return false;
  for (const one of some) if (!others.has(one)) return false;
  return true;
}

function readsTooMuch(point: Point, cells: readonly Cell[], positionsOf: PositionsOf): ModelError {
  const place = placeOf(writtenAt(point.frame.path, point.label));
  const read = cells
    .filter((cell) => positionsOf(cell).length > 1)
    .map((cell) => `${cell.name} (${positionsOf(cell).length} values)`)
    .join(", ");
  return new ModelError(`${nameOf(point)} reads too much at once`, {
    ...(place !== undefined && { where: place }),
    cause:
      read === ""
        ? `it branches in more than ${MOST_RUNS} ways`
        : `it was run for ${MOST_RUNS} combinations of ${read}, and there are more`,
    remedy: "split it into steps that read fewer fields, or give the fields smaller domains",
  });
}

// A spec that reads more than this, or that takes long to be asked at all, is asked state by state: see search/lazy-spec.ts.
const MOST_SPEC_RUNS = 5_000;
const MOST_SPEC_MS = 2_000;

/**
 * Takes a spec apart where cells have only these values: `hit` where it is violated, or met if it is a `sometimes` spec.
 * Nothing if it reads too much. It does not branch on what has only one value.
 */
export function specTreeOf(program: Program, spec: Spec, positionsOf: PositionsOf = allPositions): Tree | undefined {
  const end = performance.now() + MOST_SPEC_MS;
  return growingSpec(program, spec).whole(positionsOf, NEVER, MOST_SPEC_RUNS, () => performance.now() > end);
}

/** Asks a spec over values that cells need not have, for a slice of time. Throws an ImpureError. */
export function askBeyond(program: Program, spec: Spec): void {
  new Walk(growingSpec(program, spec), allPositions, MOST_SPEC_RUNS).goOn(RUNS_PER_SLICE);
}

/** What each spec says, as far as somebody has asked: all machines over a world have its cells, whatever their threads are. */
const growingSpecs = new WeakMap<object, WeakMap<Spec, GrowingTree<Leaf>>>();

function growingSpec(program: Program, spec: Spec): GrowingTree<Leaf> {
  const world = program.scenario.world.layout;
  const specs = growingSpecs.get(world) ?? new WeakMap<Spec, GrowingTree<Leaf>>();
  growingSpecs.set(world, specs);
  const growing = specs.get(spec) ?? new GrowingTree<Leaf>(orBroken(askSpec({ scenario: program.scenario }, spec)));
  specs.set(spec, growing);
  return growing;
}

const HIT = { kind: "hit" } as const;
const MISS = { kind: "miss" } as const;

/** Asks a spec whether it is violated, or met if it is a `sometimes` spec. */
export const askSpec =
  (program: Pick<Program, "scenario">, spec: Spec): Body<Leaf & { readonly kind: "hit" | "miss" }> =>
  (base) =>
    judge(program, spec, base).holds === (spec.kind === "sometimes") ? HIT : MISS;
