import { isFinished } from "../machine/finish.ts";
import type { Program } from "../machine/program.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import type { State } from "../machine/state.ts";
import type { Blocked } from "../machine/trace.ts";
import type { Run } from "../machine/run.ts";
import { callsOf, readsAt } from "../machine/tell.ts";

/** The threads that wait at the end of a run, and what for. */
export const blockedIn = (program: Program, run: Run): readonly Blocked[] =>
  waitingIn(program, run.last).map(tellWaiting(program, run));

export const tellWaiting =
  (program: Program, { moments, last }: Run) =>
  ({ point, move: { thread }, reads }: Effect): Blocked => ({
    thread,
    calls: callsOf(point.frame),
    path: point.frame.path.name,
    label: point.label,
    waitsFor: readsAt(moments, moments.length)(reads).filter(({ scope }) => scope === "shared"),
    ...(isFinished(program.threads[thread]!, last.points.get(thread)!) && { how: "is idle" }),
  });

/** The step that each thread waits in, of those that cannot go on. */
export const waitingIn = (program: Program, state: State): readonly Effect[] =>
  program.threads.flatMap(({ buffer }, thread) => {
    if (buffer) return [];
    const effects = effectsOf(program, state, thread);
    return effects.every(({ outcome }) => outcome.kind === "blocked") ? effects.slice(0, 1) : [];
  });
