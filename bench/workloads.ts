import type { MemoryModel } from "../src/model/memory.ts";
import type { Order } from "./fault-versus-truncate.ts";

/** One size of the benchmark, and what every engine must count in it. */
export interface Workload {
  readonly faulters: number;
  readonly pages: number;
  /** The mms are gone through as they are listed, if nothing else is said. */
  readonly order?: Order;
  /** Whether threads that are declared symmetric are told apart nevertheless. */
  readonly isFull?: true;
  readonly states: number;
  readonly transitions: number;
  /** The most steps that the shortest run to a state needs. */
  readonly depth: number;
  /** What a check counts, where it takes states for one that differ in a local that nobody reads any more. */
  readonly checked?: { readonly states: number; readonly transitions: number; readonly depth: number };
}

/** A size at which SPIN is measured, too. */
export interface Shared extends Workload {
  /** What SPIN's partial order reduction leaves of the states. */
  readonly reduced: number;
  /** Room for SPIN's stack when it goes depth first; and its hash table, as a power of two, which it does not enlarge. */
  readonly spin: { readonly stack: number; readonly table: number };
}

const N1P1: Workload = {
  faulters: 1,
  pages: 1,
  states: 273,
  transitions: 484,
  depth: 32,
};
const N2P1: Shared = {
  faulters: 2,
  pages: 1,
  states: 6372,
  transitions: 17_188,
  depth: 56,
  reduced: 6372,
  spin: { stack: 10_000, table: 18 },
};
const N3P1: Workload = {
  faulters: 3,
  pages: 1,
  states: 120_342,
  transitions: 435_758,
  depth: 82,
};
const N4P1: Shared = {
  faulters: 4,
  pages: 1,
  states: 2_007_228,
  transitions: 9_113_314,
  depth: 108,
  reduced: 2_007_228,
  spin: { stack: 30_000, table: 22 },
};
const N3P2: Shared = {
  faulters: 3,
  pages: 2,
  states: 1_761_984,
  transitions: 6_830_412,
  depth: 94,
  checked: { states: 1_656_242, transitions: 6_421_664, depth: 92 },
  reduced: 1_716_402,
  spin: { stack: 30_000, table: 22 },
};
const N5P1: Shared = {
  faulters: 5,
  pages: 1,
  states: 30_932_646,
  transitions: 168_769_762,
  depth: 134,
  reduced: 30_932_646,
  spin: { stack: 300_000, table: 26 },
};

const anyOrder = (
  faulters: number,
  pages: number,
  full: Omit<Workload, "faulters" | "pages">,
  reduced: Omit<Workload, "faulters" | "pages">,
): readonly [Workload, Workload] => [
  { faulters, pages, order: "any", isFull: true, ...full },
  { faulters, pages, order: "any", ...reduced },
];

export const nameOf = ({ faulters, pages }: Workload): string => `N${faulters}P${pages}`;

/** Where the cold start is measured, compilation included. */
export const coldStart = N2P1;
/** Where all engines meet. */
export const medium: readonly Shared[] = [N4P1, N3P2];
/** SPIN takes about a minute for it. */
export const large = N5P1;
/** Where the reference engine can follow. */
export const small: readonly Workload[] = [N2P1, N3P1];
export const growth: readonly Workload[] = [N1P1, N2P1, N3P1, N4P1, N5P1];
/** The same with the faulters told apart, and with all orders of them taken as one. */
export const symmetric: readonly (readonly [Workload, Workload])[] = [
  anyOrder(
    3,
    1,
    { states: 457_377, transitions: 1_701_210, depth: 90 },
    { states: 79_105, transitions: 294_402, depth: 90 },
  ),
  anyOrder(
    3,
    2,
    { states: 5_962_177, transitions: 23_620_723, depth: 100 },
    { states: 1_008_725, transitions: 3_997_854, depth: 100 },
  ),
  anyOrder(
    4,
    1,
    { states: 15_258_780, transitions: 71_169_024, depth: 118 },
    { states: 699_660, transitions: 3_267_205, depth: 118 },
  ),
];

/** One size of `lockless-map.ts` under a memory model: with its mappers told apart, and with all orders of them taken as one. */
export interface MemoryWorkload {
  readonly mappers: number;
  readonly memory: MemoryModel;
  readonly full: Pick<Workload, "states" | "transitions" | "depth">;
  readonly reduced: Pick<Workload, "states" | "transitions" | "depth">;
}

const lockless = (
  memory: MemoryModel,
  mappers: number,
  depth: number,
  [states, transitions]: readonly [number, number],
  [fewer, fewerTransitions]: readonly [number, number],
): MemoryWorkload => ({
  mappers,
  memory,
  full: { states, transitions, depth },
  reduced: { states: fewer, transitions: fewerTransitions, depth },
});

const lkmm3 = lockless("lkmm", 3, 40, [791_446, 2_578_582], [133_245, 433_988]);
const lkmm2 = lockless("lkmm", 2, 29, [5801, 14_724], [2925, 7427]);
export const nameOfMemory = ({ memory, mappers }: MemoryWorkload): string => `${memory}, ${mappers} mappers`;

export const memoryModels: readonly MemoryWorkload[] = [
  lockless("sc", 3, 37, [23_828, 74_734], [4475, 14_135]),
  lockless("tso", 3, 45, [47_856, 157_005], [8846, 29_240]),
  lkmm3,
  lkmm2,
  lockless("tso", 4, 57, [1_110_582, 4_606_131], [55_949, 234_141]),
  lockless("sc", 5, 57, [8_740_290, 42_196_614], [108_572, 530_722]),
];
