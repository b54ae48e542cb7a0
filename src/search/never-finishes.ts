import { circlingFunction } from "../compile/codegen.ts";
import { assemble } from "../compile/assembler.ts";
import { closeLoopsOf, loopsOf, type Loops } from "../compile/loops.ts";
import { valueAt, type Field } from "../compile/pack.ts";
import type { Compiled } from "../compile/compiled.ts";
import { Relabeler } from "../compile/relabeler.ts";
import { shouldFinish } from "../machine/finish.ts";
import type { Limits, Progress } from "../machine/exploration.ts";
import { MOST_THREADS, TOO_MANY_THREADS, WaysOut, shouldFinishIn } from "../analysis/ways-out.ts";
import { endsAt } from "./ends.ts";
import { Bits, States, STATES_PER_LOOK, type Finished, type Test } from "./states.ts";
import { rangeIn, type Range } from "./store.ts";

// For fewer states, a close look at the steps takes longer than one at the states.
const WORTH_A_CLOSE_LOOK = 100_000;

/** What is known of the threads that can no longer finish. */
export type Unfinished =
  | "all can finish"
  /** Why it is not known. */
  | { readonly unknown: string }
  /** The first level with a state in which some thread can no longer finish; and of its states whether they are such. */
  | { readonly level: number; readonly isDoomed: (shard: number, index: number) => boolean };

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

/** The states that may be part of a circle: those in which no thread can go on for good, whatever the others do. */
interface Circles {
  readonly mayCircle: Test;
  /** The indices of those among some neighbours, ascending. */
  readonly among: (range: Range) => readonly number[];
}

function circling({ compiled, store }: Finished, loops: Loops): Circles {
  const { packing } = compiled;
  const steady = loops.fields.map(({ cell, weight }) => ({ field: packing.cells.get(cell)!, weight }));
  const tests = loops.cases.map(({ hasLoops, leaves }) => ({
    hasLoops,
    leaves: leaves.flatMap((points, t) => (points.includes(1) ? [{ field: packing.points[t]!, points }] : [])),
  }));
  const code = new WebAssembly.Module(assemble({ circling: circlingFunction(packing, loops) }));
  const scans = store.memories.map((memory) => {
    const { exports } = new WebAssembly.Instance(code, { env: { memory } });
    return exports["circling"] as (arena: number, from: number, to: number) => number;
  });
  return {
    mayCircle: (words, at) => {
      let number = 0;
      for (const { field, weight } of steady) number += weight * valueAt(words, at, field);
      const { hasLoops, leaves } = tests[number]!;
      if (!hasLoops) return false;
      for (const { field, points } of leaves) if (points[valueAt(words, at, field)] === 1) return false;
      return true;
    },
    among: ({ shard, from, to }) => {
      const found: number[] = [];
      const next = scans[shard]!;
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

// What is kept for each of them is JavaScript's, and takes far more room than a state.
const MOST_FOLLOWED = 10_000_000;

/** Follows every state that may be part of a circle, to where a run ends or reaches the goal; "violated" if one leads nowhere. */
function* follow(
  states: States,
  { mayCircle, among }: Circles,
  isGoal: Test,
  { stop }: Limits,
): Generator<Progress, "none" | "violated" | (string & {})> {
  const { count } = states;
  /** Those that lead to an end. */
  const clear = new Bits(count);
  let looked = 0;
  for (const range of states.slices()) {
    yield states.progress(count - states.numberOf(range.shard, range.from));
    const why = stop?.();
    if (why !== undefined) return why;
    for (const index of among(range).toReversed()) {
      const root = states.numberOf(range.shard, index);
      if (clear.has(root)) continue;
      if (states.is(isGoal, root)) {
        clear.add(root);
        continue;
      }
      /** When each state was met on the way that is being followed. */
      const met = new Map<number, number>();
      const path: { readonly when: number; readonly next: readonly number[]; child: number; low: number }[] = [];
      /** Enters a state; true if it is clear there that it leads to an end. */
      const enter = (state: number): boolean => {
        const when = met.size;
        met.set(state, when);
        const after = states.after(state);
        if (!after || after.places.some((at) => !mayCircle(after.words, at) || isGoal(after.words, at))) return true;
        const next: number[] = [];
        for (const at of after.places) {
          const other = states.find(after, at);
          if (clear.has(other)) return true;
          next.push(other);
        }
        path.push({ when, next, child: 0, low: when });
        return false;
      };
      let isOver = enter(root);
      while (!isOver) {
        if (++looked % STATES_PER_LOOK === 0) {
          yield states.progress(count - root);
          const why = stop?.();
          if (why !== undefined) return why;
          if (met.size > MOST_FOLLOWED) return `more than ${MOST_FOLLOWED} states that may all go round in circles`;
        }
        const top = path.at(-1)!;
        const child = top.next[top.child++];
        if (child !== undefined) {
          const when = met.get(child);
          if (when === undefined) isOver = enter(child);
          else top.low = Math.min(top.low, when);
          continue;
        }
        // All that follows on these states are these states.
        if (top.low === top.when) return "violated";
        path.pop();
        const parent = path.at(-1)!;
        parent.low = Math.min(parent.low, top.low);
      }
      for (const state of met.keys()) clear.add(state);
    }
  }
  return "none";
}

// With more transitions than this, going them all back takes more memory than the search has taken.
const MOST_TRANSITIONS = 150_000_000;

function* firstDoomed(states: States, { stop }: Limits): Generator<Progress, Unfinished> {
  const { compiled, levels, store } = states.finished;
  const { program, ends } = compiled;
  const { count } = states;
  if (count > MOST_TRANSITIONS) return { unknown: `more than ${MOST_TRANSITIONS} states to go back through` };
  if (program.threads.length > MOST_THREADS) return { unknown: TOO_MANY_THREADS };
  const wanted = shouldFinishIn(program);
  const asked = [...program.threads.keys()].filter((t) => (wanted >> t) & 1);
  const isAtEnd = ends.map(
    (end): Test =>
      (words, at) =>
        endsAt(end, words, at),
  );
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
    for (const t of asked) if (states.is(isAtEnd[t]!, state)) finished[state]! |= 1 << t;
    const after = states.after(state, !exchange);
    if (!after) {
      finished[state] = wanted;
      continue;
    }
    const orders = exchange && after.places.map((at) => exchange(after.words, at));
    if (exchange) states.reduce(after);
    for (const [i, at] of after.places.entries()) ways.add(state, states.find(after, at), orders?.[i]);
  }
  ways.spread(finished);
  const isDoomed = (shard: number, index: number): boolean => finished[states.numberOf(shard, index)] !== wanted;
  const level = levels.findIndex((one) =>
    one.from.some((start, part) => {
      const { shard, from, to } = rangeIn(store, part, start, one.to[part]!);
      for (let index = from; index < to; index++) if (isDoomed(shard, index)) return true;
      return false;
    }),
  );
  return { level, isDoomed };
}

/** Of a state that is not reduced: by thread, whose place it takes when it is; nothing if no state is reduced. */
function exchanging({
  program,
  groups,
  relabel,
  packing,
}: Compiled): ((words: Int32Array, at: number) => readonly number[]) | undefined {
  if (relabel) return relabeling(program, groups, new Relabeler(relabel), packing.words);
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

function relabeling(
  { threads }: Compiled["program"],
  groups: Compiled["groups"],
  relabeler: Relabeler,
  size: number,
): (words: Int32Array, at: number) => readonly number[] {
  /** By member, as they are numbered through: its thread. */
  const all = groups.flatMap((members) => members.map(({ thread }) => thread));
  return (words, at) => {
    const places = [...threads.keys()];
    for (const [member, place] of relabeler.orderOf(words, at, size).entries())
      if (all[member] !== undefined) places[all[member]] = all[place]!;
    return places;
  };
}
