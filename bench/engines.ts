import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run, source, type Command, type Measure, type Finished, type Cost } from "./measure.ts";
import { nameOf, type MemoryWorkload, type Shared, type Workload } from "./workloads.ts";

/** A way to search one workload. */
export interface Engine<W extends Workload = Workload> {
  readonly name: string;
  /** Throws where the counts are not those of the workload. */
  readonly search: (workload: W) => Cost;
}

interface Counts {
  readonly states: number;
  readonly transitions?: number;
  readonly depth?: number;
}

function check(engine: string, workload: string, expected: Counts, counted: Counts): void {
  for (const key of ["states", "transitions", "depth"] as const)
    if (expected[key] !== undefined && counted[key] !== expected[key])
      throw new Error(`${engine} counted ${counted[key]} ${key} in ${workload}, not ${expected[key]}`);
}

const SEARCH_ONE = fileURLToPath(new URL("./search-one.js", import.meta.url));

/** faultline: on so many threads, or its reference engine. */
export function faultline(measure: Measure, folder: string, threads: number | "reference"): Engine {
  const name =
    threads === "reference" ? "faultline, reference engine" : `faultline, ${threads} thread${threads > 1 ? "s" : ""}`;
  return {
    name,
    search: (workload) => {
      const { faulters, pages, order, isFull } = workload;
      const args = [`${faulters}`, `${pages}`, `${threads}`, order ?? "listed", isFull ? "full" : "reduced"];
      const { cost, output } = measure([process.execPath, SEARCH_ONE, ...args], folder);
      const { found, done, stuck, ...counts } = JSON.parse(output) as Counts & {
        readonly found: readonly string[];
        readonly done: number;
        readonly stuck: number;
      };
      check(name, nameOf(workload), workload, counts);
      if (found.length > 0 || done !== 1 || stuck !== 0)
        throw new Error(`${name} found ${found.join(", ") || `${done} done and ${stuck} stuck states`}`);
      return cost;
    },
  };
}

const MEMORY_ONE = fileURLToPath(new URL("./memory-one.js", import.meta.url));

/** What one search under a memory model took: all of the process, and CPU seconds of the search alone. */
export interface MemoryCost extends Cost {
  readonly search: number;
}

/** faultline under a memory model. Throws where the counts are not those of the workload. */
export function underMemory(
  measure: Measure,
  folder: string,
  { mappers, memory, rehearsals = 0, ...counts }: MemoryWorkload,
  size: "full" | "reduced",
): MemoryCost {
  const { cost, output } = measure([process.execPath, MEMORY_ONE, `${mappers}`, memory, size, `${rehearsals}`], folder);
  const { searchCpu, found, done, stuck, ...counted } = JSON.parse(output) as Counts & {
    readonly searchCpu: number;
    readonly found: readonly string[];
    readonly done: number;
    readonly stuck: number;
  };
  const name = `the lockless map protocol with ${mappers} mappers under ${memory}`;
  check("faultline", name, counts[size], counted);
  if (found.length > 0 || done !== 2 || stuck !== 0)
    throw new Error(`${name}: ${found.join(", ") || `${done} done and ${stuck} stuck states`}`);
  return { ...cost, search: searchCpu };
}

/** A verifier that SPIN generates. */
export interface Spin extends Engine<Shared> {
  /** From the Promela text to the verdict, with the C compiler's time. */
  readonly fromText: (workload: Shared) => Cost;
}

const DEFINES = {
  "SPIN, depth first": ["-DNOREDUCE"],
  "SPIN, depth first, partial order reduction": [],
  "SPIN, breadth first": ["-DNOREDUCE", "-DBFS"],
} as const;

export type SpinName = keyof typeof DEFINES;
export const SPIN_NAMES = Object.keys(DEFINES) as readonly SpinName[];

export function spin(measure: Measure, folder: string, name: SpinName): Spin {
  const defines = DEFINES[name];
  const isReduced = defines.length === 0;
  const generate = ({ faulters, pages }: Workload): Command => [
    "spin",
    "-a",
    `-DN=${faulters}`,
    `-DP=${pages}`,
    source("fault-versus-truncate.pml"),
  ];
  const compile: Command = ["gcc", "-w", "-O2", "-DSAFETY", ...defines, "-o", "pan", "pan.c"];
  const verify = ({ spin: { stack, table } }: Shared): Command => ["./pan", `-m${stack}`, `-w${table}`];
  const home = (workload: Workload): string => {
    const path = `${folder}/${nameOf(workload)}-${defines.join("")}`;
    mkdirSync(path, { recursive: true });
    return path;
  };
  const counted = (workload: Shared, { cost, output }: Finished): Cost => {
    if (!output.includes("errors: 0")) throw new Error(`${name} found an error in ${nameOf(workload)}`);
    const number = (pattern: RegExp): string => pattern.exec(output)?.[1] ?? "no";
    const states = Number(number(/(\d+) states, stored/));
    const expected = { states: isReduced ? workload.reduced : workload.states };
    check(name, nameOf(workload), expected, { states });
    // SPIN counts the step into the initial state, and prints eight digits of a large number.
    const transitions = number(/([\d.e+]+) transitions/);
    const digits = transitions.includes("e") ? 8 : 16;
    const right = Number((workload.transitions + 1).toPrecision(digits));
    if (!isReduced)
      check(name, nameOf(workload), { states, transitions: right }, { states, transitions: Number(transitions) });
    if (name === "SPIN, breadth first")
      check(
        name,
        nameOf(workload),
        { states, depth: workload.depth },
        { states, depth: Number(number(/depth reached (\d+)/)) },
      );
    return cost;
  };

  const built = new Set<string>();
  return {
    name,
    search: (workload) => {
      const path = home(workload);
      if (!built.has(path)) {
        run(generate(workload), path);
        run(compile, path);
        built.add(path);
      }
      return counted(workload, measure(verify(workload), path));
    },
    fromText: (workload) => {
      const path = home(workload);
      const costs = [
        measure(generate(workload), path).cost,
        measure(compile, path).cost,
        counted(workload, measure(verify(workload), path)),
      ];
      return {
        wall: costs.reduce((sum, { wall }) => sum + wall, 0),
        cpu: costs.reduce((sum, { cpu }) => sum + cpu, 0),
        memory: Math.max(...costs.map(({ memory }) => memory)),
      };
    },
  };
}
