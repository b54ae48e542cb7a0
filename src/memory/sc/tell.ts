import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import type { State } from "../../machine/state.ts";
import type { Effect } from "../../machine/step.ts";
import { accountOf, fieldValue } from "../../machine/tell.ts";
import type { Read, TraceStep } from "../../machine/trace.ts";
import { writerOf, type Moment, type Trail } from "./trail.ts";

/** Each step of a run, with what it saw and did. */
export const stepsOf = ({ moments }: Trail): readonly TraceStep[] =>
  moments.map(({ effect, before }, i) => traceStep(effect, before, readsAt(moments, i)));

type Reads = (reads: ReadonlyMap<Cell, Value>) => readonly Read[];

/** Reads as a step of the run saw them. */
const readsAt =
  (moments: readonly Moment[], step: number): Reads =>
  (reads) =>
    [...reads].map(([cell, value]) => {
      const writtenBy = writerOf(moments, cell, step);
      return { ...fieldValue(cell, value), ...(writtenBy !== undefined && { writtenBy }) };
    });

const traceStep = (effect: Effect, before: State, readsIn: Reads): TraceStep => ({
  ...accountOf(effect, before),
  reads: readsIn(effect.reads),
});
