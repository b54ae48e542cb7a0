import { judge } from "../../machine/judge.ts";
import type { Exploration, Limits, Progress } from "../explore.ts";
import type { Schedule } from "../../machine/schedule.ts";
import type { Program } from "../../machine/program.ts";
import { checkPurity } from "../../machine/purity.ts";
import type { Lkmm, LkmmEffect } from "../../memory/lkmm/machine.ts";
import { presentValue, type Layout } from "../../memory/lkmm/layout.ts";
import type { LkmmRun } from "../../memory/lkmm/execution.ts";
import type { Unordered } from "../../memory/lkmm/load-buffering.ts";
import type { PlacedWay } from "../../memory/lkmm/steps.ts";
import { closing } from "../../memory/lkmm/load-cycles.ts";
import { DONE } from "../../machine/state.ts";
import { MOST_THREADS, TOO_MANY_THREADS, WaysOut, finishedIn, shouldFinishIn } from "../ways-out.ts";
import { isMove, LkmmGraph, type IsLast } from "./graph.ts";
import { lkmmSpecs } from "../../memory/lkmm/spec.ts";
import { rescheduled } from "./switches.ts";

/** What a search under LKMM says besides. */
export interface LkmmExploration extends Exploration {
  readonly layout: Layout;
  /** The machine whose states these runs go through. */
  readonly lkmm: Lkmm;
  /** The runs of `found`, each allowed by the axioms of LKMM. */
  readonly runs: ReadonlyMap<string, LkmmRun>;
  /** What stopped the search for schedules of these runs with fewer context switches, where something did. */
  readonly unscheduled: ReadonlyMap<string, string>;
  /** By spec: the shared fields it reads while CPUs may disagree about them, so that it was not judged. */
  readonly unjudged: ReadonlyMap<string, readonly string[]>;
  /** Specs and checks of whose runs LKMM forbids each that was tried; there may be others. */
  readonly uncertain: ReadonlySet<string>;
  /** Loads that LKMM lets later stores overtake; runs in which such a load returns what depends on it were not explored. */
  readonly unordered: readonly Unordered[];
}

export interface LkmmLimits extends Limits {
  /** Treat threads declared symmetric as the same; default: true. */
  readonly symmetry?: boolean;
}

const STATES_PER_PROGRESS = 500;
// A spec may take long to be asked.
const MS_PER_PROGRESS = 200;
// Where a spec fails in many states, one of the first is enough.
const MOST_CANDIDATES = 40;

interface Candidate {
  readonly state: number;
  readonly isLast?: IsLast;
}

/** Visits every state that the machine of src/memory/lkmm/machine.ts reaches, breadth first. Yields progress. */
export function* searchLkmm(program: Program, limits: LkmmLimits = {}): Generator<Progress, LkmmExploration> {
  const { specs } = program.scenario;
  const maxStates = limits.maxStates ?? Infinity;
  const graph = new LkmmGraph(program, limits.symmetry ?? true);
  for (const _ of checkPurity(program)) {
    yield { states: 0, waiting: 0, depth: 0 };
    if (limits.stop?.() !== undefined) break;
  }
  const { lkmm, states } = graph;
  const { layout } = lkmm;
  const taken = layout.program.threads.map(({ points }) => points.map(() => 0));
  const waysTaken = new Set<PlacedWay>();
  const counts = { transitions: 0, done: 0, stuck: 0 };
  const candidates = new Map<string, Candidate[]>();
  const unjudged = new Map<string, Set<string>>();
  let cut: string | undefined;
  let grown: string | undefined;
  /** A loop has stored so often that what it would do next is not looked at. */
  const isOutgrown = ({ inserted, taken, state }: LkmmEffect): boolean => {
    const list = taken?.way.list;
    if (inserted === undefined || list === undefined) return false;
    const most = layout.mostStores[list]!;
    if (lkmm.lengthOf(state, list) <= most) return false;
    const { name } = layout.lists[list]!;
    grown ??= `a loop: more than ${most} stores to ${name} that some CPU need not have seen; let it wait instead, or go round only a few times`;
    return true;
  };
  const wanted = shouldFinishIn(program);
  const ways = new WaysOut();
  const own = graph.symmetry.groups.length > 0 ? [...program.threads.keys()] : undefined;
  /** States in which the run is over, or a step can fail a check. */
  const ends = new Set<number>();

  const note = (name: string, candidate: Candidate): void => {
    const known = candidates.get(name) ?? [];
    if (known.length < MOST_CANDIDATES && known.at(-1)?.state !== candidate.state)
      candidates.set(name, [...known, candidate]);
  };
  const asked = lkmmSpecs(lkmm);
  const inState = specs.filter(({ kind }) => kind !== "atEnd").map((spec) => ({ name: spec.name, ...asked(spec) }));
  const isOpen = ({ name }: { readonly name: string }): boolean =>
    !unjudged.has(name) && candidates.get(name)?.length !== MOST_CANDIDATES;

  let next = 0;
  let yieldAt = Infinity;
  for (; next < states.size && cut === undefined; next++) {
    if (next % STATES_PER_PROGRESS === 0 || performance.now() > yieldAt) {
      yieldAt = performance.now() + MS_PER_PROGRESS;
      yield {
        states: states.size,
        waiting: states.size - next,
        depth: graph.depthOf(next),
        store: { bytes: states.bytes, load: states.load },
      };
      cut = limits.stop?.();
      if (cut !== undefined) break;
    }
    const state = states.get(next);
    const open = inState.filter(isOpen);
    for (const spec of open) {
      const answer = spec.ask(state);
      if (answer === true) note(spec.name, { state: next });
      else if (answer !== false) unjudged.set(spec.name, new Set(answer));
    }
    graph.expand(next);
    const before = counts.transitions;
    lkmm.forEachEffect(state, (effect) => {
      counts.transitions++;
      if (effect.taken) {
        taken[effect.thread]![effect.taken.point]!++;
        waysTaken.add(effect.taken.way);
      }
      const leaf = effect.taken?.leaf;
      if (leaf?.kind === "violation") {
        note(leaf.check, { state: next, isLast: fails(leaf.check) });
        ends.add(next);
      } else if (isMove(effect) && !isOutgrown(effect))
        ways.add(next, graph.reach(effect.state), graph.symmetry.lastPlaces ?? own);
      for (const { name, askOfStore } of open)
        if (askOfStore(state, effect)) note(name, { state: next, isLast: (last, before) => askOfStore(before, last) });
    });
    if (states.size > maxStates) cut = `--max-states ${maxStates}`;
    if (counts.transitions > before) continue;
    ends.add(next);
    if (lkmm.isDone(state)) {
      counts.done++;
      for (const spec of specs)
        if (spec.kind === "atEnd" && !judge(program, spec, (cell) => presentValue(layout, state, cell)).holds)
          note(spec.name, { state: next });
    } else {
      counts.stuck++;
      note("not-stuck", { state: next });
    }
  }
  cut ??= grown;
  const unknown = program.threads.length > MOST_THREADS ? new Map([["never-finishes", TOO_MANY_THREADS]]) : undefined;
  if (cut === undefined && !unknown) {
    const pointsOf = (state: Int32Array) => (thread: number) => state[layout.points + thread]! + DONE;
    const finished = Int32Array.from({ length: states.size }, (_, i) =>
      ends.has(i) ? wanted : finishedIn(program, wanted, pointsOf(states.get(i))),
    );
    ways.spread(finished);
    for (const [state, bits] of finished.entries()) if (bits !== wanted) note("never-finishes", { state });
  }
  const isTaken = (thread: number, point: number, way: number): boolean =>
    graph.symmetry.alike(thread).some((one) => waysTaken.has(layout.threads[one]!.points[point]!.ways[way]![1]));
  const found = new Map<string, Schedule>();
  const runs = new Map<string, LkmmRun>();
  const unscheduled = new Map<string, string>();
  const uncertain = new Set<string>();
  for (const [name, list] of candidates) {
    if (unjudged.has(name)) continue;
    for (const { state, isLast } of list) {
      const certified = graph.certify(state, isLast);
      if (typeof certified === "string") continue;
      const { initial } = certified;
      const { run, cut: stopped } = rescheduled(lkmm, certified.run);
      if (stopped !== undefined) unscheduled.set(name, stopped);
      found.set(name, { initial, moves: run.moves });
      runs.set(name, run);
      break;
    }
    if (!found.has(name)) uncertain.add(name);
  }
  return {
    ...counts,
    initial: graph.initial,
    states: states.size,
    depth: graph.depthOf(states.size - 1),
    waiting: states.size - next,
    found,
    taken,
    symmetric: graph.symmetry.groups.map(({ name }) => name),
    layout,
    lkmm,
    runs,
    unscheduled,
    unjudged: new Map([...unjudged].map(([name, fields]) => [name, [...fields]])),
    uncertain,
    unordered: closing(layout.unordered, layout.threads, isTaken),
    ...(unknown && { unknown }),
    ...(cut !== undefined && { cut }),
  };
}

/** A step on which this check fails. */
const fails =
  (check: string) =>
  ({ taken }: LkmmEffect): boolean =>
    taken?.leaf.kind === "violation" && taken.leaf.check === check;
