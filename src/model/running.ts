import { ImpureError, ModelError } from "./error.ts";

/**
 * Keeps track of which function of a model is running. A step, a spec, `init` and the arguments of a call make a *run*:
 * they may use fields, and nothing that outlives them. All else, such as `threads`, only builds the model.
 */

/** How often a run may begin a function or a round of a loop; what builds the model may do so more often. */
const MOST_ROUNDS = 1_000_000;
const MOST_ROUNDS_TO_BUILD = 30_000_000;

/** The number of the run in progress; 0 if there is none. */
let current = 0;
/** Built-in functions ask what they change: since a file of the user was loaded. */
let canWatch = false;
/** It is the model's own code that runs, in a run, and not faultline's on its behalf. */
let watching = false;
let last = 0;
let name = "the model";
let roundsLeft = Infinity;
/** The same outside of the model's functions: of a file that is loaded, and of what it has asked to be called later. */
let roundsLeftOutside = MOST_ROUNDS_TO_BUILD;
/** What has ended the run, though the model may have caught it. */
let ended: { readonly by: unknown } | undefined;

/** The number of the run in progress, 0 outside of runs: what carries this number is the run's own. */
export const runNumber = (): number => current;

/** Whether the model's own code is what runs, in a run: then built-in functions are asked what they change. */
export const isWatched = (): boolean => watching;

export const isAnyWatched = (): boolean => canWatch;

export function watchFromNowOn(): void {
  canWatch = true;
}

type Callable = (...args: never[]) => unknown;

/** By what stands for a function of the model: the function. */
const written = new WeakMap<Callable, Callable>();

/** A function of the model, so that it is watched where it is called in a run. */
export function watched<F extends (a: never, b: never, c: never) => unknown>(body: F): F {
  // No list of arguments: it is called very often. The third is that of an IPI's handler.
  const call = body as unknown as (a: unknown, b: unknown, c: unknown) => unknown;
  const run = (a: unknown, b: unknown, c: unknown): unknown => {
    if (!canWatch || current === 0) return call(a, b, c);
    const outer = watching;
    watching = true;
    try {
      return call(a, b, c);
    } finally {
      watching = outer;
    }
  };
  written.set(run, body);
  return run as unknown as F;
}

/** The text of a function of the model. */
export const textOf = (body: Callable): string => Function.prototype.toString.call(written.get(body) ?? body);

/** What faultline does because a function of the model asks for it: the model is not watched meanwhile. */
export function aside<T>(body: () => T): T {
  if (!watching) return body();
  watching = false;
  try {
    return body();
  } finally {
    watching = true;
  }
}

/** Ends what the model is running. It is thrown again if the model catches it, so that no `try` hides it. */
export function endRun(by: unknown): never {
  // Outside of the model's functions nothing is there to be ended.
  if (roundsLeft === Infinity) throw by;
  ended ??= { by };
  throw ended.by;
}

/** The same where nothing can be thrown: the run ends as soon as it does anything. */
export function endRunSoon(by: unknown): void {
  ended ??= { by };
}

/** Throws what has ended the run, if anything has. */
export function stayEnded(): void {
  if (ended) throw ended.by;
}

/** What the model does is not pure, if it does it in a run. */
export function isImpure(cause: string, remedy = REMEDY): void {
  if (watching) aside(() => endRun(impurity(cause, remedy)));
  if (!canWatch && current !== 0) endRun(impurity(cause, remedy));
}

export const impurity = (cause: string, remedy = REMEDY): ImpureError =>
  new ImpureError(`${name} is not pure`, { cause, remedy });

const REMEDY = "keep everything that it uses and changes in fields and locals; branch with choose()";

const SPINS = "; a step that spins cannot see what other CPUs write meanwhile";

/** A function or a round of a loop begins. */
export function countRound(): void {
  if (roundsLeft === Infinity ? --roundsLeftOutside >= 0 : --roundsLeft >= 0) return;
  const most = current === 0 ? MOST_ROUNDS_TO_BUILD : MOST_ROUNDS;
  endRun(
    new ModelError(`${name} does not end`, {
      cause: `it has begun ${most} functions and rounds of loops${current === 0 ? "" : SPINS}`,
      remedy: `bound its loops${current === 0 ? "" : "; to wait for others, return wait until the condition holds"}`,
    }),
  );
}

/** Runs a function of the model under a name for errors; nothing of what it is running is in a run. */
export function named<T>(what: string, body: () => T): T {
  const outer = name;
  const isOutermost = roundsLeft === Infinity;
  name = what;
  if (isOutermost) {
    roundsLeft = MOST_ROUNDS_TO_BUILD;
    ended = undefined;
  }
  try {
    const result = body();
    if (isOutermost) stayEnded();
    return result;
  } catch (error) {
    throw isOutermost && ended ? (ended as { readonly by: unknown }).by : error;
  } finally {
    name = outer;
    if (isOutermost) roundsLeft = Infinity;
  }
}

/** Makes a run of `body`, unless it is part of one already. */
export function inRun<T>(body: () => T): T {
  if (current !== 0) return body();
  const outer = roundsLeft;
  current = ++last;
  roundsLeft = MOST_ROUNDS;
  ended = undefined;
  try {
    const result = body();
    stayEnded();
    return result;
  } catch (error) {
    throw ended ? (ended as { readonly by: unknown }).by : error;
  } finally {
    current = 0;
    ended = undefined;
    roundsLeft = outer;
  }
}
