import { isEndless } from "../report/phrases.ts";
import { titleOf } from "../report/text/summary.ts";
import { InternalError, ModelError } from "../model/error.ts";
import { judgement } from "../result/judgement.ts";
import type { Result } from "../result/result.ts";
import { examine, type Examined } from "./examine.ts";
import { namingFile } from "./output/errors.ts";
import { worstOf, type Outcome } from "./output/exit.ts";
import { WriteError } from "./output/files.ts";
import { openFolder, savedText, type Folder, type ReportFile } from "./output/folder.ts";
import type { Interrupt } from "./output/interrupt.ts";
import type { Io } from "./output/io.ts";
import type { CheckOptions } from "./options.ts";
import type { Finished } from "./output/finished.ts";
import type { Printer } from "./output/printer.ts";
import { ticker } from "./output/progress.ts";
import { reportsOf } from "./output/reports.ts";
import type { Run } from "./runs.ts";
import type { Second } from "./second.ts";
import type { Warn } from "./output/warnings.ts";

/** What is the same for all runs of one command. */
export interface Context {
  readonly io: Io;
  readonly interrupt: Interrupt;
  readonly options: CheckOptions;
  readonly warn: Warn;
  /** Has some of the runs made already, on other threads. */
  readonly ahead?: Ahead;
}

/** What was found in a run, and told of it. */
export interface Made extends Omit<Examined, "excerpts">, Told {}

/** Runs that are made while others before them are written. */
export interface Ahead {
  /** Whether a run was begun, and will be made. */
  readonly hasBegun: (run: Run) => boolean;
  /** What was made of a run; nothing if it has to be made here. */
  readonly made: (run: Run) => Promise<Made | undefined>;
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
    const made = await madeOf(run, context).catch((error: unknown) => {
      throw namingFile(error, run.file);
    });
    const second = options.second === undefined ? undefined : await opinionOn(run, made, context);
    const { stats, milliseconds } = made;
    const result = second ? { ...made.result, second: second.opinion } : made.result;
    const finished: Finished = { run, result, judgement: judgement(result, run.expectation), milliseconds, stats };
    const { outcome } = finished.judgement;
    const reports = async (): Promise<Reports> => {
      const all = await made.reports();
      return second ? { files: [...all.files, ...second.files] } : all;
    };
    const saved = await save(folder, { result, reports }, warn).finally(() => printer.finished(finished));
    if (saved) printer.written(finished, saved, folder.shown);
    else printer.unwritten(finished);
    if (second && second.differences.length > 0) throw disagreement(second, folder);
    return { finished, outcome: saved ? outcome : worstOf([outcome, "wrong"]) };
  } catch (error) {
    await folder.discard();
    throw error;
  }
}

export const NOT_WRITTEN = "no report is written";

/** A result, and the reports of it. */
export interface Told {
  readonly result: Result;
  readonly reports: () => Promise<Reports>;
}

/** The reports of a result, and the text of result.json beside them, where there is one already. */
export interface Reports {
  readonly files: readonly ReportFile[];
  readonly text?: string;
}

/**
 * Writes the reports of a result; returns their names. If the system does not let it, that costs a warning, and there is
 * nothing saved.
 */
export async function save(
  folder: Folder,
  { result, reports }: Told,
  warn: Warn,
): Promise<readonly string[] | undefined> {
  if (folder.trouble) return undefined;
  try {
    const { files, text = savedText(result, files) } = await reports();
    await folder.save(text, files);
    return files.map(({ name }) => name);
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

/** Most checks do without other engines, and without what asks them. */
async function opinionOn(run: Run, made: Made, context: Context): Promise<Second | undefined> {
  const { askSecond } = await import("./second.ts");
  return await askSecond(run, made.result, context);
}

const disagreement = ({ opinion, differences }: Second, { shown }: Folder): InternalError =>
  new InternalError(
    [`${opinion.engine} and faultline do not say the same`, ...differences, `what was asked and found: ${shown}/`].join(
      "\n",
    ),
  );

async function madeOf(run: Run, context: Context): Promise<Made> {
  const made = (await context.ahead?.made(run)) ?? (await make(run, context));
  // Beside what is pinned, that too is a verdict.
  if (!run.expectation) refuseUnjudged(made.result, context.options.spec);
  return made;
}

async function make(run: Run, { io, interrupt, options, warn }: Context): Promise<Made> {
  const progress = options.quiet ? undefined : ticker(io.stderr, titleOf(run.scenario.name, run.set));
  const examined = await examine(run, options, {
    cwd: io.cwd,
    interrupt,
    watch: (seen) => progress?.show(seen),
    hasChanged: () =>
      io.stderr.write("warning: the model has changed since the token was made: the run leads through other steps\n"),
  }).finally(() => progress?.end());
  const reports = async (): Promise<Reports> => ({
    files: await reportsOf(examined.result, options, warn, undefined, examined.excerpts),
  });
  return { ...examined, reports };
}
