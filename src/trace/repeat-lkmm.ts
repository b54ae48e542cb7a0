import type { Spec } from "../model/spec.ts";
import { initialStates, type Machine } from "../semantics/machine.ts";
import { brokenAxiom } from "../semantics/memory/axioms.ts";
import { Recorder, type LkmmRun } from "../semantics/memory/execution.ts";
import { Lkmm, type LkmmEffect } from "../semantics/memory/lkmm.ts";
import { initialOf, type Layout } from "../semantics/memory/lkmm-layout.ts";
import type { Schedule } from "../semantics/explore.ts";
import type { Move } from "../semantics/step.ts";
import type { Blockade } from "./blockade.ts";
import { endingLkmm } from "./ending-lkmm.ts";
import { samePicks } from "./token.ts";

/** A run under LKMM that was taken again, and where its values lie. */
export interface LkmmRepeated {
  readonly layout: Layout;
  readonly run: LkmmRun;
  /** Why it does not end in the spec, or why LKMM does not allow it; nothing if it is a run to show. */
  readonly misses?: string;
}

/** Takes the moves of a run under LKMM again, as far as they apply, and says whether it is a run to show for the spec. */
export function retraceLkmm(machine: Machine, schedule: Schedule, spec: Spec | string): LkmmRepeated | Blockade {
  const lkmm = new Lkmm(machine);
  const recorder = recordLkmm(lkmm, schedule);
  if ("obstacle" in recorder) return recorder;
  const run = recorder.finish();
  const misses = missesOf(machine, lkmm.layout, run, spec, recorder.effects().length > 0);
  return { layout: lkmm.layout, run, ...(misses !== undefined && { misses }) };
}

/** Takes moves under LKMM, as far as they apply. Picks may lack zeros at their end. */
export function recordLkmm(lkmm: Lkmm, { initial, moves }: Schedule): Recorder | Blockade {
  const { machine } = lkmm.layout;
  const initials = initialStates(machine);
  const first = initials[initial];
  if (!first)
    return { taken: -1, obstacle: `there is no initial state ${initial}`, instead: [`0 to ${initials.length - 1}`] };
  const recorder = new Recorder(lkmm, initialOf(lkmm.layout, first));
  for (const [taken, move] of moves.entries()) {
    const effects = recorder.effects();
    const effect = effects.find((one) => isSame(recorder.moveOf(one), move));
    if (!effect)
      return { taken, obstacle: obstacleTo(machine, effects, move), instead: enabledAmong(machine, effects) };
    recorder.take(effect);
    if (effect.taken?.leaf.kind === "violation" && taken < moves.length - 1)
      return { taken: taken + 1, obstacle: "the run has ended in a failed check", instead: [] };
  }
  return recorder;
}

const isSame = (one: Move, other: Move): boolean =>
  one.thread === other.thread && one.at === other.at && samePicks(one.picks, other.picks);

function missesOf(
  machine: Machine,
  layout: Layout,
  run: LkmmRun,
  spec: Spec | string,
  canGoOn: boolean,
): string | undefined {
  const ending = endingLkmm(machine, layout, run, spec);
  if (typeof ending === "string") return ending;
  if (spec === "not-stuck" && canGoOn) return "some thread can go on";
  const axiom = brokenAxiom(run.execution);
  return axiom && `LKMM does not allow it, by the axiom of ${axiom}`;
}

function obstacleTo(machine: Machine, effects: readonly LkmmEffect[], { thread, at }: Move): string {
  const name = machine.threads[thread]?.name;
  if (name === undefined) return `there is no CPU${thread}`;
  const cpu = `CPU${thread} (${name})`;
  const own = effects.find((effect) => effect.thread === thread);
  if (!own) return `${cpu} cannot step`;
  const store = at === undefined ? "what was there at first" : `the store of step ${at + 1}`;
  return `${cpu} cannot go on with ${store} at ${labelOf(machine, own)}`;
}

/** What can be done next, as a reader knows it. */
const enabledAmong = (machine: Machine, effects: readonly LkmmEffect[]): readonly string[] => [
  ...new Set(
    effects.map(
      (effect) => `CPU${effect.thread} (${machine.threads[effect.thread]!.name}): ${labelOf(machine, effect)}`,
    ),
  ),
];

const labelOf = (machine: Machine, { thread, taken }: LkmmEffect): string =>
  taken ? machine.threads[thread]!.points[taken.point]!.label : "the barrier behind its last step";
