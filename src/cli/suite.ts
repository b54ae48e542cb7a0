import {
  counted,
  detailOf,
  factsLine,
  folded,
  indented,
  titleOf,
  verdictLines,
  type SummaryStyle,
} from "../report/summary.ts";
import type { SpecResult, Verdict } from "../trace/result.ts";
import { isUnexpected, type Judged, type JudgedVerdict } from "./expected.ts";
import type { Finished } from "./printer.ts";

const DIFFERENT = "NOT AS EXPECTED";

const SHOULD = {
  holds: "should hold",
  violated: "should be violated",
  vacuous: "should be vacuous",
  undecided: "should be undecided",
  "not judged": "should not be judged",
} as const satisfies Record<Verdict, string>;

/** The lines of one pinned run: a line of facts, then each verdict beside what was expected. */
export function pinnedLines(
  { run, result, milliseconds }: Finished,
  { verdicts, differences }: Judged,
  { color, quiet }: SummaryStyle,
): readonly string[] {
  const verdictOn = (spec: SpecResult): JudgedVerdict => verdicts.find((verdict) => verdict.spec === spec)!;
  const detail = (spec: SpecResult): string => {
    const verdict = verdictOn(spec);
    const comparison = isUnexpected(verdict)
      ? `${DIFFERENT}: ${SHOULD[verdict.expected]}`
      : spec.verdict === "undecided"
        ? SHOULD[verdict.expected]
        : "as expected";
    return [comparison, detailOf(spec)].filter(Boolean).join("; ");
  };
  const isNoteworthy = (spec: SpecResult): boolean => spec.verdict === "violated" || isUnexpected(verdictOn(spec));
  return [
    ...folded(
      titleOf(run.scenario.name, run.set) +
        (Object.keys(run.set).length === 0 ? " (defaults)" : "") +
        (run.memory === "sc" ? "" : ` under ${run.memory}`),
    ),
    ...(quiet ? [] : indented(`${factsLine(result.search)}, ${seconds(milliseconds)}`)),
    ...verdictLines(result.specs, detail, color, isNoteworthy),
    ...differences.flatMap((difference) => indented(`${DIFFERENT}: ${difference}`)),
  ];
}

type Judgement = Finished & { readonly judged: Judged };

/** The last line: how many runs were made, and how many came out as expected. */
export function totalLine(finished: readonly Judgement[], planned: number): string {
  const count = (outcome: string): number => finished.filter(({ judged }) => judged.outcome === outcome).length;
  const sum = (of: (one: Judgement) => number): number => finished.reduce((total, one) => total + of(one), 0);
  const parts = [
    `${count("held")} of ${counted(planned, "run")} as expected`,
    ...(count("violated") > 0 ? [`${count("violated")} not as expected`] : []),
    ...(count("undecided") > 0 ? [`${count("undecided")} undecided`] : []),
    ...(finished.length < planned ? [`${planned - finished.length} not started`] : []),
  ];
  const states = counted(
    sum(({ result }) => result.search.states),
    "state",
  );
  return `${parts.join(", ")}: ${states}, ${seconds(sum(({ milliseconds }) => milliseconds))}`;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
