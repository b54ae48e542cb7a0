import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { InternalError } from "../../model/error.ts";
import { isFailure, runStep, type Failure } from "../../machine/execute-step.ts";
import type { LkmmStep } from "./execution.ts";
import { presentValue, type Layout } from "./layout.ts";

/** What a step writes, whether to memory or not. */
export const writesOf = ({ effect: { taken } }: Pick<LkmmStep, "effect">): ReadonlyMap<Cell, Value> =>
  taken?.leaf.kind === "moved" ? taken.leaf.writes : new Map();

/** Which check a step has failed, and why; nothing if it has not. */
export function failureOf(
  layout: Layout,
  { before, effect: { thread, picks, taken, at } }: Pick<LkmmStep, "before" | "effect">,
): Failure | undefined {
  if (taken?.leaf.kind !== "violation") return undefined;
  const { reads } = taken.leaf;
  // A lock may be found as another thread left it before.
  const found = (cell: Cell): Value | undefined => (cell.isLock && at !== undefined ? cell.values[at] : undefined);
  const { next } = runStep(
    layout.program.threads[thread]!,
    taken.point,
    (cell) => (reads.has(cell) ? reads.get(cell)! : (found(cell) ?? presentValue(layout, before, cell))),
    { pick: (_, turn) => picks[turn] ?? 0 },
  );
  if (!isFailure(next)) throw new InternalError("a step under lkmm fails a check, and not when it is taken again");
  return next;
}
