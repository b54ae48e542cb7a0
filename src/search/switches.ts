import { judge } from "../machine/judge.ts";
import type { Limits, Progress } from "./explore.ts";
import { type Schedule, type Move } from "../machine/schedule.ts";
import { isDone } from "../machine/finish.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import { reach } from "./reach.ts";
import { readerOf, stateKey, type State } from "../machine/state.ts";
import { finishing, shouldFinishIn } from "./ways-out.ts";

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
interface Run {
  readonly state: State;
  readonly last: number | undefined;
  readonly steps: number;
  readonly initial: number;
  readonly before?: { readonly run: Run; readonly move: Move };
  readonly failed?: string;
}

/**
 * For each of the names, specs and checks that are known to be found, a run with the fewest context switches, and among
 * those one with the fewest steps. Exact: it visits every state once for each thread that stepped last, fewest switches
 * first, then fewest steps, over the semantics.
 */
export function* fewestSwitches(
  program: Program,
  names: Iterable<string>,
  limits: Limits = {},
): Generator<Progress, FewestSwitches> {
  const missing = new Set(names);
  const found = new Map<string, Schedule>();
  const key = stateKey(program.cells);
  const seen = new Set<string>();
  const effects = cached(program, key);
  // What its store buffer does, a CPU does.
  const cpuOf = ({ thread }: Move): number => program.threads[thread]!.buffer?.cpu ?? thread;
  const find = (name: string, run: Run): void => {
    if (missing.delete(name)) found.set(name, scheduleOf(run));
  };
  const doomed = missing.has("never-finishes") ? doomedIn(program, key) : undefined;
  if (doomed === "too many") missing.delete("never-finishes");
  let cut: string | undefined;
  let level = initialStates(program).map((state, initial): Run => ({ state, last: undefined, steps: 0, initial }));
  for (let switches = 0; level.length > 0 && missing.size > 0 && cut === undefined; switches++) {
    const later: Run[] = [];
    // By steps: the runs of a level come from many lengths of the level before.
    const bySteps: Run[][] = [];
    const put = (run: Run): void => void (bySteps[run.steps] ??= []).push(run);
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
        const ways = effects(run.state);
        for (const name of foundIn(program, run.state, ways, missing)) find(name, run);
        if (typeof doomed === "object" && doomed.has(key(run.state))) find("never-finishes", run);
        for (const { move, outcome } of ways) {
          const next = {
            last: cpuOf(move),
            steps: steps + 1,
            initial: run.initial,
            before: { run, move },
            ...(outcome.kind === "violation" ? { state: run.state, failed: outcome.check } : { state: outcome.state }),
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
function doomedIn(program: Program, key: (state: State) => string): ReadonlySet<string> | "too many" {
  const wanted = shouldFinishIn(program);
  const space = {
    initial: initialStates(program),
    key,
    ways: (state: State) =>
      program.threads.flatMap((_, thread) =>
        effectsOf(program, state, thread).flatMap(({ outcome }) =>
          outcome.kind === "blocked" ? [] : [{ to: outcome.kind === "moved" ? outcome.state : undefined }],
        ),
      ),
  };
  const all = reach(space, MOST_STATES);
  if (!all.isComplete) return "too many";
  const finished = finishing(program, all, ({ points }, thread) => points.get(thread)!);
  return new Set(all.states.filter((_, i) => finished[i] !== wanted).map(key));
}

type Way = Pick<Effect, "move"> & { readonly outcome: Exclude<Effect["outcome"], { readonly kind: "blocked" }> };

/** The steps that can be taken in a state, worked out once: a state is met once for each thread. */
function cached(program: Program, key: (state: State) => string): (state: State) => readonly Way[] {
  const known = new Map<string, readonly Way[]>();
  return (state) => {
    const name = key(state);
    const ways =
      known.get(name) ??
      program.threads.flatMap((_, thread) =>
        effectsOf(program, state, thread).flatMap(({ move, outcome }) =>
          outcome.kind === "blocked" ? [] : [{ move, outcome }],
        ),
      );
    known.set(name, ways);
    return ways;
  };
}

/** Which of the names a state is an answer to. */
function foundIn(program: Program, state: State, ways: readonly Way[], names: ReadonlySet<string>): readonly string[] {
  const isOver = isDone(program, state);
  const specs = program.scenario.specs.filter(
    (spec) =>
      names.has(spec.name) &&
      (spec.kind !== "atEnd" || isOver) &&
      judge(program, spec, readerOf(state)).holds === (spec.kind === "sometimes"),
  );
  return [...specs.map(({ name }) => name), ...(ways.length === 0 && !isOver ? ["not-stuck"] : [])];
}

function scheduleOf(run: Run): Schedule {
  const moves: Move[] = [];
  for (let at = run; at.before; at = at.before.run) moves.unshift(at.before.move);
  return { initial: run.initial, moves };
}
