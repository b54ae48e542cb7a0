import type { Cell } from "../model/access.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import type { Schedule } from "../semantics/explore.ts";
import type { Machine } from "../semantics/machine.ts";
import type { LkmmRun, LkmmStep } from "../semantics/memory/execution.ts";
import { presentValue, type Layout } from "../semantics/memory/lkmm-layout.ts";
import { accountFrom } from "./account-lkmm.ts";
import { endingLkmm, writesOf } from "./ending-lkmm.ts";
import { forbiddingOrders } from "./forbidding.ts";
import { litmusOf } from "./litmus.ts";
import { switchesIn } from "./run.ts";
import { fieldValue, readsFrom } from "./steps.ts";
import type { Read, Trace, TraceStep } from "./result.ts";

/** Describes a certified run under LKMM: what each load returned, and what it could have seen. */
export function traceLkmm(
  machine: Machine,
  layout: Layout,
  run: LkmmRun,
  schedule: Schedule,
  spec: Spec | string,
): Omit<Trace, "minimal"> {
  const { steps, final } = run;
  const ending = endingLkmm(machine, layout, run, spec);
  if (typeof ending === "string")
    throw new InternalError(`a run for '${typeof spec === "string" ? spec : spec.name}' does not end in it: ${ending}`);
  const first = steps[0]?.before ?? final;
  const traced = stepsOfLkmm(layout, run);
  return {
    schedule,
    initial: machine.cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => ({
        ...fieldValue(cell, presentValue(layout, first, cell)),
        ...(cell.isLock && { isLock: true }),
      })),
    steps: traced,
    switches: switchesIn(traced),
    slice: traced.map((_, i) => i),
    ending,
    litmus: litmusOf(layout, run),
    ...((typeof spec === "string" || spec.kind !== "sometimes") && { forbidding: forbiddingOrders(run) }),
  };
}

/** Each step of a run, with whose store each load returned, and which it did not see. */
export function stepsOfLkmm(layout: Layout, { steps, stepOf, execution }: LkmmRun): readonly TraceStep[] {
  const { threads } = layout.machine;
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
