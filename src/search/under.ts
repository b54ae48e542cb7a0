import type { Exploration, Limits, Progress } from "../semantics/explore.ts";
import { explore } from "../semantics/explore.ts";
import type { Machine } from "../semantics/machine.ts";
import type { MemoryModel } from "../model/memory.ts";
import { tsoMachine, type TsoMachine } from "../semantics/memory/tso/machine.ts";
import { searchLkmm, type LkmmExploration } from "./lkmm/search.ts";
import { HeapWatch } from "./memory.ts";
import { search, type SearchLimits, type SearchStats } from "./search.ts";

/** What a search found, and what only some memory models have to say; the schedules are those of the machine named here. */
export type Explored = Exploration & {
  readonly stats?: SearchStats;
  readonly tso?: TsoMachine;
  readonly lkmm?: LkmmExploration;
};

export interface HowToSearch extends SearchLimits {
  readonly memory?: MemoryModel;
  /** By the plain explorer of src/semantics; LKMM's machine has one engine. */
  readonly isPlain?: boolean;
}

/** The limits of a search whose states are JavaScript's. */
export function watched<L extends Limits & Pick<SearchLimits, "maxMemory">>(limits: L): L {
  const heap = new HeapWatch(limits.maxMemory);
  return { ...limits, stop: () => limits.stop?.() ?? heap.reason() };
}

/** Searches a machine under a memory model. Yields progress. */
export async function* searchUnder(machine: Machine, how: HowToSearch): AsyncGenerator<Progress, Explored> {
  const { memory = "sc", isPlain = false } = how;
  if (memory === "lkmm") {
    const lkmm = yield* searchLkmm(machine, watched(how));
    return { ...lkmm, lkmm };
  }
  const tso = memory === "tso" ? tsoMachine(machine) : undefined;
  const run = tso ?? machine;
  const found = isPlain ? yield* explore(run, watched(how)) : yield* search(run, how);
  // The hardware's threads belong to no path.
  return { ...found, taken: found.taken.slice(0, machine.threads.length), ...(tso && { tso }) };
}
