import type { Program, ProgramThread } from "./program.ts";
import { DONE, type State } from "./state.ts";
import { effectsOf } from "./step.ts";

/** The thread is done, or stands where it may wait for ever. */
export const isFinished = ({ isIdle, idleAt }: ProgramThread, point: number): boolean =>
  point === DONE || isIdle === true || idleAt?.has(point) === true;

/** Every run of it should be able to end: it is a thread of the scenario, and not declared idle. */
export const shouldFinish = ({ isIdle, buffer }: ProgramThread): boolean => !isIdle && !buffer;

/** What the CPU has stored has reached memory, if the thread is its store buffer. */
export const isEmpty = ({ buffer }: ProgramThread, { cells }: State): boolean =>
  !buffer || cells.get(buffer.slots[0]!.index) === 0;

/**
 * The run is over, and as it should be: every path has ended or waits where it may wait for ever, and what the CPUs
 * stored has reached memory.
 */
export const isDone = (program: Program, state: State): boolean =>
  program.threads.every((thread, t) => {
    const point = state.points.get(t)!;
    if (thread.buffer) return isEmpty(thread, state);
    if (!isFinished(thread, point)) return false;
    return point === DONE || effectsOf(program, state, t).every(({ outcome }) => outcome.kind === "blocked");
  });
