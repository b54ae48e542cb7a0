import { resetDeadLocals } from "../compile/liveness.ts";
import type { Result } from "../trace/result.ts";
import { titleOf } from "../report/summary.ts";
import { buildMachine } from "../semantics/machine.ts";
import { ModelError } from "../model/error.ts";
import { resultOf } from "../trace/check.ts";
import { namingFile } from "./errors.ts";
import { outcomeOf, type Outcome } from "./exit.ts";
import { judgeRun } from "./expected.ts";
import { openFolder } from "./folder.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { CheckOptions } from "./options.ts";
import type { Finished, Printer } from "./printer.ts";
import { ticker } from "./progress.ts";
import { reportsOf } from "./reports.ts";
import type { Run } from "./runs.ts";
import { search } from "./search.ts";
import { statsLines } from "./stats.ts";
import type { Warn } from "./warnings.ts";

/** What is the same for all runs of one command. */
export interface Context {
  readonly io: Io;
  readonly interrupt: Interrupt;
  readonly options: CheckOptions;
  readonly warn: Warn;
}

/** Makes a run: explores, prints what was found, and only then writes files, so that a full disk hides no verdict. */
export async function perform(run: Run, context: Context, printer: Printer): Promise<Outcome> {
  const folder = await openFolder(context.io, context.options.out, run.folder);
  try {
    const finished = await examine(run, context).catch((error: unknown) => {
      throw namingFile(error, run.file);
    });
    const { result, judged } = finished;
    printer.finished(finished);
    const files = await reportsOf(result, context.options, context.warn);
    printer.written(finished, await folder.save(result, files), folder.shown);
    return judged?.outcome ?? outcomeOf(result);
  } catch (error) {
    await folder.discard();
    throw error;
  }
}

/** What was asked for by name is answered, or it is an error that it cannot be. */
function refuseUnjudged({ specs }: Result, asked: readonly string[]): void {
  const spec = specs.find(({ name, verdict }) => asked.includes(name) && verdict === "not judged");
  if (spec)
    throw new ModelError(`spec '${spec.name}' cannot be judged ${spec.because}`, {
      cause: "under lkmm a shared field has no value that all CPUs agree on before the run has ended",
      remedy: "let a step read it and use bugOn, keep what a step knows in a ghost field, or make it an atEnd spec",
    });
}

async function examine(run: Run, { io, interrupt, options }: Context): Promise<Finished> {
  const begin = performance.now();
  const machine = resetDeadLocals(buildMachine(run.scenario, run.params));
  const progress = options.quiet ? undefined : ticker(io.stderr, titleOf(run.scenario.name, run.set));
  const exploration = await search(machine, options, interrupt, (seen) => progress?.show(seen)).finally(() =>
    progress?.end(),
  );
  const result = resultOf(machine, exploration, run.command, options.spec.length > 0 ? options.spec : undefined);
  refuseUnjudged(result, options.spec);
  const judged = run.expectation && judgeRun(result, run.expectation);
  const stats = options.stats ? statsLines(machine, exploration) : [];
  return { run, result, judged, milliseconds: performance.now() - begin, stats };
}
