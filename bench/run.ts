import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SPIN_NAMES, faultline, spin, underMemory, type Engine } from "./engines.ts";
import { install } from "./installed.ts";
import { machine, measuring, source, versionOf, type Command, type Cost } from "./measure.ts";
import {
  comparisonTable,
  count,
  growthTable,
  memoryTable,
  paired,
  seconds,
  table,
  targetTable,
  times,
  typical,
  type Comparison,
  type MemorySeries,
  type Series,
  type Target,
} from "./report.ts";
import {
  coldStart,
  growth,
  large,
  medium,
  memoryModels,
  nameOf,
  nameOfMemory,
  small,
  symmetric,
  type MemoryWorkload,
  type Workload,
} from "./workloads.ts";

/**
 * `npm run bench`: measures the installed command line, cold, with a user's model file, and writes bench/results.md. Each
 * ratio is of two runs of one round: to an empty node, to SPIN, to another faultline.
 * `-- --rounds <n>` sets how often everything is measured; `-- --large` adds the largest size, in fewer rounds;
 * `-- --before <file>` measures that bin of faultline by turns with this one, for release notes: the last release.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    large: { type: "boolean", default: false },
    before: { type: "string" },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is not a number of rounds`);
const roundsOfLarge = Math.min(rounds, 3);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const about = machine();
const versions = { SPIN: versionOf("spin", "-V"), gcc: versionOf("gcc", "--version") };
if (versions.gcc === undefined) throw new Error("gcc is needed, for what measures a process");
if (versions.SPIN === undefined) say("SPIN not found: faultline is measured without it");

// Ctrl-C ends the process that is being measured, and that ends the benchmark: with its folder removed.
process.on("SIGINT", () => {});
const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
try {
  writeFileSync(source("results.md"), report());
  say(`written: bench/results.md`);
} finally {
  rmSync(folder, { recursive: true });
}

interface Subject {
  readonly name: string;
  readonly measure: () => Cost;
}

/** Round by round, so that whatever else the machine does meets all of them; each round begins with another one. */
function interleaved(title: string, times: number, subjects: readonly Subject[]): readonly Series[] {
  const series = subjects.map(({ name }) => ({ name, costs: [] as Cost[] }));
  for (let round = 0; round < times; round++)
    for (let i = 0; i < subjects.length; i++) {
      const turn = (round + i) % subjects.length;
      const { name, measure } = subjects[turn]!;
      const cost = measure();
      series[turn]!.costs.push(cost);
      say(
        `${title}, round ${round + 1} of ${times}: ${name}: ${seconds(cost.cpu)} s CPU, ${seconds(cost.wall)} s wall`,
      );
    }
  return series;
}

function compare<W extends Workload>(workload: W, times: number, engines: readonly Engine<W>[]): Comparison {
  const subjects = engines.map(({ name, search }) => ({ name, measure: () => search(workload) }));
  return { workload, series: interleaved(nameOf(workload), times, subjects) };
}

function report(): string {
  const measure = measuring(folder);
  const program = install(folder);
  const [one, two, reference] = ([1, 2, "reference"] as const).map((engine) =>
    faultline(measure, folder, program, engine),
  );
  const spins = versions.SPIN === undefined ? [] : SPIN_NAMES.map((name) => spin(measure, folder, name));
  const before: Command | undefined = values.before === undefined ? undefined : [process.execPath, values.before];
  const befores: readonly Engine[] = before
    ? [{ ...faultline(measure, folder, before, 1), name: "faultline before, 1 thread" }]
    : [];

  const empty: Subject = { name: "an empty node", measure: () => measure([process.execPath, "-e", "0"], folder).cost };
  copyFileSync(join(source(".."), "examples/my-race.ts"), join(folder, "my-race.ts"));
  const starts = [
    ["the version", ["--version"], undefined],
    ["check fault-around-vs-punch, 318 states", ["check", "fault-around-vs-punch", "--out", "out"], 5],
    ["check of a user's file, a race with its picture", ["check", "my-race.ts", "--out", "out"], 6],
  ] as const;
  const started = starts.map(([name, line]) =>
    interleaved(name, rounds, [
      { name, measure: () => measure([...program, ...line], folder).cost },
      empty,
      ...(before ? [{ name: `${name}, before`, measure: () => measure([...before, ...line], folder).cost }] : []),
    ]),
  );
  const cold = interleaved(`${nameOf(coldStart)} from nothing`, rounds, [
    { name: one!.name, measure: () => one!.search(coldStart) },
    empty,
    ...befores.map(({ name, search }) => ({ name, measure: () => search(coldStart) })),
    ...spins.slice(0, 1).map((engine) => ({
      name: "spin -a, gcc -O2 and the verifier",
      measure: () => engine.fromText(coldStart),
    })),
  ]);
  const comparisons = [
    ...medium.map((workload) => compare(workload, rounds, [one!, two!, ...befores, ...spins])),
    ...(values.large ? [compare(large, roundsOfLarge, [one!, two!, ...befores, ...spins])] : []),
  ];
  const references = small.map((workload) => compare(workload, rounds, [one!, reference!]));
  const grown = growth
    .filter((workload) => workload !== large || values.large)
    .map((workload) => comparisons.find((other) => other.workload === workload) ?? compare(workload, rounds, [one!]));
  const orders = symmetric.map((pair) =>
    pair.map((workload) => compare(workload, roundsOfLarge, [one!]).series[0]!.costs),
  );
  const memories = memoryModels.map((workload) => underModel(program, workload));

  const toEmpty = ([here, node, then]: readonly Series[], what: string, most?: number): Target => {
    const ratio = paired(here!, node!);
    return {
      what: `${what}, set against an empty node${most === undefined ? "" : `: at most ${most}x`}`,
      measured: times(ratio),
      ...(then && { before: times(paired(then, node!)) }),
      ...(most !== undefined && { isMet: ratio <= most }),
    };
  };

  return [
    "# Benchmark results",
    "",
    "Written by `npm run bench`" +
      (values.large ? " with `-- --large`" : "") +
      ". Lower is better where nothing else is said.",
    "",
    `- Machine: ${about}. ${steadiness(comparisons)}`,
    `- Against: ${versions.SPIN === undefined ? "nothing, as SPIN was not there" : `${versions.SPIN}, compiled by ${versions.gcc} with -O2 -DSAFETY`}.`,
    "- Measured: the command line as `npm pack` packs it and npm installs it, cold, with a model file of a user's; all of each",
    `  process, from its start to its files. Medians of ${rounds} rounds (${nameOf(large)}: ${roundsOfLarge}) in which each has its turn; a ratio is the median of`,
    "  the ratios of the rounds. CPU is user and system time of all threads; peak memory is the resident set. SPIN's verifier",
    "  is without spin and gcc, where nothing else is said.",
    ...(before ? ["- Before: the faultline that was there before, as `--before` named it, in the same rounds."] : []),
    "- Model: `fault-versus-truncate.ts` and its twin in Promela, with N faulters and P pages. Every run's states and transitions,",
    "  and where it goes breadth first its depth, were compared with the numbers in `workloads.ts`; a difference ends the benchmark.",
    "- SPIN gets a stack just deep enough, and the hash table with which it is fastest; breadth first and without reduction",
    "  it does the same work as faultline, but that a check takes states for one that differ in what nobody reads any more: 6 % of",
    "  N3P2. With reduction it takes fewer transitions, and its counterexamples are not shortest.",
    "",
    "## Targets",
    "",
    targetTable([
      ...started.map((series, i) => toEmpty(series, starts[i]![0], starts[i]![2])),
      toEmpty(cold, `check of a user's file, ${nameOf(coldStart)}`, 6),
      ...targets(comparisons, cold),
    ]),
    "",
    ...comparisons.flatMap((comparison) => [`## ${nameOf(comparison.workload)}`, "", comparisonTable(comparison), ""]),
    "## From the model's text to the verdict",
    "",
    `${nameOf(coldStart)}:`,
    "",
    comparisonTable({ workload: coldStart, series: cold }),
    "",
    "## Growth, one thread",
    "",
    growthTable(grown),
    "",
    "## Symmetry, one thread",
    "",
    "The truncater takes the mms in any order, so that the faulters can be exchanged.",
    "",
    table(
      ["", "states", "reduced to", "CPU, s", "reduced to"],
      symmetric.map(([full, reduced], i) => [
        nameOf(full),
        count(full.states),
        `${count(reduced.states)} (${times(full.states / reduced.states)} fewer)`,
        ...orders[i]!.map((costs) => seconds(typical(costs).cpu)),
      ]),
    ),
    "",
    "## Memory models, one thread",
    "",
    "`lockless-map.ts`: N mappers map a page without its lock while one truncate unmaps it; every barrier is there. With the",
    `mappers told apart, and with all orders of them taken as one. Medians of ${roundsOfLarge} rounds.`,
    "",
    memoryTable(memories),
    "",
    "## Reference engine",
    "",
    ...references.flatMap((comparison) => [`${nameOf(comparison.workload)}:`, "", comparisonTable(comparison), ""]),
  ].join("\n");

  function underModel(installed: Command, workload: MemoryWorkload): MemorySeries {
    const costs = (["full", "reduced"] as const).map((size) =>
      Array.from({ length: roundsOfLarge }, (): Cost => {
        const cost = underMemory(measure, folder, installed, workload, size);
        say(`${nameOfMemory(workload)}, ${size}: ${seconds(cost.cpu)} s CPU`);
        return cost;
      }),
    );
    return { workload, full: costs[0]!, reduced: costs[1]! };
  }
}

/** Whether one thread got a core for itself: else wall times say little. */
function steadiness(comparisons: readonly Comparison[]): string {
  const shares = comparisons.map(({ series }) => typical(series[0]!.costs)).map(({ cpu, wall }) => cpu / wall);
  return Math.min(...shares) > 0.9
    ? "One thread had a core for itself."
    : "Other programs ran at the same time: wall times are too long, and CPU times vary by a fifth.";
}

/** What SPIN's best takes over what faultline takes, and bytes a state. */
function targets(comparisons: readonly Comparison[], cold: readonly Series[]): readonly Target[] {
  const spinIn = (series: readonly Series[]): readonly Series[] =>
    series.filter(({ name }) => name.toLowerCase().startsWith("spin"));
  const faster = (what: string, series: readonly Series[], least?: number): Target => {
    const rivals = spinIn(series);
    if (rivals.length === 0) return { what, measured: "not measured" };
    const best = (mine: Series): number => Math.min(...rivals.map((rival) => paired(rival, mine)));
    const then = series.find(({ name }) => name.includes("before"));
    const ratio = best(series[0]!);
    return {
      what: `${what}${least === undefined ? "" : `: at least ${least}x`}`,
      measured: times(ratio),
      ...(then && { before: times(best(then)) }),
      ...(least !== undefined && { isMet: ratio >= least }),
    };
  };
  const least = (workload: Workload): number | undefined =>
    workload === medium[0] ? 3 : workload === large ? 6 : undefined;
  const largest = comparisons.find(({ workload }) => workload === large);
  return [
    ...comparisons.map(({ workload, series }) =>
      faster(`${nameOf(workload)}: SPIN's best verifier, set against faultline`, series, least(workload)),
    ),
    faster(`${nameOf(coldStart)}: spin, gcc and the verifier, set against faultline`, cold),
    ...(largest
      ? [
          {
            what: `${nameOf(large)}: bytes a state, all of the process: at most 20`,
            measured: (typical(largest.series[0]!.costs).memory / large.states).toFixed(1),
            isMet: typical(largest.series[0]!.costs).memory / large.states <= 20,
          },
        ]
      : []),
  ];
}
