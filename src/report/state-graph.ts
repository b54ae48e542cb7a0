import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../semantics/check.ts";
import type { Schedule } from "../semantics/explore.ts";
import { initialStates, type Machine } from "../semantics/machine.ts";
import { reach, type Reach } from "../semantics/reach.ts";
import { DONE, readerOf, stateKey, type State } from "../semantics/state.ts";
import { effectsOf, type Effect } from "../semantics/step.ts";

/** What the graph is about: a spec or a built-in check, and the run that ends in it, if there is one. */
export interface Subject {
  readonly spec: Spec | string;
  readonly schedule: Schedule | undefined;
}

/** Part or all of what a scenario can reach. */
export interface StateGraph {
  /** In the order they are drawn in; a breadth-first search's, where it is all of them. */
  readonly nodes: readonly StateNode[];
  readonly edges: readonly StateEdge[];
  /** All reachable states, if they could be counted. */
  readonly states: number | undefined;
  readonly isWhole: boolean;
}

export interface StateNode {
  readonly state: State;
  readonly isInitial: boolean;
  readonly isOnPath: boolean;
  /** Every thread is done, or none can go on. */
  readonly end: "done" | "stuck" | undefined;
  /** The subject is violated here, or met if it is a `sometimes` spec. */
  readonly isHit: boolean;
  /** Whether a hit can still be reached from here; unknown where not all states were seen, or there is no subject. */
  readonly canHit: boolean | undefined;
  /** What the subject reads in any of the states, where it is not what it was in the first initial state. */
  readonly matters: readonly (readonly [Cell, Value])[];
}

export interface StateEdge {
  readonly from: number;
  /** A node; nothing, if the step ends in a failed check. */
  readonly to: number | undefined;
  readonly effect: Effect;
  readonly isOnPath: boolean;
}

// What the plain explorer keeps with all transitions in a few seconds.
const MOST_FOLLOWED = 20_000;

/**
 * The reachable states; if there are more than `most`, those of the subject's run with the branches off it. Then, too,
 * all states are looked at to tell which branches would have been fine, as long as there are not too many.
 */
export function stateGraphOf(machine: Machine, subject: Subject | undefined, most: number): StateGraph | undefined {
  const all = reach(machine, Math.max(most, MOST_FOLLOWED));
  const run = subject?.schedule && runOf(machine, subject.schedule);
  const isWhole = all.isComplete && all.states.length <= most;
  if (!isWhole && !run) return undefined;
  const drawn = isWhole ? all.states : around(machine, run!);
  const key = stateKey(machine.cells);
  const numbers = new Map(drawn.map((state, i) => [key(state), i]));
  const starts = new Set(initialStates(machine).map(key));
  const path = new Set(run?.map(({ state }) => key(state)));
  const moves = new Set(run?.map(({ state, effect }) => effect && edgeKey(key(state), effect)));
  const hits = subject && hitting(machine, subject.spec, all);
  const first = initialStates(machine)[0]!;
  const read = subject ? readIn(machine, subject.spec, drawn) : [];
  return {
    nodes: drawn.map((state): StateNode => {
      const name = key(state);
      const number = all.numberOf(state);
      return {
        state,
        isInitial: starts.has(name),
        isOnPath: path.has(name),
        end: endOf(machine, state),
        isHit: subject !== undefined && isHit(machine, subject.spec, state),
        canHit: number === undefined ? undefined : hits?.[number],
        matters: read
          .map((cell) => [cell, readerOf(state)(cell)] as const)
          .filter(([cell, value]) => value !== readerOf(first)(cell)),
      };
    }),
    edges: drawn.flatMap((state, from) => {
      // Off the path, the branches of branches would be the whole graph again.
      if (!isWhole && !path.has(key(state))) return [];
      return effectsFrom(machine, state).map((effect): StateEdge => {
        const to = effect.outcome.kind === "moved" ? numbers.get(key(effect.outcome.state)) : undefined;
        return { from, to, effect, isOnPath: moves.has(edgeKey(key(state), effect)) };
      });
    }),
    states: all.isComplete ? all.states.length : undefined,
    isWhole,
  };
}

const effectsFrom = (machine: Machine, state: State): readonly Effect[] =>
  machine.threads
    .flatMap((_, thread) => effectsOf(machine, state, thread))
    .filter(({ outcome }) => outcome.kind !== "blocked");

const edgeKey = (from: string, { move }: Effect): string => `${move.thread} ${move.picks.join()} ${from}`;

/** The states of a run, each with the step that is taken there. */
function runOf(
  machine: Machine,
  schedule: Schedule,
): readonly { readonly state: State; readonly effect: Effect | undefined }[] {
  let state = initialStates(machine)[schedule.initial]!;
  const run: { readonly state: State; readonly effect: Effect | undefined }[] = [];
  for (const { thread, picks } of schedule.moves) {
    const effect = effectsOf(machine, state, thread).find(({ move }) => move.picks.join() === picks.join());
    if (!effect || effect.outcome.kind === "blocked") throw new InternalError("a schedule cannot be drawn");
    run.push({ state, effect });
    if (effect.outcome.kind === "violation") return run;
    ({ state } = effect.outcome);
  }
  return [...run, { state, effect: undefined }];
}

/** The states of a run, then those one step off it. */
function around(machine: Machine, run: readonly { readonly state: State }[]): readonly State[] {
  const key = stateKey(machine.cells);
  const found = new Map(run.map(({ state }) => [key(state), state]));
  for (const { state } of run)
    for (const { outcome } of effectsFrom(machine, state))
      if (outcome.kind === "moved" && !found.has(key(outcome.state))) found.set(key(outcome.state), outcome.state);
  return [...found.values()];
}

function endOf(machine: Machine, state: State): StateNode["end"] {
  if (state.points.every((point) => point === DONE)) return "done";
  return effectsFrom(machine, state).length === 0 ? "stuck" : undefined;
}

function isHit(machine: Machine, spec: Spec | string, state: State): boolean {
  if (typeof spec === "string") return spec === "not-stuck" && endOf(machine, state) === "stuck";
  if (spec.kind === "atEnd" && endOf(machine, state) !== "done") return false;
  return judge(machine, spec, readerOf(state)).holds === (spec.kind === "sometimes");
}

/** The fields that a spec reads in any of the states, in the order of the world. */
function readIn(machine: Machine, spec: Spec | string, states: readonly State[]): readonly Cell[] {
  if (typeof spec === "string") return [];
  const read = new Set(states.flatMap((state) => [...judge(machine, spec, readerOf(state)).reads.keys()]));
  return machine.cells.filter((cell) => read.has(cell));
}

/** By the number of a state: whether a hit can be reached from it. Nothing, if not all states are known. */
function hitting(machine: Machine, spec: Spec | string, all: Reach): readonly boolean[] | undefined {
  if (!all.isComplete) return undefined;
  const can = all.states.map((state) => isHit(machine, spec, state));
  const before = new Map<number, number[]>();
  for (const { from, to, effect } of all.transitions) {
    if (to !== undefined) before.set(to, [...(before.get(to) ?? []), from]);
    else if (effect.outcome.kind === "violation" && effect.outcome.check === spec) can[from] = true;
  }
  const open = can.flatMap((is, i) => (is ? [i] : []));
  for (let i = 0; i < open.length; i++)
    for (const from of before.get(open[i]!) ?? [])
      if (!can[from]) {
        can[from] = true;
        open.push(from);
      }
  return can;
}
