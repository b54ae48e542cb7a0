import { ImpureError, InternalError, breaksRule } from "../model/error.ts";
import { judge, repeatsOfSpec } from "./judge.ts";
import { isBundled } from "../model/bundled.ts";
import { explained } from "../model/explained.ts";
import { isAnyWatched } from "../model/running.ts";
import { valuesOf, type ParamValues } from "../model/params.ts";
import { questionsOf, type Spec } from "../model/spec.ts";
import { buildProgram } from "./build.ts";
import { initialStates, type Program } from "./program.ts";
import { nameOf, repeatsOf, repeatStep } from "./execute-step.ts";
import { observedOf, repeating, type Way } from "./observed.ts";
import { readerOf } from "./state.ts";

/**
 * A step that keeps something beside its fields does the same twice in a row, and something else when other runs have
 * come in between. So what was seen is done again in other orders: backwards twice, so that what came last comes first
 * and the first follows upon it, and shuffled. In between, threads() is called with other parameters, which may keep something, too.
 */
const PASSES = 8;
// A model that needs no more than that is done again as a whole, whatever the passes.
const MOST_RUNS = 6_000;
// Of the runs of specs, at least so many are done again, if there are as many.
const SPEC_RUNS = 500;
const RUNS_PER_SLICE = 500;
// Of a step that is built again, so many ways are gone again.
const MOST_AGAIN = 20;

/**
 * Does everything again that the steps, specs and `init` of a machine were seen to do so far, in other orders; of what is
 * more than `most` runs, a sample. Throws an ImpureError that names what does something else then. Yields now and then.
 */
export function* checkPurity(program: Program, most = MOST_RUNS): Generator<undefined, void> {
  if (isBundled(program.scenario)) return;
  askSpecs(program);
  const steps = program.threads.flatMap((thread) => thread.points.flatMap((_, point) => repeatsOf(thread, point)));
  const specs = askedOfStates(program).flatMap((spec) => repeatsOfSpec(program, spec));
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
    // With those of the program at last, so that what comes later finds what it found before.
    callThreads(program, pass % 2 === 0 && pass < passes - 1 ? pass / 2 + 1 : 0);
    const order = pass < 2 ? backwards : shuffled(runs, random);
    const step = Math.max(1, (passes * order.length) / most);
    for (let i = 0; i < order.length; i += step) {
      order[Math.floor(i)]!();
      if (++done % RUNS_PER_SLICE === 0) yield;
    }
  }
  // It takes a while.
  if (isAnyWatched()) yield* buildAgain(program, most);
  initialStates(program);
}

/** All that is asked of single states: the specs, and what those of progress ask. */
export const askedOfStates = ({ scenario: { specs, progress } }: Program): readonly Spec[] => [
  ...specs,
  ...progress.flatMap(questionsOf),
];

/** Specs that are taken apart no sooner than a search asks them have said something, too. */
function askSpecs(program: Program): void {
  const [state] = initialStates(program);
  for (const spec of askedOfStates(program))
    try {
      if (spec.kind !== "atEnd") judge(program, spec, readerOf(state!));
    } catch (error) {
      if (!breaksRule(error)) throw error;
    }
}

/** Has threads() run once more, with parameters that are so many values away from those of the program. */
function callThreads({ scenario, params }: Program, away: number): void {
  const others: ParamValues = Object.fromEntries(
    Object.entries(scenario.params).map(([name, field]) => {
      const values = valuesOf(field);
      return [name, values[(values.indexOf(params[name]!) + away) % values.length]!];
    }),
  );
  try {
    explained(`threads() of scenario '${scenario.name}'`, () => scenario.threads(others));
  } catch (error) {
    // These make no scenario, which is told where they are asked for.
    if (!breaksRule(error)) throw error;
  }
}

/** Builds the program again, whose steps must do what was seen of these. */
function* buildAgain(program: Program, most: number): Generator<undefined, void> {
  const again = buildProgram({ ...program.scenario, unreached: () => [], idle: () => [] }, program.params);
  const shapeOf = ({ threads }: Program): string =>
    JSON.stringify(threads.map(({ points }) => points.map(({ frame, label }) => [frame.path.name, label])));
  // Memory models add threads and steps of their own.
  if (shapeOf(program) !== shapeOf(again)) return;
  const keyOf = ({ answers, end }: Way): string =>
    [...answers.map(([asked, answer]) => [typeof asked === "number" ? asked : asked.name, answer]), end].join("\n");
  let left = most;
  for (const [t, { points }] of program.threads.entries())
    for (const [p, point] of points.entries()) {
      const ways = observedOf(point).ways().slice(0, MOST_AGAIN);
      if ((left -= ways.length) < 0) return;
      for (const { answers } of ways) {
        const { base, picks } = repeating(answers);
        repeatStep(again.threads[t]!, p, (cell) => base(program.cells[cell.index]!), picks);
      }
      const seen = new Set(observedOf(again.threads[t]!.points[p]!).ways().map(keyOf));
      if (!ways.every((way) => seen.has(keyOf(way))))
        throw new ImpureError(`threads() of scenario '${program.scenario.name}' is not pure`, {
          cause: `called again with the same parameters, it makes a ${nameOf(point)} that does something else`,
          remedy: "let it depend on its parameters alone",
        });
      yield;
    }
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
