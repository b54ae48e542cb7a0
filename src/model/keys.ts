import { ModelError, didYouMean, listed } from "./error.ts";
import { MEMORY_MODELS } from "./memory.ts";

/** What may stand behind a key: a test, and the words for it. */
export interface Kind {
  readonly is: (value: unknown) => boolean;
  readonly words: string;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isFunction = (value: unknown): boolean => typeof value === "function";
const isText = (value: unknown): value is string => typeof value === "string";

const text: Kind = { is: isText, words: "a text" };
const texts: Kind = { is: (value) => Array.isArray(value) && value.every(isText), words: "a list of texts" };
const list: Kind = { is: Array.isArray, words: "a list" };
const object: Kind = { is: (value) => isObject(value) && !Array.isArray(value), words: "an object" };
const textOrObject: Kind = { is: (value) => isText(value) || object.is(value), words: "a text, or texts by label" };
const func: Kind = { is: isFunction, words: "a function" };
const functionOrRecord: Kind = {
  is: (value) =>
    isFunction(value) ||
    (Array.isArray(value) && value.every((one) => isObject(one) && "steps" in one && texts.is(one.steps))),
  words: "a function, or a record of steps",
};
const count: Kind = { is: (value) => Number.isInteger(value) && Number(value) >= 0, words: "a number of states" };
const label: Kind = { is: (value) => isText(value) || typeof value === "symbol", words: "a label" };
const anything: Kind = { is: () => true, words: "anything" };
const word = (...words: readonly string[]): Kind => ({
  is: (value) => isText(value) && words.includes(value),
  words: `one of ${words.join(", ")}`,
});
const madeBy = (key: string, maker: string): Kind => ({
  is: (value) => isObject(value) && key in value,
  words: `made by ${maker}`,
});

/** The keys of one object that a model hands over; those in `needs` must be there. */
export interface Keys {
  readonly knows: Readonly<Record<string, Kind>>;
  readonly needs?: readonly string[];
}

const memory = word(...MEMORY_MODELS);
const pinned = { violated: texts, vacuous: texts, unjudged: texts, undecided: texts };

/** What a scenario says beside its sentence and its world. */
const run = {
  params: object,
  threads: func,
  init: func,
  specs: list,
  unreached: functionOrRecord,
  idle: anything,
  expect: list,
};

/** Every object with keys that a model may write: to add a key is a line here. */
export const KEYS = {
  scenario: {
    knows: { about: text, world: madeBy("layout", "world(...)"), ...run },
    needs: ["about", "world", "threads"],
  },
  scenarioOfWorld: { knows: run, needs: ["threads"] },
  expect: { knows: { set: object, memory, ...pinned, states: count } },
  about: {
    knows: {
      file: text,
      release: text,
      fits: text,
      leavesOut: text,
      sequence: texts,
      functions: texts,
      at: object,
      notInSource: textOrObject,
      leads: object,
      omits: object,
    },
  },
  patch: { knows: { replace: object, before: object, after: object, drop: texts, as: text } },
  claim: {
    knows: {
      name: text,
      source: text,
      says: text,
      cases: list,
      provided: object,
      verdict: word("true", "false", "true only if"),
      because: text,
      open: text,
    },
    needs: ["name", "source", "says", "cases", "verdict", "because"],
  },
  provided: { knows: { condition: text, met: list, lacking: list }, needs: ["condition", "met", "lacking"] },
  case: {
    knows: { scenario: madeBy("specs", "scenario(...)"), set: object, memory, claims: object, ...pinned },
    needs: ["scenario"],
  },
  spec: {
    knows: {
      kind: word("always", "atEnd", "sometimes"),
      name: text,
      sentence: text,
      consequence: text,
      holds: func,
      definedAt: object,
    },
    needs: ["kind", "name", "sentence", "holds"],
  },
  progress: { knows: { fairness: word("weak", "strong"), consequence: text } },
  progressSpec: {
    knows: {
      kind: word("eventually", "leadsTo"),
      name: text,
      sentence: text,
      consequence: text,
      fairness: word("weak", "strong"),
      from: object,
      to: object,
      definedAt: object,
    },
    needs: ["kind", "name", "sentence", "fairness", "to"],
  },
  step: {
    knows: { kind: text, run: func, order: text, atomic: text, operation: text, parts: list },
    needs: ["run", "order"],
  },
  byResult: { knows: { true: label, false: label, null: label } },
  call: {
    knows: { kind: text, path: madeBy("labels", "world.path(...)"), args: func, leave: func },
    needs: ["path"],
  },
} as const satisfies Record<string, Keys>;

/**
 * Throws a ModelError for what is not an object with these keys: a key that is not known would be ignored, and a verdict
 * might rest on what it was to say. `what` names the object in a sentence. A key that is undefined is not there.
 */
export function checkKeys(value: unknown, { knows, needs = [] }: Keys, what: string, where?: string): void {
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { ...(where !== undefined && { where }), remedy });
  };
  const known = Object.keys(knows);
  if (!object.is(value)) fail(`${what} is not an object`, `keys: ${listed(known)}`);
  const given = value as Readonly<Record<string, unknown>>;
  refuseSymbols(given, what, where);
  for (const key of Object.keys(given))
    if (!known.includes(key)) fail(`${what} has no '${key}'${didYouMean(key, known)}`, `keys: ${listed(known)}`);
  for (const [key, kind] of Object.entries(knows)) {
    if (given[key] === undefined) {
      if (needs.includes(key)) fail(`${what} needs '${key}'`, `it is ${kind.words}`);
    } else if (!kind.is(given[key])) fail(`'${key}' of ${what} is not ${kind.words}`, `it is ${shown(given[key])}`);
  }
}

/** A key that is a symbol would be passed over in silence. */
export function refuseSymbols(value: object, what: string, where?: string): void {
  const [key] = Object.getOwnPropertySymbols(value);
  if (key === undefined) return;
  throw new ModelError(`a key of ${what} is ${String(key)}`, {
    ...(where !== undefined && { where }),
    cause: "what stands under a symbol has no name",
    remedy: "use a word",
  });
}

/** So would an argument behind the last one that a function of the language has. */
export function refuseMore(given: ArrayLike<unknown>, most: number, call: string): void {
  if (given.length > most)
    throw new ModelError(`${call} has ${most} arguments, and was given ${given.length}`, {
      remedy: "leave out what is too many",
    });
}

const shown = (value: unknown): string => {
  if (isText(value)) return `'${value}'`;
  if (Array.isArray(value)) return value.every(isText) ? `[${value.join(", ")}]` : "a list";
  return isObject(value) ? "an object" : isFunction(value) ? "a function" : String(value);
};
