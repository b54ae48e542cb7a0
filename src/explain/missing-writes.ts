import type { Cell } from "../model/access.ts";
import { DONE } from "../machine/state.ts";
import { wouldWrite } from "./counterfactual.ts";
import { changes, type History } from "./history.ts";
import type { Seed } from "./slice.ts";

/**
 * Of a run that ends in what nobody wrote: where it was left out. These are
 *
 * - the last step at which a thread could still have gone the way that, in a run without the violation, led it to write
 *   what the ending read; without such a run to compare with, none;
 * - the tests that would have written it themselves, had they come after what another CPU wrote later, and those writes.
 */
export function omissionsIn(past: History, other: History | undefined, reads: readonly Cell[]): readonly Seed[] {
  const firstChange = (one: History, cell: Cell): number => one.deeds.findIndex((_, step) => changes(one, step, cell));
  const isUntouched = (cell: Cell): boolean => firstChange(past, cell) < 0;
  const untouched = reads.filter(isUntouched);
  if (untouched.length === 0) return [];
  if (untouched.length < reads.length) return tooEarly(past, untouched);
  const wrote = other ? other.deeds.findIndex((_, step) => reads.some((cell) => changes(other, step, cell))) : -1;
  if (other && wrote < 0) return [];
  const parting = other && partingOf(past, other, wrote);
  return [...(parting === undefined ? [] : [{ step: parting }]), ...tooEarly(past, reads)];
}

/** Where a run leaves the way to step `wrote` of another one for the last time. */
function partingOf({ deeds }: History, { deeds: others }: History, wrote: number): number | undefined {
  const { thread } = others[wrote]!;
  for (const { thread: mover, point } of others.slice(0, wrote + 1).toReversed()) {
    if (mover !== thread) continue;
    const step = deeds.findLastIndex((deed) => deed.thread === thread && deed.point === point);
    if (step >= 0) return step;
  }
  return undefined;
}

/** The same, where it goes another way there; a run may also end before. */
export function turningOf(past: History, other: History, wrote: number): readonly Seed[] {
  const step = partingOf(past, other, wrote);
  const { thread } = other.deeds[wrote]!;
  const goesOn = step !== undefined && past.deeds.some((deed, later) => later > step && deed.thread === thread);
  return goesOn || (step !== undefined && past.pointAtEnd(thread) === DONE) ? [{ step: step! }] : [];
}

const tooEarly = (past: History, reads: readonly Cell[]): readonly Seed[] =>
  past.deeds.flatMap((deed, test) =>
    [...deed.reads.keys()]
      .filter(({ isLocal, isGhost }) => !isLocal && !isGhost)
      .flatMap((cell): readonly Seed[] => {
        const later = past.laterWriters(test, cell)[0];
        const value = later === undefined ? undefined : past.deeds[later]!.writes.get(cell);
        if (value === undefined || !wouldWrite(past.trial(test), cell, value, reads)) return [];
        return [{ step: test }, { step: later!, cell }];
      }),
  );
