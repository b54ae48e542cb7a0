import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { wait } from "../model/path.ts";
import type { Machine } from "../semantics/machine.ts";
import { isFailure, runStep } from "../semantics/run.ts";
import { valueIn, type Moment } from "./run.ts";

/**
 * What the step would have done, had `cell` held `value`: it would have waited, it would have acted otherwise, or
 * neither (`undefined`). What counts of what it does is where its thread goes on, what it leaves in locals, and what it
 * writes to the cells of `matters`.
 */
export function otherwise(
  machine: Machine,
  { effect, before }: Moment,
  cell: Cell,
  value: Value,
  matters: ReadonlySet<Cell>,
): "waits" | "acts" | undefined {
  if (valueIn(before, cell) === value) return undefined;
  const { thread, picks } = effect.move;
  const script = { pick: (_: number, turn: number) => picks[turn] ?? 0 };
  const actWith = (read: (cell: Cell) => Value): { readonly next: string; readonly written: string } => {
    try {
      const run = runStep(machine.threads[thread]!, before.points.get(thread)!, read, script);
      const written = [...run.writes]
        .filter(([to]) => (to.isLocal || matters.has(to)) && !run.forgotten.has(to))
        .map(([to, result]) => `${to.index}=${String(result)}`);
      return { next: isFailure(run.next) ? run.next.check : String(run.next), written: written.join() };
    } catch (error) {
      // Such as a null pointer: values that the step never meets.
      if (error instanceof ModelError) return { next: error.message, written: "" };
      throw error;
    }
  };
  const asItWas = (other: Cell): Value => valueIn(before, other);
  const was = actWith(asItWas);
  const would = actWith((other) => (other === cell ? value : asItWas(other)));
  if (was.next === would.next && was.written === would.written) return undefined;
  // A counter that would leave its range tells of the model's bounds, not of a decision.
  if (would.next === "in-range") return undefined;
  return would.next === String(wait) ? "waits" : "acts";
}
