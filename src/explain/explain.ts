import { isHeldKind } from "../model/domain.ts";
import { isProgress, type ProgressSpec, type Spec } from "../model/spec.ts";
import type { Cell } from "../model/access.ts";
import { switchesIn } from "../machine/schedule.ts";
import { fieldValue, positionsOf } from "../machine/tell.ts";
import type { OutOfTime, Run } from "../machine/machine.ts";
import type { Ordered, Trace, Why } from "../machine/trace.ts";
import { causeInTime, causeOfOrders, whyOf, type Cause } from "./cause.ts";
import { decidersOf } from "./deciders.ts";
import { endedIn, endingIn } from "./ending.ts";
import { sliceOfEndless } from "./endless.ts";
import { historyOf, lastStep, type History } from "./history.ts";
import { sliceOf, type Seed, type Slice } from "./slice.ts";

/**
 * Tells a run that ends in a spec: in a state that violates it (meets it, if it is a `sometimes` spec), or in a failed
 * built-in check; with the steps that have a part in that, and why. Throws an InternalError if it does not end so.
 */
export function explain<S>(whole: Run<S>, spec: Spec | ProgressSpec | string): Omit<Trace, "minimal"> {
  const run = whole.told();
  const { machine, schedule, states, steps, outOfTime } = run;
  const { ending, reads } = endedIn(run, spec);
  const isViolation = typeof spec === "string" || spec.kind !== "sometimes";
  const forbidding = isViolation ? outOfTime?.forbidding() : undefined;
  const waiting = ending.blocked.flatMap(({ thread, how }) => (how === "is idle" ? [] : thread));
  const value = (cell: Cell): ReturnType<typeof fieldValue> => fieldValue(cell, machine.read(states[0]!, cell));
  const { slice, why }: Pick<Trace, "slice" | "why"> = isProgress(spec)
    ? { slice: sliceOfEndless(run, spec, { ending, reads }) }
    : partsOf(run, { spec, reads, waiting, isViolation, forbidding });
  return {
    schedule,
    ...(outOfTime?.isSequential === true && { sequential: true }),
    initial: machine.program.cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => ({ ...value(cell), ...(isHeldKind(cell.lock) && { isLock: true }) })),
    locals: machine.program.cells.filter((cell) => cell.isLocal).map(value),
    steps,
    positions: positionsOf(machine.running, (thread) => machine.pointOf(states.at(-1)!, thread)),
    switches: switchesIn(steps),
    slice,
    ending,
    ...(why && { why }),
    ...(outOfTime && { litmus: outOfTime.litmus() }),
    ...(forbidding && { forbidding }),
  };
}

/** How a run ends, and what would forbid it; nothing would have to where it is no violation. */
interface End {
  readonly spec: Spec | string;
  /** What the ending read. */
  readonly reads: readonly Cell[];
  /** The threads that wait then. */
  readonly waiting: readonly number[];
  readonly isViolation: boolean;
  readonly forbidding: readonly Ordered[] | undefined;
}

/** Which steps of a run have a part in how it ends, and why it does. */
function partsOf<S>(run: Run<S>, end: End): Pick<Trace, "slice" | "why"> {
  if (!run.outOfTime) return partsInTime(run, end);
  // A run that sc has, too, is taken there; what follows on it is not always what would under sc.
  const other = run.outOfTime.inTime();
  const ended = other && endingIn(other, end.spec);
  if (typeof ended === "object") {
    const waiting = ended.ending.blocked.flatMap(({ thread, how }) => (how === "is idle" ? [] : thread));
    return partsInTime(other!, { ...end, reads: ended.reads, waiting });
  }
  return partsOutOfTime(run, run.outOfTime, end);
}

function partsInTime<S>(run: Run<S>, { spec, reads, waiting, isViolation }: End): Pick<Trace, "slice" | "why"> {
  const past = historyOf(run);
  const cause = isViolation ? causeInTime(past, run, { spec, reads }) : undefined;
  const seeds = [
    ...failureIn(run, past),
    ...(isViolation ? decidersOf(past, spec, reads) : []),
    ...(cause?.seeds ?? []),
  ];
  const { slice, why } = explained(past, seeds, cause, (all) => sliceOf(past, reads, all, waiting));
  return { slice: slice.steps, ...(why && { why }) };
}

/** The step that has failed a check, and who has taken away what it lacks: it was not asked to look whether that is there. */
function failureIn<S>({ failed, taken }: Run<S>, past: History): readonly Seed[] {
  if (!failed) return [];
  const step = taken.length - 1;
  const { cell, value } = failed.lacks ?? {};
  const taker = cell && lastStep(taken, step, ({ writes }, i) => writes.has(cell) && past.found(i, cell) === value);
  return [{ step }, ...(taker === undefined ? [] : [{ step: taker }])];
}

/** The slice, and why the run ends so: what is said to be fine speaks of a step that is in it. */
function explained(
  past: History,
  seeds: readonly Seed[],
  cause: Cause | undefined,
  slice: (seeds: readonly Seed[]) => Slice,
): { readonly slice: Slice; readonly why?: Why } {
  const first = slice(seeds);
  if (!cause) return { slice: first };
  const why = whyOf(past, first, cause);
  const late = why.nearMiss?.late;
  if (late === undefined || why.conflicts[0]?.decisive || first.steps.includes(late)) return { slice: first, why };
  const second = slice([...seeds, { step: late }]);
  return { slice: second, why: whyOf(past, second, cause) };
}

function partsOutOfTime<S>(
  run: Run<S>,
  outOfTime: OutOfTime,
  { spec, reads, waiting, forbidding }: End,
): Pick<Trace, "slice" | "why"> {
  const past = historyOf(run);
  const cause = forbidding && causeOfOrders(past, outOfTime, forbidding, reads);
  const failed = failureIn(run, past);
  const deciders = cause ? decidersOf(past, spec, reads) : [];
  const slice = sliceOf(past, reads, [...failed, ...deciders, ...(cause?.seeds ?? [])], waiting);
  return { slice: withOrders(run, outOfTime, slice.steps), ...(cause && { why: whyOf(past, slice, cause) }) };
}

/** And the orders that the run has in spite of: fences between accesses that matter, and barriers apart from their operation. */
function withOrders<S>({ taken }: Run<S>, outOfTime: OutOfTime, slice: readonly number[]): readonly number[] {
  const isAccess = (step: number, thread: number): boolean =>
    taken[step]!.thread === thread && outOfTime.isAccess(step);
  return [...taken.keys()].filter((step) => {
    if (slice.includes(step)) return true;
    const fence = outOfTime.fence(step);
    if (typeof fence === "number") return slice.includes(fence);
    const { thread } = taken[step]!;
    return (
      fence !== undefined &&
      slice.some((other) => other < step && isAccess(other, thread)) &&
      slice.some((other) => other > step && isAccess(other, thread))
    );
  });
}
