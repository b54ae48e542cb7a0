import { listsOf, type Pins } from "../model/pins.ts";
import type { Expectation } from "../model/scenario.ts";
import type { Result, SearchFacts, SpecResult, StepName, ThreadInfo, Verdict } from "./result.ts";

/**
 * What comes of a run, for the exit code and for every report alike. Nothing else decides what is good: neither a
 * printer nor a format has an opinion of its own.
 */
export type RunOutcome = "held" | "violated" | "undecided" | "vacuous";

/**
 * A verdict beside the one that is asked for. "open": nothing is known that could be compared, so that it is neither as
 * expected nor different.
 */
export type Standing = "as expected" | "different" | "open";

export interface JudgedSpec {
  readonly spec: SpecResult;
  /** The pinned verdict; `holds` where nothing is pinned. */
  readonly expected: Verdict;
  readonly standing: Standing;
}

/** A run, judged: by its pinned verdicts, or by whether everything holds. */
export interface Judgement {
  readonly outcome: RunOutcome;
  readonly specs: readonly JudgedSpec[];
  /** What else is not as it should be, one sentence each. */
  readonly differences: readonly string[];
  /** What else is not known, one sentence each. */
  readonly open: readonly string[];
  readonly isPinned: boolean;
}

const OPEN: ReadonlySet<Verdict> = new Set(["undecided", "not judged"]);

/** It says nothing of the spec. */
export const isOpen = (verdict: Verdict): boolean => OPEN.has(verdict);

/** A verdict beside the expected one: what is not known is as expected only where that is what is expected. */
export function standingOf(verdict: Verdict, expected: Verdict): Standing {
  if (verdict === expected) return "as expected";
  return isOpen(verdict) ? "open" : "different";
}

const VERDICTS = {
  violated: "violated",
  vacuous: "vacuous",
  unjudged: "not judged",
  undecided: "undecided",
} as const satisfies Record<keyof Pins, Verdict>;

export function pinnedVerdict(name: string, pins: Pins): Verdict {
  const [list] = listsOf(pins, name);
  return list === undefined ? "holds" : VERDICTS[list];
}

/** Judges a run by what is pinned of it, or, where nothing is, by whether all holds. */
export function judgement(result: Result, pinned?: Expectation): Judgement {
  const isCut = result.search.cut !== null;
  const specs = result.specs.map((spec): JudgedSpec => {
    const expected = pinnedVerdict(spec.name, pinned ?? {});
    return { spec, expected, standing: standingOf(spec.verdict, expected) };
  });
  const missed = isCut ? [] : result.neverTaken.filter(({ declared }) => !declared);
  const steps = missed.map(({ path, label }) => `${path}: ${label}`);
  if (!pinned) {
    const missing = steps.map((step) => `never taken: ${step}`);
    return { outcome: outcomeOf(result), specs, differences: missing, open: [], isPinned: false };
  }
  const differences = [
    ...(isCut ? [] : countDifference(result, pinned)),
    ...steps.map((step) => `never taken, which the scenario does not declare: ${step}`),
    ...(result.reachedAfterAll ?? []).map((step) => `taken, although the scenario declares it unreached: ${step}`),
  ];
  // A cut search can only tell what differs, never that all is as expected.
  const open = isCut ? [`the search was cut: ${result.search.cut}`] : [];
  const some = (standing: Standing): boolean => specs.some((one) => one.standing === standing);
  const isDifferent = differences.length > 0 || some("different");
  const outcome = isDifferent ? "violated" : open.length > 0 || some("open") ? "undecided" : "held";
  return { outcome, specs, differences, open, isPinned: true };
}

/** What of a Result decides its outcome where nothing is pinned. */
export interface Findings {
  readonly specs: readonly Pick<SpecResult, "verdict">[];
  readonly search: Pick<SearchFacts, "cut">;
  readonly neverTaken: readonly Pick<StepName, "declared">[];
}

/** What the specs of one run say together. A violation is known even if the search was cut; a vacuous success is not. */
export function outcomeOf({ specs, search, neverTaken }: Findings): RunOutcome {
  const verdicts = new Set(specs.map(({ verdict }) => verdict));
  if (verdicts.has("violated")) return "violated";
  if ([...verdicts].some(isOpen)) return "undecided";
  if (verdicts.has("vacuous")) return "vacuous";
  return search.cut === null && neverTaken.some(({ declared }) => !declared) ? "vacuous" : "held";
}

// The pinned count is that of a search that treats all symmetric threads, and objects of a slab, as one another.
const countDifference = ({ search, threads }: Result, { states }: Expectation): readonly string[] =>
  states === undefined || states === search.states || isUnreduced(search, threads)
    ? []
    : [`${search.states} states, expected ${states}`];

const isUnreduced = ({ symmetric, apart = [] }: SearchFacts, threads: readonly ThreadInfo[]): boolean =>
  apart.length > 0 ||
  threads.some(
    ({ group }, i) =>
      group !== undefined && !symmetric.includes(group) && threads.slice(i + 1).some((other) => other.group === group),
  );
