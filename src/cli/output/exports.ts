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

/** Writes these files about the runs that were made and those that were not; false, after a warning, if one cannot be written. */
export type Export = (made: readonly Finished[], notStarted: readonly Run[]) => Promise<boolean>;

/** Tries to write the files for other tools, before a long search is wasted. Throws a ModelError for a wrong place. */
export async function openExports(io: Io, wanted: Wanted, warn: Warn): Promise<Export> {
  const forms = [
    { option: "--junit", file: wanted.junit, text: junit },
    { option: "--sarif", file: wanted.sarif, text: (runs: readonly Reported[]) => json(sarif(runs, version())) },
    { option: "--litmus", file: wanted.litmus, text: shortestLitmus },
  ].flatMap(({ file, ...form }) => (file === undefined ? [] : [{ ...form, file, path: resolve(io.cwd, file) }]));
  for (const { option, file, path } of forms)
    try {
      await probe(path);
    } catch (error) {
      const explained = writeError(file, error, `file with ${option}`);
      if (!(explained instanceof WriteError && explained.isOfTheSystem)) throw explained;
    }
  return async (made, notStarted) => {
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
}

/** The shortest counterexample of these runs as a litmus test, if there is one. */
function shortestLitmus(runs: readonly Reported[]): string | undefined {
  const [shortest] = runs
    .flatMap(({ result }) => result.specs.map((spec) => ({ result, spec, trace: spec.trace })))
    .filter(({ spec: { verdict }, trace }) => verdict === "violated" && trace?.litmus)
    .toSorted((a, b) => a.trace!.steps.length - b.trace!.steps.length);
  return shortest && litmusTest(shortest.result, shortest.spec, shortest.trace!.litmus!);
}
