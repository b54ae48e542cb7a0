import { isFinished } from "../machine/finish.ts";
import type { Machine } from "../machine/program.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import type { State } from "../machine/state.ts";
import type { Blocked } from "../result/result.ts";
import type { Run } from "../machine/run.ts";
import { callsOf, readsAt } from "../machine/tell.ts";

/** The threads that wait at the end of a run, and what for. */
export const blockedIn = (machine: Machine, run: Run): readonly Blocked[] =>
  waitingIn(machine, run.last).map(tellWaiting(machine, run));

export const tellWaiting =
  (machine: Machine, { moments, last }: Run) =>
  ({ point, move: { thread }, reads }: Effect): Blocked => ({
    thread,
    calls: callsOf(point.frame),
    path: point.frame.path.name,
    label: point.label,
    waitsFor: readsAt(moments, moments.length)(reads).filter(({ scope }) => scope === "shared"),
    ...(isFinished(machine.threads[thread]!, last.points.get(thread)!) && { how: "is idle" }),
  });

/** The step that each thread waits in, of those that cannot go on. */
export const waitingIn = (machine: Machine, state: State): readonly Effect[] =>
  machine.threads.flatMap(({ buffer }, thread) => {
    if (buffer) return [];
    const effects = effectsOf(machine, state, thread);
    return effects.every(({ outcome }) => outcome.kind === "blocked") ? effects.slice(0, 1) : [];
  });
