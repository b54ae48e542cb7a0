import type { Argv, CommandModule, InferredOptionTypes } from "yargs";
import { resetDeadLocals } from "../analysis/liveness.ts";
import { ModelError } from "../model/error.ts";
import { titleOf } from "../report/text/summary.ts";
import type { Explored } from "../search/under.ts";
import type { Exploration } from "../search/explore.ts";
import { buildProgram, initialStates, type Program } from "../machine/program.ts";
import { resultOf } from "../result/result-of.ts";
import { readToken } from "../result/token.ts";
import { walkerUnder } from "../explain/walk.ts";
import { explain, namingFile } from "./errors.ts";
import type { Outcome } from "./exit.ts";
import { beginAt, greeting, obey, type Answer, type Ground } from "./explorer.ts";
import { watchInterrupts } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { loadScenario, type Loaded } from "./load.ts";
import { EXPLORE_OPTIONS, NOT_GIVEN, checkOptions, type CheckOptions } from "./options.ts";
import { settingsOf } from "./replay.ts";
import { truthRuns } from "./runs.ts";
import { search } from "./search.ts";
import { loadOfToken } from "./trust.ts";
import { flag } from "./words.ts";

type Arguments = InferredOptionTypes<typeof EXPLORE_OPTIONS> & { readonly scenario: string | undefined };

/** `faultline explore <scenario>` */
export const exploreCommand = (io: Io, end: (outcome: Outcome) => void): CommandModule<object, Arguments> => ({
  command: "explore [scenario]",
  describe: "step through a scenario by hand; reads commands from standard input",
  builder: (yargs: Argv) =>
    yargs
      .positional("scenario", { type: "string", describe: "bundled scenario, or a .ts or .js file" })
      .options(EXPLORE_OPTIONS),
  handler: async (args) => {
    const { from } = args;
    const token = from === undefined ? undefined : readToken(from);
    const words = [...(args.scenario === undefined ? [] : [args.scenario]), ...args._.slice(1).map(String)];
    const argument = token && words.length === 0 ? token.argument : words[0];
    if (argument === undefined || words.length > 1)
      throw new ModelError("explore takes one scenario, or --from a token", {
        remedy: "`faultline list` shows the bundled scenarios",
      });
    const given = checkOptions({ ...NOT_GIVEN, ...args, memory: args.memory ?? token?.memory }, io);
    const options = token && words.length === 0 ? { ...given, set: settingsOf(token) } : given;
    const loaded =
      token && words.length === 0
        ? await loadOfToken(argument, flag("anywhere", args.anywhere), io)
        : await loadScenario(argument, io);
    end(await explore(loaded, from, options, io));
  },
});

async function explore(loaded: Loaded, from: string | undefined, options: CheckOptions, io: Io): Promise<Outcome> {
  const { argument } = loaded;
  const [run] = truthRuns([loaded], options);
  const { scenario, params, set, command, memory } = run!;
  let ground: Ground;
  try {
    // A search forgets locals that nothing reads any more; a person may want to see them.
    const program = buildProgram(scenario, params);
    ground = {
      program,
      memory,
      walker: walkerUnder(program, memory),
      argument,
      result: resultOf(program, unsearched(program), command, [], { argument, cwd: io.cwd }),
      search: kept(() => searched(resetDeadLocals(program), options, io)),
    };
  } catch (error) {
    throw namingFile(error, loaded.file);
  }
  print(io, [titleOf(scenario.name, set, memory)]);
  return await converse(ground, from, io);
}

/** What is known before any search. */
const unsearched = (program: Program): Exploration => ({
  initial: initialStates(program).length,
  states: 0,
  transitions: 0,
  depth: 0,
  waiting: 0,
  done: 0,
  stuck: 0,
  found: new Map(),
  taken: program.threads.map(({ points }) => points.map(() => 0)),
  symmetric: [],
  cut: "no search",
});

async function searched(program: Program, options: CheckOptions, io: Io): Promise<Explored> {
  const interrupt = watchInterrupts(io, options.search.timeoutSeconds);
  try {
    return await search(program, options, interrupt, () => {});
  } finally {
    interrupt.release();
  }
}

/** Searches once; again, if the last search was cut. */
function kept(make: () => Promise<Explored>): () => Promise<Explored> {
  let made: Explored | undefined;
  return async () => {
    if (made === undefined || made.cut !== undefined) made = await make();
    return made;
  };
}

/**
 * Reads commands and answers them. A person at a terminal goes on after a mistake; a script ends there, so that nothing
 * that follows is taken for what it is not.
 */
async function converse(ground: Ground, from: string | undefined, io: Io): Promise<Outcome> {
  let session = beginAt(ground, from);
  const isScript = !io.stdin.isTTY;
  const show = (answer: Answer): void => {
    ({ session } = answer);
    print(io, answer.lines);
  };
  show(greeting(ground, session));
  for await (const line of io.stdin.lines("> ")) {
    if (isScript) print(io, [`> ${line.trim()}`]);
    try {
      const answer = await obey(ground, session, line);
      show(answer);
      if (answer.isOver) break;
    } catch (error) {
      if (isScript || !(error instanceof ModelError)) throw error;
      io.stdout.write(explain(error).text);
    }
  }
  return "held";
}

const print = (io: Io, lines: readonly string[]): void => io.stdout.write(lines.map((line) => `${line}\n`).join(""));
