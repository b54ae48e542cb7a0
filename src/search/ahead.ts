import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import { InternalError } from "../model/error.ts";
import { schedulesOf } from "./simulate.ts";
import { hasViolation, swarm, type Effort, type Leads } from "./swarm.ts";
import type { Walker } from "./walker.ts";

/** What is looked for ahead of a search, and whether that ends it. */
export interface Ahead {
  readonly isAsked: (name: string) => boolean;
  /** The search goes on to its end all the same. */
  readonly proves: boolean;
}

/** When a search is so large that it is looked ahead of it, and how far. */
export interface Scale {
  /** States that it has come to. */
  readonly grown: number;
  readonly effort: Effort;
}

export const FOUND_AHEAD = "a violation that was found ahead of it (--prove goes on)";

type Slices<T> = AsyncGenerator<Progress, T> | Generator<Progress, T>;

/**
 * Searches and, once the search has grown, looks ahead of it with a swarm. What that finds stands where the search does not
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
  let found: { readonly walker: Walker<S>; readonly leads: Leads } | undefined;
  function* look(): Generator<Progress, void> {
    const walker = walkerOf();
    found = { walker, leads: (yield* looked(swarm(walker, isAsked, effort), limits)) ?? new Map() };
    if (!proves && hasViolation(found.leads, walker.machine.program.scenario.specs)) enough = FOUND_AHEAD;
  }
  const slices = searching({ ...limits, stop: () => limits.stop?.() ?? enough });
  for (;;) {
    const slice = await slices.next();
    if (slice.done === true) {
      if (!found && isTooLarge(slice.value)) yield* look();
      return found ? together(slice.value, found.walker, found.leads) : slice.value;
    }
    yield slice.value;
    const { states, isRound } = slice.value;
    if (!found && isRound === true && states >= grown) yield* look();
  }
}

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
