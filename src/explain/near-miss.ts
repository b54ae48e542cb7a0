import type { Spec } from "../model/spec.ts";
import { judge } from "../machine/judge.ts";
import { isDone } from "../machine/finish.ts";
import type { Program } from "../machine/program.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import { type Move } from "../machine/schedule.ts";
import { readerOf, stateKey, type State } from "../machine/state.ts";
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
  // Whatever gets stuck or goes on for ever never finishes either.
  return spec === "never-finishes" ? { isEndless: false } : ways.whatElse(first);
}

type Answer = readonly Move[] | undefined | "too many";

interface WaysOut {
  /** The moves of a run from a state to an end without a violation; nothing if there is none. */
  from(state: State, last?: number): Answer;
  /** The steps that can be taken in a state and fail no check. */
  steps(state: State): readonly (Effect & { readonly outcome: { readonly state: State } })[];
  readonly key: (state: State) => string;
  /** What becomes of the runs from a state that are without the violation, where none of them ends. */
  whatElse(state: State): NoEscape | undefined;
}

function waysOut(program: Program, spec: Spec | string): WaysOut {
  const key = stateKey(program.cells);
  const doomed = new Set<string>();
  let looked = 0;
  const isBad = (state: State): boolean =>
    typeof spec !== "string" &&
    (spec.kind === "always" || isDone(program, state)) &&
    !judge(program, spec, readerOf(state)).holds;
  const steps: WaysOut["steps"] = (state) =>
    program.threads.flatMap((_, thread) =>
      effectsOf(program, state, thread).flatMap((effect) =>
        effect.outcome.kind === "moved" ? [{ ...effect, outcome: effect.outcome }] : [],
      ),
    );
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
      if (isDone(program, state)) return movesOf(path);
      if (++looked > MOST_STATES) return "too many";
      const next = steps(state).toReversed();
      const isSame = ({ move }: Effect): boolean => move.thread === at.last;
      for (const { move, outcome } of [...next.filter((one) => !isSame(one)), ...next.filter(isSame)])
        open.push({ state: outcome.state, last: move.thread, path: { move, before: path } });
    }
    for (const name of seen) doomed.add(name);
    return undefined;
  };
  const isStuck = (state: State): boolean =>
    program.threads.every((_, thread) =>
      effectsOf(program, state, thread).every(({ outcome }) => outcome.kind === "blocked"),
    );
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
      if (spec !== "not-stuck" && isStuck(at)) stuck ??= at;
      open.push(name, ...steps(at).map(({ outcome }) => outcome.state));
    }
    return { isEndless, ...(stuck && { stuck }) };
  };
  return { from, steps, key, whatElse };
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
function exchange(
  ways: WaysOut,
  before: State,
  { move }: Effect,
  order: readonly number[],
): Pick<Escape, "earlier" | "rest"> | undefined | "too many" {
  const rank = (thread: number): number => (order.includes(thread) ? order.indexOf(thread) : order.length);
  const seen = new Set([ways.key(before)]);
  let level: readonly { readonly state: State; readonly path: Path | undefined }[] = [
    { state: before, path: undefined },
  ];
  while (level.length > 0) {
    const next: { readonly state: State; readonly path: Path }[] = [];
    for (const { state, path } of level)
      for (const { move: other, outcome } of ways
        .steps(state)
        .toSorted((a, b) => rank(a.move.thread) - rank(b.move.thread))) {
        if (other.thread === move.thread || seen.has(ways.key(outcome.state))) continue;
        seen.add(ways.key(outcome.state));
        const longer = { state: outcome.state, path: { move: other, before: path } };
        next.push(longer);
        const step = ways
          .steps(outcome.state)
          .find((one) => one.move.thread === move.thread && one.move.picks.join() === move.picks.join());
        const rest = step && ways.from(step.outcome.state, move.thread);
        if (rest === "too many") return rest;
        if (rest) return { earlier: movesOf(longer.path), rest: [move, ...rest] };
      }
    level = next;
  }
  return undefined;
}
