import { resetDeadLocals } from "../../analysis/liveness.ts";
import { ModelError } from "../../model/error.ts";
import { titleOf } from "../../report/text/summary.ts";
import type { Explored } from "../../search/search.ts";
import { initialStates, type Program } from "../../machine/program.ts";
import { buildProgram } from "../../machine/build.ts";
import { resultOf } from "../../result/result-of.ts";
import { readToken } from "../../result/token.ts";
import type { Machine } from "../../machine/machine.ts";
import { MACHINES } from "../../memory/machines.ts";
import { namingFile, explain } from "../output/errors.ts";
import { beginAt, greeting, obey, type Ground, type Answer } from "../explorer.ts";
import { watchInterrupts } from "../output/interrupt.ts";
import type { Io } from "../output/io.ts";
import { loadScenario, type Loaded } from "../load.ts";
import { checkOptions, type CheckOptions, ANYWHERE, CHECK_OPTIONS } from "../options.ts";
import { settingsOf, truthRuns } from "../runs.ts";
import { loadOfToken } from "../output/trust.ts";
import type { Outcome } from "../output/exit.ts";
import { search } from "../search.ts";
import { text } from "../option.ts";
import { command, SCENARIO } from "../command.ts";

export const explore = command({
  name: "explore",
  describe: "step through a scenario by hand; reads commands from standard input",
  subject: { ...SCENARIO, number: "at most one" },
  options: {
    set: CHECK_OPTIONS.set,
    from: text("begin at the end of the run that a token names"),
    anywhere: ANYWHERE,
    memory: CHECK_OPTIONS.memory,
    "max-states": CHECK_OPTIONS["max-states"],
    "max-memory": CHECK_OPTIONS["max-memory"],
    timeout: CHECK_OPTIONS.timeout,
    minimize: CHECK_OPTIONS.minimize,
    engine: CHECK_OPTIONS.engine,
    threads: CHECK_OPTIONS.threads,
    "no-symmetry": CHECK_OPTIONS["no-symmetry"],
  },
  examples: ["explore fault-around-vs-punch", "explore --from <token>"],
  async run(words, { from, anywhere, ...rest }, io) {
    const token = from === undefined ? undefined : readToken(from);
    const isTokens = token !== undefined && words.length === 0;
    const argument = isTokens ? token.argument : words[0];
    if (argument === undefined || words.length > 1)
      throw new ModelError("explore takes one scenario, or --from a token", {
        remedy: "`faultline list` shows the bundled scenarios",
      });
    const given = checkOptions({ ...rest, memory: rest.memory ?? token?.memory }, io);
    const loaded = isTokens ? await loadOfToken(argument, anywhere, io) : await loadScenario(argument, io);
    return exploreFrom(loaded, from, isTokens ? { ...given, set: settingsOf(token) } : given, io);
  },
});

async function exploreFrom(loaded: Loaded, from: string | undefined, options: CheckOptions, io: Io): Promise<Outcome> {
  const { argument } = loaded;
  const [run] = truthRuns([loaded], options);
  const { scenario, params, set, command, memory } = run!;
  let ground: Ground;
  try {
    // A search forgets locals that nothing reads any more; a person may want to see them.
    const program = buildProgram(scenario, params);
    const machine = MACHINES[memory](program);
    ground = {
      program,
      memory,
      machine,
      argument,
      result: resultOf(program, unsearched(program, machine), command, [], { argument, cwd: io.cwd }),
      search: kept(() => searched(resetDeadLocals(program), options, io)),
    };
  } catch (error) {
    throw namingFile(error, loaded.file);
  }
  print(io, [titleOf(scenario.name, set, memory)]);
  return await converse(ground, from, io);
}

/** What is known before any search. */
const unsearched = (program: Program, machine: Machine): Explored => ({
  machine,
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
  const interrupt = watchInterrupts(io, options.search);
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
