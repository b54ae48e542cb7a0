import { judge } from "../../src/semantics/check.ts";
import { isDone } from "../../src/semantics/finish.ts";
import { initialStates, type Machine } from "../../src/semantics/machine.ts";
import { effectsOf, type Effect, type Move } from "../../src/semantics/step.ts";
import { DONE, readerOf, stateKey, type State } from "../../src/semantics/state.ts";
import type { SpecResult, Trace } from "../../src/trace/result.ts";
import { runSchedule } from "../../src/trace/run.ts";

interface Taken {
  readonly move: Move;
  readonly before: Taken | undefined;
}

const movesOf = (path: Taken | undefined): readonly Move[] => (path ? [...movesOf(path.before), path.move] : []);

const STRAYED = Infinity;

/** A step by who takes it, where, and for which time. */
const nameOf = (thread: number, point: number, time: number): string => `${thread} ${point} ${time}`;

/**
 * Looks for a run in which the shown steps of a violating one come in the order in which they are shown, all others at any
 * time, and which ends without the violation: then it was not what is shown that decided it. Choices are those of the
 * violating run. A run that cannot end in that order decides nothing. `undefined` if there is none, or in more than `most`
 * states.
 */
export function escapeFromOrder(
  machine: Machine,
  { name, kind }: Pick<SpecResult, "name" | "kind">,
  { schedule, slice }: Pick<Trace, "schedule" | "slice">,
  most = 2_000,
): readonly Move[] | undefined {
  const spec = machine.scenario.specs.find((one) => one.name === name);
  const { moments } = runSchedule(machine, schedule, name);
  const times = new Map<string, number>();
  const timeOf = (counts: ReadonlyMap<string, number>, thread: number, point: number): number =>
    counts.get(`${thread} ${point}`) ?? 0;
  const named = moments.map(({ effect: { move }, before }) => {
    const point = before.points.get(move.thread)!;
    const time = timeOf(times, move.thread, point);
    times.set(`${move.thread} ${point}`, time + 1);
    return { move, name: nameOf(move.thread, point, time) };
  });
  const ways = machine.threads.map((_, thread) =>
    moments.flatMap(({ effect: { move }, before }) => (move.thread === thread ? before.points.get(thread)! : [])),
  );
  const picksOf = new Map(named.map((one) => [one.name, one.move.picks.join()]));
  const shown = slice.map((step) => named[step]!);
  const turnOf = new Map(shown.map((one, turn) => [one.name, turn]));
  const isBad = (state: State): boolean => spec !== undefined && !judge(machine, spec, readerOf(state)).holds;
  const key = stateKey(machine.cells);
  interface At {
    readonly state: State;
    readonly turn: number;
    readonly counts: ReadonlyMap<string, number>;
    /** By thread: how many steps it has taken as in the violating run, or that it has strayed from there. */
    readonly taken: readonly number[];
    readonly path: Taken | undefined;
  }
  const open: At[] = [
    {
      state: initialStates(machine)[schedule.initial]!,
      turn: 0,
      counts: new Map(),
      taken: machine.threads.map(() => 0),
      path: undefined,
    },
  ];
  const seen = new Set<string>();
  for (let at = open.pop(); at; at = open.pop()) {
    const { state, turn, counts, taken, path } = at;
    const id = `${key(state)} ${turn} ${JSON.stringify([[...counts].toSorted(), taken])}`;
    if (seen.has(id)) continue;
    if (seen.size > most) return undefined;
    seen.add(id);
    if (kind === "always" && isBad(state)) continue;
    if (kind === "always" && turn === shown.length) return movesOf(path);
    if (isDone(machine, state)) {
      if (kind === "atEnd" && isBad(state)) continue;
      return movesOf(path);
    }
    const next = shown[turn];
    // Its thread has gone another way, and takes it no more: nothing is shown any more that orders the rest.
    if (next && state.points.get(next.move.thread)! === DONE) {
      if (kind !== "atEnd") return movesOf(path);
      open.push({ ...at, turn: shown.length });
      continue;
    }
    for (const thread of machine.threads.keys()) {
      const point = state.points.get(thread)!;
      if (point === DONE) continue;
      const time = timeOf(counts, thread, point);
      const id = nameOf(thread, point, time);
      // A run that need not end is no longer than the violating one, unless a thread goes another way.
      const expected = ways[thread]!;
      const way = taken[thread]!;
      if (kind !== "atEnd" && way === expected.length) continue;
      const goesOn = way < expected.length && expected[way] === point ? way + 1 : way < expected.length ? STRAYED : way;
      const own = turnOf.get(id);
      if (own !== undefined && own > turn) continue;
      const allowed = (effect: Effect): boolean =>
        (picksOf.get(id) ?? effect.move.picks.join()) === effect.move.picks.join();
      for (const effect of effectsOf(machine, state, thread).filter(allowed)) {
        // A check that fails ends the run, in this violation or in another one.
        if (effect.outcome.kind !== "moved") continue;
        open.push({
          state: effect.outcome.state,
          turn: own === turn ? turn + 1 : turn,
          // Beyond what the violating run has, steps of a loop are all alike.
          counts: new Map([...counts, [`${thread} ${point}`, Math.min(time + 1, timeOf(times, thread, point))]]),
          taken: taken.with(thread, goesOn),
          path: { move: effect.move, before: path },
        });
      }
    }
  }
  return undefined;
}
