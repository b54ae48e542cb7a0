import { InternalError } from "../../src/model/error.ts";
import type { ProgressSpec, Spec } from "../../src/model/spec.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Machine } from "../../src/machine/machine.ts";
import type { Program } from "../../src/machine/program.ts";
import type { Schedule } from "../../src/machine/schedule.ts";
import type { Trace } from "../../src/machine/trace.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";

/** Runs a schedule again, and tells it. Throws an InternalError if it cannot be run, or does not end in the spec. */
export function replay(
  program: Program,
  schedule: Schedule,
  spec: Spec | ProgressSpec | string,
  machine: Machine = scMachine(program),
): Omit<Trace, "minimal"> {
  const run = machine.run(schedule);
  if ("obstacle" in run) throw new InternalError(run.obstacle);
  return explain(run, spec);
}
