import { InternalError } from "../../model/error.ts";
import type { Leaf } from "../../analysis/decision-tree.ts";
import { judge } from "../../machine/judge.ts";
import type { Exploration, Limits, Overtaken, Progress } from "../../machine/exploration.ts";
import type { Schedule } from "../../machine/schedule.ts";
import { checkPurity } from "../../machine/purity.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import { presentValue, type Layout } from "./layout.ts";
import { hasOrderInTime, isSequential, type Recorded } from "./execution.ts";
import { closing } from "./load-cycles.ts";
import { DONE } from "../../machine/state.ts";
import { MOST_THREADS, TOO_MANY_THREADS, doomedAmong, finishedIn, shouldFinishIn } from "../../analysis/ways-out.ts";
import { isMove, LkmmGraph, type IsLast } from "./graph.ts";
import { lkmmSpecs } from "./spec.ts";
import { sequentialRuns } from "./in-sequence.ts";
import { refuted } from "./refuted.ts";
import { rescheduled, type Rescheduled } from "./reschedule.ts";

/** What a search under LKMM says besides. */
export interface LkmmExploration extends Exploration {
  readonly layout: Layout;
  /** The machine whose states these runs go through. */
  readonly lkmm: Lkmm;
  /** The runs of `found`, each allowed by the axioms of LKMM. */
  readonly runs: ReadonlyMap<string, Recorded>;
  /** What stopped the search for schedules of these runs with fewer context switches, where something did. */
  readonly unscheduled: ReadonlyMap<string, string>;
  /** Specs and checks with a shorter run than that of `found`, in which something is out of order, as in that nothing is. */
  readonly outOfOrder: ReadonlySet<string>;
  /** By spec: the shared fields it reads while CPUs may disagree about them, so that it was not judged. */
  readonly unjudged: ReadonlyMap<string, readonly string[]>;
  /** Specs and checks of whose runs LKMM forbids each that was tried; there may be others. */
  readonly uncertain: ReadonlySet<string>;
  /** Loads that LKMM lets later stores overtake; runs in which such a load returns what depends on it were not explored. */
  readonly unordered: readonly Overtaken[];
}

const STATES_PER_PROGRESS = 500;
// A spec may take long to be asked.
const MS_PER_PROGRESS = 200;
// Where a spec fails in many states, one of the first is enough.
const MOST_CANDIDATES = 40;
// Where a run is out of order, so many of them are asked for one that is not, and so many runs to each.
const MOST_IN_ORDER = 8;
const MOST_RUNS_IN_ORDER = 10;
// States that follow where all stores have become visible, and some thread waits.
const MOST_LATE = 200_000;

interface Candidate {
  readonly state: number;
  readonly isLast?: IsLast;
}

/** Visits every state that the machine of src/memory/lkmm/lkmm.ts reaches, breadth first. Yields progress. */
export function* searchLkmm(lkmm: Lkmm, limits: Limits = {}): Generator<Progress, LkmmExploration> {
  const program = lkmm.source;
  const { specs } = program.scenario;
  const maxStates = limits.maxStates ?? Infinity;
  const graph = new LkmmGraph(lkmm, limits.symmetry ?? true);
  for (const _ of checkPurity(program)) {
    yield { states: 0, waiting: 0, depth: 0 };
    if (limits.stop?.() !== undefined) break;
  }
  const { states } = graph;
  const { layout } = lkmm;
  const taken = layout.program.threads.map(({ points }) => points.map(() => 0));
  const waysTaken = new Set<Leaf>();
  const counts = { transitions: 0, done: 0, stuck: 0 };
  const candidates = new Map<string, Candidate[]>();
  const unjudged = new Map<string, Set<string>>();
  let cut: string | undefined;
  let grown: string | undefined;
  const wanted = shouldFinishIn(program);
  /** States in which the run is over, or a step can fail a check. */
  const ends = new Set<number>();
  /** By state: what becomes of it where some thread can go on only as long as stores are not visible. */
  const visible = new Map<number, Int32Array>();

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
      const isRound = next % STATES_PER_PROGRESS === 0;
      yield {
        ...(isRound && { isRound }),
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
        if (!waysTaken.has(effect.taken.leaf)) waysTaken.add(effect.taken.leaf);
      }
      const leaf = effect.taken?.leaf;
      if (leaf?.kind === "violation") {
        note(leaf.check, { state: next, isLast: fails(leaf.check) });
        ends.add(next);
      } else {
        const outgrows = outgrowing(lkmm, effect);
        grown ??= outgrows;
        if (outgrows === undefined) graph.reach(effect.state);
      }
      for (const { name, askOfStore } of open)
        if (askOfStore(state, effect)) note(name, { state: next, isLast: (last, before) => askOfStore(before, last) });
    });
    if (states.size > maxStates) cut = `--max-states ${maxStates}`;
    if (counts.transitions > before) {
      const later = lkmm.eventually(state);
      if (!later) continue;
      visible.set(next, later);
      if (lkmm.effects(later).length > 0 || lkmm.isDone(later)) continue;
      counts.stuck++;
      note("not-stuck", { state: next });
      continue;
    }
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
  const unknown = new Map<string, string>();
  if (program.threads.length > MOST_THREADS) unknown.set("never-finishes", TOO_MANY_THREADS);
  else if (cut === undefined) {
    let at: Int32Array;
    const pointOf = (thread: number): number => at[layout.points + thread]! + DONE;
    const finished = new Int32Array(states.size);
    for (let i = 0; i < states.size; i++) {
      at = states.get(i);
      finished[i] = ends.has(i) ? wanted : finishedIn(program, wanted, pointOf);
    }
    graph.ways.spread(finished);
    const late = doomedAmong(stepsOf(lkmm), visible, Math.min(maxStates, MOST_LATE));
    if (late === "too many")
      unknown.set("never-finishes", `more than ${MOST_LATE} states that follow on what some thread waits for`);
    const doomed = new Set(late === "too many" ? [] : late);
    for (let state = 0; state < states.size; state++)
      if (finished[state] !== wanted || doomed.has(state)) note("never-finishes", { state });
  }
  const isTaken = (thread: number, point: number, leaf: Leaf, way: number): boolean =>
    waysTaken.has(leaf) ||
    graph.symmetry
      .alike(thread)
      .some((one) => one !== thread && waysTaken.has(layout.threads[one]!.points[point]!.ways.leaves[way]!));
  const found = new Map<string, Schedule>();
  const runs = new Map<string, Recorded>();
  const unscheduled = new Map<string, string>();
  const uncertain = new Set<string>();
  const outOfOrder = new Set<string>();
  /** A run to one of the first candidates in which nothing is out of order. */
  const inOrderAmong = (list: readonly Candidate[]): (Rescheduled & { readonly initial: number }) | undefined => {
    for (const { state, isLast } of list.slice(0, MOST_IN_ORDER)) {
      const certified = graph.certify(state, isLast, { runs: MOST_RUNS_IN_ORDER, is: hasOrderInTime });
      if (typeof certified === "string") continue;
      const scheduled = rescheduled(lkmm, certified.run);
      if (isSequential(layout, scheduled.run)) return { ...scheduled, initial: certified.initial };
    }
    return undefined;
  };
  for (const [name, list] of candidates) {
    if (unjudged.has(name)) continue;
    for (const { state, isLast } of list) {
      const certified = graph.certify(state, isLast);
      if (typeof certified === "string") continue;
      const first = { ...rescheduled(lkmm, certified.run), initial: certified.initial };
      const inOrder = isSequential(layout, first.run) ? first : inOrderAmong(list);
      if (inOrder && inOrder.run.moves.length > first.run.moves.length) outOfOrder.add(name);
      const { run, cut: stopped, initial } = inOrder ?? first;
      if (stopped !== undefined) unscheduled.set(name, stopped);
      found.set(name, { initial, moves: run.moves });
      runs.set(name, run);
      break;
    }
    if (!found.has(name)) uncertain.add(name);
  }
  if (cut === undefined) for (const name of refuted(lkmm, graph, uncertain)) uncertain.delete(name);
  for (const [name, { initial, run }] of sequentialRuns(lkmm, uncertain, () => limits.stop?.() !== undefined)) {
    found.set(name, { initial, moves: run.moves });
    runs.set(name, run);
    uncertain.delete(name);
  }
  return {
    ...counts,
    initial: graph.initial,
    states: states.size,
    depth: graph.depthOf(states.size - 1),
    waiting: states.size - next,
    found,
    taken,
    symmetric: graph.symmetry.names,
    layout,
    lkmm,
    runs,
    unscheduled,
    outOfOrder,
    unjudged: new Map([...unjudged].map(([name, fields]) => [name, [...fields]])),
    uncertain,
    unordered: closing(layout.unordered, layout.threads, isTaken),
    ...(unknown.size > 0 && { unknown }),
    ...(cut !== undefined && { cut }),
  };
}

/** A loop has stored so often that what it would do next is not looked at: why. */
export function outgrowing(lkmm: Lkmm, { inserted, taken, state }: LkmmEffect): string | undefined {
  const list = taken?.way.list;
  if (inserted === undefined || list === undefined) return undefined;
  const { layout } = lkmm;
  const most = layout.mostStores[list]!;
  if (lkmm.lengthOf(state, list) <= most) return undefined;
  const { name } = layout.lists[list]!;
  return `a loop: more than ${most} stores to ${name} that some CPU need not have seen; let it wait instead, or go round only a few times`;
}

/** As much of LKMM's machine as it takes to follow its states. */
const stepsOf = (lkmm: Lkmm): Parameters<typeof doomedAmong<Int32Array>>[0] => ({
  running: lkmm.layout.program,
  key: (state) => state.join(),
  pointOf: (state, thread) => state[lkmm.layout.points + thread]! + DONE,
  forEachStep: (state, visit) =>
    lkmm.forEachEffect(state, (effect) => {
      const { thread, picks, taken } = effect;
      const to = isMove(effect) && outgrowing(lkmm, effect) === undefined ? effect.state.slice() : undefined;
      const reads = new Map();
      const told = {
        key: "",
        move: { thread, picks },
        point: taken?.point,
        reads,
        failed: undefined,
        meets: () => false,
      };
      visit({ thread, to, ...told, account: nothingToTell });
    }),
});

const nothingToTell = (): never => {
  throw new InternalError("a step that was only counted has nothing to tell");
};

/** A step on which this check fails. */
const fails =
  (check: string) =>
  ({ taken }: LkmmEffect): boolean =>
    taken?.leaf.kind === "violation" && taken.leaf.check === check;
