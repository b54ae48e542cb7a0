import type { Progress } from "../machine/exploration.ts";
import { isAllowed, isBetter, type Lead, type LeadStep, type Questions } from "./leads.ts";
import { randomFrom, type Random } from "./random.ts";
import type { Pace, Seen, Walker } from "./walker.ts";

/** Random runs, each by itself: the same seed makes the same ones. */
export interface Walks {
  readonly count: number;
  readonly seed: number;
  /** Of one walk; only tests give it. */
  readonly mostSteps?: number;
}

// A run that goes on for ever is left there.
export const MOST_STEPS = 10_000;
const STEPS_PER_PROGRESS = 500;
/** How likely a walk goes on on the CPU that it was on: one walk after the other. A race may need many switches, or few. */
const STAYING = [0, 1 / 2, 7 / 8, 31 / 32];
const OUT_OF = 1 << 20;

/** What walks have come to so far. */
export interface Walked<S> {
  /** The best run to each spec and check. */
  readonly leads: Map<string, Lead>;
  readonly seen: Seen<S>;
  /** Walks that were made to their end. */
  made: number;
  steps: number;
  /** Of the longest. */
  longest: number;
  /** Distinct states in which the run was over, and in which it was stuck. */
  done: number;
  stuck: number;
  /** By thread and control point. */
  readonly taken: number[][];
}

export function startWalks<S>(walker: Walker<S>): Walked<S> {
  const taken = walker.machine.running.threads.map(({ points }) => points.map(() => 0));
  return { leads: new Map(), seen: walker.set(), made: 0, steps: 0, longest: 0, done: 0, stuck: 0, taken };
}

/** Makes all walks, or as many as there is room for. Yields every now and then, for whoever wants to end it. */
export function* walk<S>(
  walker: Walker<S>,
  questions: Questions<S>,
  { count, seed, mostSteps: longest = MOST_STEPS }: Walks,
  walked: Walked<S>,
  mostSteps = Infinity,
): Generator<Progress, void> {
  let yieldAt = STEPS_PER_PROGRESS;
  for (; walked.made < count && walked.steps < mostSteps; walked.made++) {
    const random = randomFrom(seed, walked.made);
    const stays = STAYING[walked.made % STAYING.length]!;
    const initial = random(walker.initial.length);
    const steps: LeadStep[] = [];
    for (let state: S = walker.initial[initial]!; ;) {
      const isNew = walked.seen.add(state);
      const paces = walker.paces(state);
      if (isNew) {
        for (const { name, last } of questions.hits(state, paces)) {
          const lead = { initial, steps: last ? [...steps, { thread: last.thread, key: last.key() }] : [...steps] };
          if (isBetter(lead, walked.leads.get(name)) && isAllowed(walker, lead)) walked.leads.set(name, lead);
        }
        if (paces.length === 0 && walker.hasEnded(state)) walked.done++;
        else if (paces.length === 0 || walker.getsStuck(state)) walked.stuck++;
      }
      if (paces.length === 0 || steps.length >= longest) break;
      const pace = chosen(paces, steps.at(-1)?.thread, stays, random);
      walked.steps++;
      if (pace.point !== undefined) walked.taken[pace.thread]![pace.point]!++;
      if (walked.steps >= yieldAt) {
        yieldAt = walked.steps + STEPS_PER_PROGRESS;
        yield { states: walked.seen.size, waiting: count - walked.made, depth: walked.longest };
      }
      steps.push({ thread: pace.thread, key: pace.key() });
      const { to } = pace;
      if (to === undefined) break;
      state = to;
    }
    walked.longest = Math.max(walked.longest, steps.length);
  }
}

function chosen<S>(paces: readonly Pace<S>[], last: number | undefined, stays: number, random: Random): Pace<S> {
  const own = paces.filter(({ thread }) => thread === last);
  const from = own.length > 0 && random(OUT_OF) < stays * OUT_OF ? own : paces;
  return from[random(from.length)]!;
}
