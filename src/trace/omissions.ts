import type { Cell } from "../model/access.ts";
import type { Machine } from "../semantics/machine.ts";
import { wouldWrite } from "./counterfactual.ts";
import { changesIn, type Run } from "./run.ts";
import type { Seed } from "./slice.ts";

/**
 * Of a run that ends in what nobody wrote: where it was left out. These are
 *
 * - the last step at which a thread could still have gone the way that, in a run without the violation, led it to write
 *   what the ending read;
 * - the tests that would have written it themselves, had they come after what another CPU wrote later, and those writes.
 */
export function omissionsIn(machine: Machine, run: Run, other: Run, reads: readonly Cell[]): readonly Seed[] {
  const changes = ({ moments }: Run): number =>
    moments.findIndex((moment) => reads.some((cell) => changesIn(moment, cell)));
  const wrote = changes(other);
  if (wrote < 0 || changes(run) >= 0) return [];
  return [...partingOf(run, other, wrote), ...tooEarly(machine, run, reads)];
}

/** Where a run leaves the way to step `wrote` of another one for the last time. */
function partingOf({ moments }: Run, { moments: others }: Run, wrote: number): readonly Seed[] {
  const { thread } = others[wrote]!.effect.move;
  for (let at = wrote; at >= 0; at--) {
    const { move, point } = others[at]!.effect;
    if (move.thread !== thread) continue;
    const step = moments.findLastIndex(({ effect }) => effect.move.thread === thread && effect.point === point);
    if (step >= 0) return [{ step }];
  }
  return [];
}

const tooEarly = (machine: Machine, { moments }: Run, reads: readonly Cell[]): readonly Seed[] =>
  moments.flatMap((moment, test) =>
    [...moment.effect.reads.keys()]
      .filter(({ isLocal, isGhost }) => !isLocal && !isGhost)
      .flatMap((cell): readonly Seed[] => {
        const later = moments.findIndex(({ effect }, i) => i > test && effect.writes.has(cell));
        const value = moments[later]?.effect.writes.get(cell);
        if (value === undefined || !wouldWrite(machine, moment, cell, value, reads)) return [];
        return [{ step: test }, { step: later, cell }];
      }),
  );
