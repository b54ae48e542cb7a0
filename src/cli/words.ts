import { ModelError, didYouMean, listed } from "../model/error.ts";

/** One `--set name=value`. */
export interface Setting {
  readonly name: string;
  readonly word: string;
}

// An option that may be given once: yargs makes an array of one that is repeated.
export function single(option: string, given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "string") throw twice(option);
  if (given === "") throw new ModelError(`--${option} needs a value`, { remedy: "give it one, or leave it out" });
  return given;
}

export function flag(option: string, given: unknown): boolean {
  if (Array.isArray(given)) throw twice(option);
  return given === true;
}

export const twice = (option: string): ModelError =>
  new ModelError(`--${option} is given twice`, { remedy: "give it once" });

/** `order=trylock` as a name and a word, or several with commas between them; each name once. */
export function parseSettings(
  words: readonly string[],
  once = "give it one: a run has one value for each",
): readonly Setting[] {
  const settings = words.flatMap(splitSettings).map((word): Setting => {
    const at = word.indexOf("=");
    if (at < 1 || at === word.length - 1)
      throw new ModelError(`--set needs name=value, not '${word}'`, { remedy: "write it as in --set order=trylock" });
    return { name: word.slice(0, at), word: word.slice(at + 1) };
  });
  const names = settings.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated === undefined) return settings;
  throw new ModelError(`--set gives '${repeated}' two values`, { remedy: once });
}

/** `a=x,b=y` as two settings; a comma that no name follows belongs to a value. */
const splitSettings = (words: string): readonly string[] => words.split(/,(?=[^,=]+=)/);

/** The word of an option that knows only some. */
export function oneOf<const W extends string>(option: string, known: readonly W[], word: string): W {
  const found = known.find((one) => one === word);
  if (found) return found;
  throw new ModelError(`--${option} cannot be '${word}'${didYouMean(word, known)}`, {
    remedy: `values: ${listed(known)}`,
  });
}

export function count(option: string, given: unknown, example: string): number | undefined {
  const word = single(option, given);
  if (word === undefined) return undefined;
  const value = Number(word);
  if (/^\d+$/.test(word) && value > 0 && Number.isSafeInteger(value)) return value;
  throw new ModelError(`--${option} needs a whole number from 1 on, not '${word}'`, {
    remedy: `write it as in --${option} ${example}`,
  });
}

const UNITS = { "": 0, K: 10, M: 20, G: 30, T: 40 } as const;

/** `512M` as a number of bytes. */
export function parseSize(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const parts = /^(\d+)([KMGT]?)$/.exec(word);
  if (parts && Number(parts[1]) > 0) return Number(parts[1]) * 2 ** UNITS[parts[2] as keyof typeof UNITS];
  throw new ModelError(`--max-memory needs a size, not '${word}'`, {
    remedy: "write it as in --max-memory 512M, or 4G",
  });
}
