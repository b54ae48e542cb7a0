import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import type { Machine } from "../semantics/machine.ts";
import { isFailure, runStep } from "../semantics/run.ts";
import { valueIn, type Moment } from "./run.ts";

/**
 * Would the step have done something else, had `cell` held `value`? What counts is where its thread goes on, what it
 * leaves in locals, and what it writes to the cells of `matters`.
 */
export function wouldDiffer(
  machine: Machine,
  { effect, before }: Moment,
  cell: Cell,
  value: Value,
  matters: ReadonlySet<Cell>,
): boolean {
  if (valueIn(before, cell) === value) return false;
  const { thread, picks } = effect.move;
  const point = before.points.get(thread)!;
  const actWith = (read: (cell: Cell) => Value): string => {
    try {
      const script = { pick: (_: number, turn: number) => picks[turn] ?? 0 };
      const { next, writes, forgotten } = runStep(machine.threads[thread]!, point, read, script);
      const written = [...writes].filter(([to]) => (to.isLocal || matters.has(to)) && !forgotten.has(to));
      return [isFailure(next) ? next.check : String(next), ...written.map(([to, v]) => `${to.index}=${v}`)].join("\n");
    } catch (error) {
      // Such as a null pointer: values that the step never meets.
      if (error instanceof ModelError) return error.message;
      throw error;
    }
  };
  const asItWas = (other: Cell): Value => valueIn(before, other);
  return actWith(asItWas) !== actWith((other) => (other === cell ? value : asItWas(other)));
}
