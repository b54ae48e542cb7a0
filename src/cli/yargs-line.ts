import yargs, { type Argv } from "yargs";
import { ModelError, didYouMean, listed } from "../model/error.ts";
import { bundledScenarios } from "./bundled.ts";
import { COMPLETION, COMMANDS, NAMES } from "./commands/index.ts";
import type { Command, Subject } from "./command.ts";
import { scenarioExists } from "./load.ts";
import { valuesOf } from "./option.ts";
import { exitTable, type Outcome } from "./output/exit.ts";
import type { Io } from "./output/io.ts";
import { version } from "./package.ts";

const commandNamed = (name: string | undefined): Command | undefined => COMMANDS.find((one) => one.name === name);

/** The options of a command; without one, of all. */
const optionsOf = (command: string | undefined): readonly string[] => {
  const of = commandNamed(command);
  const names = (of ? [of] : COMMANDS).flatMap(({ options }) => Object.keys(options));
  return [...new Set([...names, "help", "version"])].map((name) => `--${name}`);
};

const examplesText = (examples: readonly string[]): string =>
  `Examples:\n${examples.map((line) => `  faultline ${line}`).join("\n")}`;

/** What yargs has found in a command line is done; returns what yargs itself prints: help, the version, completions. */
export async function runByYargs(
  line: readonly string[],
  io: Io,
  end: (outcome: Outcome) => void,
  commands = COMMANDS,
): Promise<string> {
  return await parse(await askedFor(line, io), io, end, commands);
}

/**
 * The command line, with `help <command>` written as `<command> --help`. Throws a ModelError for help, or the version, of
 * what does not exist: yargs would show that of all there is, as if nothing were wrong.
 */
async function askedFor(line: readonly string[], io: Io): Promise<readonly string[]> {
  const isHelp = line[0] === "help";
  const argv = isHelp ? [...line.slice(1), "--help"] : line;
  const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  if (!own.includes("--help") && !own.includes("--version")) return argv;
  const [command, ...words] = wordsIn(own);
  if (command !== undefined && !NAMES.includes(command)) throw noCommand(command);
  const known = optionsOf(command);
  for (const word of own)
    if (word.startsWith("-") && word !== "-" && !known.includes(word.split("=")[0]!))
      throw unknownOption(word.split("=")[0]!, command);
  // `faultline help a b` asks for the help of nothing.
  if (isHelp && words.length > 0)
    throw new ModelError(`'${words[0]}' is one word too many for 'help ${command}'`, {
      remedy: `\`faultline help ${command}\` shows what there is`,
    });
  if (commandNamed(command)?.subject.isScenario) for (const word of words) await scenarioExists(word, io);
  return argv;
}

/** The words of a command line that are no options, and no values of options. */
const wordsIn = (argv: readonly string[]): readonly string[] =>
  argv.filter((word, i) => !word.startsWith("-") && !takesValue(argv[i - 1] ?? ""));

const takesValue = (word: string): boolean =>
  COMMANDS.some(({ options }) => {
    const name = word.slice(2);
    return word.startsWith("--") && Object.hasOwn(options, name) && options[name]!.type === "string";
  });

async function parse(
  argv: readonly string[],
  io: Io,
  end: (outcome: Outcome) => void,
  commands: readonly Command[],
): Promise<string> {
  // Yargs does not wait for a completion that takes its time.
  const scenarios = argv.includes("--get-yargs-completions") ? await bundledScenarios() : [];
  const complete = completer(
    argv,
    scenarios.map(({ name }) => name),
  );
  let output = "";
  const line = yargs()
    .scriptName("faultline")
    .usage("$0 <command>\n\nFinds races between the kernel's page-fault, COW and truncate paths.")
    .locale("en")
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      // `--set a=1 scenario`: an option takes one word, also where it may be repeated.
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    });
  for (const command of commands) addCommand(line, command, argv, io, end);
  await line
    .completion(COMPLETION.name, COMPLETION.describe, complete)
    .demandCommand(1, NO_COMMAND)
    .strict()
    .help("help", "show help, also for one command")
    .version("version", "show the version", version())
    .epilogue(`Exit codes:\n${exitTable()}\n\n${examplesText(COMMANDS.map(({ examples: [first] }) => first))}`)
    .wrap(100)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => {
      // An error of yargs is a mistake on the command line; everything else is a command's own.
      throw error && error.name !== "YError" ? error : usageError(message ?? String(error?.message), argv);
    })
    .parseAsync([...argv], {}, (_error, _argv, text) => {
      output = text;
    });
  return output;
}

/** Gives yargs a command: what it is called with, its help, and what it does with what yargs has found among the words. */
function addCommand(
  line: Argv,
  { name, describe, subject, options, examples, run }: Command,
  argv: readonly string[],
  io: Io,
  end: (outcome: Outcome) => void,
): void {
  line.command<Readonly<Record<string, unknown>>>({
    command: `${name} ${usageOf(subject)}`,
    describe,
    builder: (yargs: Argv) =>
      yargs
        .positional(subject.name, {
          type: "string",
          describe: subject.describe,
          ...(subject.number === "any" && { array: true }),
          ...(subject.number === "one" && { demandOption: true }),
        })
        .options(options)
        .epilogue(examplesText(examples)),
    handler: async (args) => {
      const named = args[subject.name];
      const words = [
        ...(Array.isArray(named) ? named : named === undefined ? [] : [named]),
        // What follows `--` is left in `_`, behind the command.
        ...args._.slice(1),
        // Yargs loses a lone dash among the positional arguments.
        ...(subject.hasDash && argv.includes("-") ? ["-"] : []),
      ];
      end(await run(words.map(String), valuesOf(options, args), io));
    },
  });
}

const usageOf = ({ name, number }: Subject): string =>
  number === "one" ? `<${name}>` : number === "any" ? `[${name}..]` : `[${name}]`;

const NO_COMMAND = "no command";

/** What yargs says in its own words, as a sentence with what exists. */
function usageError(message: string, argv: readonly string[]): ModelError {
  const help = "`faultline --help` shows what there is";
  if (message === NO_COMMAND)
    return new ModelError("there is no command", { cause: `commands: ${listed(NAMES)}`, remedy: help });
  const missing = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (missing !== undefined) return new ModelError(`--${missing} needs a value`, { remedy: help });
  if (message.startsWith("Not enough non-option arguments"))
    return new ModelError(`'${argv[0]}' needs to be told what to work on`, {
      remedy: `\`faultline ${argv[0]} --help\``,
    });
  const unknown = /^Unknown (?:argument|command)s?: ([^,]*)/.exec(message)?.[1];
  if (unknown === undefined) return new ModelError(message, { remedy: help });
  const option = argv.find((word) => word.startsWith("-") && word.replace(/^-+/, "").split("=")[0] === unknown);
  if (option !== undefined) return unknownOption(option.split("=")[0]!, argv[0]);
  if (NAMES.includes(argv[0] ?? ""))
    return new ModelError(`'${unknown}' is one word too many for '${argv[0]}'`, { remedy: help });
  return noCommand(unknown);
}

const noCommand = (word: string): ModelError =>
  new ModelError(`there is no command '${word}'${didYouMean(word, NAMES)}`, {
    cause: `commands: ${listed(NAMES)}`,
    remedy: "`faultline check <scenario>` checks a scenario",
  });

function unknownOption(option: string, command: string | undefined): ModelError {
  const known = optionsOf(command);
  return new ModelError(`there is no option '${option}'${didYouMean(`--${option.replace(/^-+/, "")}`, known)}`, {
    cause: `options${commandNamed(command) ? ` of ${command}` : ""}: ${listed(known)}`,
    remedy: "`faultline --help` shows what there is",
  });
}

type Defaults = (done: (error: Error | null, completions: string[] | undefined) => void) => void;

/** Completes scenarios where one can stand, files where an option takes its value, and the rest as yargs knows it. */
const completer =
  (argv: readonly string[], scenarios: readonly string[]) =>
  (current: string, _: unknown, defaults: Defaults, done: (completions: string[]) => void): void => {
    const isScenario = COMMANDS.some(({ name, subject }) => subject.isScenario && argv.includes(name));
    if (current.startsWith("-") || !isScenario) return defaults((_error, completions) => done(completions ?? []));
    done(takesValue(argv.at(-2) ?? "") ? [] : scenarios.filter((name) => name.startsWith(current)));
  };
