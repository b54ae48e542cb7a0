import type { Move } from "./schedule.ts";
import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { wait, writtenAt } from "../model/path.ts";
import type { Program, Point } from "./program.ts";
import { isFailure, nameOf, runStep, type Failure } from "./execute-step.ts";
import { scripts } from "./script.ts";
import { readerOf, State } from "./state.ts";

/** What one run of a step did. */
export interface Effect {
  readonly move: Move;
  readonly point: Point;
  /** The first value read of each cell that the step had not written before. */
  readonly reads: ReadonlyMap<Cell, Value>;
  /** The last value written to each cell, also where it is the old one. */
  readonly writes: ReadonlyMap<Cell, Value>;
  /** The locals among them whose life ended with the step. */
  readonly forgotten: ReadonlySet<Cell>;
  readonly outcome:
    | { readonly kind: "moved"; readonly state: State }
    | { readonly kind: "blocked" }
    | ({ readonly kind: "violation" } & Failure);
}

/** Every way in which a thread can step from a state: one effect for each combination of its choices, none if it is done. */
export function effectsOf(program: Program, state: State, threadIndex: number): readonly Effect[] {
  const thread = program.threads[threadIndex]!;
  const pointIndex = state.points.get(threadIndex)!;
  const point = thread.points[pointIndex];
  if (!point) return [];
  return scripts(
    (script) => {
      const { reads, writes, forgotten, picks, next } = runStep(thread, pointIndex, readerOf(state), script);
      const move = { thread: threadIndex, picks };
      const led = (outcome: Effect["outcome"]): Effect => ({ move, point, reads, writes, forgotten, outcome });
      if (next === wait) return led({ kind: "blocked" });
      if (isFailure(next)) return led({ kind: "violation", check: next.check, reason: next.reason, lacks: next.lacks });
      const cells = state.cells.withMutations((list) => writes.forEach((value, cell) => list.set(cell.index, value)));
      const after = State({ cells, points: state.points.set(threadIndex, next) });
      return led({ kind: "moved", state: after });
    },
    nameOf(point),
    writtenAt(point.frame.path, point.label),
  );
}
