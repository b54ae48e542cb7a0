import { ImpureError, InternalError } from "../model/error.ts";
import { repeatsOfSpec } from "./judge.ts";
import { initialStates, type Program } from "./program.ts";
import { repeatsOf } from "./execute-step.ts";

/**
 * A step that keeps something beside its fields does the same twice in a row, and something else when other runs have
 * come in between. So what was seen is done again in other orders: backwards twice, so that what came last comes first
 * and the first follows upon it, and shuffled.
 */
const PASSES = 8;
// A model that needs no more than that is done again as a whole, whatever the passes.
const MOST_RUNS = 6_000;
// Of the runs of specs, at least so many are done again, if there are as many.
const SPEC_RUNS = 500;
const RUNS_PER_SLICE = 500;

/**
 * Does everything again that the steps, specs and `init` of a machine were seen to do so far, in other orders; of what is
 * more than `most` runs, a sample. Throws an ImpureError that names what does something else then. Yields now and then.
 */
export function* checkPurity(program: Program, most = MOST_RUNS): Generator<undefined, void> {
  const steps = program.threads.flatMap((thread) => thread.points.flatMap((_, point) => repeatsOf(thread, point)));
  const specs = program.scenario.specs.flatMap((spec) => repeatsOfSpec(program, spec));
  // Specs have by far more runs than steps.
  const share = Math.max(1, specs.length / Math.max(SPEC_RUNS, steps.length));
  const asked =
    most === Infinity ? specs : specs.filter((_, i) => Math.floor(i / share) !== Math.floor((i - 1) / share));
  const runs = [...steps, ...asked];
  const random = randomly(runs.length);
  const backwards = runs.toReversed();
  const passes = Math.max(2, Math.min(PASSES, Math.floor(most / Math.max(1, runs.length))));
  let done = 0;
  for (let pass = 0; pass < passes; pass++) {
    const order = pass < 2 ? backwards : shuffled(runs, random);
    const step = Math.max(1, (passes * order.length) / most);
    for (let i = 0; i < order.length; i += step) {
      order[Math.floor(i)]!();
      if (++done % RUNS_PER_SLICE === 0) yield;
    }
  }
  initialStates(program);
}

/** Numbers from 0 to `below`, evenly spread and always the same. */
function randomly(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function shuffled<T>(all: readonly T[], random: (below: number) => number): readonly T[] {
  const order = [...all];
  for (let i = order.length - 1; i > 0; i--) {
    const other = random(i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

/**
 * Where faultline contradicts itself, as a rule a model has done so before: what it was seen to do is done again, all of
 * it, and only if it always does the same, the fault is faultline's own.
 */
export function orImpure(program: Program, error: unknown): unknown {
  if (!(error instanceof InternalError)) return error;
  try {
    for (const _ of checkPurity(program, Infinity)) continue;
  } catch (found) {
    if (found instanceof ImpureError) return found;
  }
  return error;
}
