import { types } from "node:util";
import { ModelError } from "./error.ts";
import { endRun, endRunSoon, impurity, isImpure, isWatched, runNumber } from "./running.ts";

/**
 * Does a run change what it has not made itself? That is what the guards ask which src/cli/instrument.ts puts into a user's file.
 * A variable belongs to the run in which the function that declares it was entered, an object to the run that made it.
 * What built-in functions change, src/model/built-in.ts asks.
 */

/** By object: the number of the run that made it. What is not in here was there before. */
const makers = new WeakMap<object, number>();
// Bound, because src/model/built-in.ts watches those that a model calls.
const makerOf = makers.get.bind(makers);
const setMaker = makers.set.bind(makers);
/** A draft belongs to every run: writing to it is what a step is for. */
const DRAFT = -1;
/** By draft: the name of the struct or the array. */
const names = new WeakMap<object, string>();

export const isDraft = (value: object): boolean => makerOf(value) === DRAFT;

export const nameOfDraft = (draft: object): string => names.get(draft) ?? "";

export function noteDraft<T extends object>(draft: T, name: string): T {
  setMaker(draft, DRAFT);
  names.set(draft, name);
  return draft;
}

export const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** Whether it is known which run made an object, or that none did. */
export const isKnown = (value: object): boolean => makerOf(value) !== undefined;

/** An object that was just made. */
export function made<T>(value: T): T {
  if (isObject(value)) setMaker(value, runNumber());
  return value;
}

/** The same for what is new down to its leaves, as of `structuredClone()`. */
export function madeAll(value: unknown): void {
  if (!isObject(value) || isKnown(value)) return;
  made(value);
  for (const inner of types.isMap(value) ? [...value].flat() : types.isSet(value) ? value : Object.values(value))
    madeAll(inner);
}

export const isOwn = (value: object): boolean => {
  const maker = makerOf(value);
  return maker === DRAFT || maker === runNumber();
};

/**
 * What `new` has returned. A constructor of the model has noted it, if it has made it itself or returned what was there
 * before; what nobody knows, a built-in one has made. `first` is its first argument.
 */
export function constructed<T>(value: T, first: unknown): T {
  if (typeof value !== "object" || value === null || isKnown(value) || value === first) return value;
  // Whoever writes to these writes to what they were made of.
  const behind = types.isProxy(value) || (ArrayBuffer.isView(value) && value.buffer === first) ? first : undefined;
  if (behind === undefined) {
    if (ArrayBuffer.isView(value)) made(value.buffer);
    return made(value);
  }
  if (isObject(behind) && isOwn(behind)) made(value);
  return value;
}

/** What `new Set()` and its like has made, before it is filled: they fill themselves by the methods that everybody uses. */
export function filled<T extends Map<unknown, unknown> | Set<unknown>>(
  value: T,
  items: Iterable<unknown> | null | undefined,
): T {
  made(value);
  for (const item of items ?? []) {
    if ("add" in value) value.add(item);
    else value.set((item as readonly unknown[])[0], (item as readonly unknown[])[1]);
  }
  return value;
}

/** A constructor returns an object of its own choice, instead of a new one. */
export function returned<T>(value: T, target: unknown): T {
  if (target !== undefined && isObject(value) && !isKnown(value)) setMaker(value, 0);
  return value;
}

/** What `super()` has made, or returned, has got the fields of a derived class. */
export function stamped<T>(value: T): T {
  if (!isObject(value)) return value;
  if (!isKnown(value)) return made(value);
  if (runNumber() !== 0 && !isOwn(value)) isImpure("its constructor puts fields into an object that outlives it");
  return value;
}

/** A variable is assigned that belongs to run `owner`; 0 for one of no run. */
export function assigns(owner: number, name: string): void {
  if (owner !== runNumber())
    isImpure(`it assigns '${name}', which outlives it`, `keep '${name}' in a local or a field: me.${name}, k.${name}`);
}

/** The same where the function that declares it may be no further than its parameters. */
export function assignsEarly(owner: () => number, name: string): void {
  let number: number;
  try {
    number = owner();
  } catch {
    // It has not noted the run yet, so it is this one.
    return;
  }
  assigns(number, name);
}

/** A property of the object is assigned or deleted. */
export function changes<T>(value: T, shown: string): T {
  if (runNumber() !== 0 && isObject(value) && !isOwn(value)) isImpure(`it changes '${shown}', which outlives it`);
  return value;
}

/** A property of the object is deleted, which no field can be. */
export function deletes<T>(value: T, shown: string): T {
  if (isObject(value) && isDraft(value)) endRun(new ModelError(`'${shown}' cannot be deleted`, { remedy: NOT_THERE }));
  return changes(value, shown);
}

const NOT_THERE = "keep in a bool whether it is there";

/** The stack of an error is read, which has in it who runs the step. */
export function looksAtStack<T>(value: T): T {
  if (types.isNativeError(value)) isImpure("it looks at the stack of an error, which is no part of the state");
  return value;
}

/** The generator that goes on last: what its beginning needs to know it by. */
let goingOn: object | undefined;

/** A generator of the model goes on, or is ended. */
export function goesOn(generator: object): void {
  if (isKnown(generator) && !isOwn(generator)) isImpure("it goes on with a generator that outlives it");
  goingOn = generator;
}

/** A generator is ended, which is seen even if it has not begun. */
export function isEnded(generator: object): void {
  if (!isOwn(generator)) isImpure("it ends a generator that outlives it");
}

/** A generator begins that was made in run `owner`. */
export function begins(owner: number): void {
  resumes(owner, undefined);
  if (isWatched() && goingOn) made(goingOn);
}

/** A generator goes on that was made in run `owner`. */
export function resumes<T>(owner: number, value: T): T {
  if (owner !== runNumber()) isImpure("it goes on with a generator that outlives it");
  return value;
}

/** Code is made of text, which no guard is in. */
export function evaluates<T>(value: T): T {
  isImpure("it makes code of text", "write the function down");
  return value;
}

/** An asynchronous function begins; whether it must not. It cannot throw: nobody would look at the promise that it returns. */
export function awaits(): boolean {
  if (runNumber() === 0) return false;
  endRunSoon(
    impurity("it calls an async function, whose rest runs later", "let the step do what there is to do itself"),
  );
  return true;
}
