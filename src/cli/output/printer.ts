import { dirname } from "node:path";
import { counted, folded, summary, titleOf, writtenLines, type SummaryStyle } from "../../report/text/summary.ts";
import type { JudgedSpec, Judgement } from "../../result/judgement.ts";
import type { SecondOpinion } from "../../result/result.ts";
import { json } from "./files.ts";
import type { Finished } from "./finished.ts";
import type { Io } from "./io.ts";
import { countedOf, pinnedLines, totalLine, type Counted } from "./suite.ts";

/** Shows what `check` finds, run by run. */
export interface Printer {
  finished(run: Finished): void;
  /** Its files of these names are in `folder`, with result.json. */
  written(run: Finished, files: readonly string[], folder: string): void;
  /** Its files could not be written. */
  unwritten(run: Finished): void;
  /** After the last run. */
  end(): void;
}

/** Text for people, as it comes; `planned` is the number of runs to come. */
export function textPrinter({ stdout }: Io, planned: number, style: SummaryStyle): Printer {
  const begin = performance.now();
  // Not the runs themselves: of thousands, all that was found would be kept.
  const pinned: Counted[] = [];
  const asked: SecondOpinion[] = [];
  let made = 0;
  // By scenario: its folder, and how many files were written in how many folders of it.
  const written = new Map<string, { readonly shown: string; folders: number; files: number }>();
  const print = (lines: readonly string[]): void => stdout.write(lines.map((line) => `${line}\n`).join(""));
  return {
    finished(run) {
      if (made > 0 && !style.quiet) print([""]);
      made++;
      const { second } = run.result;
      if (run.judgement.isPinned) pinned.push(countedOf(run));
      if (second) asked.push(second);
      if (run.judgement.isPinned) return print([...pinnedLines(run, style), ...run.stats]);
      if (style.quiet && planned > 1) print(folded(titleOf(run.result.scenario, run.result.params)));
      stdout.write(summary(run.result, style));
      if (run.stats.length > 0) print(["", ...run.stats]);
    },
    written({ run, judgement }, files, folder) {
      if (style.quiet) return;
      if (!judgement.isPinned) return print(["", ...writtenLines(folder, [...files, "result.json"])]);
      const { name } = run.scenario;
      const sum = written.get(name) ?? { shown: dirname(folder), folders: 0, files: 0 };
      written.set(name, { ...sum, folders: sum.folders + 1, files: sum.files + files.length + 1 });
    },
    unwritten() {},
    end() {
      if (style.quiet) return;
      const missing = planned - made;
      const total = (): string => totalLine(pinned, planned, performance.now() - begin);
      if (pinned.length > 0) print(["", ...[...written.values()].map(folderLine), "", ...secondTotal(asked), total()]);
      else if (missing > 0) print(["", `${counted(missing, "run")} not started`]);
    },
  };
}

/** How many runs another engine was asked about. */
function secondTotal(asked: readonly SecondOpinion[]): readonly string[] {
  const states = asked.reduce((sum, second) => sum + second.states, 0);
  return asked[0]
    ? [
        `${asked[0].engine} says the same of ${counted(asked.length, "run")}: ${counted(states, "state")} with all threads told apart; not asked: what runs come to as a whole`,
      ]
    : [];
}

const folderLine = ({ shown, folders, files }: { shown: string; folders: number; files: number }): string =>
  `written to ${shown}/: ${counted(files, "file")} in ${counted(folders, "folder")}`;

/** One JSON document at the very end; what is said besides goes to stderr. */
export function jsonPrinter({ stdout, stderr }: Io, isList: boolean, isQuiet: boolean): Printer {
  const documents: unknown[] = [];
  const add = ({ judgement, result }: Finished, files: readonly string[]): void => {
    const saved = { ...result, files };
    documents.push(judgement.isPinned ? { ...saved, expected: expectedOf(judgement) } : saved);
  };
  return {
    finished() {},
    unwritten(run) {
      add(run, []);
    },
    written(run, files, folder) {
      add(run, files);
      if (!isQuiet) stderr.write(`written to ${folder}/: ${counted(files.length + 1, "file")}\n`);
    },
    end() {
      stdout.write(json(isList ? documents : documents[0]));
    },
  };
}

/** How a run compares with its pinned verdicts, as data. */
function expectedOf({ outcome, specs, differences }: Judgement): unknown {
  const of = (wanted: JudgedSpec["standing"]): readonly string[] =>
    specs.filter(({ standing }) => standing === wanted).map(({ spec }) => spec.name);
  const open = of("open");
  return {
    outcome: outcome === "violated" ? "different" : outcome === "held" ? "same" : "undecided",
    verdicts: Object.fromEntries(specs.map(({ spec, expected }) => [spec.name, expected])),
    unexpected: of("different"),
    ...(open.length > 0 && { undecided: open }),
    differences,
  };
}
