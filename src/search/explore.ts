import { type Schedule, type Move } from "../machine/schedule.ts";
import type { BuiltIn } from "../model/spec.ts";
import { judge } from "../machine/judge.ts";
import { isDone } from "../machine/finish.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { clashesIn, firstOf, refused, type Clash, type PlainUpdates } from "../analysis/plain-updates.ts";
import { checkPurity } from "../machine/purity.ts";
import { effectsOf } from "../machine/step.ts";
import { MOST_THREADS, TOO_MANY_THREADS, WaysOut, finishedIn, shouldFinishIn } from "./ways-out.ts";
import { readerOf, stateKey, type State } from "../machine/state.ts";

/** The three ends of a run, and how a search that did not finish was cut. */
export interface Exploration {
  readonly initial: number;
  /** Distinct states reached, the initial ones included. */
  readonly states: number;
  /** Steps taken, counted with repetition: every way to step from every state. */
  readonly transitions: number;
  /** The most steps that the shortest run to any state needs. */
  readonly depth: number;
  /** States that the search had reached and not looked at yet when it was cut. */
  readonly waiting: number;
  /** States in which every thread is done, or waits where it may wait for ever. */
  readonly done: number;
  /** States in which some thread is not done, nor may wait for ever, and none can step. */
  readonly stuck: number;
  /** A shortest run to each violated spec or check, and to each `sometimes` spec that was reached. */
  readonly found: ReadonlyMap<string, Schedule>;
  /** Built-in checks that there is no answer to, although the search was not cut, and what stopped them. */
  readonly unknown?: ReadonlyMap<string, string>;
  /** Those of `found` that may have a run of as many steps with fewer context switches; absent if that may be true of all. */
  readonly manyWays?: ReadonlySet<string>;
  /** Those of them whose run has the fewest context switches instead, and among such runs the fewest steps. */
  readonly leastSwitches?: ReadonlySet<string>;
  /** What stopped the search for the others. */
  readonly switchesCut?: string;
  /** How often each step was taken, by thread and control point. */
  readonly taken: readonly (readonly number[])[];
  /** Groups of threads that were not told apart: the counts are those of states up to who is who in them. */
  readonly symmetric: readonly string[];
  /** Why the search ended before it had seen everything. */
  readonly cut?: string;
}

export interface Limits {
  readonly maxStates?: number;
  /** Asked every now and then: a reason to stop, or nothing. */
  readonly stop?: () => string | undefined;
  /** Steps that may stand for a load and a store: a ModelError at the first that another thread could come between. */
  readonly updates?: PlainUpdates;
}

export interface Progress {
  readonly states: number;
  /** States that were reached and not looked at yet. */
  readonly waiting: number;
  readonly depth: number;
  /** Of the store: bytes in use, and how full its table is, from 0 to 1. */
  readonly store?: { readonly bytes: number; readonly load: number };
}

const STATES_PER_PROGRESS = 500;
// A spec may take long to be asked.
const MS_PER_PROGRESS = 200;

/** A state that was reached, and how: enough to walk back to an initial state. */
interface Visit {
  readonly state: State;
  readonly depth: number;
  /** Index among the initial states; -1 for all others. */
  readonly initial: number;
  readonly parent: Visit | undefined;
  readonly move: Move | undefined;
}

/**
 * Visits every reachable state, breadth first and exactly: a queue, a map, no reduction. This is what a scenario
 * means; everything faster must agree with it. Yields progress so that the caller can do something else meanwhile.
 */
export function* explore(program: Program, limits: Limits = {}): Generator<Progress, Exploration> {
  const maxStates = limits.maxStates ?? Infinity;
  const key = stateKey(program.cells);
  const queue: Visit[] = [];
  const found = new Map<string, Schedule>();
  const taken = program.threads.map(({ points }) => points.map(() => 0));
  const numbers = new Map<string, number>();
  const wanted = shouldFinishIn(program);
  const waysOut = new WaysOut();
  /** States in which the run is over, or a step can fail a check. */
  const ends = new Set<number>();
  const counts = { initial: 0, transitions: 0, depth: 0, done: 0, stuck: 0 };
  let cut: string | undefined;

  const reach = (visit: Visit): void => {
    const name = key(visit.state);
    const known = numbers.get(name);
    if (known === undefined && queue.length >= maxStates) {
      cut = `--max-states ${maxStates}`;
      return;
    }
    const number = known ?? queue.push(visit) - 1;
    if (visit.parent) waysOut.add(next, number);
    if (known !== undefined) return;
    numbers.set(name, number);
    counts.depth = Math.max(counts.depth, visit.depth);
  };
  const find = (name: string, visit: Visit, last?: Move): void => {
    if (!found.has(name)) found.set(name, scheduleTo(visit, last));
  };

  // The queue is never shortened: it is also the list of visited states, in the order they were reached.
  let next = 0;
  for (const [initial, state] of initialStates(program).entries())
    reach({ state, depth: 0, initial, parent: undefined, move: undefined });
  counts.initial = queue.length;

  const { updates } = limits;
  const clashes: Clash[] = [];
  let clashedAt = 0;
  const refuseClashes = (depth: number): void => {
    const clash = depth > clashedAt ? firstOf(clashes) : undefined;
    if (clash) throw refused(program, clash);
    clashedAt = depth;
  };

  let yieldAt = Infinity;
  for (; next < queue.length && cut === undefined; next++) {
    const visit = queue[next]!;
    if (next % STATES_PER_PROGRESS === 0 || performance.now() > yieldAt) {
      yieldAt = performance.now() + MS_PER_PROGRESS;
      yield { states: queue.length, waiting: queue.length - next, depth: visit.depth };
      cut = limits.stop?.();
      if (cut !== undefined) break;
    }
    refuseClashes(visit.depth);
    if (updates) clashes.push(...clashesIn(program, updates, visit.state));
    for (const spec of program.scenario.specs)
      if (
        spec.kind !== "atEnd" &&
        !found.has(spec.name) &&
        judge(program, spec, readerOf(visit.state)).holds === (spec.kind === "sometimes")
      )
        find(spec.name, visit);

    let enabled = false;
    for (let thread = 0; thread < program.threads.length; thread++)
      for (const effect of effectsOf(program, visit.state, thread)) {
        if (effect.outcome.kind === "blocked") continue;
        enabled = true;
        counts.transitions++;
        taken[thread]![visit.state.points.get(thread)!]!++;
        if (effect.outcome.kind === "violation") {
          find(effect.outcome.check, visit, effect.move);
          ends.add(next);
        } else
          reach({ state: effect.outcome.state, depth: visit.depth + 1, initial: -1, parent: visit, move: effect.move });
      }

    if (enabled) continue;
    ends.add(next);
    if (isDone(program, visit.state)) {
      counts.done++;
      for (const spec of program.scenario.specs)
        if (spec.kind === "atEnd" && !found.has(spec.name) && !judge(program, spec, readerOf(visit.state)).holds)
          find(spec.name, visit);
    } else {
      counts.stuck++;
      find("not-stuck" satisfies BuiltIn, visit);
    }
  }
  for (const _ of checkPurity(program)) {
    yield { states: queue.length, waiting: queue.length - next, depth: counts.depth };
    if (limits.stop?.() !== undefined) break;
  }
  refuseClashes(Infinity);
  const unknown = program.threads.length > MOST_THREADS ? new Map([["never-finishes", TOO_MANY_THREADS]]) : undefined;
  if (cut === undefined && !unknown) {
    const finished = Int32Array.from(queue, ({ state }, number) =>
      ends.has(number) ? wanted : finishedIn(program, wanted, (thread) => state.points.get(thread)!),
    );
    waysOut.spread(finished);
    const doomed = finished.findIndex((bits) => bits !== wanted);
    if (doomed >= 0) find("never-finishes" satisfies BuiltIn, queue[doomed]!);
  }
  return {
    ...counts,
    states: queue.length,
    waiting: queue.length - next,
    found,
    taken,
    symmetric: [],
    ...(unknown && { unknown }),
    ...(cut !== undefined && { cut }),
  };
}

function scheduleTo(visit: Visit, last: Move | undefined): Schedule {
  const moves: Move[] = last ? [last] : [];
  let at = visit;
  for (; at.parent; at = at.parent) moves.unshift(at.move!);
  return { initial: at.initial, moves };
}
