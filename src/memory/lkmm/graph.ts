import { initialStates } from "../../machine/program.ts";
import { brokenAxiom } from "./axioms.ts";
import { Recorder, type Recorded } from "./execution.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import { initialOf } from "./layout.ts";
import { LkmmSymmetry } from "./symmetry.ts";
import { StateSet } from "../state-set.ts";
import { WaysOut } from "../../analysis/ways-out.ts";

/** A certified run, and the initial state it starts in. */
export interface Certified {
  readonly initial: number;
  readonly run: Recorded;
}

/** Whether a run may end with this effect of a state. */
export type IsLast = (effect: LkmmEffect, state: Int32Array) => boolean;

/** Which runs count, and how many are tried. */
export interface Wanted {
  readonly runs?: number;
  readonly is?: (run: Recorded) => boolean;
}

interface Budget {
  runs: number;
  readonly is: (run: Recorded) => boolean;
}

// A state that LKMM allows is reached by an allowed run among the first few, as a rule.
const MOST_RUNS = 500;

/** The states that a search under LKMM has reached, breadth first, with every step between them. */
export class LkmmGraph {
  readonly lkmm: Lkmm;
  readonly symmetry: LkmmSymmetry;
  readonly states = new StateSet();
  readonly ways = new WaysOut();
  /** The first initial state of each that are told apart, and which of the machine's it is. */
  private readonly starts: { readonly index: number; readonly state: Int32Array }[] = [];
  /** By depth: the first state of it. */
  private readonly levels = [0];
  private current = -1;

  /** Throws a ModelError if threads that are declared symmetric are not, and may not be told apart. */
  constructor(lkmm: Lkmm, mayReduce = false) {
    this.lkmm = lkmm;
    this.symmetry = new LkmmSymmetry(this.lkmm, mayReduce);
    for (const [index, one] of initialStates(this.lkmm.layout.program).entries()) {
      const state = initialOf(this.lkmm.layout, one);
      this.reach(state);
      if (this.states.size > this.starts.length) this.starts.push({ index, state });
    }
  }

  get initial(): number {
    return this.starts.length;
  }

  depthOf(state: number): number {
    return this.levels.findLastIndex((first) => first <= state);
  }

  /** The state that what is reached from now on is reached from. States are expanded in their order. */
  expand(state: number): void {
    this.current = state;
    const { levels } = this;
    if (state >= levels[levels.length - 1]!) levels.push(this.states.size);
  }

  /** A step leads here. */
  reach(state: Int32Array): void {
    const index = this.states.add(this.symmetry.canonical(state));
    if (this.current >= 0) this.ways.add(this.current, index, this.symmetry.lastPlaces);
  }

  /** Those one level up. */
  private parentsOf(state: number): readonly number[] {
    const first = this.levels[this.depthOf(state)]!;
    return this.ways.into(state).filter((parent, i, all) => parent < first && parent !== all[i - 1]);
  }

  /**
   * A shortest run to a state, and on to what `isLast` accepts, that the axioms of LKMM allow. "none" if no such run is
   * allowed, "unknown" if too many were tried.
   */
  certify(state: number, isLast?: IsLast, wanted: Wanted = {}): Certified | "none" | "unknown" {
    const { runs = MOST_RUNS, is = () => true } = wanted;
    const budget = { runs, is };
    const found = this.search(state, budget, isLast);
    return found ?? (budget.runs > 0 ? "none" : "unknown");
  }

  /** Backwards from a state. Not by recursion, here and below: a run may be longer than JavaScript's stack is deep. */
  private search(state: number, budget: Budget, isLast: IsLast | undefined): Certified | undefined {
    const open = (at: number): { readonly state: number; readonly parents: readonly number[]; next: number } => ({
      state: at,
      parents: at < this.starts.length ? [] : this.parentsOf(at),
      next: 0,
    });
    const chain = [open(state)];
    for (let top = chain.at(-1); top; top = chain.at(-1)) {
      const parent = top.parents[top.next++];
      if (parent !== undefined) {
        chain.push(open(parent));
        continue;
      }
      chain.pop();
      if (top.state >= this.starts.length) continue;
      const path = chain.map((link) => link.state).toReversed();
      const found = this.follow(top.state, path, budget, isLast);
      if (found || budget.runs <= 0) return found;
    }
    return undefined;
  }

  /** All ways along these states, up to who is who: two stores with equal content lead to the same state and are not the same run. */
  private follow(
    initial: number,
    path: readonly number[],
    budget: Budget,
    isLast: IsLast | undefined,
  ): Certified | undefined {
    const start = this.starts[initial]!;
    const goals = path.map((index) => this.states.get(index)!);
    if (goals.length === 0 && !isLast) return this.judge(start, [], budget);
    const open = (state: Int32Array): { readonly state: Int32Array; readonly ways: Iterator<LkmmEffect> } => ({
      state,
      ways: this.lkmm.effects(state)[Symbol.iterator](),
    });
    const walk = [open(start.state)];
    const moves: LkmmEffect[] = [];
    for (let here = walk.at(-1); here && budget.runs > 0; here = walk.at(-1)) {
      const way = here.ways.next();
      if (way.done === true) {
        walk.pop();
        moves.pop();
        continue;
      }
      const effect = way.value;
      const goal = goals[moves.length];
      if (goal ? !isMove(effect) || !equal(this.symmetry.canonical(effect.state), goal) : !isLast!(effect, here.state))
        continue;
      if (goal && (moves.length + 1 < goals.length || isLast)) {
        moves.push(effect);
        walk.push(open(effect.state));
        continue;
      }
      const found = this.judge(start, [...moves, effect], budget);
      if (found) return found;
    }
    return undefined;
  }

  private judge(
    { index, state }: { readonly index: number; readonly state: Int32Array },
    moves: readonly LkmmEffect[],
    budget: Budget,
  ): Certified | undefined {
    budget.runs--;
    const recorder = new Recorder(this.lkmm, state);
    for (const move of moves) recorder.take(move);
    const run = recorder.finish();
    return budget.is(run) && brokenAxiom(run.execution) === undefined ? { initial: index, run } : undefined;
  }
}

/** It leads to a state; a violation leads nowhere. */
export const isMove = ({ taken }: LkmmEffect): boolean => taken?.leaf.kind !== "violation";

const equal = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((word, i) => word === b[i]);
