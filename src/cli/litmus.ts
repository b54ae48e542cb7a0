import { readFile, readdir, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Argv, CommandModule } from "yargs";
import { answer, type Answer } from "../litmus/answer.ts";
import { block, observationLine } from "../litmus/block.ts";
import { answerDocument, comparisonDocument } from "../litmus/document.ts";
import { testInMail } from "../litmus/mail.ts";
import type { LitmusTest } from "../litmus/program.ts";
import { readLitmus } from "../litmus/read.ts";
import {
  comparisonText,
  differenceOf,
  readTable,
  type Comparison,
  type Difference,
  type Expected,
  type Unread,
} from "../litmus/table.ts";
import { ModelError } from "../model/error.ts";
import type { MemoryModel } from "../model/memory.ts";
import { Unfinished } from "../search/outcomes.ts";
import { worstOf, type Outcome } from "./exit.ts";
import { codeOf, json, readText } from "./files.ts";
import type { Io } from "./io.ts";
import { LITMUS_OPTIONS, litmusOptions, type LitmusOptions, type RawLitmusOptions } from "./litmus-options.ts";
import { COMMON_OPTIONS } from "./options.ts";

type Arguments = RawLitmusOptions & { readonly file: string[] | undefined };

/** `faultline litmus <file..>` */
export const litmusCommand = (
  argv: readonly string[],
  io: Io,
  end: (outcome: Outcome) => void,
): CommandModule<object, Arguments> => ({
  command: "litmus [file..]",
  describe: "run litmus tests, in C or X86, and answer as herd7 does",
  builder: (yargs: Argv) =>
    yargs
      .positional("file", {
        type: "string",
        array: true,
        describe: "litmus test, folder of *.litmus files, or - for standard input",
      })
      .options({ ...LITMUS_OPTIONS, ...COMMON_OPTIONS }),
  handler: async (args) => {
    // Yargs loses a lone dash among the positional arguments.
    const dash = argv.includes("-") ? ["-"] : [];
    const files = [...(args.file ?? []), ...args._.slice(1).map(String), ...dash];
    if (files.length === 0)
      throw new ModelError("litmus needs a test", { remedy: "name a file, a folder, or - for standard input" });
    const options = litmusOptions(args, io);
    const sources = files.length === 1 ? await sourcesOf(files[0]!, io) : await sourcesOfAll(files, io);
    end(
      options.expect === undefined
        ? await run(sources, options, io)
        : await compare(sources, options.expect, options, io),
    );
  },
});

/** A litmus test that was asked for, by name or with its folder. */
interface Source {
  /** As the user knows it. */
  readonly name: string;
  readonly isFromFolder: boolean;
  /** One of several that were named: what is wrong with it does not keep the others from their answers. */
  readonly isInList?: boolean;
  readonly load: () => Promise<string>;
}

async function sourcesOfAll(files: readonly string[], io: Io): Promise<readonly Source[]> {
  const found = await Promise.all(
    files.map((file) =>
      sourcesOf(file, io).catch((error: unknown): readonly Source[] => [
        { name: file, isFromFolder: false, load: () => Promise.reject(error as Error) },
      ]),
    ),
  );
  return found.flat().map((one) => ({ ...one, isInList: true }));
}

/** A test that was named and has no answer is a mistake; one of a folder is counted. */
const worstWith = (outcome: Outcome, sources: readonly Source[], unread: readonly Unread[]): Outcome => {
  const named = new Set(sources.filter(({ isFromFolder }) => !isFromFolder).map(({ name }) => name));
  return worstOf([outcome, ...(unread.some(({ file }) => named.has(file)) ? ["wrong" as const] : [])]);
};

async function sourcesOf(argument: string, io: Io): Promise<readonly Source[]> {
  if (argument === "-")
    return [{ name: "standard input", isFromFolder: false, load: async () => testInMail(await text(process.stdin)) }];
  const path = resolve(io.cwd, argument);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ModelError(`there is no file or folder '${argument}'`, { remedy: "name one that can be read" });
  if (!found.isDirectory()) return [source(argument, io, false)];
  const names = await readdir(path, { recursive: true });
  const tests = names.filter((name) => name.endsWith(".litmus")).toSorted();
  if (tests.length === 0)
    throw new ModelError(`there is no litmus test in '${argument}'`, { remedy: "name a folder with .litmus files" });
  return tests.map((name) => source(join(argument, name), io, true));
}

const source = (name: string, io: Io, isFromFolder: boolean): Source => ({
  name,
  isFromFolder,
  load: async () =>
    readText(resolve(io.cwd, name)).catch((error: unknown) => {
      throw new ModelError(`'${name}' cannot be read`, {
        ...(codeOf(error) === "ENOWRITER" && { cause: "it is a pipe, and no program writes to it" }),
        remedy: "give the name of a file that can be read",
      });
    }),
});

function memoryOf({ language, file }: LitmusTest, { memory }: LitmusOptions): MemoryModel {
  if (language === "X86" && memory === "lkmm")
    throw new ModelError("the LKMM says nothing of x86 instructions", { where: file, remedy: "use --memory tso" });
  return memory ?? (language === "C" ? "lkmm" : "tso");
}

async function run(sources: readonly Source[], options: LitmusOptions, io: Io): Promise<Outcome> {
  const answers: { readonly file: string; readonly answer: Answer }[] = [];
  const unread: Unread[] = [];
  const cut: Unread[] = [];
  let hasUndecided = false;
  for (const one of sources) {
    const found = await attempt(one, (test) => answerTo(test, memoryOf(test, options), options), unread, cut);
    if (!found) continue;
    hasUndecided ||= found.undecided.length > 0;
    if (options.format === "json") answers.push({ file: one.name, answer: found });
    else if (options.quiet) io.stdout.write(`${observationLine(found.test, found.outcomes, found.observation)}\n`);
    else io.stdout.write(`${sources.length > 1 ? `# ${one.name}\n` : ""}${block(found)}\n`);
  }
  if (options.format === "json")
    io.stdout.write(json({ tests: answers.map(({ file, answer }) => answerDocument(file, answer)), cut, unread }));
  else
    for (const [what, tests] of [
      ["undecided", cut],
      ["not answered", unread],
    ] as const)
      if (tests.length > 0)
        io.stderr.write(
          `${what}: ${tests.length} of ${sources.length}\n${tests.map(({ reason }) => `  ${reason}\n`).join("")}`,
        );
  return worstWith(cut.length > 0 || hasUndecided ? "undecided" : "held", sources, unread);
}

// A test of six or more CPUs may have more states than anyone waits for.
const MOST_STATES = { sc: 2_000_000, tso: 2_000_000, lkmm: 60_000 } as const satisfies Record<MemoryModel, number>;

const answerTo = (test: LitmusTest, memory: MemoryModel, { maxStates }: LitmusOptions): Promise<Answer> =>
  answer(test, memory, maxStates ?? MOST_STATES[memory]);

/**
 * What `use` makes of a test. One that has too many states is counted, and so is one that cannot be read, unless nothing
 * else was asked for.
 */
async function attempt<T>(
  one: Source,
  use: (test: LitmusTest) => Promise<T> | T,
  unread: Unread[],
  cut: Unread[],
): Promise<T | undefined> {
  try {
    return await use(readLitmus(one.name, await one.load()));
  } catch (error) {
    const isCut = error instanceof Unfinished;
    if (!(error instanceof ModelError) || !(isCut || one.isFromFolder || one.isInList)) throw error;
    const { where } = error.explanation;
    const place = where?.startsWith(one.name) === true ? where : one.name;
    const reason = error.message.includes(`'${one.name}'`) ? error.message : `${place} ${error.message}`;
    (isCut ? cut : unread).push({ file: one.name, reason });
    return undefined;
  }
}

async function compare(
  sources: readonly Source[],
  tableName: string,
  options: LitmusOptions,
  io: Io,
): Promise<Outcome> {
  const { memory } = options;
  if (memory === undefined)
    throw new ModelError("--expect needs --memory", {
      cause: "the memory model says which column of the table to compare with",
      remedy: "write it as in --expect expected.tsv --memory tso",
    });
  const path = resolve(io.cwd, tableName);
  const content = await readFile(path, "utf8").catch(() => {
    throw new ModelError(`there is no table '${tableName}'`, { remedy: "name a file that can be read" });
  });
  const table = readTable(tableName, content, memory);
  const unjudged: string[] = [];
  const unread: Unread[] = [];
  const undecided: Unread[] = [];
  const compared: (Difference | undefined)[] = [];
  for (const one of sources) {
    const file = relative(dirname(path), resolve(io.cwd, one.name)).replaceAll("\\", "/");
    const expected = table.get(file);
    const found = await attempt(
      one,
      (test) => (expected ? answerTo(test, memory, options) : undefined),
      unread,
      undecided,
    );
    const difference = found && expected && differenceOf(file, found, expected);
    if (difference === "undecided")
      undecided.push({ file: one.name, reason: whyUndecided(one.name, found!, expected!) });
    else if (found && expected) compared.push(difference);
    else if (unread.at(-1)?.file !== one.name && undecided.at(-1)?.file !== one.name) unjudged.push(file);
  }
  const differences = compared.filter((difference) => difference !== undefined);
  const comparison: Comparison = {
    memory,
    same: compared.length - differences.length,
    differences,
    undecided,
    unjudged,
    unread,
  };
  io.stdout.write(options.format === "json" ? json(comparisonDocument(comparison)) : comparisonText(comparison));
  const worst = differences.length > 0 ? "violated" : undecided.length > 0 ? "undecided" : "held";
  return worstWith(worst, sources, unread);
}

const whyUndecided = (name: string, { observation, outcomes, undecided }: Answer, expected: Expected): string =>
  `${name} ${observation} ${outcomes.length}, and ${undecided.length} undecided; expected ${expected.observation} ${expected.outcomes}`;
