import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Spec } from "../model/spec.ts";
import type { Schedule } from "../semantics/explore.ts";
import { load } from "../semantics/memory/store-buffer.ts";
import type { TsoMachine } from "../semantics/memory/tso.ts";
import { runStep } from "../semantics/run.ts";
import type { Effect } from "../semantics/step.ts";
import { readerOf, type State } from "../semantics/state.ts";
import { replay } from "./replay.ts";
import type { Run } from "./run.ts";
import { callsOf, changeOf, fieldValue } from "./steps.ts";
import type { Change, Read, Trace, TraceStep } from "./result.ts";

/** A store that waits: the step that made it, and what it writes. */
interface Waiting {
  readonly step: number;
  readonly values: ReadonlyMap<Cell, Value>;
}

/** Runs a schedule of a machine with store buffers again, as `replay` does. */
export const replayTso = (machine: TsoMachine, schedule: Schedule, spec: Spec | string): Omit<Trace, "minimal"> =>
  replay(machine, schedule, spec, { cells: machine.base.cells, steps: (run) => stepsOfTso(machine, run) });

/** Each step of a run: a store that goes into a buffer, and the moment at which it reaches memory, are two. */
export function stepsOfTso(machine: TsoMachine, { moments }: Run): readonly TraceStep[] {
  const queues: Waiting[][] = machine.base.threads.map(() => []);
  const writers = new Map<Cell, number>();
  const steps: TraceStep[] = [];
  for (const { effect, before } of moments) {
    const buffer = machine.threads[effect.move.thread]!.buffer;
    steps.push(buffer ? becomesVisible(effect, before, buffer.cpu) : take(effect, before));
  }
  return steps;

  function becomesVisible(effect: Effect, before: State, cpu: number): TraceStep {
    const { step, values } = queues[cpu]!.shift()!;
    for (const cell of values.keys()) writers.set(cell, step);
    const names = [...new Set([...values.keys()].map(({ word }) => word))];
    return {
      thread: cpu,
      calls: [],
      path: effect.point.frame.path.name,
      label: names.length > 0 ? `store of ${names.join(", ")} becomes visible` : "rcu_read_unlock() takes effect",
      order: "once",
      visible: step,
      reads: [],
      changes: [...values].flatMap(([cell, to]): readonly Change[] => {
        const from = before.cells.get(cell.index)!;
        return from === to ? [] : [changeOf(cell, from, to)];
      }),
    };
  }

  function take(effect: Effect, before: State): TraceStep {
    const { thread, picks } = effect.move;
    const { point } = effect;
    const buffer = machine.buffers[thread];
    const read = readerOf(before);
    const seen = (cell: Cell): Value => (buffer ? load(buffer, cell, read) : read(cell));
    // The step as its path has it, over what this CPU sees.
    const own = runStep(machine.base.threads[thread]!, before.points.get(thread)!, seen, {
      pick: (_, turn) => picks[turn] ?? 0,
    });
    const isBuffered = buffer !== undefined && effect.writes.has(buffer.slots[0]!);
    const shared = [...own.writes].filter(([cell]) => !effect.writes.has(cell));
    const reads = [...own.reads].map(([cell, value]): Read => {
      const mine = queues[thread]!.findLast(({ values }) => values.has(cell))?.step;
      const writtenBy = mine ?? writers.get(cell);
      const other = queues.findIndex((queue, cpu) => cpu !== thread && queue.some(({ values }) => values.has(cell)));
      const hidden = queues[other]?.findLast(({ values }) => values.has(cell));
      return {
        ...fieldValue(cell, value),
        ...(writtenBy !== undefined && { writtenBy }),
        ...(hidden !== undefined && { unseen: { thread: other, step: hidden.step, value: hidden.values.get(cell)! } }),
      };
    });
    if (isBuffered) queues[thread]!.push({ step: steps.length, values: new Map(shared) });
    for (const cell of own.writes.keys()) if (effect.writes.has(cell)) writers.set(cell, steps.length);
    return {
      thread,
      calls: callsOf(point.frame),
      path: point.frame.path.name,
      label: point.label,
      order: point.step.order,
      ...(point.step.atomic !== undefined && { atomic: point.step.atomic }),
      reads,
      changes: [...own.writes].flatMap(([cell, to]): readonly Change[] => {
        const from = seen(cell);
        if (from === to || own.forgotten.has(cell)) return [];
        const waits = isBuffered && !effect.writes.has(cell);
        return [{ ...changeOf(cell, from, to), ...(waits && { isBuffered: true as const }) }];
      }),
    };
  }
}
