import { types } from "node:util";
import { ModelError } from "./error.ts";
import { guardAccessor } from "./outside.ts";
import { isDraft, isEnded, isKnown, isObject, isOwn, goesOn, made, madeAll, nameOfDraft } from "./owned.ts";
import { endRun, isImpure, isWatched, watchFromNowOn } from "./running.ts";

/**
 * What JavaScript's own functions change. Each of them asks for itself whether the model, in a run, has it change what the
 * run has not made: so it does not matter how the model has got hold of it, nor who calls it.
 */

// Taken before anything is patched.
const { defineProperty } = Object;

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Check = (self: unknown, args: readonly unknown[], name: string) => void;

/** Puts a function in the place of a method, or of a setter, if there is one of this name. */
function replace(owner: object, key: PropertyKey, by: (original: Method) => Method): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key);
  const part = descriptor && ["value", "set"].find((one) => typeof descriptor[one as "value"] === "function");
  if (!descriptor?.configurable || part === undefined) return;
  const original = descriptor[part as "value"] as Method;
  const guarded = by(original);
  for (const property of ["name", "length"] as const)
    Object.defineProperty(guarded, property, { value: original[property] });
  Object.defineProperty(owner, key, { ...descriptor, [part]: guarded });
}

/** Puts `check` before a method; `after` looks at what it returns. */
function patch(owner: object, key: PropertyKey, check: Check, after?: (result: unknown) => void): void {
  const { apply } = Reflect;
  replace(owner, key, (original) => {
    const name = typeof key === "symbol" ? original.name : String(key);
    return function guarded(this: unknown, ...args: unknown[]): unknown {
      if (!isWatched()) return apply(original, this, args);
      check(this, args, name);
      const result = apply(original, this, args);
      after?.(result);
      return result;
    };
  });
}

function patchAll(owner: object | undefined, keys: RegExp, check: Check): void {
  for (const key of Object.getOwnPropertyNames(owner ?? {})) if (keys.test(key)) patch(owner!, key, check);
}

const kindOf = (value: object): string => {
  const [, kind = "object"] = /^\[object (.*)\]$/.exec(Object.prototype.toString.call(value)) ?? [];
  return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`;
};

/** They assign elements of an array, as a step may, and leave its length as it is. */
const ASSIGNS = /^(copyWithin|fill|reverse|sort)$/;

/** A method changes what it is called on. */
const changesSelf: Check = (self, _, name) => {
  if (!isObject(self)) return;
  if (isDraft(self) && Array.isArray(self) && ASSIGNS.test(name)) return;
  if (isDraft(self) && Array.isArray(self))
    endRun(
      new ModelError(`'${nameOfDraft(self)}' has a fixed length of ${self.length}`, {
        cause: `${name}() would change its elements' places`,
        remedy: "assign its elements one by one",
      }),
    );
  if (!isOwn(self)) isImpure(`it calls ${name}() of ${kindOf(self)} that outlives it`);
};

/** A function changes its first argument; of a draft, `assign` sets the fields. */
const changesFirst =
  (prefix: string): Check =>
  (_, [first], name) => {
    if (!isObject(first) || (isDraft(first) && (name === "assign" || name === "set"))) return;
    if (isDraft(first) || !isOwn(first))
      isImpure(`it changes ${kindOf(first)} that outlives it, by ${prefix}.${name}()`);
  };

const forbidden =
  (what: string): Check =>
  () =>
    isImpure(what);

const TypedArray = Object.getPrototypeOf(Int8Array) as typeof Int8Array;

function patchReceivers(): void {
  const receivers: readonly (readonly [object | undefined, RegExp])[] = [
    [Array.prototype, /^(copyWithin|fill|pop|push|reverse|shift|sort|splice|unshift)$/],
    [TypedArray.prototype, /^(copyWithin|fill|reverse|set|sort)$/],
    [DataView.prototype, /^set/],
    [Map.prototype, /^(set|delete|clear)$/],
    [Set.prototype, /^(add|delete|clear)$/],
    [WeakMap.prototype, /^(set|delete)$/],
    [WeakSet.prototype, /^(add|delete)$/],
    [Date.prototype, /^set/],
    [RegExp.prototype, /^compile$/],
    [ArrayBuffer.prototype, /^(resize|transfer)/],
    [SharedArrayBuffer.prototype, /^grow$/],
    [Buffer.prototype, /^(fill|swap|write)|Write$/],
    [Object.prototype, /^__(define[GS]etter|proto)__$/],
  ];
  for (const [owner, keys] of receivers) patchAll(owner, keys, changesSelf);
  patch(Buffer.prototype, "copy", (_, [target], name) => changesSelf(target, [], name));
}

function patchStatics(): void {
  const changers = /^(assign|define(Property|Properties)|setPrototypeOf|freeze|seal|preventExtensions)$/;
  patchAll(Object, changers, changesFirst("Object"));
  patchAll(Reflect, /^(defineProperty|deleteProperty|setPrototypeOf|preventExtensions)$/, changesFirst("Reflect"));
  patch(Reflect, "set", (self, [target, key, , receiver = target], name) =>
    changesFirst("Reflect")(self, [receiver, key], name),
  );
  patchAll(Atomics, /^(add|and|compareExchange|exchange|notify|or|store|sub|wait|xor)/, changesFirst("Atomics"));
  patch(Error, "captureStackTrace", changesFirst("Error"));
  // What they fill, a constructor of the model may have chosen.
  for (const key of ["from", "of"]) patch(Array, key, () => {}, isFilled);
  patch(globalThis, "structuredClone", (_, [, options]) => {
    if (isObject(options) && (options as { transfer?: unknown }).transfer !== undefined)
      isImpure("it takes away what outlives it, by structuredClone() with transfer");
  });
  for (const key of ["allocUnsafe", "allocUnsafeSlow"])
    patch(Buffer, key, forbidden(`it uses Buffer.${key}(), which holds what was there before`));
}

function isFilled(result: unknown): void {
  if (isObject(result) && isKnown(result) && !isOwn(result)) isImpure(`it fills ${kindOf(result)} that outlives it`);
}

/** A regular expression that goes on where it was must end as it was, if it is not the run's own. */
function patchRegExps(): void {
  let busy: unknown;
  const goesOn = (re: RegExp, search: () => unknown): unknown => {
    const [outer, before] = [busy, re.lastIndex];
    busy = re;
    try {
      return search();
    } finally {
      busy = outer;
      if (re.lastIndex !== before) isImpure("it goes on with a regular expression that outlives it");
    }
  };
  for (const key of ["exec", "test", Symbol.replace, Symbol.match, Symbol.search])
    replace(
      RegExp.prototype,
      key,
      (original) =>
        function guarded(this: unknown, ...args: unknown[]): unknown {
          const search = (): unknown => Reflect.apply(original, this, args);
          return isWatched() && this !== busy && types.isRegExp(this) && !isOwn(this) ? goesOn(this, search) : search();
        },
    );
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(RegExp)))
    if (!("value" in descriptor) && descriptor.configurable === true) guardAccessor(RegExp, key, `RegExp.${key}`);
}

const Iterator = Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object;
const Generator = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())) as object;
const iterators = new Set(
  [[].values(), new Map().values(), new Set().values(), ""[Symbol.iterator](), "".matchAll(/a/g)].map(
    (iterator) => Object.getPrototypeOf(iterator) as object,
  ),
);
const goesOnWith = "it goes on with an iterator that outlives it";

function patchIterators(): void {
  // Whatever uses an iterator up asks it for this first.
  patch(Iterator, Symbol.iterator, (self) => {
    // One that nobody knows is made by faultline's own models, which have no guards.
    if (isObject(self) && isKnown(self) && !isOwn(self)) isImpure(goesOnWith);
  });
  patch(Generator, "next", (self) => isObject(self) && goesOn(self));
  for (const key of ["return", "throw"]) patch(Generator, key, (self) => isObject(self) && isEnded(self));
}

/**
 * That an iterator goes on can be seen only if it asks itself: JavaScript asks no one about the iterators that loops make,
 * as long as none asks for `next` of all of them.
 */
function guardNext(iterator: object): void {
  const { next } = iterator as { next: Method };
  defineProperty(iterator, "next", {
    configurable: true,
    value(this: unknown): unknown {
      if (isWatched() && isObject(this) && !isOwn(this)) isImpure(goesOnWith);
      return Reflect.apply(next, this, []);
    },
  });
}

/** The built-in functions that return something new, and those that return what is new down to its leaves. */
const makes = new Set<unknown>();
const makesAll = new Set<unknown>();

function noteMakers(): void {
  const all: readonly (readonly [object, string])[] = [
    [
      Array.prototype,
      "concat entries filter flat flatMap keys map slice splice toReversed toSorted toSpliced values with",
    ],
    [TypedArray.prototype, "entries filter keys map slice toReversed toSorted values with"],
    [ArrayBuffer.prototype, "slice"],
    [Array, "from of"],
    [TypedArray, "from of"],
    [Map, "groupBy"],
    [Map.prototype, "entries keys values"],
    [Set.prototype, "entries keys values"],
    [String.prototype, "match matchAll split"],
    [RegExp.prototype, "exec"],
    [
      Object,
      "create entries fromEntries getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames " +
        "getOwnPropertySymbols groupBy keys values",
    ],
    [Reflect, "getOwnPropertyDescriptor ownKeys"],
  ];
  const valueOf = (owner: object, key: PropertyKey): unknown => Object.getOwnPropertyDescriptor(owner, key)?.value;
  for (const [owner, keys] of all) for (const key of keys.split(" ")) makes.add(valueOf(owner, key));
  for (const { prototype } of [Array, TypedArray, Map, Set, String, RegExp] as readonly {
    readonly prototype: object;
  }[])
    for (const key of [Symbol.iterator, Symbol.match, Symbol.matchAll, Symbol.split])
      makes.add(valueOf(prototype, key));
  makes.add(Array);
  makes.delete(undefined);
  for (const one of [JSON.parse, structuredClone]) makesAll.add(one);
}

/** What `callee` has returned: it was only made now if a built-in function has made it, and nobody knows it yet. */
export function fresh<T>(value: T, callee: unknown): T {
  if (!isObject(value)) return value;
  if (makesAll.has(callee)) madeAll(value);
  if (!makes.has(callee)) return value;
  isFilled(value);
  if (isKnown(value)) return value;
  if (iterators.has(Object.getPrototypeOf(value) as object)) guardNext(value);
  return made(value);
}

let isPatched = false;

/** Once, before a file of the user is loaded. */
export function watchBuiltIns(): void {
  if (isPatched) return;
  isPatched = true;
  watchFromNowOn();
  patchRegExps();
  patchIterators();
  patchReceivers();
  patchStatics();
  // What is called is the patched one.
  noteMakers();
}
