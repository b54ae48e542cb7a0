import type { Cell } from "../../model/access.ts";
import type { Spec } from "../../model/spec.ts";
import type { Program } from "../../machine/program.ts";
import type { Layout } from "../../memory/lkmm/layout.ts";
import { decidersOf } from "../deciders.ts";
import { isQualifier } from "../../model/order.ts";
import { pastOfLkmm } from "./past.ts";
import type { Schedule } from "../../search/explore.ts";
import { endingIn, replay } from "../explain.ts";
import { runSchedule } from "../../machine/run.ts";
import type { Ordered, Trace } from "../../result/result.ts";
import { sliceOf } from "../slice.ts";
import type { ToldRun } from "./told.ts";
import { causeOfLkmm } from "./why.ts";
import { whyOf } from "../cause.ts";

/** How a run ends, and what would forbid it; nothing would have to where it is no violation. */
interface Ended {
  readonly initial: number;
  readonly spec: Spec | string;
  /** What the ending read. */
  readonly reads: readonly Cell[];
  /** The threads that wait then. */
  readonly waiting: readonly number[];
  readonly forbidding: readonly Ordered[] | undefined;
  readonly sequential: boolean;
}

/** Which steps of a run under LKMM have a part in how it ends, and why it does. A run that sc has, too, is taken there. */
export function partsOf(
  program: Program,
  layout: Layout,
  run: ToldRun,
  { initial, spec, reads, waiting, forbidding, sequential }: Ended,
): Pick<Trace, "slice" | "why"> {
  if (sequential && run.steps.every(({ effect }) => effect.taken)) {
    const moves = run.steps.map(({ effect: { thread, picks } }) => ({ thread, picks }));
    const schedule = { initial, moves };
    // What follows on it is not what would under sc.
    if (spec !== "never-finishes" || endsIn(program, schedule, spec)) {
      const { slice, why } = replay(program, schedule, spec);
      return { slice, ...(why && { why }) };
    }
  }
  const past = pastOfLkmm(program, layout, run);
  const cause = forbidding && causeOfLkmm(past, run, forbidding, reads);
  const last = run.steps.length - 1;
  const failed = run.steps[last]?.effect.taken?.leaf.kind === "violation" ? [{ step: last }] : [];
  const deciders = cause ? decidersOf(past, spec, reads) : [];
  const slice = sliceOf(past, reads, [...failed, ...deciders, ...(cause?.seeds ?? [])], waiting);
  return { slice: withOrders(layout, run, slice.steps), ...(cause && { why: whyOf(past, slice, cause) }) };
}

const endsIn = (program: Program, schedule: Schedule, spec: string): boolean =>
  typeof endingIn(program, runSchedule(program, schedule, spec), spec) !== "string";

/** And the orders that the run has in spite of: fences between accesses that matter, and barriers apart from their operation. */
function withOrders(layout: Layout, { steps }: ToldRun, slice: readonly number[]): readonly number[] {
  const isAccess = (i: number, thread: number): boolean =>
    steps[i]!.effect.thread === thread && (steps[i]!.load ?? steps[i]!.store) !== undefined;
  return [...steps.keys()].filter((i) => {
    const { thread, taken } = steps[i]!.effect;
    if (slice.includes(i)) return true;
    if (!taken) return slice.includes(steps.slice(0, i).findLastIndex(({ effect }) => effect.thread === thread));
    return (
      !isQualifier(layout.threads[thread]!.points[taken.point]!.order) &&
      slice.some((other) => other < i && isAccess(other, thread)) &&
      slice.some((other) => other > i && isAccess(other, thread))
    );
  });
}
