import { circlingFunction, FAILURES } from "../compile/codegen.ts";
import { assemble } from "../compile/assembler.ts";
import { closeLoopsOf, loopsOf, type Loops } from "../compile/loops.ts";
import { MOST_STATES, TAG_BITS } from "../compile/kernels.ts";
import { valueAt, type Field } from "../compile/pack.ts";
import type { Compiled } from "../compile/compiled.ts";
import { shouldFinish } from "../machine/finish.ts";
import type { Limits, Progress } from "../machine/exploration.ts";
import { MOST_THREADS, TOO_MANY_THREADS, WaysOut, shouldFinishIn } from "../analysis/ways-out.ts";
import type { Core, Level } from "./core.ts";
import { endsAt } from "./ends.ts";
import { firstIndex, regionOf, type PlacedRegion, type Store } from "./store.ts";

const STATES_PER_LOOK = 20_000;
// For fewer states, a close look at the steps takes longer than one at the states.
const WORTH_A_CLOSE_LOOK = 100_000;

/** A search that is over, with every state in its store. */
export interface Finished {
  readonly compiled: Compiled;
  readonly store: Store;
  readonly core: Core;
  readonly levels: readonly Level[];
}

/** What is known of the threads that can no longer finish. */
export type Unfinished =
  | "all can finish"
  /** Why it is not known. */
  | { readonly unknown: string }
  /** The first level with a state in which some thread can no longer finish; and of its states whether they are such. */
  | { readonly level: number; readonly isDoomed: (index: number) => boolean };

/**
 * Whether from every state each thread can still finish. In three stages, each only if the one before has left anything:
 *
 * 1. by the steps alone (src/compile/loops.ts): which states can be part of a circle at all;
 * 2. these are followed until a run ends, depth first, each state once. Where that cannot be, a set of states is found
 *    that no run leaves, and something is violated;
 * 3. then for every state the threads that can finish, by going all transitions back, for the first level with such a state.
 */
export function* neverFinishes(
  finished: Finished,
  limits: Limits & { readonly closeLookFrom?: number },
): Generator<Progress, Unfinished> {
  const { compiled } = finished;
  const { program } = compiled;
  if (!program.threads.some(shouldFinish)) return "all can finish";
  const coarse = loopsOf(compiled);
  if (!coarse) return "all can finish";
  const states = new States(finished);
  const loops = states.count >= (limits.closeLookFrom ?? WORTH_A_CLOSE_LOOK) ? closeLoopsOf(compiled) : coarse;
  const circles = circling(finished, loops);
  for (const isGoal of goalsOf(compiled)) {
    const left = yield* follow(states, circles, isGoal, limits);
    if (left === "violated") return yield* firstDoomed(states, limits);
    if (left !== "none") return { unknown: left };
  }
  return "all can finish";
}

/** Says something of the packed state at `words[at]`. */
type Test = (words: Int32Array, at: number) => boolean;

/** The states that may be part of a circle: those in which no thread can go on for good, whatever the others do. */
interface Circles {
  readonly mayCircle: Test;
  /** The indices of those among the states from..to, ascending. */
  readonly among: (from: number, to: number) => readonly number[];
}

function circling({ compiled, store }: Finished, loops: Loops): Circles {
  const { packing } = compiled;
  const steady = loops.fields.map(({ cell, weight }) => ({ field: packing.cells.get(cell)!, weight }));
  const tests = loops.cases.map(({ hasLoops, leaves }) => ({
    hasLoops,
    leaves: leaves.flatMap((points, t) => (points.includes(1) ? [{ field: packing.points[t]!, points }] : [])),
  }));
  const code = assemble({ circling: circlingFunction(packing, loops) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory: store.memory } });
  const next = exports["circling"] as (arena: number, from: number, to: number) => number;
  return {
    mayCircle: (words, at) => {
      let number = 0;
      for (const { field, weight } of steady) number += weight * valueAt(words, at, field);
      const { hasLoops, leaves } = tests[number]!;
      if (!hasLoops) return false;
      for (const { field, points } of leaves) if (points[valueAt(words, at, field)] === 1) return false;
      return true;
    },
    among: (from, to) => {
      const found: number[] = [];
      for (let at = next(store.layout.arena, from, to); at < to; at = next(store.layout.arena, at + 1, to))
        found.push(at);
      return found;
    },
  };
}

/**
 * What has to be within reach of every state. A thread that is done stays so: all that only finish by being done can
 * finish one by one if and only if they can all be done. One that may rest may leave its place again, and is asked for by itself.
 */
function goalsOf({ program, packing, ends }: Compiled): readonly Test[] {
  const asked = [...program.threads.keys()].filter((t) => shouldFinish(program.threads[t]!));
  const ordinary = asked.filter((t) => ends[t]!.rests.length === 0).map((t) => packing.points[t]!);
  const allDone: Test = (words, at) => ordinary.every((field) => valueAt(words, at, field) === 0);
  const resting = asked
    .filter((t) => ends[t]!.rests.length > 0)
    .map(
      (t): Test =>
        (words, at) =>
          endsAt(ends[t]!, words, at),
    );
  return [...(ordinary.length > 0 ? [allDone] : []), ...resting];
}

/** The states of a store by number, in the order in which they lie there, and what follows on each. */
export class States {
  readonly finished: Finished;
  readonly count: number;
  readonly words: Int32Array;
  readonly size: number;
  /** By part of the arena: the number of its first state, and at last of all. */
  private readonly starts: readonly number[];
  private readonly region: PlacedRegion;

  constructor(finished: Finished) {
    const { compiled, store, levels } = finished;
    this.finished = finished;
    this.size = compiled.packing.words;
    this.words = new Int32Array(store.memory.buffer);
    const starts = [0];
    for (const to of levels.at(-1)!.to) starts.push(starts.at(-1)! + to);
    this.starts = starts;
    this.count = starts.at(-1)!;
    this.region = regionOf(compiled.region);
  }

  /** What a caller is told meanwhile. */
  progress(waiting: number): Progress {
    return { states: this.count, waiting, depth: this.finished.levels.length - 1 };
  }

  /** All indices in pieces, the last ones first: from there it is not far to the end of a run. */
  *slices(): Generator<readonly [from: number, to: number]> {
    for (let part = this.starts.length - 2; part >= 0; part--) {
      const first = firstIndex(this.finished.store.layout, part);
      const length = this.starts[part + 1]! - this.starts[part]!;
      for (let to = length; to > 0; to -= STATES_PER_LOOK)
        yield [first + Math.max(0, to - STATES_PER_LOOK), first + to];
    }
  }

  numberOf(index: number): number {
    const { layout } = this.finished.store;
    if (this.starts.length === 2) return index - 1;
    const part = Math.floor((index - 1) / layout.capacity);
    return this.starts[part]! + index - firstIndex(layout, part);
  }

  indexOf(number: number): number {
    if (this.starts.length === 2) return number + 1;
    let part = 0;
    while (number >= this.starts[part + 1]!) part++;
    return firstIndex(this.finished.store.layout, part) + number - this.starts[part]!;
  }

  /** Where a state lies in `words`. */
  placeOf(number: number): number {
    return this.finished.store.layout.arena / 4 + this.size * this.indexOf(number);
  }

  /** The places of what follows on a state, there until the next one is asked for; nothing if a run ends there. */
  after(number: number, mayReduce = true): readonly number[] | undefined {
    const { store, core } = this.finished;
    const { kernels } = core;
    const { start, successors } = this.region;
    const failures = this.region.failures / 4;
    this.words.fill(0, failures, failures + FAILURES.length);
    const index = this.indexOf(number);
    const end = kernels.expand(store.layout.arena, index, index + 1, start);
    if (end === successors) return undefined;
    for (let i = 0; i < FAILURES.length; i++) if (this.words[failures + i] !== 0) return undefined;
    if (mayReduce) this.reduce(end);
    const places: number[] = [];
    for (let at = successors; at < end; at += 4 * this.size) places.push(at / 4);
    return places;
  }

  /** Puts the members of symmetric groups in order, in what follows, which ends here. */
  reduce(end: number): void {
    const { compiled, core } = this.finished;
    const { successors, hashes } = this.region;
    if (compiled.symmetric.length > 0) core.kernels.canon(successors, end);
    core.kernels.hash(successors, end, hashes);
  }

  /** The number of a state that follows, by its place. */
  find(place: number): number {
    const { words, size } = this;
    const { layout } = this.finished.store;
    const { successors, hashes } = this.region;
    const hash = words[hashes / 4 + (place - successors / 4) / size]!;
    const table = layout.table / 4;
    const mask = 2 ** layout.tableBits - 1;
    const tag = hash << (32 - TAG_BITS);
    for (let slot = hash >>> (32 - layout.tableBits); ; slot = (slot + 1) & mask) {
      const entry = words[table + slot]!;
      if ((entry ^ tag) & ~MOST_STATES) continue;
      const index = entry & MOST_STATES;
      const at = layout.arena / 4 + size * index;
      let i = 0;
      while (i < size && words[at + i] === words[place + i]) i++;
      if (i === size) return this.numberOf(index);
    }
  }
}

/** Follows every state that may be part of a circle, to where a run ends or reaches the goal; "violated" if one leads nowhere. */
function* follow(
  states: States,
  { mayCircle, among }: Circles,
  isGoal: Test,
  { stop }: Limits,
): Generator<Progress, "none" | "violated" | (string & {})> {
  const { count, words } = states;
  const OK = -1;
  /** By state: 0, OK, or when it was met on the way that is being followed. */
  const met = new Int32Array(count);
  let looked = 0;
  for (const [from, to] of states.slices()) {
    yield states.progress(count - states.numberOf(from));
    const why = stop?.();
    if (why !== undefined) return why;
    for (const index of among(from, to).toReversed()) {
      const root = states.numberOf(index);
      const place = states.placeOf(root);
      if (met[root] !== 0) continue;
      if (isGoal(words, place)) {
        met[root] = OK;
        continue;
      }
      const visited: number[] = [];
      const path: { readonly state: number; readonly next: readonly number[]; child: number; low: number }[] = [];
      /** Enters a state; true if it is clear there that it leads to an end. */
      const enter = (state: number): boolean => {
        met[state] = visited.push(state);
        const places = states.after(state);
        if (!places || places.some((at) => !mayCircle(words, at) || isGoal(words, at))) return true;
        const next: number[] = [];
        for (const at of places) {
          const other = states.find(at);
          if (met[other] === OK) return true;
          next.push(other);
        }
        path.push({ state, next, child: 0, low: met[state] });
        return false;
      };
      let isOver = enter(root);
      while (!isOver) {
        if (++looked % STATES_PER_LOOK === 0) {
          yield states.progress(count - root);
          const why = stop?.();
          if (why !== undefined) return why;
        }
        const top = path.at(-1)!;
        const child = top.next[top.child++];
        if (child !== undefined) {
          if (met[child] === 0) isOver = enter(child);
          else top.low = Math.min(top.low, met[child]!);
          continue;
        }
        // All that follows on these states are these states.
        if (top.low === met[top.state]) return "violated";
        path.pop();
        const parent = path.at(-1)!;
        parent.low = Math.min(parent.low, top.low);
      }
      for (const state of visited) met[state] = OK;
    }
  }
  return "none";
}

// With more transitions than this, going them all back takes more memory than the search has taken.
const MOST_TRANSITIONS = 150_000_000;

function* firstDoomed(states: States, { stop }: Limits): Generator<Progress, Unfinished> {
  const { compiled, levels, store } = states.finished;
  const { program, ends } = compiled;
  const { words, count } = states;
  if (program.threads.length > MOST_THREADS) return { unknown: TOO_MANY_THREADS };
  const wanted = shouldFinishIn(program);
  const asked = [...program.threads.keys()].filter((t) => (wanted >> t) & 1);
  const exchange = exchanging(compiled);
  const ways = new WaysOut();
  const finished = new Int32Array(count);
  for (let state = 0; state < count; state++) {
    if (state % STATES_PER_LOOK === 0) {
      yield states.progress(count - state);
      const why = stop?.();
      if (why !== undefined) return { unknown: why };
      if (ways.size > MOST_TRANSITIONS) return { unknown: `more than ${MOST_TRANSITIONS} transitions to go back` };
    }
    const place = states.placeOf(state);
    for (const t of asked) if (endsAt(ends[t]!, words, place)) finished[state]! |= 1 << t;
    const places = states.after(state, !exchange);
    if (!places) {
      finished[state] = wanted;
      continue;
    }
    const orders = exchange && places.map((at) => exchange(words, at));
    if (exchange) states.reduce(4 * (places.at(-1)! + states.size));
    for (const [i, at] of places.entries()) ways.add(state, states.find(at), orders?.[i]);
  }
  ways.spread(finished);
  const isDoomed = (index: number): boolean => finished[states.numberOf(index)] !== wanted;
  const level = levels.findIndex(({ from, to }) =>
    from.some((start, part) => {
      const first = firstIndex(store.layout, part);
      for (let k = start; k < to[part]!; k++) if (isDoomed(first + k)) return true;
      return false;
    }),
  );
  return { level, isDoomed };
}

/** Of a state that is not reduced: by thread, whose place it takes when it is; nothing if no state is reduced. */
function exchanging({ program, groups }: Compiled): ((words: Int32Array, at: number) => readonly number[]) | undefined {
  if (groups.length === 0) return undefined;
  const isAbove = (words: Int32Array, at: number, a: readonly Field[], b: readonly Field[]): number => {
    for (const [i, field] of a.entries()) {
      const difference = (valueAt(words, at, field) >>> 0) - (valueAt(words, at, b[i]!) >>> 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  return (words, at) => {
    const places = [...program.threads.keys()];
    for (const members of groups) {
      const sorted = members.toSorted((a, b) => isAbove(words, at, a.parts, b.parts));
      for (const [i, { thread }] of sorted.entries()) places[thread] = members[i]!.thread;
    }
    return places;
  };
}
