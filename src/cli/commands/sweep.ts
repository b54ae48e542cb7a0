import { ModelError, didYouMean, listed } from "../../model/error.ts";
import { isConditional } from "../../model/checks.ts";
import { BUILT_IN } from "../../model/spec.ts";
import { sweepCsv, sweepMarkdown, sweepText } from "../../report/text/sweep.ts";
import { outcomeOf } from "../../result/judgement.ts";
import { minimalValues, rowOf, worstFirst, type SweepResult, type SweepRow, type Swept } from "../../result/sweep.ts";
import { combinationsOf, sweptParams } from "../combinations.ts";
import { worstOf, type Outcome } from "../output/exit.ts";
import { json } from "../output/files.ts";
import { watchInterrupts } from "../output/interrupt.ts";
import type { Io } from "../output/io.ts";
import { loadScenario, type Loaded } from "../load.ts";
import { CHECK_OPTIONS, checkOptions, type CheckOptions } from "../options.ts";
import { flag, firstOf, texts, type Options, type Values } from "../option.ts";
import { answersTo, type Job } from "../pool.ts";
import { counter } from "../output/progress.ts";
import { commandOf, specsExist } from "../runs.ts";
import type { Scenario } from "../../model/scenario.ts";
import { atMostOne, command, SCENARIO } from "../command.ts";

const FORMATS = ["text", "json", "csv", "markdown"] as const;
const SORTS = ["worst", "given"] as const;

const OPTIONS = {
  set: texts("parameters and their values, as in a=*,b=1..3,c=x|y or d=L*; repeatable (default: the first of each)"),
  spec: CHECK_OPTIONS.spec,
  memory: CHECK_OPTIONS.memory,
  sort: firstOf(SORTS, "worst, or given for the order of the values (default: worst)"),
  group: texts("merge rows that differ in this parameter alone and have the same verdicts, repeatable"),
  minimal: flag("say which values hold, and which of them ask for no more than they need"),
  time: flag("show how long each combination took"),
  "max-states": CHECK_OPTIONS["max-states"],
  "max-memory": CHECK_OPTIONS["max-memory"],
  timeout: {
    ...CHECK_OPTIONS.timeout,
    describe: "stop a combination after this many seconds and report it undecided (default: no limit)",
  },
  engine: CHECK_OPTIONS.engine,
  threads: {
    ...CHECK_OPTIONS.threads,
    describe: "most combinations that are searched at once (default: one for each core)",
  },
  "no-symmetry": CHECK_OPTIONS["no-symmetry"],
  format: firstOf(FORMATS, "text, json, csv or markdown (default: text)"),
  quiet: flag("say nothing on stderr"),
} as const satisfies Options;

interface SweepOptions
  extends
    Omit<CheckOptions, "set" | "format">,
    Pick<Values<typeof OPTIONS>, "format" | "sort" | "group" | "minimal" | "time"> {}

export const sweep = command({
  name: "sweep",
  describe: "check every combination of parameter values; one table",
  subject: { ...SCENARIO, number: "one" },
  options: OPTIONS,
  examples: ["sweep fault-around-vs-punch --set order=*", "sweep two-faults --set order=* --format markdown"],
  async run(words, { format, sort, group, minimal, time, set, ...rest }, io) {
    const loaded = await loadScenario(atMostOne(words, sweep, "sweep one at a time")!, io);
    const options = { ...checkOptions(rest, io), format, sort, group, minimal, time };
    return sweepOver(loaded, set, options, io);
  },
});

async function sweepOver(loaded: Loaded, words: readonly string[], options: SweepOptions, io: Io): Promise<Outcome> {
  const { scenario } = loaded;
  const params = sweptParams(scenario, words);
  const swept = params.filter(({ values }) => values.length > 1);
  specsExist([scenario], options.spec);
  groupsExist(swept, options.group);
  if (options.minimal) minimalIsKnown(scenario, swept);
  const jobs = combinationsOf(params).map((values): Job => ({
    argument: loaded.argument,
    params: values,
    command: commandOf(loaded, values, { ...options, set: [] }),
  }));
  const found = await searched(scenario, jobs, swept, options, io);
  const fixed = Object.fromEntries(
    params.flatMap(({ name, values: [value, ...more] }) => (more.length > 0 ? [] : [[name, value!]])),
  );
  const result: SweepResult = {
    format: "faultline-sweep",
    version: 1,
    scenario: scenario.name,
    about: scenario.about,
    fixed,
    swept,
    specs: specsOf(scenario, options.spec, found.rows),
    rows: options.sort === "worst" ? worstFirst(found.rows) : found.rows,
    combinations: jobs.length,
    stopped: found.stopped,
    neverTaken: found.neverTaken,
    ...(options.minimal && { minimal: minimalValues(swept, found.rows, scenario.params) }),
  };
  io.stdout.write(REPORTS[options.format](result, options.group));
  return outcomeOfSweep(result);
}

const REPORTS: Readonly<Record<SweepOptions["format"], (result: SweepResult, group: readonly string[]) => string>> = {
  text: sweepText,
  json,
  csv: sweepCsv,
  markdown: sweepMarkdown,
};

type Found = Pick<SweepResult, "rows" | "stopped" | "neverTaken">;

async function searched(
  scenario: Scenario,
  jobs: readonly Job[],
  swept: readonly Swept[],
  options: SweepOptions,
  io: Io,
): Promise<Found> {
  const progress = options.quiet ? undefined : counter(io.stderr, scenario.name, jobs.length);
  const interrupt = watchInterrupts(io);
  const rows: (SweepRow | undefined)[] = Array.from({ length: jobs.length });
  const taken = new Set<string>();
  const missed = new Set<string>();
  try {
    for await (const answer of answersTo(jobs, io.cwd, options, interrupt)) {
      const row = rowOf(answer.result, swept);
      rows[answer.index] = options.time ? { ...row, milliseconds: answer.milliseconds } : row;
      for (const step of answer.taken) taken.add(step);
      for (const { path, label, declared } of answer.result.neverTaken) if (!declared) missed.add(`${path}: ${label}`);
      progress?.done();
    }
  } finally {
    progress?.end();
    interrupt.release();
  }
  const known = rows.filter((row) => row !== undefined);
  const isComplete = known.length === jobs.length && known.every(({ cut }) => cut === null);
  return {
    rows: known,
    stopped: interrupt.reason() ?? null,
    // What a cut search has not taken, it may have taken later.
    neverTaken: isComplete ? [...missed].filter((step) => !taken.has(step)) : [],
  };
}

const specsOf = (
  { specs, progress }: Scenario,
  only: readonly string[],
  rows: SweepResult["rows"],
): SweepResult["specs"] =>
  [
    ...[...specs, ...progress].map(({ name, kind, sentence }) => ({ name, kind, sentence })),
    ...Object.entries(BUILT_IN).map(([name, sentence]) => ({ name, kind: "check" as const, sentence })),
  ].filter(({ name }) =>
    // Not every scenario uses locks.
    only.length === 0 ? !isConditional(name) || rows.some(({ verdicts }) => name in verdicts) : only.includes(name),
  );

function groupsExist(swept: readonly Swept[], group: readonly string[]): void {
  const names = swept.map(({ name }) => name);
  const wrong = group.find((name) => !names.includes(name));
  if (wrong !== undefined)
    throw new ModelError(`--group names '${wrong}', which has not several values${didYouMean(wrong, names)}`, {
      remedy: `parameters: ${listed(names)}`,
    });
}

function minimalIsKnown(scenario: Scenario, swept: readonly Swept[]): void {
  const knows = (name: string): boolean => {
    const field = scenario.params[name]!;
    return field.kind === "oneOf" && field.simpler !== undefined;
  };
  if (swept.some(({ name }) => knows(name))) return;
  throw new ModelError("--minimal needs a parameter that knows which of its values ask for less", {
    cause: "none of those that have several values does",
    remedy: `parameters: ${listed(Object.keys(scenario.params).filter(knows))}`,
  });
}

function outcomeOfSweep({ rows, combinations, neverTaken }: SweepResult): Outcome {
  return worstOf([
    // A step that one combination does not take, another one may.
    ...rows.map(({ verdicts, cut }) => outcomeOf({ specs: Object.values(verdicts), search: { cut }, neverTaken: [] })),
    ...(rows.length < combinations ? ["undecided" as const] : []),
    ...(neverTaken.length > 0 ? ["vacuous" as const] : []),
  ]);
}
