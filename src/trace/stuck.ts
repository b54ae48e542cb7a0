import type { Machine } from "../semantics/machine.ts";
import { effectsOf, type Effect } from "../semantics/step.ts";
import type { State } from "../semantics/state.ts";
import type { Blocked } from "./result.ts";
import type { Run } from "./run.ts";
import { callsOf, readsAt } from "./steps.ts";

/** The threads that wait at the end of a run, and what for. */
export function blockedIn(machine: Machine, { moments, last }: Run): readonly Blocked[] {
  const readsIn = readsAt(moments, moments.length);
  return waitingIn(machine, last).map(({ point, move, reads }) => ({
    thread: move.thread,
    calls: callsOf(point.frame),
    path: point.frame.path.name,
    label: point.label,
    waitsFor: readsIn(reads).filter(({ scope }) => scope === "shared"),
  }));
}

/** The step that each thread waits in, of those that cannot go on. */
export const waitingIn = (machine: Machine, state: State): readonly Effect[] =>
  machine.threads.flatMap(({ buffer }, thread) => {
    if (buffer) return [];
    const effects = effectsOf(machine, state, thread);
    return effects.every(({ outcome }) => outcome.kind === "blocked") ? effects.slice(0, 1) : [];
  });
