import { isImpure } from "./running.ts";
import { noteThrown } from "./thrown.ts";

/**
 * While a run of the model is in progress, whatever gives another value each time, or acts later, is an error. This file
 * puts a guard before all that JavaScript and Node.js offer of the kind, once and before any model is loaded: a model that
 * keeps `const random = Math.random` has the guard with it.
 */

export type Callable = (...args: never[]) => unknown;

export const VALUE = "branch with choose(), so that every value is tried; keep what has to be remembered in a field";
export const LATER = "let the step do what there is to do itself; what happens later is another step";

const guarded = new WeakSet<object>();

const then = Object.getOwnPropertyDescriptor(Promise.prototype, "then")!.value as Callable;

/** Whatever becomes of a promise of the model, nobody waits for it. */
export const ignore = (promise: Promise<unknown>): void =>
  void Reflect.apply(then, promise, [undefined, (): void => {}] as never[]);

/** What a promise fails with at once is thrown, in other words. */
function noteRejections(): void {
  const reject = Object.getOwnPropertyDescriptor(Promise, "reject")!.value as Callable;
  const noting = function (this: unknown, reason: unknown): unknown {
    return Reflect.apply(reject, this, [noteThrown(reason)] as never[]);
  };
  Object.defineProperty(Promise, "reject", { value: noting, writable: true, configurable: true });
}

/** The same function with the guard before it. */
export function guard<F extends object>(target: F, shown: string, remedy: string): F {
  if (guarded.has(target)) return target;
  const forbid = (): void => isImpure(`it uses ${shown}, which is no part of the state`, remedy);
  const made = new Proxy(target, {
    apply: (fn, self, args) => (forbid(), Reflect.apply(fn as unknown as Callable, self, args as never[])),
    construct: (fn, args, newTarget) => (
      forbid(),
      Reflect.construct(fn as unknown as Callable, args as unknown[], newTarget) as object
    ),
  });
  guarded.add(made);
  return made;
}

export function guardProperty(owner: object, key: string, shown: string, remedy = VALUE): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key);
  if (!descriptor?.configurable || typeof descriptor.value !== "function") return;
  Object.defineProperty(owner, key, { ...descriptor, value: guard(descriptor.value as object, shown, remedy) });
}

export function guardAccessor(
  owner: object,
  key: string,
  shown: string,
  remedy = VALUE,
  which: readonly ("get" | "set")[] = ["get", "set"],
): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)!;
  const parts = which.flatMap((part) => {
    const accessor: unknown = descriptor[part];
    return typeof accessor === "function" ? [[part, guard(accessor, shown, remedy)]] : [];
  });
  if (descriptor.configurable) Object.defineProperty(owner, key, { ...descriptor, ...Object.fromEntries(parts) });
}

/** A date of a given time is a value like any other; only now is not. */
function guardDate(): void {
  const Original = Date;
  guardProperty(Original, "now", "Date.now()");
  const forbid = (shown: string): void => isImpure(`it uses ${shown}, which is no part of the state`, VALUE);
  const made = new Proxy(Original, {
    apply: (fn, self) => (forbid("Date()"), Reflect.apply(fn, self, [])),
    construct: (fn, args, newTarget) => {
      if (args.length === 0) forbid("new Date()");
      return Reflect.construct(fn, args, newTarget) as object;
    },
  });
  Object.defineProperty(Original.prototype, "constructor", { value: made, writable: true, configurable: true });
  globalThis.Date = made;
}

/** Without a date, these show the time that it is. */
function guardFormats(): void {
  const { prototype } = Intl.DateTimeFormat;
  const forbid = (args: readonly unknown[]): void => {
    if (args[0] === undefined) isImpure("it uses the time that it is, which is no part of the state", VALUE);
  };
  const checked = (target: object): object =>
    new Proxy(target, {
      apply: (fn, self, args: never[]) => (forbid(args), Reflect.apply(fn as Callable, self, args)),
    });
  for (const key of ["format", "formatToParts"]) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key) as {
      readonly get?: Callable;
      readonly value?: object;
    };
    const { get, value } = descriptor;
    Object.defineProperty(prototype, key, {
      ...descriptor,
      ...(value && { value: checked(value) }),
      ...(get && {
        get(this: unknown) {
          return checked(Reflect.apply(get, this, []) as object);
        },
      }),
    });
  }
}

/** Not loaded before it is used: that takes a while. */
function guardCrypto(): void {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "crypto") as
    | { readonly get?: Callable; readonly configurable: boolean }
    | undefined;
  const load = descriptor?.get;
  if (!load || !descriptor.configurable) return;
  let isGuarded = false;
  Object.defineProperty(globalThis, "crypto", {
    ...descriptor,
    get() {
      isImpure("it uses crypto, which is no part of the state", VALUE);
      const crypto = Reflect.apply(load, globalThis, []) as object;
      if (!isGuarded) {
        isGuarded = true;
        const owner = Object.getPrototypeOf(crypto) as object;
        for (const key of ["randomUUID", "getRandomValues"]) guardProperty(owner, key, `crypto.${key}()`);
      }
      return crypto;
    },
  });
}

function guardProcess(): void {
  const { hrtime } = process;
  guardProperty(hrtime, "bigint", "process.hrtime.bigint()");
  for (const key of ["hrtime", "uptime", "cpuUsage", "memoryUsage", "resourceUsage"])
    guardProperty(process, key, `process.${key}()`);
  guardProperty(process, "nextTick", "process.nextTick()", LATER);
  const forbid = (): void => isImpure("it uses process.env, which is no part of the state", "make it a parameter");
  const env = new Proxy(process.env, {
    get: (target, key) => (forbid(), target[key as string]),
    has: (target, key) => (forbid(), key in target),
    ownKeys: (target) => (forbid(), Reflect.ownKeys(target)),
  });
  Object.defineProperty(process, "env", { value: env, writable: true, enumerable: true, configurable: true });
}

function guardGlobals(): void {
  guardProperty(Math, "random", "Math.random()");
  guardDate();
  guardFormats();
  const clock = Object.getPrototypeOf(performance) as object;
  for (const owner of [performance, clock])
    for (const key of ["now", "mark", "measure", "eventLoopUtilization", "toJSON"])
      guardProperty(owner, key, `performance.${key}()`);
  guardCrypto();
  for (const key of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch"])
    guardProperty(globalThis, key, `${key}()`, LATER);
  for (const key of ["then", "catch", "finally"]) guardProperty(Promise.prototype, key, `a promise's ${key}()`, LATER);
  guardProperty(WeakRef.prototype, "deref", "WeakRef.deref()");
  guardProcess();
}

guardGlobals();
noteRejections();
