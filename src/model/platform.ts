import { createRequire, isBuiltin, Module, syncBuiltinESMExports } from "node:module";
import { ModelError } from "./error.ts";
import { guard, guardAccessor, guardProperty, ignore, VALUE, type Callable } from "./outside.ts";
import { isObject } from "./owned.ts";
import { aside, isImpure, isWatched } from "./running.ts";

/**
 * All that Node.js offers beside the language: while a run of the model is in progress none of it may be called, but for
 * what is named here. Most of it keeps something, or depends on what is no part of the state, and nobody can list it all.
 */

/** Of the globals, what the language has: src/model/outside.ts and src/model/built-in.ts know what of it is not pure. */
const LANGUAGE = new Set(
  (
    "Object Function Array Number parseFloat parseInt Boolean String Symbol Date Promise RegExp Error AggregateError " +
    "EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math Intl ArrayBuffer Uint8Array " +
    "Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray " +
    "BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet WeakRef FinalizationRegistry Proxy Reflect " +
    "Iterator SharedArrayBuffer Atomics decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval " +
    "isFinite isNaN Infinity NaN undefined global console Buffer structuredClone atob btoa process"
  ).split(" "),
);

/** Modules of Node.js whose functions depend on their arguments alone. */
const PURE = new Set([
  "assert",
  "assert/strict",
  "path",
  "path/posix",
  "path/win32",
  "querystring",
  "util",
  "util/types",
]);

const remedyOf = (name: string): string =>
  /random|time|now/i.test(name) ? VALUE : "compute with fields and locals alone";

const done = new WeakSet<object>();

/** What classes of Node.js inherit from the language's stays as it is. */
function leaveLanguage(): void {
  const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;
  for (const one of [...LANGUAGE].map((key) => (globalThis as Record<string, unknown>)[key]).concat(TypedArray)) {
    if (typeof one !== "function") continue;
    done.add(one);
    if (isObject(one.prototype)) done.add(one.prototype);
  }
}

/** Node.js calls them while it makes the stack of an error, also of one that is made in a run. */
const ASKED_FOR_STACKS = new Set(["process.cwd"]);

/** Guards all that an object has, and if it is a class, all that its objects have. */
function guardAll(owner: object, name: string): void {
  if (done.has(owner)) return;
  done.add(owner);
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    if (key === "constructor" || key === "Buffer" || ASKED_FOR_STACKS.has(`${name}.${key}`)) continue;
    const shown = `${name}.${key}`;
    const value: unknown = descriptor.value;
    // Node.js asks URLs, too.
    if (!("value" in descriptor))
      guardAccessor(owner, key, shown, remedyOf(shown), shown.startsWith("URL.") ? ["set"] : ["get", "set"]);
    else if (typeof value === "function") {
      guardClass(value as Callable, shown);
      guardProperty(owner, key, `${shown}()`, remedyOf(shown));
    } else if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) guardAll(value, shown);
  }
}

function guardWithParents(object: object, name: string): void {
  for (
    let owner: object | null = object;
    owner && !done.has(owner);
    owner = Object.getPrototypeOf(owner) as object | null
  )
    guardAll(owner, name);
}

function guardClass(made: Callable, name: string): void {
  for (
    let one: unknown = made;
    typeof one === "function" && one !== Function.prototype;
    one = Object.getPrototypeOf(one)
  ) {
    if (done.has(one)) return;
    done.add(one);
    for (const key of Object.getOwnPropertyNames(one))
      if (typeof Object.getOwnPropertyDescriptor(one, key)!.value === "function" && key !== "prototype")
        guardProperty(one, key, `${name}.${key}()`, remedyOf(key));
    const { prototype } = one as { readonly prototype?: unknown };
    if (isObject(prototype)) guardWithParents(prototype, name);
  }
}

/** A global of Node.js: some are loaded no sooner than they are asked for. */
function guardGlobal(key: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, key)!;
  if (!descriptor.configurable) return;
  const guarded = (value: unknown): unknown => {
    if (typeof value === "function") guardClass(value as Callable, key);
    else if (isObject(value)) guardWithParents(value, key);
    return typeof value === "function" ? guard(value, `${key}()`, remedyOf(key)) : value;
  };
  const { get } = descriptor as { readonly get?: Callable };
  if (!get) {
    Object.defineProperty(globalThis, key, { ...descriptor, value: guarded(descriptor.value) });
    return;
  }
  Object.defineProperty(globalThis, key, {
    ...descriptor,
    get: () => {
      isImpure(`it uses ${key}, which is no part of the state`, remedyOf(key));
      return guarded(Reflect.apply(get, globalThis, []));
    },
  });
}

/** What is printed changes nothing that a model can see. */
function allowPrinting(): void {
  for (const key of ["log", "error", "warn", "info", "debug", "trace", "table", "dir"] as const) {
    const print = console[key] as (...args: unknown[]) => void;
    console[key] = (...args: unknown[]): void => aside(() => print(...args));
  }
  for (const key of Object.keys(console))
    if (/^(count|time|group|assert|clear|profile|context)/.test(key)) guardProperty(console, key, `console.${key}()`);
}

/** Who settles a promise changes it, and runs what waits for it. */
function guardPromises(): void {
  const later = "let the step do what there is to do itself";
  const settle = (how: Callable): Callable => guard(how, "what settles a promise", later);
  globalThis.Promise = new Proxy(Promise, {
    construct(original, [executor, ...rest]: unknown[], newTarget) {
      // That of a run is its own, and nobody waits for it.
      if (isWatched()) {
        const made = Reflect.construct(original, [executor, ...rest], newTarget) as Promise<unknown>;
        aside(() => ignore(made));
        return made;
      }
      const run =
        typeof executor === "function"
          ? (resolve: Callable, reject: Callable): unknown =>
              (executor as Callable)(settle(resolve) as never, settle(reject) as never)
          : executor;
      return Reflect.construct(original, [run, ...rest], newTarget) as object;
    },
  });
}

/** No guard is in code that is made of text, whenever it is made. */
function refuseText(): void {
  const refuse = (): never => {
    isImpure("it makes code of text, which no guard is in", "write the function down");
    throw new ModelError("a model must not make code of text", {
      cause: "faultline cannot see what such code changes",
      remedy: "write the function down",
    });
  };
  const functions = [function () {}, function* () {}, async function () {}, async function* () {}] as readonly object[];
  for (const one of functions) {
    const prototype = Object.getPrototypeOf(one) as { constructor: Callable };
    const made = new Proxy(prototype.constructor, { apply: refuse, construct: refuse });
    Object.defineProperty(prototype, "constructor", { value: made, configurable: true, writable: true });
    if (prototype === (Function.prototype as object)) globalThis.Function = made as unknown as FunctionConstructor;
  }
  const name = "eval";
  globalThis[name] = new Proxy(globalThis[name], { apply: refuse });
}

const modules = new Set<string>();

/** Guards all functions of a module of Node.js, such as `node:crypto`; none if it only computes. */
export function guardModule(specifier: string): void {
  const bare = specifier.replace(/^node:/, "");
  if (modules.has(bare) || !isBuiltin(specifier)) return;
  modules.add(bare);
  const exported = createRequire(import.meta.url)(specifier) as Record<string, unknown>;
  if (bare === "util")
    for (const key of [
      "TextDecoder",
      "TextEncoder",
      "MIMEType",
      "MIMEParams",
      "debuglog",
      "deprecate",
      "getSystemErrorMap",
    ]) {
      if (typeof exported[key] === "function") guardClass(exported[key] as Callable, key);
      guardProperty(exported, key, `${key}() of ${specifier}`, remedyOf(key));
    }
  if (PURE.has(bare)) return;
  if (typeof exported === "function") guardClass(exported as Callable, specifier);
  guardAll(exported, specifier);
  syncBuiltinESMExports();
}

/** A module is asked for by a name that has to be worked out. */
export function imports<T>(specifier: T): T {
  guardModule(String(specifier));
  return specifier;
}

/** Modules that are asked for while a program runs. */
function guardRequire(): void {
  const guardFirst = (owner: object, key: string): void => {
    const load = (owner as Record<string, unknown>)[key];
    if (typeof load !== "function") return;
    (owner as Record<string, unknown>)[key] = new Proxy(load, {
      apply: (target, self, args: unknown[]) => {
        guardModule(String(args[0]));
        return Reflect.apply(target, self, args) as unknown;
      },
    });
  };
  guardFirst(Module, "_load");
  guardFirst(process, "getBuiltinModule");
}

let isGuarded = false;

/** Once, before a file of the user is loaded. */
export function guardPlatform(): void {
  if (isGuarded) return;
  isGuarded = true;
  leaveLanguage();
  guardRequire();
  for (const key of Object.getOwnPropertyNames(globalThis)) if (!LANGUAGE.has(key)) guardGlobal(key);
  for (const key of ["register", "unregister"])
    guardProperty(FinalizationRegistry.prototype, key, `FinalizationRegistry.${key}()`);
  allowPrinting();
  guardPromises();
  refuseText();
  guardAll(process, "process");
  guardModule("events");
}
