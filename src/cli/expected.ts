import type { Expectation } from "../model/scenario.ts";
import type { Result, SearchFacts, SpecResult, ThreadInfo, Verdict } from "../trace/result.ts";
import type { Outcome } from "./exit.ts";

/** A pinned run beside what came out of it. */
export interface Judged {
  readonly outcome: Outcome;
  readonly verdicts: readonly JudgedVerdict[];
  /** Everything else that is not as expected, one sentence each. */
  readonly differences: readonly string[];
}

export interface JudgedVerdict {
  readonly spec: SpecResult;
  readonly expected: Verdict;
}

/** True for a verdict that differs from the pinned one; a search that was cut has not told yet. */
export const isUnexpected = ({ spec, expected }: JudgedVerdict): boolean =>
  spec.verdict !== expected && spec.verdict !== "undecided";

/** Judges a run against its pinned verdicts. A cut search can only tell what differs, never that all is as expected. */
export function judgeRun(result: Result, expectation: Expectation): Judged {
  const verdicts = result.specs.map((spec) => ({ spec, expected: pinnedVerdict(spec.name, expectation) }));
  const differences = [
    ...(result.search.cut === null ? countDifference(result, expectation) : []),
    ...(result.search.cut === null ? neverTaken(result) : []),
    ...(result.reachedAfterAll ?? []).map((step) => `taken, although the scenario declares it unreached: ${step}`),
  ];
  const isDifferent = differences.length > 0 || verdicts.some(isUnexpected);
  const outcome = isDifferent ? "violated" : result.search.cut === null ? "held" : "undecided";
  return { outcome, verdicts, differences };
}

function pinnedVerdict(name: string, { violated, vacuous, unjudged }: Expectation): Verdict {
  if (violated?.includes(name)) return "violated";
  if (unjudged?.includes(name)) return "not judged";
  return vacuous?.includes(name) ? "vacuous" : "holds";
}

// The pinned count is that of a search that treats all symmetric threads as one another.
const countDifference = ({ search, threads }: Result, { states }: Expectation): readonly string[] =>
  states === undefined || states === search.states || isUnreduced(search, threads)
    ? []
    : [`${search.states} states, expected ${states}`];

const isUnreduced = ({ symmetric }: SearchFacts, threads: readonly ThreadInfo[]): boolean =>
  threads.some(
    ({ group }, i) =>
      group !== undefined && !symmetric.includes(group) && threads.slice(i + 1).some((other) => other.group === group),
  );

const neverTaken = (result: Result): readonly string[] =>
  result.neverTaken
    .filter(({ declared }) => !declared)
    .map(({ path, label }) => `never taken, which the scenario does not declare: ${path}: ${label}`);
