import { initialStates, type Program } from "../../machine/program.ts";
import { Recorder } from "./execution.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import { initialOf } from "./layout.ts";
import { type Schedule, type Move, samePicks } from "../../machine/schedule.ts";
import type { ReplayFailure } from "../../machine/replay-failure.ts";

/** Takes moves under LKMM, as far as they apply. Picks may lack zeros at their end. */
export function recordLkmm(lkmm: Lkmm, { initial, moves }: Schedule): Recorder | ReplayFailure {
  const { program } = lkmm.layout;
  const initials = initialStates(program);
  const first = initials[initial];
  if (!first)
    return { taken: -1, obstacle: `there is no initial state ${initial}`, instead: [`0 to ${initials.length - 1}`] };
  const recorder = new Recorder(lkmm, initialOf(lkmm.layout, first));
  for (const [taken, move] of moves.entries()) {
    const effects = recorder.effects();
    const effect = effects.find((one) => isSame(recorder.moveOf(one), move));
    if (!effect)
      return { taken, obstacle: obstacleTo(program, effects, move), instead: enabledAmong(program, effects) };
    recorder.take(effect);
    if (effect.taken?.leaf.kind === "violation" && taken < moves.length - 1)
      return { taken: taken + 1, obstacle: "the run has ended in a failed check", instead: [] };
  }
  return recorder;
}

const isSame = (one: Move, other: Move): boolean =>
  one.thread === other.thread && one.at === other.at && samePicks(one.picks, other.picks);

function obstacleTo(program: Program, effects: readonly LkmmEffect[], { thread, at }: Move): string {
  const name = program.threads[thread]?.name;
  if (name === undefined) return `there is no CPU${thread}`;
  const cpu = `CPU${thread} (${name})`;
  const own = effects.find((effect) => effect.thread === thread);
  if (!own) return `${cpu} cannot step`;
  const store = at === undefined ? "what was there at first" : `the store of step ${at + 1}`;
  return `${cpu} cannot go on with ${store} at ${labelOf(program, own)}`;
}

/** What can be done next, as a reader knows it. */
const enabledAmong = (program: Program, effects: readonly LkmmEffect[]): readonly string[] => [
  ...new Set(
    effects.map(
      (effect) => `CPU${effect.thread} (${program.threads[effect.thread]!.name}): ${labelOf(program, effect)}`,
    ),
  ),
];

const labelOf = (program: Program, { thread, taken }: LkmmEffect): string =>
  taken ? program.threads[thread]!.points[taken.point]!.label : "the barrier behind its last step";
