import type { Spec } from "../../model/spec.ts";
import type { Schedule } from "../../machine/schedule.ts";
import type { TsoProgram } from "../../memory/tso/machine.ts";
import { accountTso, storeOf } from "./account.ts";
import { replay } from "../explain.ts";
import type { Run } from "../../machine/run.ts";
import type { Read, Trace, TraceStep } from "../../machine/trace.ts";

/** A store that waits: the step that made it, and the fields that it writes. */
interface Waiting {
  readonly step: number;
  readonly fields: readonly string[];
}

/** Runs a schedule of a machine with store buffers again, as `replay` does. */
export const replayTso = (program: TsoProgram, schedule: Schedule, spec: Spec | string): Omit<Trace, "minimal"> =>
  replay(program, schedule, spec, { cells: program.base.cells, steps: (run) => stepsOfTso(program, run) });

/** Each step of a run: a store that goes into a buffer, and the moment at which it reaches memory, are two. */
export function stepsOfTso(program: TsoProgram, { moments }: Run): readonly TraceStep[] {
  const queues: Waiting[][] = program.base.threads.map(() => []);
  const writers = new Map<string, number>();
  return moments.map(({ effect, before }, i): TraceStep => {
    const account = accountTso(program, effect, before);
    if (program.threads[effect.move.thread]!.buffer) {
      const { step, fields } = queues[account.thread]!.shift()!;
      for (const field of fields) writers.set(field, step);
      return { ...account, visible: step, reads: [] };
    }
    const reads = account.reads.map(({ unseen, ...read }): Read => {
      const newest = (thread: number): number | undefined =>
        queues[thread]!.findLast(({ fields }) => fields.includes(read.field))?.step;
      const writtenBy = newest(account.thread) ?? writers.get(read.field);
      return {
        ...read,
        ...(writtenBy !== undefined && { writtenBy }),
        ...(unseen && { unseen: { ...unseen, step: newest(unseen.thread)! } }),
      };
    });
    const store = storeOf(program, effect);
    if (store) queues[account.thread]!.push({ step: i, fields: [...store.keys()].map(({ name }) => name) });
    for (const { name } of effect.writes.keys()) writers.set(name, i);
    return { ...account, reads };
  });
}
