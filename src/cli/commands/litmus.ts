import { dirname, relative, resolve } from "node:path";
import { answer, type Answer } from "../../litmus/answer.ts";
import { observationLine, block } from "../../litmus/block.ts";
import { answerDocument, comparisonDocument } from "../../litmus/document.ts";
import type { LitmusTest } from "../../litmus/program.ts";
import { readLitmus } from "../../litmus/read.ts";
import {
  comparisonText,
  readTable,
  type Expected,
  type Unread,
  differenceOf,
  type Comparison,
  type Difference,
} from "../../litmus/table.ts";
import { ModelError } from "../../model/error.ts";
import { worstOf, type Outcome } from "../output/exit.ts";
import { json } from "../output/files.ts";
import type { Io } from "../output/io.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../model/memory.ts";
import { readExpected, sourcesOf, type Source } from "../output/litmus-files.ts";
import { count, oneOf, text, type Options, type Values } from "../option.ts";
import { command } from "../command.ts";
import { Unfinished } from "../../machine/exploration.ts";

const OPTIONS = {
  memory: oneOf(MEMORY_MODELS, "memory model: sc, tso or lkmm (default: lkmm for C tests, tso for X86 tests)"),
  expect: text("compare with a tab-separated table of verdicts and numbers of outcomes; needs --memory"),
  "max-states": count(
    "1000000",
    "leave a test undecided after this many states (default: 2000000, and 60000 under lkmm)",
  ),
  ...COMMON_OPTIONS,
} as const satisfies Options;

type LitmusOptions = Values<typeof OPTIONS>;

export const litmus = command({
  name: "litmus",
  describe: "run litmus tests, in C or X86, and answer as herd7 does",
  subject: {
    name: "file",
    number: "any",
    hasDash: true,
    describe: "litmus test, folder of *.litmus files, or - for standard input",
  },
  options: OPTIONS,
  examples: ["litmus MP+fences.litmus", "litmus tests/ --memory tso --expect expected.tsv"],
  async run(files, options, io) {
    if (files.length === 0)
      throw new ModelError("litmus needs a test", { remedy: "name a file, a folder, or - for standard input" });
    const sources = await sourcesOf(files, io);
    return options.expect === undefined ? run(sources, options, io) : compare(sources, options.expect, options, io);
  },
});

/** A test that was named and has no answer is a mistake; one of a folder is counted. */
const worstWith = (outcome: Outcome, sources: readonly Source[], unread: readonly Unread[]): Outcome => {
  const named = new Set(sources.filter(({ isFromFolder }) => !isFromFolder).map(({ name }) => name));
  return worstOf([outcome, ...(unread.some(({ file }) => named.has(file)) ? ["wrong" as const] : [])]);
};

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

const answerTo = (test: LitmusTest, memory: MemoryModel, { "max-states": maxStates }: LitmusOptions): Promise<Answer> =>
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
  const table = readTable(tableName, await readExpected(tableName, io), memory);
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
