import { FAILS, type StepGraph } from "../../src/analysis/step-graph.ts";
import type { Fairness } from "../../src/model/spec.ts";

interface Asked {
  readonly from?: (state: number) => boolean;
  readonly to: (state: number) => boolean;
  readonly fairness: Fairness;
}

/**
 * Whether a fair endless run goes on without `to`, from the start or from a state with `from`: by looking at every set of
 * states for one that a run can visit again and again, all of it and nothing else. For a dozen states at most.
 */
export function hasLasso(graph: StepGraph, { from, to: isGoal, fairness }: Asked): boolean {
  const { count, initial } = graph;
  const all = Array.from({ length: count }, (_, state) => state);
  const reachable = reach(graph, initial, () => true);
  const begins = from ? [...reachable].filter(from) : initial;
  const waiting = [
    ...reach(
      graph,
      begins.filter((state) => !isGoal(state)),
      (state) => !isGoal(state),
    ),
  ];
  if (waiting.some((state) => stepsOf(graph, state).length === 0)) return true;
  for (let set = 1; set < 2 ** waiting.length; set++) {
    const inside = new Set(all.filter((state) => waiting.includes(state) && (set >> waiting.indexOf(state)) & 1));
    if (isVisitedForEver(graph, inside) && isFair(graph, inside, fairness)) return true;
  }
  return false;
}

const stepsOf = ({ starts, by, to }: StepGraph, state: number): readonly (readonly [number, number])[] =>
  [...to.subarray(starts[state], starts[state + 1])].map((next, i) => [by[starts[state]! + i]!, next]);

function reach(graph: StepGraph, from: readonly number[], may: (state: number) => boolean): ReadonlySet<number> {
  const seen = new Set(from);
  for (const state of seen)
    for (const [, next] of stepsOf(graph, state)) if (next !== FAILS && may(next)) seen.add(next);
  return seen;
}

/** From each of the states, each of them can be reached, by a step at least, without leaving them. */
const isVisitedForEver = (graph: StepGraph, inside: ReadonlySet<number>): boolean =>
  [...inside].every((state) => {
    const next = stepsOf(graph, state).flatMap(([, to]) => (inside.has(to) ? [to] : []));
    return reach(graph, next, (to) => inside.has(to)).size === inside.size;
  });

/** For a run that visits all of them again and again, and takes all steps among them so. */
function isFair(graph: StepGraph, inside: ReadonlySet<number>, fairness: Fairness): boolean {
  const can = (thread: number, state: number): boolean => stepsOf(graph, state).some(([by]) => by === thread);
  return Array.from({ length: graph.threads }, (_, thread) => thread).every((thread) => {
    const states = [...inside];
    if (states.some((state) => stepsOf(graph, state).some(([by, to]) => by === thread && inside.has(to)))) return true;
    const isEnabled =
      fairness === "weak" ? states.every((one) => can(thread, one)) : states.some((one) => can(thread, one));
    return !isEnabled;
  });
}
