import { closeSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { ModelError } from "../../model/error.ts";
import { junit } from "../../report/formats/junit.ts";
import { litmusTest } from "../../report/formats/litmus.ts";
import { sarif } from "../../report/formats/sarif.ts";
import { titleOf } from "../../report/text/summary.ts";
import type { Reported } from "../../report/formats/findings.ts";
import { WriteError, json, probe, replaceFile, writeError } from "./files.ts";
import type { Io } from "./io.ts";
import { version } from "../package.ts";
import type { Finished } from "./finished.ts";
import type { Run } from "../runs.ts";
import type { Warn } from "./warnings.ts";

/** Files about all runs of a command, as the command line names them. */
export interface Wanted {
  readonly junit: string | undefined;
  readonly sarif: string | undefined;
  readonly litmus: string | undefined;
}

/** Files about all runs, when these have been made. */
export interface Exports {
  /** To be told of a run; what nobody asks for is not kept. */
  add(run: Finished): void;
  /** Writes the files about the runs that were made and those that were not; false, after a warning, if one cannot be written. */
  write(notStarted: readonly Run[]): Promise<boolean>;
}

/** Tries to write the files for other tools, before a long search is wasted. Throws a ModelError for a wrong place. */
export async function openExports(io: Io, wanted: Wanted, warn: Warn): Promise<Exports> {
  const forms = [
    { option: "--junit", file: wanted.junit, text: junit, mark: /<testsuites name="faultline"/ },
    {
      option: "--sarif",
      file: wanted.sarif,
      text: (runs: readonly Reported[]) => json(sarif(runs, version())),
      mark: /"driver":\s*\{\s*"name":\s*"faultline"/,
    },
    // Its comment is folded.
    {
      option: "--litmus",
      file: wanted.litmus,
      text: shortestLitmus,
      mark: /^C [^]*\bExpected:[\s*]+Sometimes\.[^]*faultline/,
    },
  ].flatMap(({ file, ...form }) => (file === undefined ? [] : [{ ...form, file, path: resolve(io.cwd, file) }]));
  for (const [i, { option, file, path, mark }] of forms.entries())
    try {
      const same = forms.slice(0, i).find((other) => other.path === path);
      if (same && isFileOrNothing(path)) throw sameFile(file, same.option, option);
      await probe(path);
      refuseForeign(path, file, option, mark);
    } catch (error) {
      const explained = writeError(file, error, `file with ${option}`);
      if (!(explained instanceof WriteError && explained.isOfTheSystem)) throw explained;
    }
  const made: Finished[] = [];
  const write = async (notStarted: readonly Run[]): Promise<boolean> => {
    const titles = notStarted.map(({ scenario, set }) => titleOf(scenario.name, set));
    let isWritten = true;
    for (const { option, file, path, text } of forms)
      try {
        const content = text(made, titles);
        if (content === undefined) warn(`no ${option} file is written`, new ModelError("nothing is violated"));
        else await replaceFile(path, content, file, `file with ${option}`);
      } catch (error) {
        if (!(error instanceof WriteError)) throw error;
        warn(`no ${option} file is written`, error);
        isWritten = false;
      }
    return isWritten;
  };
  return { add: (run) => void (forms.length > 0 && made.push(run)), write };
}

/** Throws a ModelError for a file with something in it that is no report of this kind. What is no file, such as a pipe, is written to. */
function refuseForeign(path: string, shown: string, option: string, mark: RegExp): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size === 0 || mark.test(beginningOf(path))) return;
  throw new ModelError(`'${shown}' was not written by faultline with ${option}`, {
    cause: "it would be overwritten",
    remedy: `move it away, or choose another file with ${option}`,
  });
}

// In it a report says who wrote it; the comment of a litmus test has the whole command line.
const BEGINNING = 16_384;

/** Nothing of what may not be read. */
function beginningOf(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const bytes = Buffer.alloc(BEGINNING);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, BEGINNING, 0));
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Not so a terminal, a pipe, or /dev/null: these take as much as there is. */
const isFileOrNothing = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;

const sameFile = (file: string, one: string, other: string): ModelError =>
  new ModelError(`'${file}' cannot be both what ${one} and what ${other} writes`, {
    remedy: "name a file for each",
  });

/** The shortest counterexample of these runs as a litmus test, if there is one. */
function shortestLitmus(runs: readonly Reported[]): string | undefined {
  const [shortest] = runs
    .flatMap(({ result }) => result.specs.map((spec) => ({ result, spec, trace: spec.trace })))
    .filter(({ spec: { verdict }, trace }) => verdict === "violated" && trace?.litmus)
    .toSorted((a, b) => a.trace!.steps.length - b.trace!.steps.length);
  return shortest && litmusTest(shortest.result, shortest.spec, shortest.trace!.litmus!);
}
