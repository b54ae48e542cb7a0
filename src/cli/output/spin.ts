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
  // Others are called so, too: a tool for WebAssembly is.
  if (!/^Spin Version/im.test(stdout))
    throw new ModelError("the 'spin' that is installed is not the model checker", {
      cause: `'spin -V' says: ${stdout.trim().split("\n")[0] || "nothing"}`,
      remedy: "put SPIN before it in PATH, or leave out --second",
    });
  await installed("cc", ["--version"], "apt-get install gcc");
  return `SPIN ${/(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? "of no version that it tells"}`;
}

async function installed(name: string, words: readonly string[], remedy: string): Promise<{ readonly stdout: string }> {
  try {
    return await execute(name, words);
  } catch (error) {
    if (codeOf(error) !== "ENOENT")
      throw new ModelError(`a second opinion needs '${name}', which does not work here`, {
        cause: saidBy(error),
        remedy: `try '${[name, ...words].join(" ")}', and install it anew, as with ${remedy}; or leave out --second`,
      });
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
    await run(cc, ...words, ...made.verifier.defines, "-o", "pan", "pan.c").catch(async (error: unknown) => {
      if (isOver(error) || (await compilesAtAll(folder, run, cc))) throw error;
      throw new ModelError(`a second opinion needs '${cc}', which cannot compile here`, {
        cause: saidBy(error),
        remedy: "install what it lacks, as with apt-get install gcc libc6-dev, or leave out --second",
      });
    });
    const output = await run(join(folder, "pan"), ...ASKING.verifier, `-w${hash}`, `-m${made.verifier.depth}`);
    return { answer: answerOf(output, made), output };
  } catch (error) {
    if (isOver(error)) return undefined;
    if (error instanceof ModelError) throw error;
    throw new InternalError(`SPIN cannot do what it is asked\n${saidBy(error)}`, { cause: error });
  } finally {
    forget(folder);
  }
}

/** Whether the compiler and its library are whole: what they do not make of this is no fault of what SPIN has written. */
async function compilesAtAll(
  folder: string,
  run: (program: string, ...all: readonly string[]) => Promise<string>,
  cc: string,
): Promise<boolean> {
  await writeFile(join(folder, "least.c"), "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { return 0; }\n");
  return run(cc, "-o", "least", "least.c").then(
    () => true,
    () => false,
  );
}

const isOver = (error: unknown): boolean => error instanceof Error && "killed" in error && error.killed === true;

/** What a program has printed before it failed. SPIN tells mistakes where it tells all else. */
function saidBy(error: unknown): string {
  const of = (name: "stdout" | "stderr"): string =>
    error instanceof Error && name in error ? String((error as unknown as Record<string, unknown>)[name]) : "";
  return `${String(error)}\n${of("stdout")}${of("stderr")}`.trimEnd();
}
