import { isConditional } from "../model/checks.ts";
import { sweepCsv, sweepMarkdown, sweepText } from "../report/text/sweep.ts";
import { outcomeOf } from "../result/judgement.ts";
import type { Collected, SweepHead } from "../result/shard.ts";
import { minimalValues, worstFirst, type SweepResult } from "../result/sweep.ts";
import { worstOf, type Outcome } from "./output/exit.ts";
import { json } from "./output/files.ts";
import type { Io } from "./output/io.ts";

export const FORMATS = ["text", "json", "csv", "markdown"] as const;
export const SORTS = ["worst", "given"] as const;

const REPORTS: Readonly<Record<(typeof FORMATS)[number], (result: SweepResult, group: readonly string[]) => string>> = {
  text: sweepText,
  json,
  csv: sweepCsv,
  markdown: sweepMarkdown,
};

/** Prints what a sweep has found, as it was asked for; whether it was found at once or in shards. */
export function tellSweep(head: SweepHead, collected: Collected, io: Io): Outcome {
  const { sort, format, group } = head.asked;
  const result = resultOfSweep(head, collected, sort === "worst");
  const report = REPORTS[FORMATS.find((one) => one === format)!];
  io.stdout.write(report(result, group as readonly string[]));
  return outcomeOfSweep(result);
}

function resultOfSweep(
  { scenario, about, fixed, swept, specs, combinations, asked, simpler }: SweepHead,
  { rows, stopped, taken, missed }: Collected,
  isWorstFirst: boolean,
): SweepResult {
  const known = rows.filter((row) => row !== undefined);
  const isComplete = known.length === combinations && known.every(({ cut }) => cut === null);
  const isAsked = (asked["spec"] as readonly string[]).length > 0;
  return {
    format: "faultline-sweep",
    version: 1,
    scenario,
    about,
    fixed,
    swept,
    // Not every scenario uses locks.
    specs: specs.filter(
      ({ name }) => isAsked || !isConditional(name) || known.some(({ verdicts }) => name in verdicts),
    ),
    rows: isWorstFirst ? worstFirst(known) : known,
    combinations,
    stopped,
    // What a cut search has not taken, it may have taken later.
    neverTaken: isComplete ? missed.filter((step) => !taken.includes(step)).toSorted() : [],
    ...(simpler && { minimal: minimalValues(swept, known, simpler) }),
  };
}

/** What of a sweep decides how it ends. */
export function outcomeOfSweep({
  rows,
  combinations,
  neverTaken,
}: Pick<SweepResult, "rows" | "combinations" | "neverTaken">): Outcome {
  return worstOf([
    // A step that one combination does not take, another one may.
    ...rows.map(({ verdicts, cut }) => outcomeOf({ specs: Object.values(verdicts), search: { cut }, neverTaken: [] })),
    ...(rows.length < combinations ? ["undecided" as const] : []),
    ...(neverTaken.length > 0 ? ["vacuous" as const] : []),
  ]);
}
