import type { Cell } from "../model/access.ts";
import type { ProgressSpec, Spec } from "../model/spec.ts";
import { InternalError } from "../model/error.ts";
import type { Run } from "../machine/machine.ts";
import { causeInTime } from "./cause.ts";
import { decidersOf } from "./deciders.ts";
import type { Ended } from "./doomed.ts";
import { changes, historyOf } from "./history.ts";
import { omissionsIn } from "./missing-writes.ts";
import { sliceOf, withoutGaps, type Seed } from "./slice.ts";
import { waitingIn } from "./waiting.ts";

/**
 * The steps of an endless run that have a part in that what it waits for never comes, ascending: those by which each thread
 * is where it is again after a round, what others have done for that, and what keeps those waiting that take no step. A
 * round depends on the one before it, so that it is looked at twice: what matters in one of them matters.
 */
export function sliceOfEndless<S>(run: Run<S>, { to }: ProgressSpec, { ending, reads }: Ended): readonly number[] {
  const end = run.taken.length;
  const { loop = end } = run.schedule;
  const past = historyOf(loop < end ? goneRoundTwice(run, loop) : run);
  const moving = new Set(run.taken.slice(loop).map(({ thread }) => thread));
  const left = run.states
    .slice(loop)
    .flatMap((state) => waitingIn(run.machine, state))
    .filter(({ thread, isIdle }) => !isIdle && !moving.has(thread));
  const waitedFor = left.flatMap((one) => [...one.reads.keys()].filter(({ isLocal }) => !isLocal));
  const wanted = [...new Set([...reads, ...waitedFor])];
  const threads = new Set([
    ...[...moving].filter((thread) => !past.program.threads[thread]!.buffer),
    ...left.map(({ thread }) => thread),
  ]);
  const hindering = (cell: Cell): readonly Seed[] =>
    [...run.taken.keys()].flatMap((step) => (step >= loop && changes(past, step, cell) ? { step, cell } : []));
  const first = [
    ...[...new Set(waitedFor)].flatMap(hindering),
    ...decidersOf(past, to, reads),
    // A run that is over could have ended otherwise; of one that goes on, no other end is closest.
    ...(loop < end ? omissionsIn(past, undefined, wanted) : causeInTime(past, run, { spec: atEnd(to), reads }).seeds),
  ];
  const once = (step: number): number => (step < end ? step : step - (end - loop));
  const both = (step: number): readonly number[] => (step < loop ? [step] : [step, step + (end - loop)]);
  /** All that some steps bring with them, in either round. */
  const closed = (
    steps: readonly number[],
    more: (steps: readonly number[]) => readonly number[],
  ): readonly number[] => {
    const known = new Set(steps);
    for (let size = -1; size < known.size;) {
      size = known.size;
      for (const step of more([...known].flatMap(both))) known.add(once(step));
    }
    return [...known];
  };
  const matters = closed([], (steps) => {
    const seeds = [...first, ...steps.map((step): Seed => ({ step }))];
    return sliceOf(past, wanted, seeds, [...threads]).steps;
  });
  // Where it goes round, and since when it waits, is told at these, which need not matter.
  const { since = 0 } = ending;
  const marks = [loop, end - 1, since - 1].filter((step) => step >= 0 && step < end);
  return closed([...matters, ...marks], (steps) => withoutGaps(past, steps)).toSorted((a, b) => a - b);
}

const atEnd = (to: Spec): Spec => ({ ...to, kind: "atEnd" });

function goneRoundTwice<S>({ machine, schedule: { initial, moves } }: Run<S>, loop: number): Run<S> {
  const twice = machine.run({ initial, moves: [...moves, ...moves.slice(loop)] });
  if (!("states" in twice)) throw new InternalError("the loop of an endless run cannot be taken twice");
  return twice;
}
