import type { Cell } from "../../model/access.ts";
import { InternalError } from "../../model/error.ts";
import type { Spec } from "../../model/spec.ts";
import type { Schedule } from "../../machine/schedule.ts";
import type { Lkmm } from "../../memory/lkmm/machine.ts";
import { DONE } from "../../machine/state.ts";
import { isSequential, type LkmmRun, type LkmmStep } from "../../memory/lkmm/execution.ts";
import { presentValue, type Layout } from "../../memory/lkmm/layout.ts";
import { accountFrom } from "./account.ts";
import { endingLkmm, writesOf } from "./ending.ts";
import { forbiddingOrders } from "./forbidding.ts";
import { partsOf } from "./parts.ts";
import { litmusOf } from "./litmus.ts";
import { switchesIn } from "../../machine/run.ts";
import { fieldValue, positionsOf, readsFrom } from "../../machine/tell.ts";
import type { Read, Trace, TraceStep } from "../../machine/trace.ts";
import { toldOf, type ToldRun } from "./told.ts";

/** Describes a certified run under LKMM: what each load returned, and what it could have seen. */
export function traceLkmm(lkmm: Lkmm, run: LkmmRun, schedule: Schedule, spec: Spec | string): Omit<Trace, "minimal"> {
  const { layout } = lkmm;
  const { program } = layout;
  const told = toldOf(run);
  const { steps, final } = told;
  const ended = endingLkmm(lkmm, told, spec);
  if (typeof ended === "string")
    throw new InternalError(`a run for '${typeof spec === "string" ? spec : spec.name}' does not end in it: ${ended}`);
  const isViolation = typeof spec === "string" || spec.kind !== "sometimes";
  const forbidding = isViolation ? forbiddingOrders(told) : undefined;
  const sequential = isSequential(layout, run);
  const first = steps[0]?.before ?? final;
  const traced = stepsOfLkmm(layout, told);
  return {
    schedule,
    ...(sequential && { sequential }),
    initial: program.cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => ({
        ...fieldValue(cell, presentValue(layout, first, cell)),
        ...(cell.isLock && { isLock: true }),
      })),
    locals: program.cells
      .filter((cell) => cell.isLocal)
      .map((cell) => fieldValue(cell, presentValue(layout, first, cell))),
    steps: traced,
    positions: positionsOf(program, (thread) => final[layout.points + thread]! + DONE),
    switches: switchesIn(traced),
    ...partsOf(program, layout, told, {
      initial: schedule.initial,
      spec,
      reads: ended.reads,
      waiting: ended.ending.blocked.flatMap(({ thread, how }) => (how === "is idle" ? [] : thread)),
      forbidding,
      sequential,
    }),
    ending: ended.ending,
    litmus: litmusOf(layout, run),
    ...(forbidding && { forbidding }),
  };
}

/** Each step of a run, with whose store each load returned, and which it did not see. */
export function stepsOfLkmm(layout: Layout, { steps, stepOf, execution }: ToldRun): readonly TraceStep[] {
  const { threads } = layout.program;
  const writers = new Map<Cell, number>();
  return steps.map((step, i) => {
    const one = traceStep(step, i);
    for (const cell of writesOf(step).keys()) if (!layout.listOf.has(cell)) writers.set(cell, i);
    return one;
  });

  function traceStep({ before, effect, from, newest, store }: LkmmStep, index: number): TraceStep {
    const { thread, taken } = effect;
    const last = taken
      ? undefined
      : steps.slice(0, index).findLast((step) => step.effect.thread === thread && step.effect.taken);
    return accountFrom(layout, before, effect, {
      read: (cell, value): Read => {
        if (!layout.listOf.has(cell)) return readsFrom(new Map([[cell, value]]), writers)[0]!;
        const writtenBy = from === undefined ? -1 : stepOf[from]!;
        const missed = newest !== undefined && newest !== from ? stepOf[newest]! : -1;
        const hidden = missed >= 0 ? steps[missed] : undefined;
        const unseen = hidden && writesOf(hidden).get(cell);
        return {
          ...fieldValue(cell, value),
          ...(writtenBy >= 0 && { writtenBy }),
          ...(unseen !== undefined && { unseen: { thread: hidden!.effect.thread, step: missed, value: unseen } }),
        };
      },
      overtakenBy: store === undefined ? undefined : followerOf(store),
      behind: last && threads[thread]!.points[last.effect.taken!.point]!,
    });
  }

  /** The thread whose store was made before this one and takes effect after it. */
  function followerOf(store: number): number | undefined {
    const { co } = execution;
    const list = co.find((stores) => stores.includes(store))!;
    const later = list.slice(list.indexOf(store) + 1).find((other) => other < store);
    return later === undefined ? undefined : steps[stepOf[later]!]!.effect.thread;
  }
}
