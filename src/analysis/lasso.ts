import type { Fairness } from "../model/spec.ts";
import { componentsAmong } from "./components.ts";
import { FAILS, type StepGraph } from "./step-graph.ts";

/** An endless run: its states, and the step behind each but the last. It ends where no step is possible, or comes back. */
export interface Lasso {
  readonly states: readonly number[];
  readonly steps: readonly number[];
  /** The last state is that of this number in the list, and the steps from there on are taken again and again. */
  readonly loop?: number;
}

export type Test = (state: number) => boolean;

/** Which runs are looked for: those that go on without `to` for ever, from the start or from a state with `from`. */
export interface Wanted {
  readonly from?: Test;
  readonly to: Test;
  readonly fairness: Fairness;
}

// Beginnings of a loop that are tried for a short one: so many states may be looked at, and so many loops made.
const MOST_LOOKED_AT = 2_000_000;
const MOST_LOOPS = 64;

/**
 * A fair run without `to`, as short as a look at several gives it; nothing if there is none; "never begun" if no state
 * meets `from`. Exact: such a run exists if and only if, among the states that can be reached without `to`, one has no
 * step at all, or some strongly connected component is fair.
 *
 * - weak: each thread is disabled in a state of it, or takes a step in it;
 * - strong: each thread is disabled in all of it, or takes a step in it. If a thread is not, no fair run that stays there
 *   visits the states in which it is enabled for ever: these are taken out, and the components of the rest looked at.
 */
export function lassoIn(graph: StepGraph, wanted: Wanted): Lasso | "never begun" | undefined {
  const waiting = waitingIn(graph, wanted);
  if (!waiting) return "never begun";
  const { order, depth } = waiting;
  const ends = order.filter((state) => graph.starts[state] === graph.starts[state + 1]);
  let best: { readonly state: number; readonly loop: readonly number[] } | undefined;
  let least = Infinity;
  const offer = (state: number, loop: readonly number[]): void => {
    const length = depth[state]! + loop.length;
    if (length >= least) return;
    least = length;
    best = { state, loop };
  };
  if (ends.length > 0) offer(ends[0]!, []);
  let left = MOST_LOOPS;
  for (const component of fairComponents(graph, order, wanted.fairness)) {
    const { states } = component;
    const tries = Math.max(1, Math.min(left, Math.floor(MOST_LOOKED_AT / states.length)));
    for (const state of states.slice(0, tries)) {
      // No loop is shorter than one step.
      if (depth[state]! + 1 >= least) break;
      offer(state, loopFrom(graph, component, state, wanted.fairness));
      left--;
    }
  }
  return best && lassoOf(graph, waiting, best.state, best.loop);
}

/** The states in which something is waited for, nearest first, and a shortest way to each. */
interface Waiting {
  readonly order: readonly number[];
  readonly depth: Int32Array;
  /** The state before, and the step from there to here; -1 where the waiting begins. */
  readonly parent: Int32Array;
  readonly step: Int32Array;
  /** The same for every state, waiting or not; -1 at the start. */
  readonly first: Ways;
}

interface Ways {
  readonly depth: Int32Array;
  readonly parent: Int32Array;
  readonly step: Int32Array;
}

function waysTo({ count, initial, starts, to }: StepGraph): Ways {
  const depth = new Int32Array(count).fill(-1);
  const parent = new Int32Array(count).fill(-1);
  const step = new Int32Array(count).fill(-1);
  for (const state of initial) depth[state] = 0;
  // States are numbered in the order in which they are reached.
  for (let state = 0; state < count; state++)
    for (let e = starts[state]!; e < starts[state + 1]!; e++) {
      const next = to[e]!;
      if (next === FAILS || depth[next] !== -1) continue;
      depth[next] = depth[state]! + 1;
      parent[next] = state;
      step[next] = e;
    }
  return { depth, parent, step };
}

function waitingIn(graph: StepGraph, { from, to: isGoal }: Wanted): Waiting | undefined {
  const { count, initial, starts, to } = graph;
  const first = waysTo(graph);
  const begins: number[] = [];
  let hasBegun = !from;
  if (from) {
    for (let state = 0; state < count; state++)
      if (from(state)) {
        hasBegun = true;
        if (!isGoal(state)) begins.push(state);
      }
  } else begins.push(...initial.filter((state) => !isGoal(state)));
  if (!hasBegun) return undefined;
  const depth = new Int32Array(count).fill(-1);
  const parent = new Int32Array(count).fill(-1);
  const step = new Int32Array(count).fill(-1);
  const order: number[] = [];
  const goals = new Int8Array(count);
  const isWaiting = (state: number): boolean => {
    if (goals[state] === 0) goals[state] = isGoal(state) ? 1 : -1;
    return goals[state] === -1;
  };
  let next = 0;
  let begun = 0;
  /** All that begin at this depth, behind those that were reached with as many steps. */
  const begin = (until: number): void => {
    for (; begun < begins.length && first.depth[begins[begun]!]! <= until; begun++) {
      const state = begins[begun]!;
      if (depth[state] !== -1) continue;
      depth[state] = first.depth[state]!;
      order.push(state);
    }
  };
  while (next < order.length || begun < begins.length) {
    if (next === order.length) begin(first.depth[begins[begun]!]!);
    if (next === order.length) continue;
    const state = order[next++]!;
    begin(depth[state]!);
    for (let e = starts[state]!; e < starts[state + 1]!; e++) {
      const other = to[e]!;
      if (other === FAILS || depth[other] !== -1 || !isWaiting(other)) continue;
      depth[other] = depth[state]! + 1;
      parent[other] = state;
      step[other] = e;
      order.push(other);
    }
  }
  return { order, depth, parent, step, first };
}

/** States that some run visits again and again, all of them, by steps that lead from one to another. */
interface Component {
  /** Nearest first. */
  readonly states: readonly number[];
  readonly has: Test;
}

/** In a component: by thread, in how many of its states it can step, and whether a step of it stays there. */
interface Shares {
  readonly enabled: Int32Array;
  readonly steps: Uint8Array;
}

function sharesIn({ threads, starts, by, to }: StepGraph, { states, has }: Component): Shares {
  const enabled = new Int32Array(threads);
  const steps = new Uint8Array(threads);
  const last = new Int32Array(threads).fill(-1);
  for (const state of states)
    for (let e = starts[state]!; e < starts[state + 1]!; e++) {
      const thread = by[e]!;
      if (last[thread] !== state) enabled[thread]!++;
      last[thread] = state;
      if (to[e] !== FAILS && has(to[e]!)) steps[thread] = 1;
    }
  return { enabled, steps };
}

/** Everything in which a fair run can stay for ever. */
function* fairComponents(graph: StepGraph, order: readonly number[], fairness: Fairness): Generator<Component> {
  const open: (readonly number[])[] = [order];
  const local = new Int32Array(graph.count).fill(-1);
  for (let states = open.pop(); states; states = open.pop())
    for (const component of componentsIn(graph, states, local)) {
      const { enabled, steps } = sharesIn(graph, component);
      const size = component.states.length;
      const isPassedOver = (thread: number): boolean =>
        steps[thread] === 0 && (fairness === "weak" ? enabled[thread] === size : enabled[thread]! > 0);
      const passedOver = Array.from(enabled.keys()).filter(isPassedOver);
      if (passedOver.length === 0) yield component;
      else if (fairness === "strong") {
        const others = new Set(passedOver);
        const rest = component.states.filter((state) => !enabledIn(graph, state, others));
        if (rest.length > 0) open.push(rest);
      }
    }
}

function enabledIn({ starts, by }: StepGraph, state: number, threads: ReadonlySet<number>): boolean {
  for (let e = starts[state]!; e < starts[state + 1]!; e++) if (threads.has(by[e]!)) return true;
  return false;
}

/** The strongly connected components among some states, each with a step in it. `local` is all -1, and left so. */
function componentsIn({ starts, to }: StepGraph, states: readonly number[], local: Int32Array): readonly Component[] {
  for (const [i, state] of states.entries()) local[state] = i;
  const inside = (e: number): number => (to[e] === FAILS ? -1 : local[to[e]!]!);
  const found = componentsAmong(states.length, (node, edge) => {
    const e = starts[states[node]!]! + edge;
    if (e >= starts[states[node]! + 1]!) return undefined;
    const next = inside(e);
    return next < 0 ? node : next;
  });
  const members = new Map<number, number[]>();
  const isLive = new Set<number>();
  for (const [i, state] of states.entries()) {
    const name = found[i]!;
    const known = members.get(name);
    if (known) known.push(state);
    else members.set(name, [state]);
    for (let e = starts[state]!; e < starts[state + 1]! && !isLive.has(name); e++) {
      const next = inside(e);
      if (next >= 0 && found[next] === name) isLive.add(name);
    }
  }
  for (const state of states) local[state] = -1;
  return [...members].flatMap(([name, all]) => {
    if (!isLive.has(name)) return [];
    const set = new Set(all);
    return { states: all, has: (state: number) => set.has(state) };
  });
}

/** Steps from a state back to it, which stay in a fair component and are fair themselves: as few as going to the nearest gives. */
function loopFrom(graph: StepGraph, component: Component, start: number, fairness: Fairness): readonly number[] {
  const { to } = graph;
  const way: number[] = [];
  for (;;) {
    const at = way.length === 0 ? start : to[way.at(-1)!]!;
    const back = at === start && way.length > 0 ? [] : nearest(graph, component, at, (e) => to[e] === start);
    const loop = [...way, ...back];
    const missing = passedOverIn(graph, start, loop, fairness);
    if (missing.size === 0) return loop;
    const isWitness = (e: number): boolean =>
      missing.has(graph.by[e]!) || (fairness === "weak" && isAnyDisabled(graph, to[e]!, missing));
    for (const step of nearest(graph, component, at, isWitness)) way.push(step);
  }
}

/** The threads that a loop is not fair to. */
function passedOverIn(
  graph: StepGraph,
  start: number,
  loop: readonly number[],
  fairness: Fairness,
): ReadonlySet<number> {
  const { by, to, starts, threads } = graph;
  const enabled = new Int32Array(threads);
  for (const state of [start, ...loop.slice(0, -1).map((e) => to[e]!)]) {
    const here = new Set(by.subarray(starts[state], starts[state + 1]));
    for (const thread of here) enabled[thread]!++;
  }
  const taken = new Set(loop.map((e) => by[e]!));
  const isMissing = (thread: number): boolean =>
    !taken.has(thread) && (fairness === "weak" ? enabled[thread] === loop.length : enabled[thread]! > 0);
  return new Set(Array.from(enabled.keys()).filter(isMissing));
}

const isAnyDisabled = (graph: StepGraph, state: number, threads: ReadonlySet<number>): boolean =>
  [...threads].some((thread) => !enabledIn(graph, state, new Set([thread])));

/** The fewest steps in a component to one that is wanted, that one included. There is one: all of it leads to all of it. */
function nearest(
  { starts, to }: StepGraph,
  { has }: Component,
  start: number,
  isWanted: (step: number) => boolean,
): readonly number[] {
  const parents = new Map<number, number>([[start, -1]]);
  const before = new Map<number, number>();
  for (const state of parents.keys())
    for (let e = starts[state]!; e < starts[state + 1]!; e++) {
      const next = to[e]!;
      if (next === FAILS || !has(next)) continue;
      if (isWanted(e)) {
        const way = [e];
        for (let at = state; at !== start; at = before.get(at)!) way.push(parents.get(at)!);
        return way.toReversed();
      }
      if (parents.has(next)) continue;
      parents.set(next, e);
      before.set(next, state);
    }
  throw new RangeError("a component has no such step");
}

function lassoOf({ to }: StepGraph, waiting: Waiting, end: number, loop: readonly number[]): Lasso {
  // The last ones first, until all are there: one put before a long list moves all of it.
  const backwards = [end];
  const taken: number[] = [];
  const goBack = ({ parent, step }: Pick<Ways, "parent" | "step">): void => {
    for (let at = backwards.at(-1)!; parent[at] !== -1; at = parent[at]!) {
      backwards.push(parent[at]!);
      taken.push(step[at]!);
    }
  };
  goBack(waiting);
  goBack(waiting.first);
  const [states, steps] = [backwards.toReversed(), taken.toReversed()];
  if (loop.length === 0) return { states, steps };
  return {
    states: [...states, ...loop.map((step) => to[step]!)],
    steps: [...steps, ...loop],
    loop: steps.length,
  };
}
