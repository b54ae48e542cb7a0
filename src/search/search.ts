import { plainUpdatesOf, refusingClashes, type PlainUpdates } from "../analysis/plain-updates.ts";
import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import type { Machine } from "../machine/machine.ts";
import { slabsIn } from "../analysis/kin.ts";
import type { Program } from "../machine/program.ts";
import { MACHINES } from "../memory/machines.ts";
import { scMachine } from "../memory/sc/machine.ts";
import { DEFAULT_MEMORY, type MemoryModel } from "../model/memory.ts";
import { ahead, type Ahead, type Scale } from "./ahead.ts";
import { explore } from "./explore.ts";
import { searchPacked, type SearchLimits, type SearchStats } from "./fast.ts";
import { HeapWatch } from "./memory-limit.ts";
import { reducedFirst, refuseReduced } from "./reduced.ts";
import { simulate } from "./simulate.ts";
import { machineWalker, packedWalker, type Walker } from "./walker.ts";
import type { Walks } from "./walks.ts";

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
  /** Random walks, in place of a search. */
  readonly walks?: Walks;
  /** What is looked for ahead of a search that grows. */
  readonly ahead?: Ahead;
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
  const { mostRepeated } = SCALES[isPlain ? "reference" : "fast"].effort;
  /** Whether another CPU can come in between a load and a store is asked where there is an order of time. */
  const asking = (limits: HowToSearch): Slices<Exploration> => {
    if (limits.walks) return simulate(walkerOf(inTime, isPlain, updates), limits.walks, watched(limits), mostRepeated);
    return isPlain
      ? explore(inTime, { ...watched(limits), ...(updates && { see: refusingClashes(program, updates) }) })
      : searchPacked(program, { ...limits, ...(updates && { updates }) });
  };
  const isInTime = machine.memory === inTime.memory;
  const engine = engineOf(machine, isPlain);
  if (how.reduces) refuseReduced(program, memory, engine);
  if (!isInTime && updates) yield* asking(how);
  const searching = (limits: HowToSearch): Slices<Exploration> =>
    isInTime ? asking(limits) : searchMachine(machine, limits, isPlain);
  const looking = (limits: HowToSearch): Slices<Exploration> =>
    limits.ahead && !limits.walks
      ? ahead(searching, limits, limits.ahead, SCALES[engine], () =>
          walkerOf(machine, isPlain, isInTime ? updates : undefined),
        )
      : searching(limits);
  const { reduces = false, ...whole } = how;
  const found = yield* reduces ? reducedFirst(looking, whole, program) : looking(whole);
  // The hardware's threads belong to no path.
  const taken = found.taken.slice(0, program.threads.length);
  const isApart = engine === "reference" || how.symmetry === false || program.scenario.progress.length > 0;
  const apart = isApart ? slabsIn(program).map(({ name }) => name) : [];
  return { ...found, taken, machine, engine, ...(apart.length > 0 && { apart }) };
}

type Engine = NonNullable<Explored["engine"]>;

/** What is a second of searching on the machine this was written on, for each engine. */
const SCALES: Readonly<Record<Engine, Scale>> = {
  fast: { grown: 2_500_000, effort: { states: 120_000, walks: 1_000, steps: 200_000, mostRepeated: 150_000, far: 8 } },
  own: { grown: 100_000, effort: { states: 10_000, walks: 100, steps: 20_000, mostRepeated: 20_000, far: 4 } },
  reference: { grown: 30_000, effort: { states: 6_000, walks: 50, steps: 6_000, mostRepeated: 10_000, far: 4 } },
};

function engineOf(machine: Machine, isPlain: boolean): Engine {
  if (isPlain) return "reference";
  if (machine.packed) return "fast";
  return machine.search ? "own" : "reference";
}

/** For following single runs of a machine. */
const walkerOf = (machine: Machine, isPlain: boolean, updates?: PlainUpdates): Walker =>
  machine.packed && !isPlain ? packedWalker(machine, machine.packed, updates) : machineWalker(machine, updates);

function searchMachine(machine: Machine, how: HowToSearch, isPlain: boolean): Slices<Exploration> {
  const engine = engineOf(machine, isPlain);
  if (how.walks)
    return simulate(walkerOf(machine, isPlain), how.walks, watched(how), SCALES[engine].effort.mostRepeated);
  switch (engine) {
    case "fast":
      return searchPacked(machine.packed!, how);
    case "own":
      return machine.search!(watched(how));
    case "reference":
      return explore(machine, watched(how));
  }
}
