import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function isThere(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch (error) {
    // SPIN does not know the word, but is there.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Why tests that ask SPIN are skipped, if they are. */
export const withoutSpin = ["spin", "gcc"].every(isThere) ? false : "spin or gcc is not installed";

/** How SPIN is asked: what its own preprocessor and the C compiler are told, and the verifier. */
interface Asked {
  readonly defines?: readonly string[];
  readonly compiled: readonly string[];
  readonly run: readonly string[];
}

/** Whether the verifier that SPIN makes of a text in Promela finds no error. */
export function spinHolds(promela: string, { defines = [], compiled, run }: Asked): boolean {
  const folder = mkdtempSync(join(tmpdir(), "faultline-spin-"));
  const execute = (command: string, ...words: readonly string[]): string =>
    execFileSync(command, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  try {
    writeFileSync(join(folder, "model.pml"), promela);
    execute("spin", "-a", ...defines, "model.pml");
    execute("gcc", "-w", "-O1", ...compiled, "-o", "pan", "pan.c");
    const [, errors] = /errors: (\d+)/.exec(execute("./pan", ...run))!;
    return errors === "0";
  } finally {
    rmSync(folder, { recursive: true });
  }
}
