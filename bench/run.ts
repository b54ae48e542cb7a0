import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SPIN_NAMES, faultline, spin, underMemory, type Engine, type MemoryCost } from "./engines.ts";
import { machine, measuring, measuringItself, source, versionOf, type Cost, type Measure } from "./measure.ts";
import {
  comparisonTable,
  count,
  growthTable,
  memoryTable,
  seconds,
  speedOf,
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
  lkmmTargets,
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
 * `npm run bench`: measures faultline against SPIN and against its own reference engine, and writes bench/results.md.
 * `-- --rounds <n>` sets how often everything is measured; `-- --large` adds the largest size, in fewer rounds;
 * `-- --memory` measures the memory models alone, and renews their section.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    large: { type: "boolean", default: false },
    memory: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is not a number of rounds`);
const roundsOfLarge = Math.min(rounds, 3);
const MEMORY_HEADING = "## Memory models, one thread";

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const about = machine();
const versions = { SPIN: versionOf("spin", "-V"), gcc: versionOf("gcc", "--version") };
const missing = Object.entries(versions).flatMap(([name, version]) => (version === undefined ? [name] : []));
if (missing.length > 0) say(`${missing.join(" and ")} not found: faultline is measured alone`);

// Ctrl-C ends the process that is being measured, and that ends the benchmark: with its folder removed.
process.on("SIGINT", () => {});
const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
try {
  writeFileSync(
    source("results.md"),
    values.memory ? withMemorySection(readFileSync(source("results.md"), "utf8")) : report(),
  );
  say(`written: bench/results.md`);
} finally {
  rmSync(folder, { recursive: true });
}

function measured(): Measure {
  return versions.gcc === undefined ? measuringItself : measuring(folder);
}

function memorySection(measure: Measure): string {
  const memories = memoryModels.map((workload) => underModel(measure, workload));
  return [
    MEMORY_HEADING,
    "",
    "`lockless-map.ts`: N mappers map a page without its lock while one truncate unmaps it; every barrier is there. CPU is that",
    "of the search alone, without node's start; with the mappers told apart, and with all orders of them taken as one. Medians",
    `of ${roundsOfLarge} rounds; ${about.split(", ").at(-1)}.`,
    "",
    targetTable(lkmmTargets.map((target) => lkmmSpeed(memories.find(({ workload }) => workload === target)!))),
    "",
    memoryTable(memories),
    "",
  ].join("\n");
}

/** The results with this section renewed, or added in front of the last. */
function withMemorySection(results: string): string {
  const sections = results.split(/^(?=## )/m);
  const others = sections.filter((section) => !section.startsWith(MEMORY_HEADING));
  return [...others.slice(0, -1), `${memorySection(measured())}\n`, ...others.slice(-1)].join("");
}

function underModel(measure: Measure, workload: MemoryWorkload): MemorySeries {
  const costs = (["full", "reduced"] as const).map((size) =>
    Array.from({ length: roundsOfLarge }, (): MemoryCost => {
      const cost = underMemory(measure, folder, workload, size);
      say(`${nameOfMemory(workload)}, ${size}: ${seconds(cost.search)} s CPU of the search`);
      return cost;
    }),
  );
  return { workload, full: costs[0]!, reduced: costs[1]! };
}

function lkmmSpeed(series: MemorySeries): Target {
  const speed = speedOf(series);
  return {
    what: `${nameOfMemory(series.workload)}: at least 100 000 states a second (CPU of the search)`,
    measured: count(Math.round(speed)),
    isMet: speed >= 100_000,
  };
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
  const measure = measured();
  const [one, two, reference] = ([1, 2, "reference"] as const).map((engine) => faultline(measure, folder, engine));
  const spins = missing.length > 0 ? [] : SPIN_NAMES.map((name) => spin(measure, folder, name));

  const comparisons = [
    ...medium.map((workload) => compare(workload, rounds, [one!, two!, ...spins])),
    ...(values.large ? [compare(large, roundsOfLarge, [one!, two!, ...spins])] : []),
  ];
  const references = small.map((workload) => compare(workload, rounds, [one!, reference!]));
  const grown = growth.map((workload) => {
    const known = comparisons.find((other) => other.workload === workload);
    return known ?? compare(workload, workload === large ? roundsOfLarge : rounds, [one!]);
  });
  const orders = symmetric.map((pair) =>
    pair.map((workload) => compare(workload, roundsOfLarge, [one!]).series[0]!.costs),
  );
  const cold = interleaved(`${nameOf(coldStart)} from nothing`, rounds, [
    { name: one!.name, measure: () => one!.search(coldStart) },
    ...spins.slice(0, 1).map((engine) => ({
      name: "spin -a, gcc -O2 and the verifier",
      measure: () => engine.fromText(coldStart),
    })),
  ]);

  return [
    "# Benchmark results",
    "",
    "Written by `npm run bench`" + (values.large ? " with `-- --large`" : "") + ". Lower is better everywhere.",
    "",
    `- Machine: ${about}. ${steadiness(comparisons)}`,
    `- Against: ${missing.length > 0 ? "nothing, as SPIN and gcc were not both there" : `${versions.SPIN}, compiled by ${versions.gcc} with -O2 -DSAFETY`}.`,
    "- Model: `fault-versus-truncate.ts` and its twin in Promela, with N faulters and P pages. Every run's states and transitions,",
    "  and where it goes breadth first its depth, were compared with the numbers in `workloads.ts`; a difference ends the benchmark.",
    `- Measured: whole processes, with node's start and the compilation of the model; SPIN's verifier without spin and gcc. Medians of ${rounds} rounds`,
    `  (${nameOf(large)}: ${roundsOfLarge}) in which every engine has its turn. CPU is user and system time of all threads; peak memory is the resident set.`,
    "- SPIN gets a stack just deep enough, and the hash table with which it is fastest; breadth first and without reduction",
    "  it does the same work as faultline. With reduction it takes fewer transitions, and its counterexamples are not shortest.",
    "",
    "## Targets",
    "",
    targetTable(targets(comparisons, grown, cold)),
    "",
    ...comparisons.flatMap((comparison) => [`## ${nameOf(comparison.workload)}`, "", comparisonTable(comparison), ""]),
    "## Cold start to verdict",
    "",
    `${nameOf(coldStart)}, from the model's text.`,
    "",
    table(
      ["", "wall, s", "CPU, s"],
      cold.map(({ name, costs }) => [name, seconds(typical(costs).wall), seconds(typical(costs).cpu)]),
    ),
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
    memorySection(measure),
    "## Reference engine",
    "",
    ...references.flatMap((comparison) => [`${nameOf(comparison.workload)}:`, "", comparisonTable(comparison), ""]),
  ].join("\n");
}

/** Whether one thread got a core for itself: else wall times say little. */
function steadiness(comparisons: readonly Comparison[]): string {
  const shares = comparisons.map(({ series }) => typical(series[0]!.costs)).map(({ cpu, wall }) => cpu / wall);
  return Math.min(...shares) > 0.9
    ? "One thread had a core for itself."
    : "Other programs ran at the same time, so wall times are too long.";
}

function targets(
  comparisons: readonly Comparison[],
  grown: readonly Comparison[],
  cold: readonly Series[],
): readonly Target[] {
  const faster = (workload: Workload, least: number): Target => {
    const what = `${nameOf(workload)}: at least ${least} times faster than SPIN at its best (CPU, one thread)`;
    const [first, , ...others] = comparisons.find((other) => other.workload === workload)?.series ?? [];
    if (!first || others.length === 0) return { what, measured: "not measured" };
    const ratio = Math.min(...others.map(({ costs }) => typical(costs).cpu)) / typical(first.costs).cpu;
    return { what, measured: times(ratio), isMet: ratio >= least };
  };
  const largest = comparisons.toSorted((a, b) => a.workload.states - b.workload.states).at(-1)!;
  const [one, two] = largest.series.map(({ costs }) => typical(costs).wall);
  const bytes = typical(grown.at(-1)!.series[0]!.costs).memory / large.states;
  const start = typical(cold[0]!.costs).wall;
  return [
    faster(medium[0]!, 4),
    faster(large, 6),
    {
      what: `${nameOf(large)}: at most 25 bytes a state, all of the process`,
      measured: bytes.toFixed(1),
      isMet: bytes <= 25,
    },
    {
      what: `${nameOf(coldStart)}: cold start to verdict in less than 0.25 s (wall)`,
      measured: `${seconds(start)} s`,
      isMet: start < 0.25,
    },
    {
      what: `${nameOf(largest.workload)}: two threads at least 1.5 times faster than one (wall), if two cores are idle`,
      measured: times(one! / two!),
      isMet: one! / two! >= 1.5,
    },
  ];
}
