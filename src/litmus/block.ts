import type { Answer, Outcome } from "./answer.ts";
import { showObserved, showProposition, type Quantifier } from "./condition.ts";
import { showDatum } from "./expression.ts";
import type { LitmusTest } from "./program.ts";

const ASKED = {
  exists: "Allowed",
  "~exists": "Forbidden",
  forall: "Required",
} as const satisfies Record<Quantifier, string>;

/**
 * An answer in the form of herd7. Where herd7 counts executions, this counts outcomes: `Positive`, `Negative` and the
 * two numbers at the end are of different end states.
 */
export function block({ test, outcomes, undecided, observation, isOk, notes }: Answer): string {
  const { quantifier, proposition } = test.condition;
  const [positive, negative] = counts(outcomes);
  return [
    `Test ${test.name} ${ASKED[quantifier]}`,
    `States ${outcomes.length}`,
    ...outcomes.map((outcome) => showOutcome(test, outcome)),
    ...(undecided.length > 0 ? [`Undecided ${undecided.length}`] : []),
    ...undecided.map((outcome) => showOutcome(test, outcome)),
    isOk === undefined ? "Undecided" : isOk ? "Ok" : "No",
    "Witnesses",
    `Positive: ${positive} Negative: ${negative}`,
    `Condition ${quantifier} (${showProposition(proposition)})`,
    observationLine(test, outcomes, observation),
    ...notes.flatMap((note) => wrapped(`Note: ${note}`)),
    "",
  ].join("\n");
}

/** `Observation SB Sometimes 1 3` */
export const observationLine = (
  test: LitmusTest,
  outcomes: readonly Outcome[],
  observation: Answer["observation"],
): string => `Observation ${test.name} ${observation} ${counts(outcomes).join(" ")}`;

export const counts = (outcomes: readonly Outcome[]): readonly [positive: number, negative: number] => {
  const positive = outcomes.filter(({ isPositive }) => isPositive).length;
  return [positive, outcomes.length - positive];
};

/** `0:r1=1; [x]=2;` */
const showOutcome = ({ condition, locations }: LitmusTest, { values }: Outcome): string =>
  condition.observed.map((place, i) => `${showObserved(place)}=${showDatum(values[i]!, locations)};`).join(" ");

const WIDTH = 72;

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > WIDTH && line !== "") {
      lines.push(line);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}
