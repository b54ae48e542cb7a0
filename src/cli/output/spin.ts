import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answerOf, ASKING, type Answer } from "../../export/promela/answer.ts";
import type { Promela } from "../../export/promela/promela.ts";
import { ModelError } from "../../model/error.ts";
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
}

const COMPILER = ["cc", "-w", "-O1"] as const;
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
  { compiler = COMPILER, timeoutSeconds }: How = {},
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
    const output = await run(join(folder, "pan"), ...ASKING.verifier, `-m${made.verifier.depth}`);
    return { answer: answerOf(output, made), output };
  } catch (error) {
    if (error instanceof Error && "killed" in error && error.killed === true) return undefined;
    throw error;
  } finally {
    forget(folder);
  }
}
