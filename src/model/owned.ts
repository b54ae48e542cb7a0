import { ModelError } from "./error.ts";
import { countRound, endRun, endRunSoon, impurity, isImpure, runNumber, stayEnded } from "./running.ts";
import { noteThrown } from "./thrown.ts";

/**
 * What the guards ask that src/cli/instrument.ts puts into a user's file: does a run change what it has not made itself?
 * A variable belongs to the run in which the function that declares it was entered, an object to the run that made it.
 */

/** By object: the number of the run that made it. What is not in here was there before. */
const makers = new WeakMap<object, number>();
/** A draft belongs to every run: writing to it is what a step is for. */
const DRAFT = -1;

export const isDraft = (value: object): boolean => makers.get(value) === DRAFT;

export function noteDraft<T extends object>(draft: T): T {
  makers.set(draft, DRAFT);
  return draft;
}

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** An object that was just made. */
export function made<T>(value: T): T {
  if (isObject(value)) makers.set(value, runNumber());
  return value;
}

/** What a built-in function returned that makes something new, as `map()` does; it was only made now if nobody knows it yet. */
export function fresh<T>(value: T): T {
  if (isObject(value) && !makers.has(value)) makers.set(value, runNumber());
  return value;
}

/** The same for what is new down to its leaves, as of `structuredClone()`. */
export function freshAll<T>(value: T): T {
  const visit = (one: unknown): void => {
    if (!isObject(one) || makers.has(one)) return;
    makers.set(one, runNumber());
    for (const inner of one instanceof Map ? [...one].flat() : one instanceof Set ? one : Object.values(one))
      visit(inner);
  };
  visit(value);
  return value;
}

const isOwn = (value: object): boolean => {
  const maker = makers.get(value);
  return maker === DRAFT || maker === runNumber();
};

/** A variable is assigned that belongs to run `owner`; 0 for one of no run. */
export function assigns(owner: number, name: string): void {
  if (owner !== runNumber())
    isImpure(`it assigns '${name}', which outlives it`, `keep '${name}' in a local or a field: me.${name}, k.${name}`);
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

const isIterator = (value: object): boolean => Object.prototype.toString.call(value).endsWith(" Iterator]");

/** What built-in methods change that are called `push`, `set`, `next` and so on. */
const isContainer = (value: object): boolean =>
  Array.isArray(value) ||
  value instanceof Map ||
  value instanceof Set ||
  value instanceof WeakMap ||
  value instanceof WeakSet ||
  value instanceof Date ||
  ArrayBuffer.isView(value) ||
  (value instanceof RegExp && (value.global || value.sticky)) ||
  isIterator(value);

/** A method of the object is called that changes it, if it is the built-in one. */
export function mutates<T>(value: T, method: string, shown: string): T {
  if (runNumber() === 0 || !isObject(value)) return value;
  if (isDraft(value)) {
    if (Array.isArray(value))
      endRun(
        new ModelError(`'${shown}' has a fixed length of ${value.length}`, {
          cause: `${method}() would change its elements' places`,
          remedy: "assign its elements one by one",
        }),
      );
    return value;
  }
  if (!isOwn(value) && isContainer(value)) isImpure(`it calls ${method}() of '${shown}', which outlives it`);
  return value;
}

const MUTATORS = new Set(
  "push pop shift unshift splice sort reverse fill copyWithin set add delete clear next exec test".split(" "),
);

/** Whether a built-in method of this name changes what it is called on. */
export function isMutator(name: string): boolean {
  return MUTATORS.has(name) || /^set[A-Z]/.test(name);
}

/** What methods with a name that has to be worked out are about to be called on, the innermost last. */
const receivers: unknown[] = [];

export function called<T>(value: T): T {
  receivers.push(value);
  return value;
}

/** The name is known now. */
export function calls<K>(key: K, shown: string): K {
  const receiver = receivers.pop();
  if (typeof key === "string" && isMutator(key)) mutates(receiver, key, shown);
  return key;
}

const mutators = new Map<unknown, unknown>();
for (const owner of [
  Array,
  Map,
  Set,
  WeakMap,
  WeakSet,
  Date,
  RegExp,
  Object.getPrototypeOf(Int8Array) as typeof Array,
  DataView,
])
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner.prototype)))
    if (typeof value === "function" && name !== "constructor" && isMutator(name)) {
      const method = value as (...args: unknown[]) => unknown;
      mutators.set(method, function guarded(this: unknown, ...args: unknown[]) {
        return Reflect.apply(method, mutates(this, name, "this"), args) as unknown;
      });
    }

/** A method that was taken from its object: with a guard, if it changes what it is called on. */
export const method = <T>(value: T): T => (mutators.get(value) as T | undefined) ?? value;

/** Something is iterated over, which uses it up if it is an iterator. */
export function iterates<T>(value: T): T {
  if (runNumber() !== 0 && typeof value === "object" && value !== null && !Array.isArray(value))
    if (isIterator(value) && !isOwn(value)) isImpure("it goes on with an iterator that outlives it");
  return value;
}

/** A generator goes on that was begun in run `owner`. */
export function resumes<T>(owner: number, value: T): T {
  if (owner !== runNumber()) isImpure("it goes on with a generator that outlives it");
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

/** Code is made of text, which no guard is in. */
export function evaluates<T>(value: T): T {
  isImpure("it makes code of text", "write the function down");
  return value;
}

export { countRound as round, noteThrown as throws, runNumber as run, stayEnded as caught };

// Static functions of JavaScript that change an object; they are asked wherever they are called.
for (const [owner, keys] of [
  [Object, ["assign", "defineProperty", "defineProperties", "setPrototypeOf"]],
  [Reflect, ["set", "defineProperty", "deleteProperty", "setPrototypeOf"]],
] as const)
  for (const key of keys) {
    const original = (owner as unknown as Record<string, (...args: unknown[]) => unknown>)[key]!;
    const guarded = (target: unknown, ...rest: unknown[]): unknown => {
      if (runNumber() !== 0)
        changes(target, `the first argument of ${owner === Object ? "Object" : "Reflect"}.${key}()`);
      return original(target, ...rest);
    };
    Object.defineProperty(guarded, "name", { value: key });
    Object.defineProperty(guarded, "length", { value: original.length });
    Object.defineProperty(owner, key, { value: guarded, writable: true, configurable: true });
  }
