import type { BuiltIn } from "../model/spec.ts";
import {
  MOST_THREADS,
  TOO_MANY_THREADS,
  WaysOut,
  doomedAmong,
  finishedIn,
  shouldFinishIn,
} from "../analysis/ways-out.ts";
import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import { judge } from "../machine/judge.ts";
import { stepsFrom, type Machine, type Step } from "../machine/machine.ts";
import { checkPurity } from "../machine/purity.ts";
import type { Schedule } from "../machine/schedule.ts";
import { plainly, progressOf } from "./progress.ts";

const STATES_PER_PROGRESS = 500;
// A spec may take long to be asked.
const MS_PER_PROGRESS = 200;
// Where the memory model forbids runs: so many ends are tried, and of each so many runs.
const MOST_ENDS = 40;
const MOST_RUNS = 500;
// States that follow where all stores have become visible, and some thread waits.
const MOST_LATE = 200_000;

/** A state that was reached, and how: enough to walk back to an initial state. */
interface Visit<S> {
  readonly state: S;
  readonly depth: number;
  /** Index among the initial states; -1 for all others. */
  readonly initial: number;
  /** All steps that lead here from one step less; of a machine that allows all its runs, only the first. */
  readonly from: Arrival<S>[];
}

interface Arrival<S> {
  readonly parent: Visit<S>;
  readonly key: string;
}

/** Where something was found: in a state, or in a step that leaves it. */
interface End<S> {
  readonly visit: Visit<S>;
  readonly last?: string;
}

export interface ExploreLimits<S> extends Limits {
  /** Told of each state before its steps are taken, and of its depth. */
  readonly see?: (state: S, depth: number) => void;
}

/**
 * Visits every reachable state, breadth first and exactly: a queue, a map, no reduction but the machine's own. This is
 * what a scenario means; everything faster must agree with it. Yields progress so that the caller can do something else
 * meanwhile.
 */
export function* explore<S>(machine: Machine<S>, limits: ExploreLimits<S> = {}): Generator<Progress, Exploration> {
  const { running, program } = machine;
  const { specs } = program.scenario;
  const maxStates = limits.maxStates ?? Infinity;
  const queue: Visit<S>[] = [];
  const ends = new Map<string, End<S>[]>();
  const unjudged = new Map<string, Set<string>>();
  const taken = running.threads.map(({ points }) => points.map(() => 0));
  const ways = new Set<unknown>();
  const numbers = new Map<string, number>();
  const wanted = shouldFinishIn(running);
  const waysOut = new WaysOut();
  /** States in which the run is over, or a step can fail a check. */
  const overIn = new Set<number>();
  /** By state: what becomes of it where some thread can go on only as long as stores are not visible. */
  const visible = new Map<number, S>();
  const counts = { initial: 0, transitions: 0, depth: 0, done: 0, stuck: 0 };
  const mostEnds = machine.allowsAll ? 1 : MOST_ENDS;
  let cut: string | undefined;
  let grown: string | undefined;

  const reach = (state: S, depth: number, initial: number, arrival?: Arrival<S>): void => {
    const name = machine.key(state);
    const known = numbers.get(name);
    if (known === undefined && queue.length >= maxStates) {
      cut = `--max-states ${maxStates}`;
      return;
    }
    const number = known ?? queue.push({ state, depth, initial, from: arrival ? [arrival] : [] }) - 1;
    if (arrival) waysOut.add(next, number);
    if (known === undefined) {
      numbers.set(name, number);
      counts.depth = Math.max(counts.depth, depth);
    } else if (arrival && !machine.allowsAll && queue[known]!.depth === depth) queue[known]!.from.push(arrival);
  };
  const find = (name: string, visit: Visit<S>, last?: string): void => {
    const known = ends.get(name) ?? [];
    if (known.length < mostEnds && known.at(-1)?.visit !== visit)
      ends.set(name, [...known, { visit, ...(last !== undefined && { last }) }]);
  };
  const isOpen = (name: string): boolean => !unjudged.has(name) && (ends.get(name)?.length ?? 0) < mostEnds;

  // The queue is never shortened: it is also the list of visited states, in the order they were reached.
  let next = 0;
  for (const [initial, state] of machine.initial.entries()) reach(state, 0, initial);
  counts.initial = queue.length;

  let yieldAt = Infinity;
  for (; next < queue.length && cut === undefined; next++) {
    const visit = queue[next]!;
    if (next % STATES_PER_PROGRESS === 0 || performance.now() > yieldAt) {
      yieldAt = performance.now() + MS_PER_PROGRESS;
      const isRound = next % STATES_PER_PROGRESS === 0;
      yield {
        states: queue.length,
        waiting: queue.length - next,
        depth: visit.depth,
        ...(isRound && { isRound }),
      };
      cut = limits.stop?.();
      if (cut !== undefined) break;
    }
    limits.see?.(visit.state, visit.depth);
    const open = specs.filter(({ kind, name }) => kind !== "atEnd" && isOpen(name));
    for (const spec of open) {
      const answer = machine.ask(spec, visit.state);
      if (answer === true) find(spec.name, visit);
      else if (answer !== false) unjudged.set(spec.name, new Set(answer));
    }

    let enabled = false;
    machine.forEachStep(visit.state, (step) => {
      enabled = true;
      counts.transitions++;
      if (step.point !== undefined) taken[step.thread]![step.point]!++;
      if (step.way !== undefined) ways.add(step.way);
      grown ??= step.outgrows;
      if (step.failed) {
        find(step.failed.check, visit, step.key);
        overIn.add(next);
      } else if (step.outgrows === undefined) reach(step.to!, visit.depth + 1, -1, { parent: visit, key: step.key });
      for (const spec of open) if (step.meets(spec)) find(spec.name, visit, step.key);
    });

    if (enabled) {
      const later = machine.eventually?.(visit.state);
      if (later === undefined) continue;
      visible.set(next, later);
      if (stepsFrom(machine, later).length > 0 || machine.isDone(later)) continue;
      counts.stuck++;
      find("not-stuck" satisfies BuiltIn, visit);
      continue;
    }
    overIn.add(next);
    if (machine.isDone(visit.state)) {
      counts.done++;
      for (const spec of specs)
        if (spec.kind === "atEnd" && isOpen(spec.name) && !holdsIn(machine, spec, visit.state)) find(spec.name, visit);
    } else {
      counts.stuck++;
      find("not-stuck" satisfies BuiltIn, visit);
    }
  }
  for (const _ of checkPurity(running)) {
    yield { states: queue.length, waiting: queue.length - next, depth: counts.depth };
    if (limits.stop?.() !== undefined) break;
  }
  if (queue[0]) limits.see?.(queue[0].state, Infinity);
  cut ??= grown;
  const unknown = new Map<string, string>();
  if (running.threads.length > MOST_THREADS) unknown.set("never-finishes" satisfies BuiltIn, TOO_MANY_THREADS);
  else if (cut === undefined) {
    const finished = Int32Array.from(queue, ({ state }, number) =>
      overIn.has(number) ? wanted : finishedIn(running, wanted, (thread) => machine.pointOf(state, thread)),
    );
    waysOut.spread(finished);
    const late = doomedAmong(machine, visible, MOST_LATE);
    if (late === "too many") unknown.set("never-finishes", `more than ${MOST_LATE} states that follow on a wait`);
    const doomed = new Set(late === "too many" ? [] : late);
    for (const [number, bits] of finished.entries())
      if (bits !== wanted || doomed.has(number)) find("never-finishes" satisfies BuiltIn, queue[number]!);
  }
  const { progress } = program.scenario;
  const endless =
    cut === undefined && machine.allowsAll && progress.length > 0
      ? yield* progressOf(
          plainly(
            machine,
            queue.map(({ state }) => state),
            numbers,
          ),
          progress,
          limits,
        )
      : undefined;
  for (const [name, why] of endless?.unknown ?? []) unknown.set(name, why);
  const found = new Map<string, Schedule>(endless?.found);
  const uncertain = new Set<string>();
  for (const [name, list] of ends) {
    if (unjudged.has(name)) continue;
    const schedule = firstAllowed(machine, list);
    if (schedule) found.set(name, schedule);
    else uncertain.add(name);
  }
  return {
    ...counts,
    states: queue.length,
    waiting: queue.length - next,
    found,
    taken,
    symmetric: [],
    ...(unknown.size > 0 && { unknown }),
    ...(endless && { neverBegun: endless.neverBegun }),
    ...(!machine.allowsAll && { uncertain, unjudged: listed(unjudged) }),
    ...(machine.overtaken && { unordered: machine.overtaken(ways) }),
    ...(cut !== undefined && { cut }),
  };
}

const holdsIn = <S>(machine: Machine<S>, spec: Parameters<Machine["ask"]>[0], state: S): boolean =>
  judge(machine.program, spec, (cell) => machine.read(state, cell)).holds;

const listed = (sets: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, readonly string[]> =>
  new Map([...sets].map(([name, set]) => [name, [...set]]));

/** A run to one of these ends that the memory model allows, with the fewest steps; nothing if none was among those tried. */
function firstAllowed<S>(machine: Machine<S>, ends: readonly End<S>[]): Schedule | undefined {
  for (const { visit, last } of ends) {
    let left = machine.allowsAll ? 1 : MOST_RUNS;
    for (const { initial, keys } of waysTo(visit, last === undefined ? [] : [last])) {
      const run = machine.along(initial, keys);
      if (machine.allowsAll || run.forbiddenBy() === undefined) return run.schedule;
      if (--left === 0) break;
    }
  }
  return undefined;
}

function* waysTo<S>(
  { initial, from }: Visit<S>,
  after: readonly Step["key"][],
): Generator<{ readonly initial: number; readonly keys: readonly string[] }> {
  if (initial >= 0) yield { initial, keys: after };
  else for (const { parent, key } of from) yield* waysTo(parent, [key, ...after]);
}
