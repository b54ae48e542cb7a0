import type { RunOutcome } from "../../result/judgement.ts";

/** Every way a run of faultline can end, for the code, `--help`, the manual and the tests. */
export const EXIT = {
  held: { code: 0, meaning: "every spec held, or every pinned run came out as expected" },
  violated: { code: 1, meaning: "a spec is violated, or a pinned run did not come out as expected" },
  wrong: { code: 2, meaning: "the command line or the model is wrong, or a file could not be written" },
  undecided: { code: 3, meaning: "undecided: the search was cut, or a spec is left open under lkmm" },
  vacuous: { code: 4, meaning: "vacuous: a spec or a step was never reached" },
  bug: { code: 70, meaning: "a bug in faultline itself" },
} as const;

/** How a run ended, apart from errors; `wrong`: its files could not be written. */
export type Outcome = RunOutcome | "wrong";

const WORST_FIRST = ["violated", "undecided", "vacuous", "wrong", "held"] as const satisfies readonly Outcome[];

/** The outcome of several runs: one bad run is never hidden by good ones. */
export const worstOf = (outcomes: readonly Outcome[]): Outcome =>
  WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? "held";

/** The table as `--help` shows it. */
export const exitTable = (): string =>
  Object.values(EXIT)
    .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`)
    .join("\n");
