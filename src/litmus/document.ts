import type { Answer, Outcome } from "./answer.ts";
import { counts } from "./block.ts";
import { showObserved, showProposition } from "./condition.ts";
import { showDatum, type Datum } from "./expression.ts";
import type { Comparison } from "./table.ts";

/** An answer as data: `states` has an object for each outcome, whose keys are those of the text. */
export function answerDocument(file: string, answer: Answer): unknown {
  const { test, memory, outcomes, undecided, observation, isOk, notes } = answer;
  const { condition, locations } = test;
  const [positive, negative] = counts(outcomes);
  const valueOf = (datum: Datum): number | string => {
    const shown = showDatum(datum, locations);
    return shown === String(datum) ? datum : shown;
  };
  const valuesOf = ({ values }: Outcome): unknown =>
    Object.fromEntries(condition.observed.map((place, i) => [showObserved(place), valueOf(values[i]!)]));
  return {
    name: test.name,
    file,
    language: test.language,
    memory,
    condition: `${condition.quantifier} (${showProposition(condition.proposition)})`,
    ok: isOk ?? null,
    observation,
    positive,
    negative,
    states: outcomes.map(valuesOf),
    undecided: undecided.map(valuesOf),
    notes,
  };
}

/** A comparison with a table as data. */
export const comparisonDocument = (comparison: Comparison): unknown => {
  const { memory, same, differences, undecided, unjudged, unread } = comparison;
  return {
    memory,
    same,
    differences: differences.map(({ family, file, expected, answer }) => ({
      family,
      file,
      expected,
      found: { observation: answer.observation, outcomes: answer.outcomes.length },
      explanations: answer.explanations,
    })),
    undecided,
    unjudged,
    unread,
  };
};
