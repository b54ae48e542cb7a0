import type { MemoryModel } from "../model/memory.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ParamValues } from "../model/params.ts";
import type { Progress } from "../machine/exploration.ts";
import { compared, repeat, retold } from "../result/repeat.ts";
import { pathsOf, resultOf } from "../result/result-of.ts";
import type { Result } from "../result/result.ts";
import { toldSteps } from "../result/told.ts";
import type { Token } from "../result/token.ts";
import type { Explored } from "../search/search.ts";
import { excerptsOf, kernelLines, type Excerpt } from "../source/lines.ts";
import type { CheckOptions } from "./options.ts";
import type { Interrupt } from "./output/interrupt.ts";
import { readingOf } from "./reading.ts";
import { sourceReader } from "./output/sources.ts";
import { statsLines } from "./output/stats.ts";
import { preparing, search, type ProgramOf } from "./search.ts";

/** What is searched: a scenario at fixed parameter values, under a memory model. */
export interface Subject {
  readonly scenario: Scenario;
  readonly params: ParamValues;
  readonly memory: MemoryModel;
  /** The command line that repeats it. */
  readonly command: string;
  /** The scenario as the command line names it. */
  readonly argument: string;
  /** A run to show in place of the one that the search finds. */
  readonly token?: Token;
}

/** Where it is searched, and who wants to know how far it is. */
export interface Surroundings {
  readonly cwd: string;
  readonly interrupt: Interrupt;
  readonly watch: (progress: Progress) => void;
  /** The model is another one than when the token was made. */
  readonly hasChanged: () => void;
  /** Reads the files of models, where several runs are made of the same ones. */
  readonly read?: ReturnType<typeof sourceReader>;
  /** Makes the machine, where several runs are made of the same one. */
  readonly programOf?: ProgramOf;
}

export type ExamineOptions = Pick<CheckOptions, "maxStates" | "minimize" | "search" | "source" | "spec" | "stats">;

/** What was found, and what `--stats` says of it. */
export interface Examined {
  readonly result: Result;
  readonly stats: readonly string[];
  readonly milliseconds: number;
  /** The C that the steps of a counterexample stand in, if a kernel tree was read. */
  readonly excerpts: readonly Excerpt[];
}

/** Searches and tells what was found, on whatever thread it is called. */
export async function examine(subject: Subject, options: ExamineOptions, at: Surroundings): Promise<Examined> {
  const begin = performance.now();
  const { token } = subject;
  const reading = options.source === undefined ? undefined : await readingOf(options.source, at);
  const { programOf = preparing(at.interrupt) } = at;
  const program = await programOf(subject.scenario, subject.params);
  const repeated = token && repeat(program, token);
  if (repeated?.isSame === false) at.hasChanged();
  const how = { ...options, search: { ...options.search, memory: subject.memory } };
  const exploration = await search(program, how, at.interrupt, at.watch);
  const only = options.spec.length > 0 ? options.spec : undefined;
  const origin = { argument: subject.argument, cwd: at.cwd, read: at.read ?? sourceReader() };
  // A search that was made again in full is repeated as such.
  const command = `${subject.command}${exploration.reduced ? " --reduced" : ""}`;
  const describe = (found: Explored): Result => resultOf(program, found, command, only, origin);
  const found =
    token && repeated
      ? compared(describe(retold(exploration, token.spec, repeated)), exploration)
      : describe(exploration);
  const result = reading
    ? { ...found, kernel: kernelLines(toldSteps(found.specs), pathsOf(program.threads), reading) }
    : found;
  const stats = options.stats ? statsLines(program, exploration) : [];
  const excerpts = reading && result.kernel ? excerptsOf(result.kernel, reading.tree) : [];
  return { result, stats, milliseconds: performance.now() - begin, excerpts };
}
