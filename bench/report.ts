import type { Cost } from "./measure.ts";
import { nameOf, nameOfMemory, type MemoryWorkload, type Workload } from "./workloads.ts";

/** What one engine took in each round. */
export interface Series {
  readonly name: string;
  readonly costs: readonly Cost[];
}

/** All engines on one workload; the first is the one that the others are set against. */
export interface Comparison {
  readonly workload: Workload;
  readonly series: readonly Series[];
}

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Medians, each for itself. */
export const typical = (costs: readonly Cost[]): Cost => ({
  wall: median(costs.map(({ wall }) => wall)),
  cpu: median(costs.map(({ cpu }) => cpu)),
  memory: median(costs.map(({ memory }) => memory)),
});

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

export const seconds = (s: number): string => (s < 10 ? s.toFixed(s < 1 ? 3 : 2) : s.toFixed(1));
export const mebibytes = (bytes: number): string => String(Math.round(bytes / 2 ** 20));
/** With a narrow space every three digits. */
export const count = (n: number): string => String(n).replaceAll(/\B(?=(\d{3})+$)/g, " ");
export const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;

const range = (numbers: readonly number[]): string =>
  `${seconds(Math.min(...numbers))} to ${seconds(Math.max(...numbers))}`;

export function comparisonTable({ workload, series }: Comparison): string {
  const first = typical(series[0]!.costs);
  return table(
    ["", "CPU, s", "from .. to", "wall, s", "peak memory, MiB", "bytes a state", "CPU, set against the first"],
    series.map(({ name, costs }) => {
      const { cpu, wall, memory } = typical(costs);
      return [
        name,
        seconds(cpu),
        range(costs.map((cost) => cost.cpu)),
        seconds(wall),
        mebibytes(memory),
        count(Math.round(memory / workload.states)),
        times(cpu / first.cpu),
      ];
    }),
  );
}

/** The smallest size comes first: what it takes is what starting and compiling take, and is not charged to the states. */
export function growthTable(rows: readonly Comparison[]): string {
  const least = typical(rows[0]!.series[0]!.costs);
  return table(
    [
      "",
      "states",
      "transitions",
      "depth",
      "wall, s",
      "CPU, s",
      "peak memory, MiB",
      "CPU a state beyond the first, ns",
      "memory a state beyond the first, bytes",
    ],
    rows.map(({ workload, series }, i) => {
      const { wall, cpu, memory } = typical(series[0]!.costs);
      const each = (more: number): string => (i === 0 ? "" : count(Math.round(more / workload.states)));
      return [
        nameOf(workload),
        count(workload.states),
        count(workload.transitions),
        String(workload.depth),
        seconds(wall),
        seconds(cpu),
        mebibytes(memory),
        each(1e9 * (cpu - least.cpu)),
        each(memory - least.memory),
      ];
    }),
  );
}

/** What searches under a memory model took in each round. */
export interface MemorySeries {
  readonly workload: MemoryWorkload;
  readonly full: readonly Cost[];
  readonly reduced: readonly Cost[];
}

export const memoryTable = (rows: readonly MemorySeries[]): string =>
  table(
    ["", "states", "transitions", "depth", "CPU, s", "states a second", "peak memory, MiB", "reduced to", "CPU, s"],
    rows.map(({ workload, full, reduced }) => {
      const { states, transitions, depth } = workload.full;
      const { cpu, memory } = typical(full);
      return [
        nameOfMemory(workload),
        count(states),
        count(transitions),
        String(depth),
        seconds(cpu),
        count(Math.round(states / cpu)),
        mebibytes(memory),
        `${count(workload.reduced.states)} (${times(states / workload.reduced.states)} fewer)`,
        seconds(typical(reduced).cpu),
      ];
    }),
  );

/** The median of the ratios of two series, each of two runs of one round. */
export const paired = (over: Series, under: Series): number =>
  median(over.costs.map(({ cpu }, round) => cpu / under.costs[round]!.cpu));

/** One line of the table of targets: what was asked for, what was measured, whether that is enough. */
export interface Target {
  readonly what: string;
  readonly measured: string;
  /** The same of what was measured beside it. */
  readonly before?: string;
  /** Nothing, if it was not measured. */
  readonly isMet?: boolean;
}

export const targetTable = (targets: readonly Target[]): string =>
  table(
    ["CPU of whole processes", "measured", "before", ""],
    targets.map(({ what, measured, before, isMet }) => [
      what,
      measured,
      before ?? "",
      isMet === undefined ? "" : isMet ? "met" : "**missed**",
    ]),
  );
