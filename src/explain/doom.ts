import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { stepsFrom, type Machine, type Step } from "../machine/machine.ts";
import { componentsOf } from "../analysis/components.ts";
import { reach, type Reach } from "../analysis/reach.ts";
import { MOST_THREADS, finishedIn, finishing, shouldFinishIn } from "../analysis/ways-out.ts";

/** How a thread spends its time when all that could happen once has happened. */
export interface Lot {
  readonly thread: number;
  /** It can no longer finish. */
  readonly isDoomed: boolean;
  /** The control points whose steps it takes again and again; if there are none, those at which it stays. */
  readonly points: readonly number[];
  readonly loops: boolean;
  /** What these steps read, where that is always the same. */
  readonly reads: ReadonlyMap<Cell, Value>;
}

/** The threads that can no longer finish, and what becomes of all that still do something. */
export interface Doom {
  readonly threads: readonly number[];
  /** There was more to look at than so many states, in which no run was found that finishes them. */
  readonly lookedAt?: number;
  /** Where not all states were looked at: of these threads, what becomes of each if nothing else happens. */
  readonly lots: readonly Lot[];
}

// As many as the plain machine visits in a second or so.
const MOST_STATES = 10_000;

/** Looks at all that can follow on a state. Where that is too much, a thread counts as doomed if no run was found that finishes it. */
export function doomOf<S>(machine: Machine<S>, state: S, mostStates = MOST_STATES): Doom {
  const program = machine.running;
  if (program.threads.length > MOST_THREADS) return { threads: [], lots: [] };
  const wanted = shouldFinishIn(program);
  const pointsIn = (at: S) => (thread: number) => machine.pointOf(at, thread);
  const threadsIn = (bits: number): readonly number[] => [...program.threads.keys()].filter((t) => (bits >> t) & 1);
  const unfinished = wanted & ~finishedIn(program, wanted, pointsIn(state));
  // That they can is found soon, as a rule.
  const lost = threadsIn(unfinished).filter((thread) => !canFinish(machine, state, thread, mostStates));
  if (lost.length === 0) return { threads: [], lots: [] };
  const all = reach(machine, [state], mostStates);
  if (all.isComplete) {
    const finished = finishing(program, all, (one, thread) => machine.pointOf(one, thread));
    const doomed = threadsIn(wanted & ~finished[0]!);
    return { threads: doomed, lots: lotsIn(machine, all, [...program.threads.keys()], doomed) };
  }
  const lots = lost.flatMap((thread) => {
    const own: Pick<Machine<S>, "key" | "forEachStep"> = {
      key: (one) => machine.key(one),
      forEachStep: (one, visit) => machine.forEachStep(one, (step) => void (step.thread === thread && visit(step))),
    };
    const alone = reach(own, [state], mostStates);
    return alone.isComplete ? lotsIn(machine, alone, [thread], lost) : [];
  });
  return { threads: lost, lots, lookedAt: mostStates };
}

/** What becomes of threads in states from which no run leads away any more. */
function lotsIn<S>(
  machine: Machine<S>,
  { states, transitions }: Reach<S>,
  threads: readonly number[],
  doomed: readonly number[],
): readonly Lot[] {
  const isLast = areLast(states.length, transitions);
  return threads.flatMap((thread): readonly Lot[] => {
    const taken = transitions.filter(({ from, step }) => isLast[from] && step.thread === thread);
    const loop = new Set(taken.flatMap(({ step }) => step.point ?? []));
    const isDoomed = doomed.includes(thread);
    if (loop.size > 0)
      return [
        { thread, isDoomed, points: ascending(loop), loops: true, reads: unchanging(taken.map(({ step }) => step)) },
      ];
    const stays = states.flatMap((one, i) => (isLast[i] ? [machine.pointOf(one, thread)] : []));
    return isDoomed ? [{ thread, isDoomed, points: ascending(new Set(stays)), loops: false, reads: new Map() }] : [];
  });
}

const ascending = (points: ReadonlySet<number>): readonly number[] => [...points].toSorted((a, b) => a - b);

/** The values that all of these steps found, of those shared fields of which all found the same. */
function unchanging(steps: readonly Pick<Step, "reads">[]): ReadonlyMap<Cell, Value> {
  const values = new Map<Cell, Value>();
  const changing = new Set<Cell>();
  for (const { reads } of steps)
    for (const [cell, value] of reads) {
      if (cell.isLocal || (values.has(cell) && values.get(cell) !== value)) changing.add(cell);
      values.set(cell, value);
    }
  return new Map([...values].filter(([cell]) => !changing.has(cell)));
}

/** Whether some run finishes a thread, as far as so many states tell: its own steps are taken first. */
function canFinish<S>(machine: Machine<S>, start: S, thread: number, mostStates: number): boolean {
  const seen = new Set<string>();
  const open = [start];
  for (let state = open.pop(); state !== undefined && seen.size < mostStates; state = open.pop()) {
    const name = machine.key(state);
    if (seen.has(name)) continue;
    seen.add(name);
    if (finishedIn(machine.running, 1 << thread, (t) => machine.pointOf(state!, t)) !== 0) return true;
    const steps = stepsFrom(machine, state);
    if (steps.length === 0 || steps.some(({ to }) => to === undefined)) return true;
    for (const isOwn of [false, true])
      for (const step of steps) if ((step.thread === thread) === isOwn) open.push(step.to!);
  }
  return false;
}

/** By state: whether every state that it leads to leads back to it, so that no run leaves these states. */
function areLast(
  count: number,
  transitions: readonly { readonly from: number; readonly to: number | undefined }[],
): readonly boolean[] {
  const next: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of transitions) if (to !== undefined) next[from]!.push(to);
  const components = componentsOf(next);
  const left = new Set<number>();
  for (const [state, others] of next.entries())
    if (others.some((other) => components[other] !== components[state])) left.add(components[state]!);
  return next.map((_, state) => !left.has(components[state]!));
}
