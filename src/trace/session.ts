import { InternalError } from "../model/error.ts";
import type { Schedule } from "../semantics/explore.ts";
import type { Machine } from "../semantics/machine.ts";
import { effectsOf, type Effect, type Move } from "../semantics/step.ts";
import { endingIn } from "./replay.ts";
import { retrace, type Run } from "./run.ts";
import { BUILT_IN_NAMES } from "../model/spec.ts";

/** A walk through a scenario, as a person takes it, and the runs before and after it that `undo` and `redo` lead to. */
export interface Session {
  readonly machine: Machine;
  readonly walk: Run;
  readonly undo: readonly Schedule[];
  readonly redo: readonly Schedule[];
}

/** A session at an initial state, or at the end of a run. Throws an InternalError for a schedule that cannot be run. */
export const begin = (machine: Machine, schedule: Schedule): Session => ({
  machine,
  walk: walked(machine, schedule),
  undo: [],
  redo: [],
});

function walked(machine: Machine, schedule: Schedule): Run {
  const walk = retrace(machine, schedule);
  if ("obstacle" in walk) throw new InternalError(`a run of the session cannot be repeated: ${walk.obstacle}`);
  return walk;
}

/** The session after its run has become another one, which `undo` takes back. */
export const jump = ({ machine, walk, undo }: Session, schedule: Schedule): Session => ({
  machine,
  walk: walked(machine, schedule),
  undo: [...undo, walk.schedule],
  redo: [],
});

/** The session before its last jump; nothing if there was none. */
export function undone({ machine, walk, undo, redo }: Session): Session | undefined {
  const last = undo.at(-1);
  return last && { machine, walk: walked(machine, last), undo: undo.slice(0, -1), redo: [...redo, walk.schedule] };
}

/** The session before its last undo; nothing if there was none. */
export function redone({ machine, walk, undo, redo }: Session): Session | undefined {
  const last = redo.at(-1);
  return last && { machine, walk: walked(machine, last), undo: [...undo, walk.schedule], redo: redo.slice(0, -1) };
}

/** What can be done next, by CPU, each branch of a step by itself; nothing after a failed check. */
export function enabled({ machine, walk }: Session): readonly Effect[] {
  if (walk.failed) return [];
  return machine.threads.flatMap((_, thread) =>
    effectsOf(machine, walk.last, thread).filter(({ outcome }) => outcome.kind !== "blocked"),
  );
}

export const extended = ({ walk: { schedule } }: Session, ...moves: readonly Move[]): Schedule => ({
  ...schedule,
  moves: [...schedule.moves, ...moves],
});

export const shortened = ({ walk: { schedule } }: Session, steps: number): Schedule => ({
  ...schedule,
  moves: schedule.moves.slice(0, steps),
});

/** The `always` and `atEnd` specs and the built-in checks that the run violates as it ends now, and why. */
export function violations({ machine, walk }: Session): readonly { readonly name: string; readonly reason: string }[] {
  const specs = machine.scenario.specs.filter(({ kind }) => kind !== "sometimes");
  return [...specs, ...BUILT_IN_NAMES].flatMap((spec) => {
    const ended = endingIn(machine, walk, spec);
    const name = typeof spec === "string" ? spec : spec.name;
    return typeof ended === "string" ? [] : [{ name, reason: ended.ending.reason }];
  });
}

/**
 * Steps on at random, at most `steps` times, until nothing is enabled or something is violated that was not before. The
 * same seed takes the same steps.
 */
export function wander(session: Session, steps: number, seed: number): Session {
  const random = randomNumbers(seed);
  const known = new Set(violations(session).map(({ name }) => name));
  let at = session;
  for (let i = 0; i < steps; i++) {
    const options = enabled(at);
    if (options.length === 0) break;
    const { move } = options[Math.floor(random() * options.length)]!;
    at = begin(session.machine, extended(at, move));
    if (violations(at).some(({ name }) => !known.has(name))) break;
  }
  return jump(session, at.walk.schedule);
}

/** Numbers from 0 to 1 (mulberry32): small, fast, and the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
