import { type Exploration, type Limits, type Progress, explore } from "./explore.ts";
import type { Program } from "../machine/program.ts";
import { plainUpdatesOf } from "../analysis/plain-updates.ts";
import type { MemoryModel } from "../model/memory.ts";
import { tsoProgram, type TsoProgram } from "../memory/tso/machine.ts";
import { searchLkmm, type LkmmExploration } from "./lkmm/search.ts";
import { HeapWatch } from "./memory-limit.ts";
import { search, type SearchLimits, type SearchStats } from "./fast.ts";

/** What a search found, and what only some memory models have to say; the schedules are those of the machine named here. */
export type Explored = Exploration & {
  readonly stats?: SearchStats;
  readonly tso?: TsoProgram;
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
export async function* searchUnder(program: Program, how: HowToSearch): AsyncGenerator<Progress, Explored> {
  const { memory = "sc", isPlain = false } = how;
  const updates = plainUpdatesOf(program);
  const ordinary = (
    run: Program,
    limits: SearchLimits,
  ): AsyncGenerator<Progress, Exploration> | Generator<Progress, Exploration> =>
    isPlain ? explore(run, watched(limits)) : search(run, limits);
  // Whether another CPU can come in between is asked where there is an order of time.
  if (memory !== "sc" && updates) yield* ordinary(program, { ...how, updates });
  if (memory === "lkmm") {
    const lkmm = yield* searchLkmm(program, watched(how));
    return { ...lkmm, lkmm };
  }
  const tso = memory === "tso" ? tsoProgram(program) : undefined;
  const found = yield* ordinary(tso ?? program, tso || !updates ? how : { ...how, updates });
  // The hardware's threads belong to no path.
  return { ...found, taken: found.taken.slice(0, program.threads.length), ...(tso && { tso }) };
}
