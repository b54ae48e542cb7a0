import type { Program } from "../src/machine/program.ts";
import type { Result } from "../src/result/result.ts";
import { pinnedRuns } from "./models/pinned.ts";

export interface Violation {
  readonly program: Program;
  readonly result: Result;
}

/** Every pinned run of the bundled scenarios that violates something. */
export const violations = async (): Promise<readonly Violation[]> =>
  (await pinnedRuns())
    .filter(({ result }) => result.specs.some(({ verdict }) => verdict === "violated"))
    .map(({ tidy, result }) => ({ program: tidy, result }));
