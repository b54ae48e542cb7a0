import type { Progress } from "../machine/exploration.ts";
import { FAILS_IN_STEP, type Spec } from "../model/spec.ts";
import { distanceTo, distanceToFailure, type Distance } from "./distance.ts";
import { canBeMet, keepBest, Questions, type Lead } from "./leads.ts";
import { CHANCE, narrowSearch, type Guide, type Narrow, type Place } from "./narrow.ts";
import { shortened } from "./shorten.ts";
import type { Walker } from "./walker.ts";
import { startWalks, walk } from "./walks.ts";

/** How much a swarm may do. All of it is counted, and not timed: it finds the same on every machine. */
export interface Effort {
  /** States that one narrow search comes to. */
  readonly states: number;
  readonly walks: number;
  /** Of all walks together. */
  readonly steps: number;
  /** Steps that are repeated to make a run shorter. */
  readonly mostRepeated: number;
  /** How many steps of one thread it is looked ahead of a state at most: as many as a round of a loop has, if that is cheap. */
  readonly far: number;
}

// So many states of a level to begin with, and each time more.
const NARROWEST = 25;
const WIDER = 4;
const LEAST_WIDER = 3 / 2;
// With more specs and threads than that it would take too long.
const MOST_GOALS = 6;
const MOST_THREADS = 6;
// Chance still exchanges what is up to four of them apart; and all of them weigh less than one step towards a goal.
const PREEMPTION = CHANCE / 4;

/** What is found by whoever looks at some runs alone: a run to each, which the memory model allows. */
export type Leads = ReadonlyMap<string, Lead>;

/**
 * Many small searches, each going deep at once on other grounds: towards each spec, to where little can be done, with each
 * thread ahead of the others and behind them, at random; and walks. What they find is made shorter.
 */
export function* swarm<S>(
  walker: Walker<S>,
  isAsked: (name: string) => boolean,
  effort: Effort,
): Generator<Progress, Leads> {
  const { specs } = walker.machine.program.scenario;
  const asked = (name: string): boolean => isAsked(name) && canBeMet(name, specs);
  const questions = new Questions(walker, specs, asked);
  const leads = new Map<string, Lead>();
  for (const [seed, { guide, counted, share, goal }] of aimsOf(walker, specs, asked, effort.far).entries()) {
    // What has no goal of its own is for what nobody has found.
    if (goal === undefined && hasViolation(leads, specs)) break;
    let left = effort.states * share;
    const isReached = goal === undefined ? () => false : () => leads.has(goal);
    for (let width = NARROWEST; !isReached();) {
      const narrow = { width, seed, guide, ...(counted !== undefined && { counted }) };
      const { leads: found, states } = yield* narrowSearch(walker, questions, narrow, left);
      keepBest(leads, found);
      left -= states;
      // The last one is as wide as there are states left for it.
      const wider = Math.min(WIDER, left / states);
      if (wider < LEAST_WIDER) break;
      width = Math.floor(width * wider);
    }
  }
  if (!hasViolation(leads, specs)) {
    const walked = startWalks(walker);
    yield* walk(walker, questions, { count: effort.walks, seed: 0 }, walked, effort.steps);
    keepBest(leads, walked.leads);
  }
  return yield* allShortened(walker, leads, effort.mostRepeated);
}

/** A `sometimes` spec is no violation where it is met. */
export const hasViolation = (leads: Leads, specs: readonly Spec[]): boolean =>
  [...leads.keys()].some((found) => !specs.some(({ name, kind }) => name === found && kind === "sometimes"));

/** Each as short as it can easily be made. */
export function* allShortened<S>(walker: Walker<S>, leads: Leads, mostRepeated: number): Generator<Progress, Leads> {
  const shorter = new Map<string, Lead>();
  for (const [name, lead] of leads) {
    shorter.set(name, shortened(walker, name, lead, mostRepeated));
    yield { states: 0, waiting: 0, depth: lead.steps.length };
  }
  return shorter;
}

/** What narrow searches go by. */
interface Aim<S> extends Pick<Narrow<S>, "guide" | "counted"> {
  /** Of the states that may be come to for it. */
  readonly share: number;
  /** Once that is found, the aim is reached. */
  readonly goal?: string;
}

function aimsOf<S>(
  walker: Walker<S>,
  specs: readonly Spec[],
  isAsked: (name: string) => boolean,
  far: number,
): readonly Aim<S>[] {
  // Of threads that run the same path, one is ahead of the others as well as another.
  const paths = walker.machine.running.threads.map(({ path }) => path);
  const threads = [...paths.keys()].filter((thread) => paths.indexOf(paths[thread]!) === thread).slice(0, MOST_THREADS);
  const goals = specs.filter(({ name }) => isAsked(name)).slice(0, MOST_GOALS);
  const distances = goals.map((spec) => [spec.name, distanceTo(walker, spec)] as const);
  const failures = [...FAILS_IN_STEP]
    .filter(isAsked)
    .map((check) => [check, distanceToFailure(walker, check)] as const);
  const towardsGoals = (ahead: number, share: number, how = (guide: Guide<S>) => guide): readonly Aim<S>[] =>
    distances.flatMap(([goal, distance]) =>
      distance
        ? { guide: how(towards(walker, distance, ahead)), goal, share: share / Math.max(2, distances.length) }
        : [],
    );
  return [
    ...towardsGoals(far, 3, calmly),
    // What a look far ahead finds, one near at hand need not look for.
    ...towardsGoals(1, 1),
    ...failures.flatMap(([goal, distance]) =>
      distance ? { guide: towards(walker, distance, 1), goal, share: 1 / 4 } : [],
    ),
    ...(isAsked("not-stuck")
      ? [{ guide: ({ paces }: Place<S>): number => paces.length, goal: "not-stuck", share: 1 / 4 }]
      : []),
    // Where no spec tells how far it is, this is the best there is.
    { guide: calmly(() => 0), share: distances.some(([, distance]) => distance) ? 1 / 4 : 2 },
    ...threads.flatMap((counted): readonly Aim<S>[] => [
      { guide: ({ turns }) => turns, counted, share: 1 / 8 },
      { guide: ({ turns }) => -turns, counted, share: 1 / 8 },
    ]),
    { guide: () => 0, share: 1 / 2 },
  ];
}

/** Of two that are as good for all else, the one with fewer preemptions: most races need few of them. */
const calmly =
  <S>(guide: Guide<S>): Guide<S> =>
  (place) =>
    guide(place) + PREEMPTION * place.preemptions;

/** By what a state is, and what it can be once one thread has gone on alone for some steps. */
function towards<S>(walker: Walker<S>, distance: Distance<S>, ahead: number): Guide<S> {
  return ({ state, paces }) => {
    let least = distance(state, Infinity);
    for (const { thread, to } of paces) {
      if (to === undefined || least === 0) continue;
      least = distance(to, least);
      let steps = 1;
      if (ahead > 1 && least > 0)
        walker.goAlone(to, thread, (at) => {
          least = distance(at, least);
          return least > 0 && ++steps < ahead;
        });
    }
    return least;
  };
}
