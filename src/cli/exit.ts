import type { SearchFacts, SpecResult, StepName } from "../trace/result.ts";

/** Every way a run of faultline can end, for the code, `--help`, the manual and the tests. */
export const EXIT = {
  held: { code: 0, meaning: "every spec held, or every pinned run came out as expected" },
  violated: { code: 1, meaning: "a spec is violated, or a pinned run did not come out as expected" },
  wrong: { code: 2, meaning: "the command line or the model is wrong, or a file could not be written" },
  undecided: { code: 3, meaning: "undecided: the search was cut, or a spec was not judged" },
  vacuous: { code: 4, meaning: "vacuous: a spec or a step was never reached" },
  bug: { code: 70, meaning: "a bug in faultline itself" },
} as const;

/** How a run ended, apart from errors; `wrong`: its files could not be written. */
export type Outcome = Exclude<keyof typeof EXIT, "bug">;

/** What of a Result decides its outcome. */
export interface Findings {
  readonly specs: readonly Pick<SpecResult, "verdict">[];
  readonly search: Pick<SearchFacts, "cut">;
  readonly neverTaken: readonly Pick<StepName, "declared">[];
}

/** What the specs of one run say together. A violation is known even if the search was cut; a vacuous success is not. */
export function outcomeOf({ specs, search, neverTaken }: Findings): Outcome {
  const some = (verdict: string): boolean => specs.some((spec) => spec.verdict === verdict);
  if (some("violated")) return "violated";
  if (some("undecided") || some("not judged")) return "undecided";
  if (some("vacuous")) return "vacuous";
  return search.cut === null && neverTaken.some(({ declared }) => !declared) ? "vacuous" : "held";
}

const WORST_FIRST = ["violated", "undecided", "vacuous", "wrong", "held"] as const satisfies readonly Outcome[];

/** The outcome of several runs: one bad run is never hidden by good ones. */
export const worstOf = (outcomes: readonly Outcome[]): Outcome =>
  WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? "held";

/** The table as `--help` shows it. */
export const exitTable = (): string =>
  Object.values(EXIT)
    .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`)
    .join("\n");
