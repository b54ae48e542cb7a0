import { isEndless } from "../report/phrases.ts";
import { titleOf } from "../report/text/summary.ts";
import type { Explored } from "../search/search.ts";
import { buildProgram } from "../machine/build.ts";
import { ModelError } from "../model/error.ts";
import { resultOf } from "../result/result-of.ts";
import { judgement } from "../result/judgement.ts";
import { compared, repeat, retold } from "../result/repeat.ts";
import type { Result } from "../result/result.ts";
import { namingFile } from "./output/errors.ts";
import { worstOf, type Outcome } from "./output/exit.ts";
import { WriteError } from "./output/files.ts";
import { openFolder, type Folder, type SavedResult } from "./output/folder.ts";
import type { Interrupt } from "./output/interrupt.ts";
import type { Io } from "./output/io.ts";
import type { CheckOptions } from "./options.ts";
import type { Finished } from "./output/finished.ts";
import type { Printer } from "./output/printer.ts";
import { ticker } from "./output/progress.ts";
import { reportsOf } from "./output/reports.ts";
import type { Run } from "./runs.ts";
import { prepared, search } from "./search.ts";
import { sourceReader } from "./output/sources.ts";
import { statsLines } from "./output/stats.ts";
import type { Warn } from "./output/warnings.ts";

/** What is the same for all runs of one command. */
export interface Context {
  readonly io: Io;
  readonly interrupt: Interrupt;
  readonly options: CheckOptions;
  readonly warn: Warn;
}

/** A run that was made, and how it ended. */
export interface Performed {
  readonly finished: Finished;
  readonly outcome: Outcome;
}

/**
 * Makes a run: explores, writes its files, and prints what was found. Neither a terminal that takes nothing may cost the
 * files, nor a disk that is full the verdict: it is printed whatever becomes of them. A run whose files cannot be
 * written is `wrong`, unless its verdict is worse.
 */
export async function perform(run: Run, context: Context, printer: Printer): Promise<Performed> {
  const { io, options, warn } = context;
  const folder = await openFolder(io, options.out, run.folder);
  try {
    if (folder.trouble) warn(NOT_WRITTEN, folder.trouble);
    const finished = await examine(run, context).catch((error: unknown) => {
      throw namingFile(error, run.file);
    });
    const {
      result,
      judgement: { outcome },
    } = finished;
    const saved = await save(folder, result, context).finally(() => printer.finished(finished));
    if (saved) printer.written(finished, saved, folder.shown);
    else printer.unwritten(finished);
    return { finished, outcome: saved ? outcome : worstOf([outcome, "wrong"]) };
  } catch (error) {
    await folder.discard();
    throw error;
  }
}

export const NOT_WRITTEN = "no report is written";

/** Writes the reports of a result. If the system does not let it, that costs a warning, and there is nothing saved. */
export async function save(
  folder: Folder,
  result: Result,
  { options, warn }: Pick<Context, "options" | "warn">,
): Promise<SavedResult | undefined> {
  if (folder.trouble) return undefined;
  try {
    return await folder.save(result, await reportsOf(result, options, warn));
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    warn(NOT_WRITTEN, error);
    await folder.discard();
    return undefined;
  }
}

/** What was asked for by name is answered, or it is an error that it cannot be. */
export function refuseUnjudged({ specs }: Result, asked: readonly string[]): void {
  const spec = specs.find(({ name, verdict }) => asked.includes(name) && verdict === "not judged");
  if (spec) throw cannotJudge(spec.name, spec.because!, isEndless(spec));
}

export const cannotJudge = (spec: string, because: string, isAboutEndless = false): ModelError =>
  new ModelError(`spec '${spec}' cannot be judged ${because}`, isAboutEndless ? ENDLESS : DISPUTED);

const ENDLESS = { remedy: "ask it under sc or tso: `--memory tso`" };

const DISPUTED = {
  cause: "under lkmm a shared field has no value that all CPUs agree on before the run has ended",
  remedy: "let a step read it and use bugOn, keep what a step knows in a ghost field, or make it an atEnd spec",
};

async function examine(run: Run, { io, interrupt, options }: Context): Promise<Finished> {
  const begin = performance.now();
  const program = await prepared(buildProgram(run.scenario, run.params), interrupt);
  const repeated = run.token && repeat(program, run.token);
  if (repeated?.isSame === false)
    io.stderr.write("warning: the model has changed since the token was made: the run leads through other steps\n");
  const progress = options.quiet ? undefined : ticker(io.stderr, titleOf(run.scenario.name, run.set));
  const how = { ...options, search: { ...options.search, memory: run.memory } };
  const exploration = await search(program, how, interrupt, (seen) => progress?.show(seen)).finally(() =>
    progress?.end(),
  );
  const describe = (found: Explored): Result => {
    const only = options.spec.length > 0 ? options.spec : undefined;
    return resultOf(program, found, run.command, only, {
      argument: run.argument,
      cwd: io.cwd,
      read: sourceReader(),
    });
  };
  const result =
    run.token && repeated
      ? compared(describe(retold(exploration, run.token.spec, repeated)), exploration)
      : describe(exploration);
  // Beside what is pinned, that too is a verdict.
  if (!run.expectation) refuseUnjudged(result, options.spec);
  const stats = options.stats ? statsLines(program, exploration) : [];
  const milliseconds = performance.now() - begin;
  return { run, result, judgement: judgement(result, run.expectation), milliseconds, stats };
}
