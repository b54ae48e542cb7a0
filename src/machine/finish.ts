import type { Machine, MachineThread } from "./program.ts";
import { DONE, type State } from "./state.ts";
import { effectsOf } from "./step.ts";

/** The thread is done, or stands where it may wait for ever. */
export const isFinished = ({ isIdle, idleAt }: MachineThread, point: number): boolean =>
  point === DONE || isIdle === true || idleAt?.has(point) === true;

/** Every run of it should be able to end: it is a thread of the scenario, and not declared idle. */
export const shouldFinish = ({ isIdle, buffer }: MachineThread): boolean => !isIdle && !buffer;

/** Some thread may wait for ever, so that a run can be over before all threads are done. */
export const hasIdle = ({ threads }: Pick<Machine, "threads">): boolean =>
  threads.some(({ isIdle, idleAt }) => isIdle === true || idleAt !== undefined);

/**
 * The run is over, and as it should be: every path has ended or waits where it may wait for ever, and what the CPUs
 * stored has reached memory.
 */
export const isDone = (machine: Machine, state: State): boolean =>
  machine.threads.every((thread, t) => {
    const point = state.points.get(t)!;
    if (thread.buffer) return state.cells.get(thread.buffer.slots[0]!.index) === 0;
    if (!isFinished(thread, point)) return false;
    return point === DONE || effectsOf(machine, state, t).every(({ outcome }) => outcome.kind === "blocked");
  });
