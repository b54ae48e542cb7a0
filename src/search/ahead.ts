import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import { InternalError } from "../model/error.ts";
import { keepBest, type Lead } from "./leads.ts";
import { schedulesOf } from "./simulate.ts";
import { hasViolation, swarm, type Effort, type Leads } from "./swarm.ts";
import type { Walker } from "./walker.ts";

/** What is looked for ahead of a search, and whether that ends it. */
export interface Ahead {
  readonly isAsked: (name: string) => boolean;
  /** The search goes on to its end all the same. */
  readonly proves: boolean;
}

/** When a search is so large that it is first looked ahead of it, and how far. */
export interface Scale {
  /** States that it has come to. */
  readonly grown: number;
  readonly effort: Effort;
}

export const FOUND_AHEAD = "a violation that was found ahead of it (--prove goes on)";

// Once a search has grown so much again, it is looked ahead of it once more, so much further: in less time than half of what the
// search has taken since.
const GROWS = 32;
const FURTHER = 4;

type Slices<T> = AsyncGenerator<Progress, T> | Generator<Progress, T>;

/**
 * Searches and, once the search has grown, looks ahead of it with a swarm, and again each time it has grown much. What that finds stands where the search does not
 * get so far. Where it is a violation, the search is cut there: at the end of a round, so that the same is told on every
 * machine. A search that comes to its end has seen all that there is, and tells it as if there were no swarm.
 */
export async function* ahead<S, L extends Limits>(
  searching: (limits: L) => Slices<Exploration>,
  limits: L,
  { isAsked, proves }: Ahead,
  { grown, effort }: Scale,
  walkerOf: () => Walker<S>,
): AsyncGenerator<Progress, Exploration> {
  let enough: string | undefined;
  let walker: Walker<S> | undefined;
  const leads = new Map<string, Lead>();
  let next = { grown, effort };
  function* look(): Generator<Progress, void> {
    walker ??= walkerOf();
    const { specs } = walker.machine.program.scenario;
    if (!hasViolation(leads, specs))
      keepBest(leads, (yield* looked(swarm(walker, isAsked, next.effort), limits)) ?? []);
    if (!proves && hasViolation(leads, specs)) enough = FOUND_AHEAD;
    next = { grown: next.grown * GROWS, effort: further(next.effort) };
  }
  const slices = searching({ ...limits, stop: () => limits.stop?.() ?? enough });
  for (;;) {
    const slice = await slices.next();
    if (slice.done === true) {
      if (!walker && isTooLarge(slice.value)) yield* look();
      return walker ? together(slice.value, walker, leads) : slice.value;
    }
    yield slice.value;
    const { states, isRound } = slice.value;
    if (isRound === true && states >= next.grown) yield* look();
  }
}

const further = (effort: Effort): Effort => ({
  ...effort,
  states: FURTHER * effort.states,
  walks: FURTHER * effort.walks,
  steps: FURTHER * effort.steps,
});

/** It had to end before it had grown so far. */
const isTooLarge = ({ cut }: Exploration): boolean => cut?.startsWith("memory: ") === true;

/** What comes of a swarm; nothing if the user wants to end it. */
function* looked(slices: Generator<Progress, Leads>, { stop }: Limits): Generator<Progress, Leads | undefined> {
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
    yield slice.value;
    if (stop?.() !== undefined) return undefined;
  }
}

/** What the search has found, and where it was cut, what was found ahead of it. */
function together<S>(searched: Exploration, walker: Walker<S>, leads: Leads): Exploration {
  const isKnown = (name: string): boolean => searched.found.has(name) || searched.unjudged?.has(name) === true;
  const missing = new Map([...leads].filter(([name]) => !isKnown(name)));
  const isOpen = (name: string): boolean => searched.cut !== undefined || searched.uncertain?.has(name) === true;
  const wrong = [...missing.keys()].find((name) => !isOpen(name));
  if (wrong !== undefined) throw new InternalError(`a run ends in '${wrong}', but the search did not find one`);
  if (missing.size === 0) return searched;
  return {
    ...searched,
    found: new Map([...searched.found, ...schedulesOf(walker, missing)]),
    foundBy: new Map([
      ...(searched.foundBy ?? []),
      ...[...missing.keys()].map((name) => [name, "narrow searches"] as const),
    ]),
    ...(searched.uncertain && { uncertain: new Set([...searched.uncertain].filter((name) => !missing.has(name))) }),
  };
}
