import type { Cell } from "../model/access.ts";
import type { Drafts, Fields, Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { isAccident } from "../model/spec.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { Shared } from "../model/shared.ts";
import { wasCut } from "../machine/exploration.ts";
import { lookAt } from "../machine/judge.ts";
import type { Machine } from "../machine/machine.ts";
import type { Program } from "../machine/program.ts";
import { readerOf, type State } from "../machine/state.ts";
import { MACHINES } from "../memory/machines.ts";
import { searchPacked } from "./fast.ts";
import { reach } from "../analysis/reach.ts";

/** All ways in which a program can end. */
export interface Outcomes {
  /** What was asked of each final state; equal answers once, in ascending order. */
  readonly values: readonly string[];
  /** States the search visited. */
  readonly states: number;
  /** States in which some thread is not done and none can step. */
  readonly stuck: number;
  /** Some run ends early, in an access to what is not there; a lock that is released while it is free is told elsewhere. */
  readonly fails: boolean;
  /**
   * Under lkmm: the model admits runs in which a load returns what depends on it ("load buffering"). They are not
   * explored, so that outcomes may be missing.
   */
  readonly mayBufferLoads: boolean;
}

export interface OutcomeLimits {
  readonly maxStates?: number;
}

/**
 * Everything that the final states of a machine can look like under a memory model: `show` is asked of each state in
 * which all threads are done and all stores are visible. It sees the fields of the world; locals are gone by then, so
 * what a thread has read must be kept in a ghost field. Under lkmm the machine may know of a few that LKMM forbids. Throws a
 * ModelError if the search is cut.
 */
export async function outcomesOf<F extends Fields>(
  program: Program,
  world: Shared<F>,
  memory: MemoryModel,
  show: (k: Drafts<F>) => string,
  limits: OutcomeLimits = {},
): Promise<Outcomes> {
  if (program.scenario.world.layout !== world.layout)
    throw new ModelError(`the outcomes of scenario '${program.scenario.name}' were asked for over another world`);
  const machine = MACHINES[memory](program);
  const see = (read: (cell: Cell) => Value): string =>
    lookAt(machine.program, "the projection of an outcome", read, show);
  return machine.packed ? await packedOutcomes(machine.packed, see, limits) : plainOutcomes(machine, see, limits);
}

type See = (read: (cell: Cell) => Value) => string;

async function packedOutcomes(program: Program, see: See, limits: OutcomeLimits): Promise<Outcomes> {
  const values = new Set<string>();
  const atDone = (state: State): void => void values.add(see(readerOf(state)));
  const slices = searchPacked(program, { ...limits, symmetry: false, atDone });
  let slice = await slices.next();
  while (slice.done !== true) slice = await slices.next();
  const { states, stuck, found, cut } = slice.value;
  if (cut !== undefined) throw wasCut(cut);
  const fails = [...found.keys()].some(isAccident);
  return { values: [...values].toSorted(), states, stuck, fails, mayBufferLoads: false };
}

function plainOutcomes(machine: Machine, see: See, { maxStates = Infinity }: OutcomeLimits): Outcomes {
  const values = new Set<string>();
  let stuck = 0;
  const { states, transitions, isComplete } = reach(machine, machine.initial, maxStates, (state, steps) => {
    if (machine.isDone(state)) values.add(see((cell) => machine.read(state, cell)));
    else if (steps === 0) stuck++;
  });
  const fails = transitions.some(({ step: { failed } }) => failed && isAccident(failed.check));
  if (!isComplete) throw wasCut(`--max-states ${maxStates}`);
  const mayBufferLoads = (machine.overtaken?.() ?? []).length > 0;
  return { values: [...values].toSorted(), states: states.length, stuck, fails, mayBufferLoads };
}
