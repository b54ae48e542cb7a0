import { judge } from "../machine/judge.ts";
import { finishing, shouldFinishIn } from "../analysis/ways-out.ts";
import { bySwitches, movesOf, type Way } from "../machine/by-switches.ts";
import type { Limits, Progress } from "../machine/exploration.ts";
import { cpuOf, stepsFrom, type Machine, type Step } from "../machine/machine.ts";
import type { Move, Schedule } from "../machine/schedule.ts";
import { reach } from "../analysis/reach.ts";

// States, each for every thread that may have stepped last. The semantics take about a minute for so many.
const MOST_PLACES = 300_000;
const PLACES_PER_PROGRESS = 500;
// What follows on every state is looked at in one piece.
const MOST_STATES = 50_000;

/** What a search for fewest context switches found. */
export interface FewestSwitches {
  readonly found: ReadonlyMap<string, Schedule>;
  /** Why the search ended before it had found everything. */
  readonly cut?: string;
}

/** A state, or the check that the step to it has failed: there the run is over. */
interface Place<S> {
  readonly state: S;
  readonly failed?: string;
}

/**
 * For each of the names, specs and checks that are known to be found, a run with the fewest context switches, and among
 * those one with the fewest steps. Exact: it visits every state once for each thread that stepped last, fewest switches
 * first, then fewest steps, over the semantics.
 */
export function* fewestSwitches<S>(
  machine: Machine<S>,
  names: Iterable<string>,
  limits: Limits = {},
): Generator<Progress, FewestSwitches> {
  const missing = new Set(names);
  const found = new Map<string, Schedule>();
  const key = (state: S): string => machine.key(state);
  const stepsIn = cached(machine);
  const find = (name: string, way: Way<Place<S>>): void => {
    if (missing.delete(name)) found.set(name, { initial: way.start, moves: movesOf(way) });
  };
  const doomed = missing.has("never-finishes") ? doomedIn(machine) : undefined;
  if (doomed === "too many") missing.delete("never-finishes");
  let waiting = 0;
  const ways = bySwitches<Place<S>, Move>(
    machine.initial.map((state) => ({ state })),
    {
      key: ({ state, failed }) => (failed === undefined ? key(state) : `fails ${failed}`),
      from: ({ state, failed }) =>
        failed === undefined
          ? stepsIn(state).map((step) => ({
              // What its store buffer does, a CPU does.
              cpu: cpuOf(machine, step.thread),
              move: step.move,
              to: step.failed ? { state, failed: step.failed.check } : { state: step.to! },
              cost: 1,
            }))
          : [],
      next: (count) => (waiting = count),
    },
  );
  let cut: string | undefined;
  let places = 0;
  for (const way of ways) {
    if (missing.size === 0) break;
    const { state, failed } = way.place;
    if (failed !== undefined) {
      find(failed, way);
      continue;
    }
    if (places % PLACES_PER_PROGRESS === 0) {
      yield { states: places, waiting, depth: way.switches };
      cut = limits.stop?.();
    }
    if (places >= MOST_PLACES) cut ??= `${MOST_PLACES} states`;
    if (cut !== undefined) break;
    places++;
    for (const name of foundIn(machine, state, stepsIn(state), missing)) find(name, way);
    if (typeof doomed === "object" && doomed.has(key(state))) find("never-finishes", way);
  }
  if (missing.size === 0) cut = undefined;
  if (doomed === "too many") cut ??= `${MOST_STATES} states`;
  return { found, ...(cut !== undefined && { cut }) };
}

/** The keys of all states from which some thread can no longer finish. */
function doomedIn<S>(machine: Machine<S>): ReadonlySet<string> | "too many" {
  const { running } = machine;
  const wanted = shouldFinishIn(running);
  const all = reach(machine, machine.initial, MOST_STATES);
  if (!all.isComplete) return "too many";
  const finished = finishing(running, all, (state, thread) => machine.pointOf(state, thread));
  return new Set(all.states.filter((_, i) => finished[i] !== wanted).map((state) => machine.key(state)));
}

/** The steps that can be taken in a state, worked out once: a state is met once for each thread. */
function cached<S>(machine: Machine<S>): (state: S) => readonly Step<S>[] {
  const known = new Map<string, readonly Step<S>[]>();
  return (state) => {
    const name = machine.key(state);
    const steps = known.get(name) ?? stepsFrom(machine, state);
    known.set(name, steps);
    return steps;
  };
}

/** Which of the names a state is an answer to. */
function foundIn<S>(
  machine: Machine<S>,
  state: S,
  steps: readonly Step<S>[],
  names: ReadonlySet<string>,
): readonly string[] {
  const { program } = machine;
  const isOver = machine.isDone(state);
  const specs = program.scenario.specs.filter(
    (spec) =>
      names.has(spec.name) &&
      (spec.kind !== "atEnd" || isOver) &&
      judge(program, spec, (cell) => machine.read(state, cell)).holds === (spec.kind === "sometimes"),
  );
  return [...specs.map(({ name }) => name), ...(steps.length === 0 && !isOver ? ["not-stuck"] : [])];
}
