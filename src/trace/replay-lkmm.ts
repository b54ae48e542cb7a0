import type { Cell } from "../model/access.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import type { Schedule } from "../semantics/explore.ts";
import type { Machine } from "../semantics/machine.ts";
import { isSequential, type LkmmRun, type LkmmStep } from "../semantics/memory/execution.ts";
import { presentValue, type Layout } from "../semantics/memory/lkmm-layout.ts";
import { endingLkmm, writesOf } from "./ending-lkmm.ts";
import { forbiddingOrders } from "./forbidding.ts";
import { partsOf } from "./parts-lkmm.ts";
import { litmusOf } from "./litmus.ts";
import { callsOf, changeOf, fieldValue, readsFrom } from "./steps.ts";
import type { Change, Read, Trace, TraceStep } from "./result.ts";
import { toldOf } from "./told.ts";

/** Describes a certified run under LKMM: what each load returned, and what it could have seen. */
export function traceLkmm(
  machine: Machine,
  layout: Layout,
  run: LkmmRun,
  schedule: Schedule,
  spec: Spec | string,
): Omit<Trace, "minimal"> {
  const told = toldOf(run);
  const { steps, final, stepOf } = told;
  const ended = endingLkmm(machine, layout, told, spec);
  if (typeof ended === "string")
    throw new InternalError(`a run for '${typeof spec === "string" ? spec : spec.name}' does not end in it: ${ended}`);
  const isViolation = typeof spec === "string" || spec.kind !== "sometimes";
  const forbidding = isViolation ? forbiddingOrders(told) : undefined;
  const sequential = isSequential(layout, run);
  const first = steps[0]?.before ?? final;
  const writers = new Map<Cell, number>();
  const traced = steps.map((step, i) => {
    const one = traceStep(step, i);
    for (const cell of writesOf(step).keys()) if (!layout.listOf.has(cell)) writers.set(cell, i);
    return one;
  });
  return {
    schedule,
    ...(sequential && { sequential }),
    initial: machine.cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => ({
        ...fieldValue(cell, presentValue(layout, first, cell)),
        ...(cell.isLock && { isLock: true }),
      })),
    steps: traced,
    switches: traced.filter((step, i) => i > 0 && step.thread !== traced[i - 1]!.thread).length,
    ...partsOf(machine, layout, told, { initial: schedule.initial, spec, reads: ended.reads, forbidding, sequential }),
    ending: ended.ending,
    litmus: litmusOf(layout, run),
    ...(forbidding && { forbidding }),
  };

  function traceStep({ before, effect, from, newest, store }: LkmmStep, index: number): TraceStep {
    const { thread, taken } = effect;
    const { points } = machine.threads[thread]!;
    if (!taken) {
      const last = steps.slice(0, index).findLast((step) => step.effect.thread === thread && step.effect.taken);
      const point = points[last!.effect.taken!.point]!;
      return {
        thread,
        calls: callsOf(point.frame),
        path: point.frame.path.name,
        label: `full barrier behind ${point.label}`,
        order: "mb",
        reads: [],
        changes: [],
      };
    }
    const point = points[taken.point]!;
    const { leaf } = taken;
    const reads = "reads" in leaf ? [...leaf.reads] : [];
    return {
      thread,
      calls: callsOf(point.frame),
      path: point.frame.path.name,
      label: point.label,
      order: point.step.order,
      ...(point.step.atomic !== undefined && { atomic: point.step.atomic }),
      reads: reads.map(([cell, value]): Read => {
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
      }),
      changes: [...writesOf({ effect })].flatMap(([cell, to]): readonly Change[] => {
        const old = layout.listOf.has(cell) ? undefined : presentValue(layout, before, cell);
        const previous = old ?? reads.find(([read]) => read === cell)?.[1] ?? presentValue(layout, before, cell);
        if (previous === to || (leaf.kind === "moved" && leaf.forgotten.has(cell))) return [];
        const list = layout.listOf.get(cell);
        const later = list === undefined || store === undefined ? undefined : followerOf(store);
        return [
          {
            ...changeOf(cell, previous, to),
            ...(later !== undefined && { overtakenBy: later }),
          },
        ];
      }),
    };
  }

  /** The thread whose store was made before this one and takes effect after it. */
  function followerOf(store: number): number | undefined {
    const { co, events } = run.execution;
    const list = co.find((stores) => stores.includes(store))!;
    const later = list.slice(list.indexOf(store) + 1).find((other) => other < store);
    return later === undefined ? undefined : events[later]!.thread;
  }
}
