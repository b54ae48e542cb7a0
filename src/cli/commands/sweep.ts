import { resolve } from "node:path";
import { ModelError, didYouMean, listed } from "../../model/error.ts";
import { BUILT_IN } from "../../model/spec.ts";
import { rowOf, simplerOf, type SweepResult, type SweepRow, type Swept } from "../../result/sweep.ts";
import { partOf, shardOf, type Collected, type Part, type SweepHead } from "../../result/shard.ts";
import { combinationsOf, sweptParams } from "../combinations.ts";
import { modelOf } from "../model-text.ts";
import type { Outcome } from "../output/exit.ts";
import { json, readText } from "../output/files.ts";
import { watchInterrupts } from "../output/interrupt.ts";
import type { Io } from "../output/io.ts";
import { loadScenario, type Loaded } from "../load.ts";
import { CHECK_OPTIONS, checkOptions, type CheckOptions } from "../options.ts";
import { flag, firstOf, text, texts, type Option, type Options, type Values } from "../option.ts";
import { answersTo, type Job } from "../pool.ts";
import { counter } from "../output/progress.ts";
import { commandOf, specsExist } from "../runs.ts";
import type { ParamValues } from "../../model/params.ts";
import type { Scenario } from "../../model/scenario.ts";
import { atMostOne, command, SCENARIO } from "../command.ts";
import { version } from "../package.ts";
import { FORMATS, outcomeOfSweep, SORTS, tellSweep } from "../swept.ts";

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
  shard: shardOption("search the 1st, 2nd, ... of 4 parts alone, and print what `faultline merge` puts together"),
  format: firstOf(FORMATS, "text, json, csv or markdown (default: text)"),
  quiet: flag("say nothing on stderr"),
} as const satisfies Options;

interface SweepOptions
  extends
    Omit<CheckOptions, "set" | "format">,
    Pick<Values<typeof OPTIONS>, "format" | "sort" | "group" | "minimal" | "time" | "shard"> {}

/** `2/4`: the second of four parts. */
function shardOption(describe: string): Option<Part | undefined> {
  const option = text(describe);
  return {
    ...option,
    parse(given, name) {
      const word = option.parse(given, name);
      if (word === undefined) return undefined;
      const [, index, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(word) ?? []).map(Number);
      const remedy = "write it as in --shard 2/4, for the second of four parts";
      if (!index || !of)
        throw new ModelError(`--${name} needs a part and how many there are, not '${word}'`, { remedy });
      if (index > of) throw new ModelError(`--${name} ${word} is behind the last of ${of} parts`, { remedy });
      return { index, of };
    },
  };
}

export const sweep = command({
  name: "sweep",
  describe: "check every combination of parameter values; one table",
  subject: { ...SCENARIO, number: "one" },
  options: OPTIONS,
  examples: ["sweep fault-around-vs-punch --set order=*", "sweep two-faults --set order=* --format markdown"],
  async run(words, { format, sort, group, minimal, time, set, shard, ...rest }, io) {
    const loaded = await loadScenario(atMostOne(words, sweep, "sweep one at a time")!, io);
    const options = { ...checkOptions(rest, io), format, sort, group, minimal, time, shard };
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
  const combinations = combinationsOf(params);
  const jobs = combinations.map((values): Job => ({
    argument: loaded.argument,
    params: values,
    command: commandOf(loaded, values, { ...options, set: [] }),
  }));
  const collected = await searched(scenario, jobs, swept, options, io);
  const fixed = Object.fromEntries(
    params.flatMap(({ name, values: [value, ...more] }) => (more.length > 0 ? [] : [[name, value!]])),
  );
  const head: SweepHead = {
    scenario: scenario.name,
    about: scenario.about,
    fixed,
    swept,
    specs: specsOf(scenario, options.spec),
    combinations: jobs.length,
    release: version(),
    model: options.shard ? await modelIn(loaded, [combinations[0]!, combinations.at(-1)!], io) : "",
    asked: askedOf(options),
    ...(options.minimal && { simpler: simplerOf(swept, scenario.params) }),
  };
  if (!options.shard) return tellSweep(head, collected, io);
  io.stdout.write(json(shardOf(options.shard, head, collected)));
  const rows = collected.rows.filter((row) => row !== undefined);
  const combinationsHere = jobs.filter((_, number) => partOf(number, options.shard!)).length;
  // Whether a step is never taken, all shards say together.
  return outcomeOfSweep({ rows, combinations: combinationsHere, neverTaken: [] });
}

async function modelIn({ scenario, file }: Loaded, some: readonly ParamValues[], io: Io): Promise<string> {
  const text = file === undefined ? "" : await readText(resolve(io.cwd, file)).catch(() => "");
  return modelOf(scenario, some, text);
}

/** What the options say of how it is searched and told, where it is not what it is without them. */
const askedOf = ({
  sort,
  group,
  minimal,
  format,
  spec,
  maxStates,
  search,
  time,
}: SweepOptions): SweepHead["asked"] => ({
  sort,
  group,
  minimal,
  format,
  spec,
  time,
  memory: search.memory,
  engine: search.engine,
  symmetry: search.symmetry,
  ...(maxStates !== undefined && { "max-states": String(maxStates) }),
  ...(search.maxMemory !== undefined && { "max-memory": String(search.maxMemory) }),
  ...(search.timeoutSeconds !== undefined && { timeout: String(search.timeoutSeconds) }),
});

async function searched(
  scenario: Scenario,
  jobs: readonly Job[],
  swept: readonly Swept[],
  options: SweepOptions,
  io: Io,
): Promise<Collected> {
  const numbers = [...jobs.keys()].filter((number) => !options.shard || partOf(number, options.shard));
  const progress = options.quiet ? undefined : counter(io.stderr, scenario.name, numbers.length);
  const interrupt = watchInterrupts(io);
  const rows: (SweepRow | undefined)[] = Array.from({ length: jobs.length });
  const taken = new Set<string>();
  const missed = new Set<string>();
  try {
    for await (const answer of answersTo(
      numbers.map((number) => jobs[number]!),
      io.cwd,
      options,
      interrupt,
    )) {
      const row = rowOf(answer.result, swept);
      rows[numbers[answer.index]!] = options.time ? { ...row, milliseconds: answer.milliseconds } : row;
      for (const step of answer.taken) taken.add(step);
      for (const { path, label, declared } of answer.result.neverTaken) if (!declared) missed.add(`${path}: ${label}`);
      progress?.done();
    }
  } finally {
    progress?.end();
    interrupt.release();
  }
  return { rows, stopped: interrupt.reason() ?? null, taken: [...taken], missed: [...missed] };
}

const specsOf = ({ specs, progress }: Scenario, only: readonly string[]): SweepResult["specs"] =>
  [
    ...[...specs, ...progress].map(({ name, kind, sentence }) => ({ name, kind, sentence })),
    ...Object.entries(BUILT_IN).map(([name, sentence]) => ({ name, kind: "check" as const, sentence })),
  ].filter(({ name }) => only.length === 0 || only.includes(name));

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
