import type { Options as YargsOption } from "yargs";
import { ModelError, didYouMean, listed } from "../model/error.ts";
import type { ParamFields } from "../model/params.ts";

/**
 * An option of a command: what yargs has to know to find it among the words and to show it in the help, and what its
 * words mean. Yargs itself would turn a bad number into NaN, and keep of an error that it meets only the first line.
 */
export interface Option<T> extends Pick<YargsOption, "array" | "requiresArg"> {
  readonly type: "string" | "boolean";
  readonly describe: string;
  /** What was given, as yargs has it, or nothing. Throws a ModelError for what the option cannot be. */
  parse(given: unknown, name: string): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** The value of each option, also of those that are not given. */
export type Values<O extends Options> = { readonly [N in keyof O]: O[N] extends Option<infer T> ? T : never };

export const valuesOf = <O extends Options>(options: O, given: Readonly<Record<string, unknown>>): Values<O> =>
  Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, option.parse(given[name], name)]),
  ) as Values<O>;

/** An option that is there or not. */
export const flag = (describe: string): Option<boolean> => ({
  type: "boolean",
  describe,
  parse(given, name) {
    if (Array.isArray(given)) throw twice(name);
    return given === true;
  },
});

/** An option with a value, given once; `read` makes something of its word. */
const single = <T>(describe: string, read: (word: string | undefined, name: string) => T): Option<T> => ({
  type: "string",
  requiresArg: true,
  describe,
  parse: (given, name) => read(wordOf(given, name), name),
});

/** The word of an option that may be given once: yargs makes an array of one that is repeated. */
function wordOf(given: unknown, name: string): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "string") throw twice(name);
  if (given === "") throw new ModelError(`--${name} needs a value`, { remedy: "give it one, or leave it out" });
  return given;
}

/** Any text. */
export const text = (describe: string): Option<string | undefined> => single(describe, (word) => word);

/** Any text; `otherwise` if it is not given. */
export const textOr = (otherwise: string, describe: string): Option<string> =>
  single(describe, (word) => word ?? otherwise);

/** An option that needs no value, and is the empty text without one. */
export const textOrNone = (describe: string): Option<string | undefined> => ({
  type: "string",
  describe,
  parse(given, name) {
    if (Array.isArray(given)) throw twice(name);
    return typeof given === "string" ? given : undefined;
  },
});

/** One of some words. */
export const oneOf = <const W extends string>(known: readonly W[], describe: string): Option<W | undefined> =>
  single(describe, (word, name) => {
    const found = known.find((one) => one === word);
    if (found !== undefined || word === undefined) return found;
    throw new ModelError(`--${name} cannot be '${word}'${didYouMean(word, known)}`, {
      remedy: `values: ${listed(known)}`,
    });
  });

/** One of some words, the first of them if it is not given. */
export const firstOf = <const W extends string>(known: readonly [W, ...W[]], describe: string): Option<W> => {
  const option = oneOf(known, describe);
  return { ...option, parse: (given, name) => option.parse(given, name) ?? known[0] };
};

/** A whole number from 1 on. */
export const count = (example: string, describe: string): Option<number | undefined> =>
  single(describe, (word, name) => {
    if (word === undefined) return undefined;
    const value = Number(word);
    if (/^\d+$/.test(word) && value > 0 && Number.isSafeInteger(value)) return value;
    throw new ModelError(`--${name} needs a whole number from 1 on, not '${word}'`, {
      remedy: `write it as in --${name} ${example}`,
    });
  });

/** A whole number from 0 on. */
export const number = (example: string, describe: string): Option<number | undefined> =>
  single(describe, (word, name) => {
    if (word === undefined) return undefined;
    if (/^\d+$/.test(word) && Number.isSafeInteger(Number(word))) return Number(word);
    throw new ModelError(`--${name} needs a whole number from 0 on, not '${word}'`, {
      remedy: `write it as in --${name} ${example}`,
    });
  });

/** A whole number from 1 on; `otherwise` if it is not given. */
export const countOr = (otherwise: number, describe: string): Option<number> => {
  const option = count(String(otherwise), describe);
  return { ...option, parse: (given, name) => option.parse(given, name) ?? otherwise };
};

const UNITS = { "": 0, K: 10, M: 20, G: 30, T: 40 } as const;

/** `512M` as a number of bytes. */
export const size = (describe: string): Option<number | undefined> =>
  single(describe, (word, name) => {
    if (word === undefined) return undefined;
    const parts = /^(\d+)([KMGT]?)$/.exec(word);
    if (parts && Number(parts[1]) > 0) return Number(parts[1]) * 2 ** UNITS[parts[2] as keyof typeof UNITS];
    throw new ModelError(`--${name} needs a size, not '${word}'`, {
      remedy: `write it as in --${name} 512M, or 4G`,
    });
  });

/** An option that may be repeated; `read` makes something of all its words. */
const repeatable = <T>(describe: string, read: (words: readonly string[]) => T): Option<T> => ({
  type: "string",
  array: true,
  requiresArg: true,
  describe,
  parse: (given) => read((given ?? []) as readonly string[]),
});

export const texts = (describe: string): Option<readonly string[]> => repeatable(describe, (words) => words);

/** One `--set name=value`. */
export interface Setting {
  readonly name: string;
  readonly word: string;
}

export const settings = (describe: string): Option<readonly Setting[]> => repeatable(describe, parseSettings);

const twice = (option: string): ModelError => new ModelError(`--${option} is given twice`, { remedy: "give it once" });

const ONE_EACH = "give it one: a run has one value for each";

/** `order=trylock` as a name and a word, or several with commas between them. */
export const parseSettings = (words: readonly string[]): readonly Setting[] =>
  words.flatMap(splitSettings).map((word): Setting => {
    const at = word.indexOf("=");
    if (at < 1 || at === word.length - 1)
      throw new ModelError(`--set needs name=value, not '${word}'`, { remedy: "write it as in --set order=trylock" });
    return { name: word.slice(0, at), word: word.slice(at + 1) };
  });

/**
 * The settings of a scenario that has these parameters, each name once: what was split at a comma is one value again where only the
 * whole is one, as of `--set 'how=first a, then b=1'`.
 */
export function settingsWith(params: ParamFields, set: readonly Setting[], once = ONE_EACH): readonly Setting[] {
  const isValue = ({ name, word }: Setting): boolean => {
    const field = Object.hasOwn(params, name) ? params[name] : undefined;
    return field?.kind === "oneOf" && field.names.includes(word);
  };
  const found: Setting[] = [];
  for (let i = 0; i < set.length; i++) {
    const ends = [...set.keys()].slice(i);
    const wholes = ends.map((end) => ({ end, one: joined(set.slice(i, end + 1)) }));
    const { end, one } = wholes.find((whole) => isValue(whole.one)) ?? wholes[0]!;
    found.push(one);
    i = end;
  }
  const names = found.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated === undefined) return found;
  throw new ModelError(`--set gives '${repeated}' two values`, { remedy: once });
}

const joined = ([first, ...more]: readonly Setting[]): Setting => ({
  name: first!.name,
  word: [first!.word, ...more.map(({ name, word }) => `${name}=${word}`)].join(","),
});

/** `a=x,b=y` as two settings; a comma that no name follows belongs to a value. */
const splitSettings = (words: string): readonly string[] => words.split(/,(?=[^,=]+=)/);
