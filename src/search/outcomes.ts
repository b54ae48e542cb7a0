import type { Drafts, Fields } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import type { World } from "../model/world.ts";
import { lookAt } from "../machine/judge.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { FAILURES } from "../compile/codegen.ts";
import { Lkmm } from "../memory/lkmm/machine.ts";
import { initialOf, presentValue } from "../memory/lkmm/layout.ts";
import { closing } from "../memory/lkmm/load-cycles.ts";
import { type MemoryModel } from "../model/memory.ts";
import { machineUnder } from "../memory/model.ts";
import { readerOf } from "../machine/state.ts";
import { search } from "./fast.ts";
import { isMove } from "./lkmm/graph.ts";
import { StateSet } from "./state-set.ts";

/** All ways in which a program can end. */
export interface Outcomes {
  /** What was asked of each final state; equal answers once, in ascending order. */
  readonly values: readonly string[];
  /** States the search visited. */
  readonly states: number;
  /** States in which some thread is not done and none can step. */
  readonly stuck: number;
  /** Some run ends early, in a failed check. */
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
  world: World<F>,
  memory: MemoryModel,
  show: (k: Drafts<F>) => string,
  limits: OutcomeLimits = {},
): Promise<Outcomes> {
  if (program.scenario.world.layout !== world.layout)
    throw new ModelError(`the outcomes of scenario '${program.scenario.name}' were asked for over another world`);
  if (memory === "lkmm") return lkmmOutcomes(program, show as (k: never) => string, limits);
  const run = machineUnder(program, memory);
  const values = new Set<string>();
  const slices = search(run, {
    ...limits,
    symmetry: false,
    atDone: (state) => values.add(lookAt(run, "the projection of an outcome", readerOf(state), show)),
  });
  let slice = await slices.next();
  while (slice.done !== true) slice = await slices.next();
  const { states, stuck, found, cut } = slice.value;
  if (cut !== undefined) throw wasCut(cut);
  const fails = FAILURES.some((check) => check !== "not-stuck" && found.has(check));
  return { values: [...values].toSorted(), states, stuck, fails, mayBufferLoads: false };
}

/** There was not enough room for all of a search. */
export class Unfinished extends ModelError {}

export const wasCut = (by: string): Unfinished =>
  new Unfinished(`not all outcomes were seen: the search was stopped by ${by}`, {
    remedy: "give it more room, or make the program smaller",
  });

function lkmmOutcomes(program: Program, show: (k: never) => string, { maxStates = Infinity }: OutcomeLimits): Outcomes {
  const lkmm = new Lkmm(program);
  const { layout } = lkmm;
  const states = new StateSet();
  const values = new Set<string>();
  let stuck = 0;
  let fails = false;
  for (const initial of initialStates(layout.program)) states.add(initialOf(layout, initial));
  for (let i = 0; i < states.size; i++) {
    const state = states.get(i);
    if (lkmm.isDone(state)) {
      values.add(lookAt(program, "the projection of an outcome", (cell) => presentValue(layout, state, cell), show));
      continue;
    }
    let steps = 0;
    lkmm.forEachEffect(state, (effect) => {
      steps++;
      if (isMove(effect)) states.add(effect.state);
      else fails = true;
    });
    if (steps === 0) stuck++;
    if (states.size > maxStates) throw wasCut(`--max-states ${maxStates}`);
  }
  return {
    values: [...values].toSorted(),
    states: states.size,
    stuck,
    fails,
    mayBufferLoads: closing(layout.unordered, layout.threads).length > 0,
  };
}
