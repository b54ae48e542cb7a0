import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { breaksRule } from "../model/error.ts";
import { wait } from "../model/path.ts";
import { isFailure, runStep } from "../machine/execute-step.ts";
import type { Trial } from "../machine/machine.ts";

/**
 * What the step would have done, had `cell` held `value`: it would have waited, it would have acted otherwise, or
 * neither (`undefined`). What counts of what it does is where its thread goes on, what it leaves in locals, and what it
 * writes to the cells of `matters`.
 */
export function otherwise(
  trial: Trial,
  cell: Cell,
  value: Value,
  matters: ReadonlySet<Cell>,
): "waits" | "acts" | undefined {
  if (trial.base(cell) === value) return undefined;
  const asItWas = act(trial, cell, trial.base(cell));
  const would = act(trial, cell, value);
  if (asItWas.next === would.next && isSame(asItWas.writes, would.writes, matters)) return undefined;
  // A counter that would leave its range tells of the model's bounds, not of a decision.
  if (would.next === "in-range") return undefined;
  return would.next === String(wait) ? "waits" : "acts";
}

/** Whether locals and these cells are written in the same way. */
function isSame(one: ReadonlyMap<Cell, Value>, other: ReadonlyMap<Cell, Value>, matters: ReadonlySet<Cell>): boolean {
  const told = (writes: ReadonlyMap<Cell, Value>): readonly (readonly [Cell, Value])[] =>
    [...writes].filter(([to]) => to.isLocal || matters.has(to));
  const [some, others] = [told(one), told(other)];
  return (
    some.length === others.length && some.every(([to, value], i) => to === others[i]![0] && value === others[i]![1])
  );
}

/** Would the step, had `cell` held `value`, have written one of these cells? */
export const wouldWrite = (trial: Trial, cell: Cell, value: Value, cells: readonly Cell[]): boolean => {
  const { writes } = act(trial, cell, value);
  return cells.some((one) => writes.has(one));
};

/** Where a thread goes on, and what it writes on its way. */
interface Outcome {
  readonly next: string;
  readonly writes: ReadonlyMap<Cell, Value>;
}

const known = new WeakMap<Trial, Map<Cell, Map<Value, Outcome>>>();

/** The step again, with `value` in `cell`; each is taken once. */
function act(trial: Trial, cell: Cell, value: Value): Outcome {
  const cells = known.get(trial) ?? new Map<Cell, Map<Value, Outcome>>();
  known.set(trial, cells);
  const values = cells.get(cell) ?? new Map<Value, Outcome>();
  cells.set(cell, values);
  const outcome = values.get(value) ?? take(trial, cell, value);
  values.set(value, outcome);
  return outcome;
}

function take({ thread, point, picks, base }: Trial, cell: Cell, value: Value): Outcome {
  const script = { pick: (_: number, turn: number) => picks[turn] ?? 0 };
  const read = (other: Cell): Value => (other === cell ? value : base(other));
  try {
    const { next, writes, forgotten } = runStep(thread, point, read, script);
    return {
      next: isFailure(next) ? next.check : String(next),
      writes: new Map([...writes].filter(([to]) => !forgotten.has(to))),
    };
  } catch (error) {
    // Such as a null pointer: values that the step never meets.
    if (breaksRule(error)) return { next: error.message, writes: new Map() };
    throw error;
  }
}
