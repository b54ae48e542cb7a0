import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError, breaksRule } from "../model/error.ts";
import { NoElement } from "../model/layout.ts";
import { wait, writtenAt } from "../model/path.ts";
import type { BuiltIn, Spec } from "../model/spec.ts";
import { isA } from "../model/thrown.ts";
import { placeOf } from "../model/where.ts";
import { judge } from "../machine/judge.ts";
import type { Program, ProgramThread, Point } from "../machine/program.ts";
import { isFailure, nameOf, runStep } from "../machine/execute-step.ts";
import { growWhole, type Body, type Grown } from "./growing-tree.ts";

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
    return [...leavesOf(treeOf(thread, pointIndex))];
  } catch (error) {
    if (!breaksRule(error)) throw error;
    return [];
  }
}

/** All ways through a tree. */
export function* leavesOf(tree: Tree): Generator<Leaf> {
  if (tree.kind === "branch") for (const arm of tree.arms) yield* leavesOf(arm);
  else if (tree.kind === "choice") for (const option of tree.options) yield* leavesOf(option);
  else yield tree;
}

/** The most runs that taking one step apart may need: each reads one combination of values. */
export const MOST_RUNS = 50_000;

function endOf<T>(growing: Generator<undefined, T>): T {
  for (;;) {
    const step = growing.next();
    if (step.done) return step.value;
  }
}

/** What each step does by itself, for as long as somebody needs it: several threads of one path differ in what they add to it. */
const trees = new WeakMap<Point, WeakRef<Tree>>();
/** The same with what its thread adds. */
const wholeTrees = new WeakMap<ProgramThread, Map<number, WeakRef<Tree>>>();

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
export const treeOf = (thread: ProgramThread, pointIndex: number): Tree => endOf(growTree(thread, pointIndex));

/** The same, in slices. */
export function* growTree(thread: ProgramThread, pointIndex: number): Generator<undefined, Tree> {
  const point = thread.points[pointIndex]!;
  const whole = wholeTrees.get(thread)?.get(pointIndex)?.deref();
  if (whole) return whole;
  const { resets: _, fences: __, ...bare } = thread;
  const known = trees.get(point)?.deref() ?? (yield* ownTreeOf(bare, pointIndex));
  trees.set(point, new WeakRef(known));
  if ((!thread.resets && !thread.fences) || point.leadsTo !== undefined) return known;
  const goingOn = (tree: Tree): Tree => {
    if (tree.kind === "branch") return { ...tree, arms: tree.arms.map(goingOn) };
    if (tree.kind === "choice") return { ...tree, options: tree.options.map(goingOn) };
    if (tree.kind !== "moved") return { ...tree };
    const [writes, forgotten] = [new Map(tree.writes), new Set(tree.forgotten)];
    for (const cell of thread.resets?.[tree.next] ?? []) {
      writes.set(cell, cell.values[0]!);
      forgotten.add(cell);
    }
    return { ...tree, writes, forgotten, next: thread.fences?.get(pointIndex)?.get(tree.next) ?? tree.next };
  };
  const tree = goingOn(known);
  const grown = wholeTrees.get(thread) ?? new Map<number, WeakRef<Tree>>();
  wholeTrees.set(thread, grown.set(pointIndex, new WeakRef(tree)));
  return tree;
}

function* ownTreeOf(thread: ProgramThread, pointIndex: number): Generator<undefined, Tree> {
  const known = new Map<Cell, Value>();
  const step: Body<Leaf> = (base, script) => {
    const { reads, assigned, named, writes, forgotten, next } = runStep(thread, pointIndex, base, script);
    const common = { reads, assigned, named };
    if (next === wait) return { kind: "blocked", ...common };
    return isFailure(next)
      ? { kind: "violation", check: next.check, ...common }
      : { kind: "moved", writes, next, forgotten, ...common };
  };
  const tree = yield* growWhole(orBroken(step), MOST_RUNS, known);
  if (tree) return tree;
  const point = thread.points[pointIndex]!;
  const place = placeOf(writtenAt(point.frame.path, point.label));
  const read = [...known.keys()].map(({ name, values }) => `${name} (${values.length} values)`).join(", ");
  throw new ModelError(`${nameOf(point)} reads too much at once`, {
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
 * Takes a spec apart: `hit` where it is violated, or met if it is a `sometimes` spec. Nothing if it reads too much. It
 * does not branch on what is constant, so that what a scenario leaves alone does not make its specs larger.
 */
export function specTreeOf(
  program: Program,
  spec: Spec,
  constants: ReadonlyMap<Cell, Value> = new Map(),
): Tree | undefined {
  const growing = growWhole(orBroken(askSpec(program, spec)), MOST_SPEC_RUNS, new Map(constants));
  const end = performance.now() + MOST_SPEC_MS;
  for (;;) {
    const step = growing.next();
    if (step.done) return step.value;
    if (performance.now() > end) return undefined;
  }
}

const HIT = { kind: "hit" } as const;
const MISS = { kind: "miss" } as const;

/** Asks a spec whether it is violated, or met if it is a `sometimes` spec. */
export const askSpec =
  (program: Program, spec: Spec): Body<Leaf & { readonly kind: "hit" | "miss" }> =>
  (base) =>
    judge(program, spec, base).holds === (spec.kind === "sometimes") ? HIT : MISS;
/** Takes the steps of a machine apart, one after the other, so that others can go on in between. Whoever needs a tree is told what is wrong with it. */
export function* growing(program: Program): Generator<undefined, readonly Tree[]> {
  const trees: Tree[] = [];
  for (const thread of program.threads)
    for (const point of thread.points.keys()) {
      try {
        trees.push(yield* growTree(thread, point));
      } catch (error) {
        if (!breaksRule(error)) throw error;
      }
      yield;
    }
  return trees;
}
