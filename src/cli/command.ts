import { ModelError } from "../model/error.ts";
import type { Options, Values } from "./option.ts";
import type { Outcome } from "./output/exit.ts";
import type { Io } from "./output/io.ts";

/** What a command works on: the words of a command line that belong to no option. */
export interface Subject {
  readonly name: string;
  readonly describe: string;
  /** `<name>`, `[name]` or `[name..]` in the usage. */
  readonly number: "one" | "at most one" | "any";
  /** Scenarios are completed, and asked for by their names. */
  readonly isScenario?: true;
  /** `-` is one: standard input. */
  readonly hasDash?: true;
}

export const SCENARIO = {
  name: "scenario",
  describe: "bundled scenario, or a .ts or .js file",
  isScenario: true,
} as const;

/** All there is to a command. The command line, its help, its completion and docs/commands.md are made of it. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  readonly describe: string;
  readonly subject: Subject;
  readonly options: O;
  /** Command lines without the `faultline` in front. The first is shown in the general help, too. */
  readonly examples: readonly [string, ...string[]];
  readonly run: (words: readonly string[], given: Values<O>, io: Io) => Promise<Outcome>;
}

/** A command among others: what its options are is for `run` alone to know. */
export const command = <const O extends Options>(one: Command<O>): Command => one as unknown as Command;

/** The one word of a command that takes no more; `remedy` says what to do about several. */
export function atMostOne(
  words: readonly string[],
  { name, subject }: Pick<Command, "name" | "subject">,
  remedy: string,
): string | undefined {
  if (words.length > 1) throw new ModelError(`${name} takes one ${subject.name}`, { remedy });
  return words[0];
}
