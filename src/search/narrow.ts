import type { Progress } from "../machine/exploration.ts";
import { isAllowed, type Lead, type LeadStep, type Questions } from "./leads.ts";
import { randomFrom } from "./random.ts";
import type { Pace, Walker } from "./walker.ts";

/** Which states of a level a narrow search goes on from: those with the least rank; among equals, chance decides. */
export type Guide<S> = (at: Place<S>) => number;

/** A state that a narrow search has come to, and what can be done there. */
export interface Place<S> {
  readonly state: S;
  readonly paces: readonly Pace<S>[];
  readonly depth: number;
  /** How many of the steps that led here are of the thread that the search counts them of. */
  readonly turns: number;
  /** How often a CPU was left for another that could have gone on. */
  readonly preemptions: number;
}

export interface Narrow<S> {
  /** So many states of a level are gone on from. */
  readonly width: number;
  readonly seed: number;
  readonly guide: Guide<S>;
  /** Whose steps are counted. */
  readonly counted?: number;
}

/** The first run to each thing that was found, and how many states were come to. */
export interface Narrowed {
  readonly leads: ReadonlyMap<string, Lead>;
  readonly states: number;
}

/** How a search came to a state: what is kept of those before it. */
interface Trail {
  readonly initial: number;
  readonly before: Trail | undefined;
  /** The step that led here. */
  readonly by: LeadStep | undefined;
}

interface Node<S> extends Place<S> {
  readonly trail: Trail;
}

/** What chance adds to a rank at most: less than what any two ranks that are whole numbers differ by. */
export const CHANCE = 1 / 1024;

const STATES_PER_PROGRESS = 100;

/**
 * Goes through a machine level by level, but on from a few states of each alone: so it gets deep soon, and what it finds is
 * found on short runs. Tells of the first run to each thing that is found. Yields every now and then; ends once it has
 * come to `mostStates` states.
 */
export function* narrowSearch<S>(
  walker: Walker<S>,
  questions: Questions<S>,
  { width, seed, guide, counted }: Narrow<S>,
  mostStates: number,
): Generator<Progress, Narrowed> {
  const leads = new Map<string, Lead>();
  const seen = walker.set();
  const random = randomFrom(seed);
  let level: Node<S>[] = [];
  const reach = (state: S, depth: number, turns: number, preemptions: number, trail: () => Trail): void => {
    if (!seen.add(state)) return;
    const node: Node<S> = { state, paces: walker.paces(state), depth, turns, preemptions, trail: trail() };
    for (const { name, last } of questions.hits(state, node.paces)) {
      const lead = leads.has(name) ? undefined : leadTo(node.trail, last);
      if (lead && isAllowed(walker, lead)) leads.set(name, lead);
    }
    // Not by push(), which asks what it changes while a model of the user is loaded.
    level[level.length] = node;
  };
  for (const [initial, state] of walker.initial.entries())
    reach(state, 0, 0, 0, () => ({ initial, before: undefined, by: undefined }));
  while (level.length > 0 && seen.size < mostStates) {
    const here = bestOf(level, width, (node) => guide(node) + (CHANCE * random(1 << 20)) / (1 << 20));
    level = [];
    for (const [i, { paces, depth, turns, preemptions, trail }] of here.entries()) {
      const on = trail.by?.thread;
      const canStay = paces.some(({ thread }) => thread === on);
      for (const pace of paces) {
        const { thread, to } = pace;
        if (to === undefined) continue;
        const left = canStay && thread !== on ? 1 : 0;
        reach(to, depth + 1, turns + (thread === counted ? 1 : 0), preemptions + left, () => ({
          initial: trail.initial,
          before: trail,
          by: { thread, key: pace.key() },
        }));
      }
      if (i % STATES_PER_PROGRESS === 0) yield { states: seen.size, waiting: level.length, depth };
    }
  }
  return { leads, states: seen.size };
}

function bestOf<S>(nodes: readonly Node<S>[], width: number, rankOf: (node: Node<S>) => number): readonly Node<S>[] {
  if (nodes.length <= width) return nodes;
  return nodes
    .map((node) => ({ node, rank: rankOf(node) }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, width)
    .map(({ node }) => node);
}

function leadTo<S>(trail: Trail, last: Pace<S> | undefined): Lead {
  const steps: LeadStep[] = last ? [{ thread: last.thread, key: last.key() }] : [];
  for (let at: Trail | undefined = trail; at?.by; at = at.before) steps.push(at.by);
  return { initial: trail.initial, steps: steps.toReversed() };
}
