import { mkdirSync } from "node:fs";
import { userFile } from "./installed.ts";
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

/** What `check` prints of a search, and the exit status of a check that holds, as anything else throws. */
function counted(engine: string, name: string, expected: Counts, { cost, output }: Finished): Cost {
  const [, states, transitions, depth] = /(\d+) states, (\d+) transitions, depth (\d+)/.exec(output) ?? [];
  check(engine, name, expected, { states: Number(states), transitions: Number(transitions), depth: Number(depth) });
  return cost;
}

/** The installed command line with a user's file: on so many threads, or its reference engine. */
export function faultline(measure: Measure, folder: string, program: Command, threads: number | "reference"): Engine {
  const isPlain = threads === "reference";
  const name = isPlain ? "faultline, reference engine" : `faultline, ${threads} thread${threads > 1 ? "s" : ""}`;
  return {
    name,
    search: (workload) => {
      const { faulters, pages, order = "listed", isFull } = workload;
      const scenario = `faultVersusTruncate(${faulters}, ${pages}, "${order}")`;
      const file = userFile(folder, `${nameOf(workload)}-${order}`, "fault-versus-truncate.ts", scenario);
      const how = isPlain ? ["--engine", "reference"] : ["--threads", `${threads}`];
      const line = ["check", file, "--out", "out", ...how, ...(isFull ? ["--no-symmetry"] : [])];
      return counted(name, nameOf(workload), workload.checked ?? workload, measure([...program, ...line], folder));
    },
  };
}

/** The same under a memory model, on one thread. */
export function underMemory(
  measure: Measure,
  folder: string,
  program: Command,
  { mappers, memory, ...counts }: MemoryWorkload,
  size: "full" | "reduced",
): Cost {
  const file = userFile(folder, `map${mappers}`, "lockless-map.ts", `locklessMap(${mappers})`);
  const line = ["check", file, "--out", "out", "--threads", "1", "--memory", memory];
  const finished = measure([...program, ...line, ...(size === "full" ? ["--no-symmetry"] : [])], folder);
  return counted("faultline", `${mappers} mappers under ${memory}`, counts[size], finished);
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
  const verified = (workload: Shared, { cost, output }: Finished): Cost => {
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
      return verified(workload, measure(verify(workload), path));
    },
    fromText: (workload) => {
      const path = home(workload);
      const costs = [
        measure(generate(workload), path).cost,
        measure(compile, path).cost,
        verified(workload, measure(verify(workload), path)),
      ];
      return {
        wall: costs.reduce((sum, { wall }) => sum + wall, 0),
        cpu: costs.reduce((sum, { cpu }) => sum + cpu, 0),
        memory: Math.max(...costs.map(({ memory }) => memory)),
      };
    },
  };
}
