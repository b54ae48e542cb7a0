import type { Spec } from "../model/spec.ts";
import { shouldFinish } from "../machine/finish.ts";
import { judge } from "../machine/judge.ts";
import { DONE } from "../machine/state.ts";
import { stepsFrom, type Machine, type Run, type Step } from "../machine/machine.ts";
import type { Move } from "../machine/schedule.ts";

/** The closest run that is without a violation. */
export interface Escape {
  /** The first step that differs. After that step of the violating run, no run that ends is without the violation. */
  readonly differs: number;
  /** The moves from there on that had to come before the step of the violating run, that step, and the rest. */
  readonly earlier: readonly Move[];
  readonly rest: readonly Move[];
}

/** There is none: then what becomes of the runs that are without the violation, as far as there are any. */
export interface NoEscape<S> {
  /** A state in which they get stuck, if some do. */
  readonly stuck?: S;
  /** Some go on for ever. */
  readonly isEndless: boolean;
}

// States looked at; a small model has fewer altogether, and a large one is not worth more time than its search. In each of them
// all threads are asked what they would do: with many threads it is fewer states.
const MOST_STATES = 20_000;
const FEW_THREADS = 8;

const mostStatesOf = ({ running: { threads } }: Machine): number =>
  Math.floor((MOST_STATES * FEW_THREADS) / Math.max(FEW_THREADS, threads.length));

/**
 * Looks, from the end of a violating run backwards, for the last step that could be avoided; `undefined` if that was too
 * much to find out.
 */
export function escapeFrom<S>(run: Run<S>, spec: Spec | string): Escape | NoEscape<S> | undefined {
  const { machine, states, schedule } = run;
  const { moves } = schedule;
  const ways = waysOut(machine, spec);
  for (let differs = moves.length - 1; differs >= 0; differs--) {
    const before = states[differs]!;
    const rest = ways.from(before);
    if (rest === "too many") return undefined;
    if (rest === undefined) continue;
    const order = [...new Set(moves.slice(differs).map(({ thread }) => thread))];
    const found = exchange(ways, before, moves[differs]!, order);
    if (found === "too many") return undefined;
    return { differs, ...(found ?? { earlier: rest.slice(0, 1), rest: rest.slice(1) }) };
  }
  if (spec !== "never-finishes") return ways.whatElse(states[0]!);
  // Whatever gets stuck or goes on for ever never finishes either; threads that rest in turn do, and are never all done.
  return mayRest(machine) ? undefined : { isEndless: false };
}

const mayRest = ({ running }: Machine): boolean => running.threads.some(({ idleAt }) => idleAt !== undefined);

/**
 * Whether a run may end in a state. Every thread can finish if all that should are done, whatever idle ones go on with;
 * one that only rests may leave its place again, while others can still move it.
 */
function endOf<S>(machine: Machine<S>, spec: Spec | string): (state: S) => boolean {
  if (spec !== "never-finishes" || mayRest(machine)) return (state) => machine.isDone(state);
  return (state) =>
    machine.running.threads.every((thread, t) =>
      thread.buffer
        ? machine.read(state, thread.buffer.slots[0]!) === 0
        : !shouldFinish(thread) || machine.pointOf(state, t) === DONE,
    );
}

type Answer = readonly Move[] | undefined | "too many";

/** A step that fails no check. */
type Passing<S> = Step<S> & { readonly to: S };

interface WaysOut<S> {
  /** The moves of a run from a state to an end without a violation; nothing if there is none. */
  from(state: S, last?: number): Answer;
  /** The steps that can be taken in a state and fail no check. */
  steps(state: S): readonly Passing<S>[];
  key(state: S): string;
  /** So many states may be looked at. */
  readonly most: number;
  /** What becomes of the runs from a state that are without the violation, where none of them ends. */
  whatElse(state: S): NoEscape<S> | undefined;
}

function waysOut<S>(machine: Machine<S>, spec: Spec | string): WaysOut<S> {
  const key = (state: S): string => machine.key(state);
  const doomed = new Set<string>();
  const isEnd = endOf(machine, spec);
  const most = mostStatesOf(machine);
  let looked = 0;
  const isBad = (state: S): boolean =>
    typeof spec !== "string" &&
    (spec.kind === "always" || isEnd(state)) &&
    !judge(machine.program, spec, (cell) => machine.read(state, cell)).holds;
  const steps = (state: S): readonly Passing<S>[] =>
    stepsFrom(machine, state).filter((step): step is Passing<S> => step.failed === undefined);
  /** Depth first, and on the same CPU as long as that goes well. */
  const from = (start: S, last?: number): Answer => {
    const seen = new Set<string>();
    const open: { readonly state: S; readonly last?: number; readonly path: Path | undefined }[] = [
      { state: start, path: undefined, ...(last !== undefined && { last }) },
    ];
    for (let at = open.pop(); at; at = open.pop()) {
      const { state, path } = at;
      const name = key(state);
      if (seen.has(name) || doomed.has(name)) continue;
      seen.add(name);
      if (isBad(state)) continue;
      if (isEnd(state)) return movesOf(path);
      if (++looked > most) return "too many";
      const next = steps(state).toReversed();
      const isSame = ({ thread }: Step): boolean => thread === at.last;
      for (const { thread, move, to } of [...next.filter((one) => !isSame(one)), ...next.filter(isSame)])
        open.push({ state: to, last: thread, path: { move, before: path } });
    }
    for (const name of seen) doomed.add(name);
    return undefined;
  };
  const isStuck = (state: S): boolean => stepsFrom(machine, state).length === 0;
  /** Depth first: a run that comes back to a state that it has been in can go on so for ever. */
  const whatElse = (start: S): NoEscape<S> | undefined => {
    const seen = new Set<string>();
    const onWay = new Set<string>();
    let stuck: S | undefined;
    let isEndless = false;
    const open: ({ readonly state: S } | string)[] = [{ state: start }];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (typeof at === "string") {
        onWay.delete(at);
        continue;
      }
      const { state } = at;
      const name = key(state);
      if (onWay.has(name)) isEndless = true;
      if (seen.has(name) || isBad(state)) continue;
      if (seen.size > most) return undefined;
      seen.add(name);
      onWay.add(name);
      if (spec !== "not-stuck" && isStuck(state)) stuck ??= state;
      open.push(name, ...steps(state).map(({ to }) => ({ state: to })));
    }
    return { isEndless, ...(stuck !== undefined && { stuck }) };
  };
  return { from, steps, key, most, whatElse };
}

interface Path {
  readonly move: Move;
  readonly before: Path | undefined;
}

function movesOf(path: Path | undefined): readonly Move[] {
  const moves: Move[] = [];
  for (let at = path; at; at = at.before) moves.unshift(at.move);
  return moves;
}

/**
 * The fewest steps of other threads after which the step does no harm any more; threads that go on sooner in the
 * violating run are tried first. Nothing if there are none: the step then had to be another one, or to wait.
 */
function exchange<S>(
  ways: WaysOut<S>,
  before: S,
  move: Move,
  order: readonly number[],
): Pick<Escape, "earlier" | "rest"> | undefined | "too many" {
  const rank = (thread: number): number => (order.includes(thread) ? order.indexOf(thread) : order.length);
  const seen = new Set([ways.key(before)]);
  let level: readonly { readonly steps: readonly Passing<S>[]; readonly path: Path | undefined }[] = [
    { steps: ways.steps(before), path: undefined },
  ];
  while (level.length > 0) {
    const next: { readonly steps: readonly Passing<S>[]; readonly path: Path }[] = [];
    for (const { steps, path } of level)
      for (const { move: other, to } of steps.toSorted((a, b) => rank(a.thread) - rank(b.thread))) {
        const name = ways.key(to);
        if (other.thread === move.thread || seen.has(name)) continue;
        if (seen.size > ways.most) return "too many";
        seen.add(name);
        const longer = { steps: ways.steps(to), path: { move: other, before: path } };
        next.push(longer);
        const step = longer.steps.find(
          (one) => one.thread === move.thread && one.move.picks.join() === move.picks.join(),
        );
        const rest = step && ways.from(step.to, move.thread);
        if (rest === "too many") return rest;
        if (rest) return { earlier: movesOf(longer.path), rest: [move, ...rest] };
      }
    level = next;
  }
  return undefined;
}
