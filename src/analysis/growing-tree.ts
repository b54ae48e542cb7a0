import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { Unknown } from "../model/unknown.ts";
import { endRun } from "../model/running.ts";
import type { Script } from "../machine/script.ts";

/** What asks for the values of cells, and for choices, and comes to an end. It is pure: the same answers lead to the same. */
export type Body<L> = (base: (cell: Cell) => Value, script: Script) => L;

/**
 * What a body asks first, and what comes after each answer: the arms of a cell are in the order of its values. An arm is
 * not there before somebody has asked for it.
 */
type Growing<L> = Branch<L> | Choice<L> | L;
type Branch<L> = { readonly kind: "branch"; readonly cell: Cell; readonly arms: (Growing<L> | undefined)[] };
type Choice<L> = { readonly kind: "choice"; readonly options: (Growing<L> | undefined)[] };

/** A tree of which every arm is there. */
export type Grown<L> =
  | { readonly kind: "branch"; readonly cell: Cell; readonly arms: readonly Grown<L>[] }
  | { readonly kind: "choice"; readonly options: readonly Grown<L>[] }
  | L;

/** Which of a cell's values it has in the state at `words[at]`. */
export type IndexIn = (words: Int32Array, at: number, cell: Cell) => number;

const NO_PICKS: readonly number[] = [];

/** Runs the body with what is known; it ends, or asks for what is not. */
function ask<L>(body: Body<L>, known: ReadonlyMap<Cell, Value>, picks: readonly number[]): L | Unknown {
  const base = (cell: Cell): Value => {
    const value = known.get(cell);
    if (value === undefined) endRun(new Unknown(cell));
    return value;
  };
  const pick = (count: number, turn: number): number => {
    const picked = picks[turn];
    if (picked === undefined) endRun(new Unknown(count));
    return picked;
  };
  try {
    return body(base, { pick });
  } catch (error) {
    if (error instanceof Unknown) return error;
    throw error;
  }
}

/** The tree of a body as far as it is known behind one way: an end, or a question with no answer yet. */
function sprout<L extends { readonly kind: string }>(
  body: Body<L>,
  known: ReadonlyMap<Cell, Value>,
  picks: readonly number[],
): Growing<L> {
  const found = ask(body, known, picks);
  if (!(found instanceof Unknown)) return found;
  const { asked } = found;
  return typeof asked === "number"
    ? { kind: "choice", options: Array.from({ length: asked }) }
    : { kind: "branch", cell: asked, arms: Array.from({ length: asked.values.length }) };
}

const RUNS_PER_SLICE = 100;

/**
 * Grows all of the tree, beginning with what is `known`; nothing, if that takes more than `mostRuns` runs: then `known` is
 * what the last run has read. Yields now and then.
 */
export function* growWhole<L extends { readonly kind: string }>(
  body: Body<L>,
  mostRuns: number,
  known: Map<Cell, Value>,
): Generator<undefined, Grown<L> | undefined> {
  const picks: number[] = [];
  let runs = 0;
  const grow = function* (): Generator<undefined, Growing<L> | undefined> {
    if (++runs > mostRuns) return undefined;
    if (runs % RUNS_PER_SLICE === 0) yield;
    const node = sprout(body, known, picks);
    if (isChoice(node))
      for (let pick = 0; pick < node.options.length; pick++) {
        picks.push(pick);
        const option = yield* grow();
        picks.pop();
        if (!option) return undefined;
        node.options[pick] = option;
      }
    if (isBranch(node)) {
      const { cell, arms } = node;
      for (const [i, value] of cell.values.entries()) {
        known.set(cell, value);
        const arm = yield* grow();
        if (!arm) return undefined;
        arms[i] = arm;
      }
      known.delete(cell);
    }
    return node;
  };
  return (yield* grow()) as Grown<L> | undefined;
}

/**
 * The end that a state leads to. The tree grows where no state has led before, so that the body, which must not choose, runs
 * once for each combination of values that states have. What has always the same value is in `constants`.
 */
export function growingTree<L extends { readonly kind: string }>(
  body: Body<L>,
  indexIn: IndexIn,
  constants: ReadonlyMap<Cell, Value>,
): (words: Int32Array, at: number) => L {
  let root: Growing<L> | undefined;
  /** What is known where `end` asks, in a state that leads there. */
  const knownAt = (words: Int32Array, at: number, end: Growing<L>): ReadonlyMap<Cell, Value> => {
    const known = new Map(constants);
    for (let node = root!; isBranch(node);) {
      const i = indexIn(words, at, node.cell);
      known.set(node.cell, node.cell.values[i]!);
      if (node === end) break;
      node = node.arms[i]!;
    }
    return known;
  };
  return (words, at) => {
    let node = (root ??= sprout(body, constants, NO_PICKS));
    while (isBranch(node)) {
      const branch: Branch<L> = node;
      node = branch.arms[indexIn(words, at, branch.cell)] ??= sprout(body, knownAt(words, at, branch), NO_PICKS);
    }
    return node as L;
  };
}

const isBranch = <L extends { readonly kind: string }>(node: Growing<L>): node is Branch<L> => node.kind === "branch";
const isChoice = <L extends { readonly kind: string }>(node: Growing<L>): node is Choice<L> => node.kind === "choice";
