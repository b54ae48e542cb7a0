import type { Spec } from "../model/spec.ts";
import { judge } from "../machine/judge.ts";
import { isDone, isEmpty, shouldFinish } from "../machine/finish.ts";
import type { Program } from "../machine/program.ts";
import { effectsOf, type Effect, type Move } from "../machine/step.ts";
import { DONE, readerOf, stateKey, type State } from "../machine/state.ts";
import type { Run } from "../machine/run.ts";

/** The closest run that is without a violation. */
export interface Escape {
  /** The first step that differs. After that step of the violating run, no run that ends is without the violation. */
  readonly differs: number;
  /** The moves from there on that had to come before the step of the violating run, that step, and the rest. */
  readonly earlier: readonly Move[];
  readonly rest: readonly Move[];
}

/** There is none: then what becomes of the runs that are without the violation, as far as there are any. */
export interface NoEscape {
  /** A state in which they get stuck, if some do. */
  readonly stuck?: State;
  /** Some go on for ever. */
  readonly isEndless: boolean;
}

// States looked at; a small model has fewer altogether, and a large one is not worth more time than its search.
const MOST_STATES = 20_000;

/**
 * Looks, from the end of a violating run backwards, for the last step that could be avoided; `undefined` if that was too
 * much to find out.
 */
export function escapeFrom(
  program: Program,
  { first, moments }: Run,
  spec: Spec | string,
): Escape | NoEscape | undefined {
  const ways = waysOut(program, spec);
  for (let differs = moments.length - 1; differs >= 0; differs--) {
    const { effect, before } = moments[differs]!;
    const rest = ways.from(before);
    if (rest === "too many") return undefined;
    if (rest === undefined) continue;
    const order = [...new Set(moments.slice(differs).map((moment) => moment.effect.move.thread))];
    const found = exchange(ways, before, effect, order);
    if (found === "too many") return undefined;
    return { differs, ...(found ?? { earlier: rest.slice(0, 1), rest: rest.slice(1) }) };
  }
  if (spec !== "never-finishes") return ways.whatElse(first);
  // Whatever gets stuck or goes on for ever never finishes either; threads that rest in turn do, and are never all done.
  return mayRest(program) ? undefined : { isEndless: false };
}

const mayRest = ({ threads }: Program): boolean => threads.some(({ idleAt }) => idleAt !== undefined);

/**
 * Whether a run may end in a state. Every thread can finish if all that should are done, whatever idle ones go on with;
 * one that only rests may leave its place again, while others can still move it.
 */
function endOf(program: Program, spec: Spec | string): (state: State) => boolean {
  if (spec !== "never-finishes" || mayRest(program)) return (state) => isDone(program, state);
  return (state) =>
    program.threads.every(
      (thread, t) => isEmpty(thread, state) && (!shouldFinish(thread) || state.points.get(t) === DONE),
    );
}

type Answer = readonly Move[] | undefined | "too many";

/** A step that can be taken and fails no check. */
type Step = Effect & { readonly outcome: { readonly state: State } };

interface WaysOut {
  /** The moves of a run from a state to an end without a violation; nothing if there is none. */
  from(state: State, last?: number): Answer;
  steps(state: State): readonly Step[];
  readonly key: (state: State) => string;
  /** What becomes of the runs from a state that are without the violation, where none of them ends. */
  whatElse(state: State): NoEscape | undefined;
}

function waysOut(program: Program, spec: Spec | string): WaysOut {
  const key = stateKey(program.cells);
  const doomed = new Set<string>();
  const isEnd = endOf(program, spec);
  let looked = 0;
  const isBad = (state: State): boolean =>
    typeof spec !== "string" &&
    (spec.kind === "always" || isEnd(state)) &&
    !judge(program, spec, readerOf(state)).holds;
  const effects = (state: State): readonly Effect[] =>
    program.threads.flatMap((_, thread) => effectsOf(program, state, thread));
  const steps: WaysOut["steps"] = (state) => stepsAmong(effects(state));
  /** Depth first, and on the same CPU as long as that goes well. */
  const from = (start: State, last?: number): Answer => {
    const seen = new Set<string>();
    const open: { readonly state: State; readonly last?: number; readonly path: Path | undefined }[] = [
      { state: start, path: undefined, ...(last !== undefined && { last }) },
    ];
    for (let at = open.pop(); at; at = open.pop()) {
      const { state, path } = at;
      const name = key(state);
      if (seen.has(name) || doomed.has(name)) continue;
      seen.add(name);
      if (isBad(state)) continue;
      if (isEnd(state)) return movesOf(path);
      if (++looked > MOST_STATES) return "too many";
      const next = steps(state).toReversed();
      const isSame = ({ move }: Effect): boolean => move.thread === at.last;
      for (const { move, outcome } of [...next.filter((one) => !isSame(one)), ...next.filter(isSame)])
        open.push({ state: outcome.state, last: move.thread, path: { move, before: path } });
    }
    for (const name of seen) doomed.add(name);
    return undefined;
  };
  /** Depth first: a run that comes back to a state that it has been in can go on so for ever. */
  const whatElse = (start: State): NoEscape | undefined => {
    const seen = new Set<string>();
    const onWay = new Set<string>();
    let stuck: State | undefined;
    let isEndless = false;
    const open: (State | string)[] = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (typeof at === "string") {
        onWay.delete(at);
        continue;
      }
      const name = key(at);
      if (onWay.has(name)) isEndless = true;
      if (seen.has(name) || isBad(at)) continue;
      if (seen.size > MOST_STATES) return undefined;
      seen.add(name);
      onWay.add(name);
      const possible = effects(at);
      const isStuck = possible.every(({ outcome }) => outcome.kind === "blocked");
      if (spec !== "not-stuck" && isStuck) stuck ??= at;
      open.push(name, ...stepsAmong(possible).map(({ outcome }) => outcome.state));
    }
    return { isEndless, ...(stuck && { stuck }) };
  };
  return { from, steps, key, whatElse };
}

const stepsAmong = (effects: readonly Effect[]): readonly Step[] =>
  effects.flatMap((effect) => (effect.outcome.kind === "moved" ? [{ ...effect, outcome: effect.outcome }] : []));

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
function exchange(
  ways: WaysOut,
  before: State,
  { move }: Effect,
  order: readonly number[],
): Pick<Escape, "earlier" | "rest"> | undefined | "too many" {
  const rank = (thread: number): number => (order.includes(thread) ? order.indexOf(thread) : order.length);
  const seen = new Set([ways.key(before)]);
  let level: readonly { readonly steps: readonly Step[]; readonly path: Path | undefined }[] = [
    { steps: ways.steps(before), path: undefined },
  ];
  while (level.length > 0) {
    const next: { readonly steps: readonly Step[]; readonly path: Path }[] = [];
    for (const { steps, path } of level)
      for (const { move: other, outcome } of steps.toSorted((a, b) => rank(a.move.thread) - rank(b.move.thread))) {
        const name = ways.key(outcome.state);
        if (other.thread === move.thread || seen.has(name)) continue;
        if (seen.size > MOST_STATES) return "too many";
        seen.add(name);
        const longer = { steps: ways.steps(outcome.state), path: { move: other, before: path } };
        next.push(longer);
        const step = longer.steps.find(
          (one) => one.move.thread === move.thread && one.move.picks.join() === move.picks.join(),
        );
        const rest = step && ways.from(step.outcome.state, move.thread);
        if (rest === "too many") return rest;
        if (rest) return { earlier: movesOf(longer.path), rest: [move, ...rest] };
      }
    level = next;
  }
  return undefined;
}
