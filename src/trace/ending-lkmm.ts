import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Spec } from "../model/spec.ts";
import { judge, type Judgement } from "../semantics/check.ts";
import type { Machine } from "../semantics/machine.ts";
import type { LkmmRun, LkmmStep } from "../semantics/memory/execution.ts";
import { presentValue, type Layout } from "../semantics/memory/lkmm-layout.ts";
import { isFailure, runStep } from "../semantics/run.ts";
import { DONE } from "../semantics/state.ts";
import type { Blocked, Ending } from "./result.ts";
import { callsOf, readsFrom } from "./steps.ts";

/** How a run under LKMM ends in a spec: in its violation, or for a `sometimes` spec where it is met. If it does not: why not. */
export function endingLkmm(machine: Machine, layout: Layout, run: LkmmRun, spec: Spec | string): Ending | string {
  const { steps, final } = run;
  const last = steps.at(-1);
  const failed = last?.effect.taken?.leaf.kind === "violation" ? last : undefined;
  const isDone = machine.threads.every((_, thread) => pointOf(thread) === undefined);
  if (typeof spec !== "string") {
    if (failed) return "it ends in a failed check";
    if (spec.kind === "atEnd" && !isDone) return "some thread is not done";
    const isMet = ({ holds }: Judgement): boolean => holds === (spec.kind === "sometimes");
    const writers = new Map(lastWriters(layout, run));
    let judgement = judge(machine, spec, (cell) => presentValue(layout, final, cell));
    if (last && spec.kind !== "atEnd" && !isMet(judgement)) {
      // What the last step has stored may lie in front of what others have stored.
      const stored = writesOf(last);
      judgement = judge(machine, spec, (cell) => stored.get(cell) ?? presentValue(layout, final, cell));
      for (const cell of stored.keys()) writers.set(cell, steps.length - 1);
    }
    if (!isMet(judgement)) return judgement.holds ? "it holds" : "its last state does not meet it";
    return {
      reason: spec.kind === "sometimes" ? spec.sentence : judgement.reason,
      reads: readsFrom(judgement.reads, writers),
      blocked: [],
    };
  }
  if (spec === "not-stuck") {
    if (failed) return "it ends in a failed check";
    if (isDone) return "all threads are done";
    const blocked = machine.threads.flatMap((_, thread) => blockedIn(thread));
    return { reason: "no thread can go on, and not all are done", reads: [], blocked };
  }
  if (!failed) return "its last step fails no check";
  const { thread, picks, taken } = failed.effect;
  const { next } = runAgain(thread, taken!.point, picks, (cell) =>
    "reads" in taken!.leaf && taken!.leaf.reads.has(cell)
      ? taken!.leaf.reads.get(cell)!
      : presentValue(layout, failed.before, cell),
  );
  if (!isFailure(next)) return "its last step fails no check";
  return next.check === spec ? { reason: next.reason, reads: [], blocked: [] } : `it ends in ${next.check}`;

  function pointOf(thread: number) {
    return machine.threads[thread]!.points[final[layout.points + thread]! + DONE];
  }

  function blockedIn(thread: number): readonly Blocked[] {
    const point = pointOf(thread);
    if (!point) return [];
    const index = final[layout.points + thread]! + DONE;
    const { reads } = runAgain(thread, index, [], (cell) => presentValue(layout, final, cell));
    const waitsFor = readsFrom(reads, lastWriters(layout, run)).filter(({ scope }) => scope === "shared");
    return [{ thread, calls: callsOf(point.frame), path: point.frame.path.name, label: point.label, waitsFor }];
  }

  function runAgain(thread: number, point: number, picks: readonly number[], base: (cell: Cell) => Value) {
    return runStep(machine.threads[thread]!, point, base, { pick: (_, turn) => picks[turn] ?? 0 });
  }
}

/** The step that each cell has its last value from: of memory, the last one in coherence order. */
function lastWriters(
  { lists, listOf }: Layout,
  { steps, stepOf, execution: { co } }: LkmmRun,
): ReadonlyMap<Cell, number> {
  const writers = new Map<Cell, number>();
  for (const [i, step] of steps.entries())
    for (const cell of writesOf(step).keys()) if (!listOf.has(cell)) writers.set(cell, i);
  for (const list of lists.keys())
    for (const store of co[list]!) {
      const step = stepOf[store]!;
      if (step >= 0)
        for (const cell of writesOf(steps[step]!).keys()) if (listOf.get(cell) === list) writers.set(cell, step);
    }
  return writers;
}

/** What a step writes, whether to memory or not. */
export const writesOf = ({ effect: { taken } }: Pick<LkmmStep, "effect">): ReadonlyMap<Cell, Value> =>
  taken?.leaf.kind === "moved" ? taken.leaf.writes : new Map();
