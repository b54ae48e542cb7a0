import type { TsoProgram } from "./program.ts";
import { accountTso, storeOf } from "./account.ts";
import type { Trail } from "../sc/trail.ts";
import type { Read, TraceStep } from "../../machine/trace.ts";

/** A store that waits: the step that made it, and the fields that it writes. */
interface Waiting {
  readonly step: number;
  readonly fields: readonly string[];
}

/** Each step of a run: a store that goes into a buffer, and the moment at which it reaches memory, are two. */
export function stepsOfTso(program: TsoProgram, { moments }: Trail): readonly TraceStep[] {
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
