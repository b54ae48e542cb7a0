import type { Cell } from "../../model/access.ts";
import { fieldValue, readsFrom } from "../../machine/tell.ts";
import type { Read, TraceStep } from "../../machine/trace.ts";
import { accountFrom } from "./account.ts";
import { writesOf } from "./effect.ts";
import type { LkmmStep, ToldRun } from "./execution.ts";
import type { Layout } from "./layout.ts";

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
