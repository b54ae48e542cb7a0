import type { Cell } from "../model/access.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../semantics/check.ts";
import type { Exploration, Limits, Progress, Schedule } from "../semantics/explore.ts";
import { Unknown, type Machine } from "../semantics/machine.ts";
import type { LkmmEffect } from "../semantics/memory/lkmm.ts";
import { presentValue, type Layout } from "../semantics/memory/lkmm-layout.ts";
import type { LkmmRun } from "../semantics/memory/execution.ts";
import type { Unordered } from "../semantics/memory/load-buffering.ts";
import { isMove, LkmmGraph } from "./lkmm-graph.ts";

/** What a search under LKMM says besides. */
export interface LkmmExploration extends Exploration {
  readonly layout: Layout;
  /** The runs of `found`, each allowed by the axioms of LKMM. */
  readonly runs: ReadonlyMap<string, LkmmRun>;
  /** By spec: the shared fields it reads while CPUs may disagree about them, so that it was not judged. */
  readonly unjudged: ReadonlyMap<string, readonly string[]>;
  /** Specs and checks that only runs were found for which LKMM does not allow, or too many to try them all. */
  readonly uncertain: ReadonlySet<string>;
  /** Loads that LKMM lets later stores overtake; runs in which such a load returns what depends on it were not explored. */
  readonly unordered: readonly Unordered[];
}

export interface LkmmLimits extends Limits {
  /** Treat threads declared symmetric as the same; default: true. */
  readonly symmetry?: boolean;
}

const STATES_PER_PROGRESS = 500;
// Where a spec fails in many states, one of the first is enough.
const MOST_CANDIDATES = 40;

interface Candidate {
  readonly state: number;
  readonly isLast?: (effect: LkmmEffect) => boolean;
}

/** Visits every state that the machine of src/semantics/memory/lkmm.ts reaches, breadth first. Yields progress. */
export function* searchLkmm(machine: Machine, limits: LkmmLimits = {}): Generator<Progress, LkmmExploration> {
  const { specs } = machine.scenario;
  const maxStates = limits.maxStates ?? Infinity;
  const graph = new LkmmGraph(machine, limits.symmetry ?? true);
  const { lkmm, states } = graph;
  const { layout } = lkmm;
  const taken = machine.threads.map(({ points }) => points.map(() => 0));
  const counts = { transitions: 0, done: 0, stuck: 0 };
  const candidates = new Map<string, Candidate[]>();
  const unjudged = new Map<string, Set<string>>();
  let cut: string | undefined;

  const note = (name: string, candidate: Candidate): void => {
    const known = candidates.get(name) ?? [];
    if (known.length < MOST_CANDIDATES && known.at(-1)?.state !== candidate.state)
      candidates.set(name, [...known, candidate]);
  };
  const ask = specs.map((spec) => asker(layout, spec));

  let next = 0;
  for (; next < states.size && cut === undefined; next++) {
    if (next % STATES_PER_PROGRESS === 0) {
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
    for (const [i, spec] of specs.entries()) {
      if (spec.kind === "atEnd" || unjudged.has(spec.name) || candidates.get(spec.name)?.length === MOST_CANDIDATES)
        continue;
      const answer = ask[i]!(state);
      if (answer === "hit") note(spec.name, { state: next });
      else if (answer !== "miss") unjudged.set(spec.name, new Set(answer));
    }
    graph.expand(next);
    const before = counts.transitions;
    lkmm.forEachEffect(state, (effect) => {
      counts.transitions++;
      if (effect.taken) taken[effect.thread]![effect.taken.point]!++;
      const leaf = effect.taken?.leaf;
      if (leaf?.kind === "violation") note(leaf.check, { state: next, isLast: fails(leaf.check) });
      else if (isMove(effect)) graph.reach(effect.state);
    });
    if (states.size > maxStates) cut = `--max-states ${maxStates}`;
    if (counts.transitions > before) continue;
    if (lkmm.isDone(state)) {
      counts.done++;
      for (const spec of specs)
        if (spec.kind === "atEnd" && !judge(machine, spec, (cell) => presentValue(layout, state, cell)).holds)
          note(spec.name, { state: next });
    } else {
      counts.stuck++;
      note("not-stuck", { state: next });
    }
  }
  const isTaken = (thread: number, point: number): boolean =>
    graph.symmetry.alike(thread).some((one) => taken[one]![point]! > 0);
  const found = new Map<string, Schedule>();
  const runs = new Map<string, LkmmRun>();
  const uncertain = new Set<string>();
  for (const [name, list] of candidates) {
    if (unjudged.has(name)) continue;
    for (const { state, isLast } of list) {
      const certified = graph.certify(state, isLast);
      if (typeof certified === "string") continue;
      const { initial, run } = certified;
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
    runs,
    unjudged: new Map([...unjudged].map(([name, fields]) => [name, [...fields]])),
    uncertain,
    unordered: layout.unordered.filter(({ thread, load, store }) => isTaken(thread, load) && isTaken(thread, store)),
    ...(cut !== undefined && { cut }),
  };
}

/** A step on which this check fails. */
const fails =
  (check: string) =>
  ({ taken }: LkmmEffect): boolean =>
    taken?.leaf.kind === "violation" && taken.leaf.check === check;

type Answer = "hit" | "miss" | readonly string[];
type Decision = { readonly arms: (Decision | Answer)[]; readonly cell: Cell };

/**
 * Asks a spec of states: it is run once for each combination of values that it ever reads. Answers with the field it
 * reads, if it is one of which CPUs may hold different values. Of a word that RMWs alone change they may not: each of
 * them finds what the last one has stored.
 */
function asker(layout: Layout, spec: Spec): (state: Int32Array) => Answer {
  const { machine, plainAt, listOf } = layout;
  const stored = new Set(
    layout.threads.flatMap(({ points }) =>
      points.flatMap(({ ways }) => ways.flatMap(([, { deed, list }]) => (deed === "write" ? [list] : []))),
    ),
  );
  const isDisputed = (cell: Cell): boolean =>
    layout.lockOf.has(cell) || (cell.guard !== undefined && !cell.isGhost) || stored.has(listOf.get(cell) ?? -1);
  const indexIn = (state: Int32Array, cell: Cell): number => {
    const at = plainAt.get(cell);
    return at === undefined ? cell.values.indexOf(presentValue(layout, state, cell)) : state[at]!;
  };
  const evaluate = (known: ReadonlyMap<Cell, number>): Decision | Answer => {
    try {
      const { holds } = judge(machine, spec, (cell) => {
        const index = isDisputed(cell) ? undefined : known.get(cell);
        if (index === undefined) throw new Unknown(cell);
        return cell.values[index]!;
      });
      return holds === (spec.kind === "sometimes") ? "hit" : "miss";
    } catch (error) {
      if (!(error instanceof Unknown) || typeof error.asked !== "object") throw error;
      if (isDisputed(error.asked)) return [error.asked.name];
      return { cell: error.asked, arms: [] };
    }
  };
  let root: Decision | Answer | undefined;
  /** The values that lead from the root to a node. */
  const knownAt = (state: Int32Array, end: Decision): ReadonlyMap<Cell, number> => {
    const known = new Map<Cell, number>();
    for (let node = root as Decision; ; node = node.arms[known.get(node.cell)!] as Decision) {
      known.set(node.cell, indexIn(state, node.cell));
      if (node === end) return known;
    }
  };
  return (state) => {
    root ??= evaluate(new Map());
    let node = root;
    while (typeof node === "object" && "arms" in node) {
      const at: Decision = node;
      node = at.arms[indexIn(state, at.cell)] ??= evaluate(knownAt(state, at));
    }
    return node;
  };
}
