import { showValue } from "../model/layout.ts";
import type { Program } from "./program.ts";
import { effectsOf, type Effect } from "./step.ts";
import { type Move } from "./schedule.ts";
import type { State } from "./state.ts";

/** Why a schedule cannot be run to its end, as sentences. */
export interface ReplayFailure {
  /** How many of its steps could be taken; -1 if there is no such initial state. */
  readonly taken: number;
  readonly obstacle: string;
  /** What could be done instead. */
  readonly instead: readonly string[];
}

/** Why a thread cannot make a move: it does not exist, is done, waits, or has no such branch. */
export function obstacleTo(program: Program, effects: readonly Effect[], { thread, picks }: Move): string {
  const name = program.threads[thread]?.name;
  if (name === undefined) return `there is no CPU${thread}`;
  const cpu = `CPU${thread} (${name})`;
  const [effect] = effects;
  if (!effect) return `${cpu} is done`;
  const step = `'${effect.point.label}' of ${effect.point.frame.path.name}`;
  if (effects.every(({ outcome }) => outcome.kind === "blocked")) {
    const seen = [...effect.reads].filter(([cell]) => !cell.isLocal);
    return `${cpu} waits in ${step}: ${seen.map(([{ name: field }, value]) => `${field} == ${showValue(value)}`).join(", ")}`;
  }
  return `${cpu} is at ${step}, which has no choice ${picks.join(", ")}`;
}

/** The steps that can be taken in a state, as a reader knows them. */
export const enabledIn = (program: Program, state: State): readonly string[] =>
  program.threads.flatMap(({ name }, thread) =>
    effectsOf(program, state, thread)
      .filter(({ outcome }) => outcome.kind !== "blocked")
      .slice(0, 1)
      .map(({ point }) => `CPU${thread} (${name}): ${point.label}`),
  );
