import { COMMANDS } from "./commands/index.ts";
import type { Command } from "./command.ts";

/** What yargs would find in a command line. */
export interface PlainLine {
  readonly command: Command;
  readonly words: readonly string[];
  readonly given: Readonly<Record<string, string | true | readonly string[]>>;
}

/**
 * Reads a command line that is nothing but a command, its words, and options of it in full, each with what it needs. That
 * is what is typed most, and done before yargs has begun. Whatever else there is, and every mistake, is for yargs: nothing.
 */
export function plainLine([name, ...rest]: readonly string[]): PlainLine | undefined {
  const command = COMMANDS.find((one) => one.name === name);
  if (!command || !rest.every(isPlain)) return undefined;
  const words: string[] = [];
  const given: Record<string, string | true | string[]> = {};
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!;
    if (!word.startsWith("-")) {
      words.push(word);
      continue;
    }
    const [, key = "", joined] = /^--([a-z-]+)(?:=(.+))?$/.exec(word) ?? [];
    const option = Object.hasOwn(command.options, key) ? command.options[key]! : undefined;
    if (!option) return undefined;
    const value = joined ?? (option.type === "string" ? rest[++i] : true);
    // Yargs takes what begins with a dash for an option, and makes an array of what is repeated.
    if (value === undefined || (value !== true && value.startsWith("-"))) return undefined;
    if (option.array === true) (given[key] = (given[key] as string[] | undefined) ?? []).push(String(value));
    else if (Object.hasOwn(given, key) || (option.type === "boolean" && joined !== undefined)) return undefined;
    else given[key] = value;
  }
  const { number } = command.subject;
  const isRight = number === "any" || words.length === 1 || (number === "at most one" && words.length === 0);
  return isRight ? { command, words, given } : undefined;
}

/** Yargs takes quotes away, and these two words for what an option before them is. */
const isPlain = (word: string): boolean => /^[\w./:@%+,=-]+$/.test(word) && word !== "true" && word !== "false";
