import { judge } from "../machine/judge.ts";
import { finishing, shouldFinishIn } from "../analysis/ways-out.ts";
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

/** A run: where it is, which CPU stepped last, and what it failed if its last step failed a check. */
interface Run<S> {
  readonly state: S;
  readonly last: number | undefined;
  readonly steps: number;
  readonly initial: number;
  readonly before?: { readonly run: Run<S>; readonly move: Move };
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
  const seen = new Set<string>();
  const stepsIn = cached(machine);
  const find = (name: string, run: Run<S>): void => {
    if (missing.delete(name)) found.set(name, scheduleOf(run));
  };
  const doomed = missing.has("never-finishes") ? doomedIn(machine) : undefined;
  if (doomed === "too many") missing.delete("never-finishes");
  let cut: string | undefined;
  let level = machine.initial.map((state, initial): Run<S> => ({ state, last: undefined, steps: 0, initial }));
  for (let switches = 0; level.length > 0 && missing.size > 0 && cut === undefined; switches++) {
    const later: Run<S>[] = [];
    // By steps: the runs of a level come from many lengths of the level before.
    const bySteps: Run<S>[][] = [];
    const put = (run: Run<S>): void => void (bySteps[run.steps] ??= []).push(run);
    level.forEach(put);
    for (let steps = 0; steps < bySteps.length && missing.size > 0 && cut === undefined; steps++)
      for (const run of bySteps[steps] ?? []) {
        if (run.failed !== undefined) {
          find(run.failed, run);
          continue;
        }
        const place = `${run.last} ${key(run.state)}`;
        if (seen.has(place)) continue;
        if (seen.size % PLACES_PER_PROGRESS === 0) {
          yield { states: seen.size, waiting: level.length, depth: switches };
          cut = limits.stop?.();
        }
        if (seen.size >= MOST_PLACES) cut ??= `${MOST_PLACES} states`;
        if (cut !== undefined || missing.size === 0) break;
        seen.add(place);
        const ways = stepsIn(run.state);
        for (const name of foundIn(machine, run.state, ways, missing)) find(name, run);
        if (typeof doomed === "object" && doomed.has(key(run.state))) find("never-finishes", run);
        for (const { thread, move, to, failed } of ways) {
          const next: Run<S> = {
            // What its store buffer does, a CPU does.
            last: cpuOf(machine, thread),
            steps: steps + 1,
            initial: run.initial,
            before: { run, move },
            ...(failed ? { state: run.state, failed: failed.check } : { state: to! }),
          };
          if (run.last === undefined || run.last === next.last) put(next);
          else later.push(next);
        }
      }
    level = later;
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

function scheduleOf<S>(run: Run<S>): Schedule {
  const moves: Move[] = [];
  for (let at = run; at.before; at = at.before.run) moves.unshift(at.before.move);
  return { initial: run.initial, moves };
}
