import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answerOf, ASKING, type Answer } from "../../export/promela/answer.ts";
import type { Promela } from "../../export/promela/promela.ts";
import { InternalError, ModelError } from "../../model/error.ts";
import { codeOf } from "./files.ts";
import { forget, remember } from "./temporary.ts";

/** What SPIN has said. */
export interface Asked {
  readonly answer: Answer;
  /** As its verifier has printed it. */
  readonly output: string;
}

interface How {
  /** The C compiler, and words for it. */
  readonly compiler?: readonly string[];
  readonly timeoutSeconds?: number | undefined;
  /** The verifier's table of states has 2 to this many places: more take long to be made, and fewer long to be looked at. */
  readonly hash?: number;
}

const COMPILER = ["cc", "-w", "-O1"] as const;
const HASH = 20;
const MODEL = "model.pml";
// A verifier prints a line for each step that no run takes.
const MOST_OUTPUT = 2 ** 28;

const execute = promisify(execFile);

/** `SPIN 6.5.2`. Throws a ModelError that says what is not installed. */
export async function spinHere(): Promise<string> {
  const { stdout } = await installed("spin", ["-V"], "apt-get install spin");
  await installed("cc", ["--version"], "apt-get install gcc");
  return `SPIN ${/(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? "of no version that it tells"}`;
}

async function installed(name: string, words: readonly string[], remedy: string): Promise<{ readonly stdout: string }> {
  try {
    return await execute(name, words);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new ModelError(`a second opinion needs '${name}', which is not installed`, {
      cause: "SPIN makes a verifier in C of a scenario, which the C compiler has to compile",
      remedy: `install it, as with ${remedy}, or leave out --second`,
    });
  }
}

/** Asks SPIN of a scenario, in a folder of its own. Nothing if the time is over before it has an answer. */
export async function askSpin(
  made: Promela,
  { compiler = COMPILER, timeoutSeconds, hash = HASH }: How = {},
): Promise<Asked | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "faultline-spin-"));
  remember(folder);
  const [cc, ...words] = compiler as readonly [string, ...string[]];
  const run = async (program: string, ...all: readonly string[]): Promise<string> => {
    const { stdout } = await execute(program, all, {
      cwd: folder,
      maxBuffer: MOST_OUTPUT,
      ...(timeoutSeconds !== undefined && { timeout: 1000 * timeoutSeconds }),
    });
    return stdout;
  };
  try {
    await writeFile(join(folder, MODEL), made.text);
    await run("spin", ...ASKING.spin, MODEL);
    await run(cc, ...words, ...made.verifier.defines, "-o", "pan", "pan.c");
    const output = await run(join(folder, "pan"), ...ASKING.verifier, `-w${hash}`, `-m${made.verifier.depth}`);
    return { answer: answerOf(output, made), output };
  } catch (error) {
    if (isOver(error)) return undefined;
    throw new InternalError(`SPIN cannot do what it is asked\n${saidBy(error)}`, { cause: error });
  } finally {
    forget(folder);
  }
}

const isOver = (error: unknown): boolean => error instanceof Error && "killed" in error && error.killed === true;

/** What a program has printed before it failed. SPIN tells mistakes where it tells all else. */
function saidBy(error: unknown): string {
  const of = (name: "stdout" | "stderr"): string =>
    error instanceof Error && name in error ? String((error as unknown as Record<string, unknown>)[name]) : "";
  return `${String(error)}\n${of("stdout")}${of("stderr")}`.trimEnd();
}
