import { InternalError } from "../model/error.ts";
import { BUILT_IN_NAMES } from "../model/spec.ts";
import type { Schedule, Move } from "../machine/schedule.ts";
import type { Program } from "../machine/program.ts";
import type { Machine, Run } from "../machine/machine.ts";
import { endingIn } from "./ending.ts";

/** A walk through a scenario, as a person takes it, and the runs before and after it that `undo` and `redo` lead to. */
export interface Session {
  readonly program: Program;
  readonly machine: Machine;
  readonly walk: Run;
  readonly undo: readonly Schedule[];
  readonly redo: readonly Schedule[];
}

/** A session at an initial state, or at the end of a run. Throws an InternalError for a schedule that cannot be run. */
export const begin = (program: Program, machine: Machine, schedule: Schedule): Session => ({
  program,
  machine,
  walk: taken(machine, schedule),
  undo: [],
  redo: [],
});

function taken(machine: Machine, schedule: Schedule): Run {
  const walk = machine.run(schedule);
  if ("obstacle" in walk) throw new InternalError(`a run of the session cannot be repeated: ${walk.obstacle}`);
  return walk;
}

/** The session after its run has become another one, which `undo` takes back. */
export const jump = (session: Session, schedule: Schedule): Session => ({
  ...session,
  walk: taken(session.machine, schedule),
  undo: [...session.undo, session.walk.schedule],
  redo: [],
});

/** The session before its last jump; nothing if there was none. */
export function undone(session: Session): Session | undefined {
  const { machine, walk, undo, redo } = session;
  const last = undo.at(-1);
  return last && { ...session, walk: taken(machine, last), undo: undo.slice(0, -1), redo: [...redo, walk.schedule] };
}

/** The session before its last undo; nothing if there was none. */
export function redone(session: Session): Session | undefined {
  const { machine, walk, undo, redo } = session;
  const last = redo.at(-1);
  return last && { ...session, walk: taken(machine, last), undo: [...undo, walk.schedule], redo: redo.slice(0, -1) };
}

export const extended = ({ schedule }: Run, ...moves: readonly Move[]): Schedule => ({
  initial: schedule.initial,
  moves: [...schedule.moves, ...moves],
});

export const shortened = ({ schedule }: Run, steps: number): Schedule => ({
  initial: schedule.initial,
  moves: schedule.moves.slice(0, steps),
});

/**
 * The `always` and `atEnd` specs and the built-in checks that a run violates as it ends now, and why; nothing, if LKMM
 * does not allow the run.
 */
export function violations(
  { scenario }: Program,
  walk: Run,
): readonly { readonly name: string; readonly reason: string }[] {
  if (walk.forbiddenBy() !== undefined) return [];
  const specs = scenario.specs.filter(({ kind }) => kind !== "sometimes");
  return [...specs, ...BUILT_IN_NAMES].flatMap((spec) => {
    const ending = endingIn(walk, spec);
    const name = typeof spec === "string" ? spec : spec.name;
    return typeof ending === "string" ? [] : [{ name, reason: ending.ending.reason }];
  });
}

/**
 * Steps on at random, at most `steps` times, until nothing is enabled or something is violated that was not before. The
 * same seed takes the same steps.
 */
export function wander(session: Session, steps: number, seed: number): Session {
  const { program, machine } = session;
  const random = randomNumbers(seed);
  const known = new Set(violations(program, session.walk).map(({ name }) => name));
  let at = session.walk;
  for (let i = 0; i < steps; i++) {
    const options = at.options();
    if (options.length === 0) break;
    const { move } = options[Math.floor(random() * options.length)]!;
    at = taken(machine, extended(at, move));
    if (violations(program, at).some(({ name }) => !known.has(name))) break;
  }
  return jump(session, at.schedule);
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
