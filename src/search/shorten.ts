import { isAllowed, isBetter, questionAbout, type Lead, type LeadStep } from "./leads.ts";
import type { Walker } from "./walker.ts";

// Of one CPU: so many neighbours are left out together, and halves, quarters and so on of all its steps.
const MOST_TOGETHER = 12;

/**
 * A run to the same ending with fewer steps, or as many and fewer context switches: made by leaving steps of one CPU out,
 * and by moving what a CPU did in one go to where it went on before or after, as long as that helps and `mostWork` steps
 * are not used up. There may be shorter ones.
 */
export function shortened<S>(walker: Walker<S>, name: string, found: Lead, mostWork: number): Lead {
  const questions = questionAbout(walker, name);
  let work = 0;
  /** The run as far as what was found, if it is found there. */
  const repeated = ({ initial, steps }: Lead): Lead | undefined => {
    let state: S = walker.initial[initial]!;
    for (let at = 0; ; at++) {
      work++;
      const paces = walker.paces(state);
      for (const { last } of questions.hits(state, paces)) {
        const end = last && { thread: last.thread, key: last.key() };
        return { initial, steps: [...steps.slice(0, at), ...(end ? [end] : [])] };
      }
      const step = steps[at];
      const to = step && paces.find((pace) => pace.thread === step.thread && pace.key() === step.key)?.to;
      if (to === undefined) return undefined;
      state = to;
    }
  };
  let best = found;
  const improves = (steps: readonly LeadStep[]): boolean => {
    const lead = work < mostWork ? repeated({ initial: best.initial, steps }) : undefined;
    if (!lead || !isBetter(lead, best) || !isAllowed(walker, lead)) return false;
    best = lead;
    return true;
  };
  improves(best.steps);
  const goesOn = (): boolean => work < mostWork;
  while (goesOn() && (movesTogether(() => best.steps, improves) || leavesOut(() => best.steps, improves))) continue;
  return best;
}

type Improves = (steps: readonly LeadStep[]) => boolean;

/** Leaves out what can be left out; whether that was anything. */
function leavesOut(steps: () => readonly LeadStep[], improves: Improves): boolean {
  let isAny = false;
  for (const thread of new Set(steps().map((step) => step.thread))) {
    const own = (): readonly number[] => steps().flatMap((step, i) => (step.thread === thread ? i : []));
    const halves = Array.from({ length: 32 }, (_, i) => Math.floor(own().length / 2 ** i));
    const few = Array.from({ length: MOST_TOGETHER }, (_, i) => i + 1);
    for (const together of [...new Set([...halves, ...few])].filter((n) => n > 0).toSorted((a, b) => b - a))
      for (let from = 0; from + together <= own().length;) {
        const without = new Set(own().slice(from, from + together));
        if (improves(steps().filter((_, i) => !without.has(i)))) isAny = true;
        else from++;
      }
  }
  return isAny;
}

/** Moves what a CPU did in one go to its neighbours of the same CPU; whether that helped. */
function movesTogether(steps: () => readonly LeadStep[], improves: Improves): boolean {
  let isAny = false;
  for (let block = 0; block < blocksOf(steps()).length;) {
    const blocks = blocksOf(steps());
    const { thread } = blocks[block]![0]!;
    const isOwn = (one: readonly LeadStep[]): boolean => one[0]!.thread === thread;
    const before = blocks.findLastIndex((one, i) => i < block && isOwn(one));
    const after = blocks.findIndex((one, i) => i > block && isOwn(one));
    const rest = blocks.filter((_, i) => i !== block);
    const at = [...(before < 0 ? [] : [before + 1]), ...(after < 0 ? [] : [after - 1])];
    if (at.some((place) => improves([...rest.slice(0, place), blocks[block]!, ...rest.slice(place)].flat())))
      isAny = true;
    else block++;
  }
  return isAny;
}

/** Steps that one CPU takes in a row. */
function blocksOf(steps: readonly LeadStep[]): readonly (readonly LeadStep[])[] {
  const blocks: LeadStep[][] = [];
  for (const step of steps) {
    const last = blocks.at(-1);
    if (last?.[0]!.thread === step.thread) last.push(step);
    else blocks.push([step]);
  }
  return blocks;
}
