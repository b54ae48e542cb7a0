import { execFileSync } from "node:child_process";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { askSpin } from "../../src/cli/output/spin.ts";
import { expectedOf, type Expected } from "../../src/export/expected.ts";
import { exportedOf } from "../../src/export/exported.ts";
import { differencesOf } from "../../src/export/promela/answer.ts";
import { promela, type Promela } from "../../src/export/promela/promela.ts";
import type { Program } from "../../src/machine/program.ts";
import { searchAll } from "../search/agreement.ts";

const isThere = (command: string, word: string): boolean => {
  try {
    execFileSync(command, [word], { stdio: "ignore" });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
};

/** It takes a fiftieth of what others take, and what it makes is fast enough for so few states. */
const compiler = isThere("tcc", "-v") ? ["tcc", "-w"] : ["cc", "-w", "-O0"];

/** Why tests that ask SPIN are skipped, if they are. */
export const withoutSpin =
  isThere("spin", "-V") && isThere(compiler[0]!, "-v") ? false : "spin or a C compiler is not installed";

/** A program as SPIN gets it, and what must come of it. */
export interface Twin {
  readonly made: Promela;
  readonly expected: Expected;
}

export async function twinOf(program: Program): Promise<Twin> {
  const tidy = resetDeadLocals(program);
  const expected = expectedOf(tidy, await searchAll(tidy));
  return { expected, made: promela(exportedOf(tidy), expected, "faultline export", "model.pml") };
}

/** How SPIN differs from what must come of a program, a sentence each. */
export async function spinDiffers({ made, expected }: Twin): Promise<readonly string[]> {
  const asked = await askSpin(made, { compiler, hash: 16 });
  if (!asked?.answer.isWhole) return ["SPIN has not seen everything"];
  return differencesOf(asked.answer, expected);
}

/** As many at a time as there are cores to most machines. */
const AT_ONCE = 2;

/** Does something with each, several at a time. */
export async function forEachAtOnce<T>(all: Iterable<T>, body: (one: T) => Promise<void>): Promise<void> {
  const left = all[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) await body(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
