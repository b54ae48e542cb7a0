import { plainUpdatesOf, refusingClashes } from "../analysis/plain-updates.ts";
import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import type { Machine } from "../machine/machine.ts";
import type { Program } from "../machine/program.ts";
import { MACHINES } from "../memory/machines.ts";
import { scMachine } from "../memory/sc/machine.ts";
import { DEFAULT_MEMORY, type MemoryModel } from "../model/memory.ts";
import { explore } from "./explore.ts";
import { searchPacked, type SearchLimits, type SearchStats } from "./fast.ts";
import { HeapWatch } from "./memory-limit.ts";

/** What a search found; the schedules are those of the machine. */
export type Explored = Exploration & {
  readonly machine: Machine;
  /** What has searched, if anything has: packed states, the plain explorer, or what the memory model brings along. */
  readonly engine?: "fast" | "reference" | "own";
  readonly stats?: SearchStats;
};

export interface HowToSearch extends SearchLimits {
  readonly memory?: MemoryModel;
  /** By the plain explorer, which takes every machine as it is. */
  readonly isPlain?: boolean;
}

/** The limits of a search whose states are JavaScript's. */
export function watched<L extends Limits & Pick<SearchLimits, "maxMemory">>(limits: L): L {
  const heap = new HeapWatch(limits.maxMemory);
  return { ...limits, stop: () => limits.stop?.() ?? heap.reason() };
}

type Slices<T> = AsyncGenerator<Progress, T> | Generator<Progress, T>;

/** Searches a program under a memory model. Yields progress. */
export async function* search(program: Program, how: HowToSearch): AsyncGenerator<Progress, Explored> {
  const { memory = DEFAULT_MEMORY, isPlain = false } = how;
  const machine = MACHINES[memory](program);
  const updates = plainUpdatesOf(program);
  const inTime = scMachine(program);
  /** Whether another CPU can come in between a load and a store is asked where there is an order of time. */
  const asking = (): Slices<Exploration> =>
    isPlain
      ? explore(inTime, { ...watched(how), ...(updates && { see: refusingClashes(program, updates) }) })
      : searchPacked(program, { ...how, ...(updates && { updates }) });
  const isInTime = machine.memory === inTime.memory;
  if (!isInTime && updates) yield* asking();
  const found = yield* isInTime ? asking() : searchMachine(machine, how, isPlain);
  // The hardware's threads belong to no path.
  return { ...found, taken: found.taken.slice(0, program.threads.length), machine, engine: engineOf(machine, isPlain) };
}

function engineOf(machine: Machine, isPlain: boolean): "fast" | "reference" | "own" {
  if (isPlain) return "reference";
  if (machine.packed) return "fast";
  return machine.search ? "own" : "reference";
}

function searchMachine(machine: Machine, how: HowToSearch, isPlain: boolean): Slices<Exploration> {
  switch (engineOf(machine, isPlain)) {
    case "fast":
      return searchPacked(machine.packed!, how);
    case "own":
      return machine.search!(watched(how));
    case "reference":
      return explore(machine, watched(how));
  }
}
