import {
  counted,
  detailOf,
  factsLine,
  folded,
  indented,
  titleOf,
  verdictLines,
  type SummaryStyle,
} from "../../report/text/summary.ts";
import type { JudgedSpec, RunOutcome } from "../../result/judgement.ts";
import type { SpecResult, Verdict } from "../../result/result.ts";
import type { Finished } from "./finished.ts";

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
  { run, result, judgement: { specs, differences }, milliseconds }: Finished,
  { color, quiet }: SummaryStyle,
): readonly string[] {
  const judged = (spec: SpecResult): JudgedSpec => specs.find((one) => one.spec === spec)!;
  const detail = (spec: SpecResult): string => [comparison(judged(spec)), detailOf(spec)].filter(Boolean).join("; ");
  const isNoteworthy = (spec: SpecResult): boolean => {
    const { standing, expected } = judged(spec);
    // What a cut search has not told is the same for all checks: they share a line.
    const isOpen = standing === "open" && result.search.cut === null;
    return spec.verdict === "violated" || standing === "different" || isOpen || expected !== "holds";
  };
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

function comparison({ standing, expected }: JudgedSpec): string {
  if (standing === "as expected") return standing;
  return standing === "open" ? SHOULD[expected] : `${DIFFERENT}: ${SHOULD[expected]}`;
}

/** What counts of a pinned run when all are made. */
export interface Counted {
  readonly outcome: RunOutcome;
  readonly states: number;
}

export const countedOf = ({ judgement: { outcome }, result: { search } }: Finished): Counted => ({
  outcome,
  states: search.states,
});

/** The last line: how many runs were made, how many came out as expected, and how long somebody had to wait for it. */
export function totalLine(finished: readonly Counted[], planned: number, milliseconds: number): string {
  const count = (wanted: RunOutcome): number => finished.filter(({ outcome }) => outcome === wanted).length;
  const parts = [
    `${count("held")} of ${counted(planned, "run")} as expected`,
    ...(count("violated") > 0 ? [`${count("violated")} not as expected`] : []),
    ...(count("undecided") > 0 ? [`${count("undecided")} undecided`] : []),
    ...(finished.length < planned ? [`${planned - finished.length} not started`] : []),
  ];
  const states = finished.reduce((sum, one) => sum + one.states, 0);
  return `${parts.join(", ")}: ${counted(states, "state")}, ${seconds(milliseconds)}`;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
