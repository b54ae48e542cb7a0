import { ModelError, didYouMean, listed } from "../model/error.ts";
import { placeLines, runLines, specLines, stateLines, waitingLines } from "../report/text/session-text.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { Explored } from "../search/search.ts";
import type { Schedule } from "../machine/schedule.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { whyNotJudged, whyOpen, wordsOf } from "../result/result-of.ts";
import { walked } from "../result/repeat.ts";
import type { Result } from "../result/result.ts";
import {
  begin,
  extended,
  jump,
  redone,
  shortened,
  undone,
  violations,
  wander,
  type Session,
} from "../explain/session.ts";
import { fingerprint, NO_SPEC, readToken, writeToken } from "../result/token.ts";
import type { Machine } from "../machine/machine.ts";
import { cannotJudge } from "./perform.ts";

/** What an explorer needs to know of the scenario. */
export interface Ground {
  readonly program: Program;
  readonly memory: MemoryModel;
  readonly machine: Machine;
  /** With nothing searched: names of threads, parameters. */
  readonly result: Result;
  /** The scenario as the command line names it. */
  readonly argument: string;
  /** Searches the scenario, at the first `goto`. */
  search(): Promise<Explored>;
}

/** What a command did: the session it leaves, and what it says. Nothing more is to come after `quit`. */
export interface Answer {
  readonly session: Session;
  readonly lines: readonly string[];
  readonly isOver?: boolean;
}

type Arguments = readonly string[];

interface Command {
  readonly usage: string;
  readonly help: string;
  run(ground: Ground, session: Session, args: Arguments): Answer | Promise<Answer>;
}

const arrive = ({ result }: Ground, session: Session): Answer => ({ session, lines: placeLines(result, session) });
const say = (session: Session, lines: readonly string[]): Answer => ({ session, lines });

const COMMANDS: Readonly<Record<string, Command>> = {
  show: {
    usage: "show",
    help: "where the run is: what changed, who can step, what is violated",
    run: arrive,
  },
  back: {
    usage: "back [n]",
    help: "go back n steps (default: 1)",
    run: (ground, session, [count]) => {
      const { length } = session.walk.steps;
      const steps = number(count, "back", 1, length) ?? 1;
      if (length === 0) throw new ModelError("there is no step to go back", { remedy: "`undo` takes back a command" });
      return arrive(ground, jump(session, shortened(session.walk, length - steps)));
    },
  },
  undo: {
    usage: "undo",
    help: "take back the last command that moved",
    run: (ground, session) => arrive(ground, undone(session) ?? nothing("undo")),
  },
  redo: {
    usage: "redo",
    help: "do again what was taken back",
    run: (ground, session) => arrive(ground, redone(session) ?? nothing("redo")),
  },
  start: {
    usage: "start [n]",
    help: "go to the initial state n (default: the one of this run)",
    run: (ground, session, [word]) => {
      const last = initialStates(ground.program).length - 1;
      const initial = number(word, "start", 0, last) ?? session.walk.schedule.initial;
      return arrive(ground, jump(session, { initial, moves: [] }));
    },
  },
  goto: {
    usage: "goto <spec> [n]",
    help: "go to the counterexample of a spec, after n steps (default: its end); or to a token",
    run: async (ground, session, [target, word]) => {
      if (target === undefined) throw new ModelError("goto needs a spec or a token");
      const schedule = target.includes(":")
        ? ofToken(ground, target)
        : scheduleTo(target, ground.program, await ground.search());
      const moves = schedule.moves.slice(0, number(word, "goto", 0, schedule.moves.length));
      return arrive(ground, jump(session, { ...schedule, moves }));
    },
  },
  random: {
    usage: "random [n] [seed]",
    help: "take n steps at random, until something is violated (default: 20, with seed 1)",
    run: (ground, session, [count, seed]) => {
      const steps = number(count, "random", 1, MOST_RANDOM) ?? 20;
      return arrive(ground, wander(session, steps, number(seed, "random", 0, 2 ** 32 - 1) ?? 1));
    },
  },
  diagram: {
    usage: "diagram",
    help: "the run so far, one column for each CPU",
    run: ({ result }, session) => say(session, runLines(result, session)),
  },
  state: { usage: "state", help: "every field", run: (_, session) => say(session, stateLines(session)) },
  why: {
    usage: "why [cpu]",
    help: "why a CPU waits, and for whom (default: all that wait)",
    run: ({ program, result }, session, [word]) => {
      const cpu = number(word?.replace(/^cpu/i, ""), "why", 0, program.threads.length - 1);
      const lines = waitingLines(result, session, cpu);
      return say(session, lines.length > 0 ? lines : ["no CPU waits"]);
    },
  },
  specs: {
    usage: "specs",
    help: "what each spec says of this state",
    run: (_, session) => say(session, specLines(session)),
  },
  token: {
    usage: "token",
    help: "the run so far as one word, for `faultline replay` and `explore --from`",
    run: (ground, session) => say(session, [tokenOf(ground, session)]),
  },
  help: { usage: "help", help: "these commands", run: (_, session) => say(session, helpLines()) },
  quit: { usage: "quit", help: "end", run: (_, session) => ({ session, lines: [], isOver: true }) },
};

const MOST_RANDOM = 10_000;

/** Obeys one line. Throws a ModelError for one that cannot be obeyed; then nothing has changed. */
export async function obey(ground: Ground, session: Session, line: string): Promise<Answer> {
  const [word = "show", ...args] = line.trim().split(/\s+/).filter(Boolean);
  if (/^\d+$/.test(word)) return step(ground, session, Number(word));
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (!command)
    throw new ModelError(`there is no command '${word}'${didYouMean(word, Object.keys(COMMANDS))}`, {
      remedy: `commands: ${listed(["<number>", ...Object.keys(COMMANDS)])}`,
    });
  const most = command.usage.split(" ").length - 1;
  if (args.length > most)
    throw new ModelError(`'${args[most]}' is one word too many for '${word}'`, { remedy: `usage: ${command.usage}` });
  return await command.run(ground, session, args);
}

/** The first thing a session says. */
export const greeting = (ground: Ground, session: Session): Answer => arrive(ground, session);

/** A session where a token leads. Throws a ModelError if it is about another scenario, or does not apply. */
export const beginAt = (ground: Ground, token: string | undefined): Session =>
  begin(ground.program, ground.machine, token === undefined ? { initial: 0, moves: [] } : ofToken(ground, token));

function ofToken({ memory, machine, argument, result }: Ground, text: string): Schedule {
  const token = readToken(text);
  const { set } = result;
  if (token.argument !== argument || JSON.stringify(token.set) !== JSON.stringify(wordsOf(set)))
    throw new ModelError("the token is about another scenario, or other parameters", {
      cause: `it is about: ${[token.argument, ...Object.entries(token.set).map((pair) => pair.join("="))].join(" ")}`,
      remedy: "`faultline explore --from <token>` goes there",
    });
  if (token.memory !== memory)
    throw new ModelError(`the token is about a run under ${token.memory}, and this is ${memory}`, {
      cause: "other memory models have other steps",
      remedy: "`faultline explore --from <token>` goes there",
    });
  return walked(machine, token.schedule).schedule;
}

function scheduleTo(target: string, program: Program, explored: Explored): Schedule {
  const { found, cut } = explored;
  const schedule = found.get(target);
  if (schedule) return schedule;
  const because = whyNotJudged(target, explored);
  if (because !== undefined) throw cannotJudge(target, because);
  const cause = cut === undefined ? whyOpen(target, program, explored) : `the search was stopped by ${cut}`;
  throw new ModelError(`no run to '${target}' was found${didYouMean(target, found.keys())}`, {
    ...(cause && { cause }),
    remedy: `known: ${listed(found.keys())}`,
  });
}

function step(ground: Ground, session: Session, chosen: number): Answer {
  const options = session.walk.options();
  const option = options[chosen - 1];
  if (option) return arrive(ground, jump(session, extended(session.walk, option.move)));
  throw new ModelError(`there is no step ${chosen} here`, {
    remedy: options.length > 0 ? `steps: 1 to ${options.length}` : "nothing can step: `back`, `undo` or `start`",
  });
}

function tokenOf({ program, memory, argument, result: { set } }: Ground, { walk }: Session): string {
  const spec = violations(program, walk)[0]?.name ?? NO_SPEC;
  return writeToken({
    argument,
    set: wordsOf(set),
    memory,
    spec,
    schedule: walk.schedule,
    steps: fingerprint(walk.names()),
  });
}

const nothing = (what: string): never => {
  throw new ModelError(`there is nothing to ${what}`);
};

function number(word: string | undefined, command: string, low: number, high: number): number | undefined {
  if (word === undefined) return undefined;
  const value = Number(word);
  if (/^\d+$/.test(word) && value >= low && value <= high) return value;
  throw new ModelError(`'${word}' is no number that ${command} takes`, {
    remedy: low > high ? `usage: ${COMMANDS[command]!.usage}` : `values: ${low} to ${high}`,
  });
}

const helpLines = (): readonly string[] => {
  const rows = [
    ["<number>", "take the step of that number"],
    ...Object.values(COMMANDS).map(({ usage, help }) => [usage, help]),
  ];
  return rows.map(([usage, help]) => `${usage!.padEnd(17)}  ${help}`);
};
