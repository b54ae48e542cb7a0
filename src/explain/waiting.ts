import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { runStep } from "../machine/execute-step.ts";
import { isFinished } from "../machine/finish.ts";
import type { Machine, Run } from "../machine/machine.ts";
import type { Point } from "../machine/program.ts";
import { callsOf, fieldValue } from "../machine/tell.ts";
import type { Blocked, Read } from "../machine/trace.ts";
import { FIRST } from "./other-branches.ts";

/** A thread that cannot go on, the step it waits in, and what that reads. */
export interface Waiting {
  readonly thread: number;
  readonly point: Point;
  readonly reads: ReadonlyMap<Cell, Value>;
  readonly isIdle: boolean;
}

/** The threads that cannot go on in a state. */
export function waitingIn<S>(machine: Machine<S>, state: S): readonly Waiting[] {
  const free = new Set<number>();
  machine.forEachStep(state, ({ thread }) => free.add(thread), "all");
  return machine.running.threads.flatMap((one, thread): readonly Waiting[] => {
    const at = machine.pointOf(state, thread);
    const point = one.points[at];
    if (!point || one.buffer || free.has(thread)) return [];
    const { reads } = runStep(one, at, (cell) => machine.read(state, cell), FIRST);
    return [{ thread, point, reads, isIdle: isFinished(one, at) }];
  });
}

/** Reads as a step of the run saw them, with who wrote what. */
export const readsAt =
  (run: Run, step: number) =>
  (reads: ReadonlyMap<Cell, Value>): readonly Read[] =>
    [...reads].map(([cell, value]) => {
      const writtenBy = run.found(step, cell);
      return { ...fieldValue(cell, value), ...(writtenBy >= 0 && { writtenBy }) };
    });

/** What a thread waits for at the end of a run. */
export const tellWaiting =
  (run: Run) =>
  ({ thread, point, reads, isIdle }: Waiting): Blocked => ({
    thread,
    calls: callsOf(point.frame),
    path: point.frame.path.name,
    label: point.label,
    waitsFor: readsAt(run, run.taken.length)(reads).filter(({ scope }) => scope === "shared"),
    ...(isIdle && { how: "is idle" }),
  });

/** The threads that wait at the end of a run, and what for. */
export const blockedIn = <S>(run: Run<S>): readonly Blocked[] =>
  waitingIn(run.machine, run.states.at(-1)!).map(tellWaiting(run));
