import type { Value } from "../model/domain.ts";
import type { ParamFields, ParamValues } from "../model/params.ts";
import type { Result, SpecResult, Verdict } from "./result.ts";

/** What a sweep found, as plain data: each table of it is a pure function of this. docs/result.md describes the JSON form. */
export interface SweepResult {
  readonly format: "faultline-sweep";
  readonly version: 1;
  readonly scenario: string;
  readonly about: string;
  /** The parameters with one value. */
  readonly fixed: ParamValues;
  /** Those with several, in the order of the scenario. */
  readonly swept: readonly Swept[];
  readonly specs: readonly Pick<SpecResult, "name" | "kind" | "sentence">[];
  /** One for each combination that was searched. */
  readonly rows: readonly SweepRow[];
  /** How many combinations there are. */
  readonly combinations: number;
  /** What kept some of them from being searched; null if nothing did. */
  readonly stopped: string | null;
  /** Steps that no combination takes and no `unreached` names, as `path: label`. */
  readonly neverTaken: readonly string[];
  /** Asked for with --minimal. */
  readonly minimal?: readonly Minimal[];
}

/** A parameter and the values it is given. */
export interface Swept {
  readonly name: string;
  readonly values: readonly Value[];
}

/** One combination of the swept parameters' values. */
export interface SweepRow {
  readonly params: ParamValues;
  readonly verdicts: Readonly<Record<string, SweepVerdict>>;
  readonly states: number;
  readonly transitions: number;
  /** In steps. */
  readonly depth: number;
  readonly cut: string | null;
  /** The command line that checks this combination alone, and writes its counterexamples. */
  readonly command: string;
  /** Asked for with --time. */
  readonly milliseconds?: number;
}

export interface SweepVerdict {
  readonly verdict: Verdict;
  /** Of the shortest counterexample, or of the shortest run that reaches a `sometimes` spec. */
  readonly steps?: number;
}

/** The values of a parameter for which everything asked holds, and those of them that ask for no more than they need. */
export interface Minimal {
  readonly param: string;
  /** The values of the other parameters; null: for all of them together. */
  readonly others: ParamValues | null;
  /** How many of them have a verdict. */
  readonly tried: number;
  readonly holding: readonly Value[];
  /** Those without a verdict, as where the search was cut; absent if there are none. */
  readonly undecided?: readonly Value[];
  /** Those that hold while nothing holds, or has no verdict, that asks for one thing less. */
  readonly minimal: readonly Value[];
}

/** The row of one result; `swept` are the parameters that tell it from the others. */
export const rowOf = ({ params, specs, search, command }: Result, swept: readonly Swept[]): SweepRow => ({
  params: Object.fromEntries(swept.map(({ name }) => [name, params[name]!])),
  verdicts: Object.fromEntries(
    specs.map(({ name, verdict, trace }) => [name, { verdict, ...(trace && { steps: trace.steps.length }) }]),
  ),
  states: search.states,
  transitions: search.transitions,
  depth: search.depth,
  cut: search.cut,
  command,
});

export const WORST_FIRST = [
  "violated",
  "undecided",
  "not judged",
  "vacuous",
  "holds",
] as const satisfies readonly Verdict[];

/** The verdict on a row as a whole: one bad spec is never hidden by good ones. */
export function worstIn({ verdicts, cut }: SweepRow): Verdict {
  const all = new Set(Object.values(verdicts).map(({ verdict }) => verdict));
  return WORST_FIRST.find((verdict) => all.has(verdict)) ?? (cut === null ? "holds" : "undecided");
}

/** The worst rows first: by verdict, then by how many specs are violated, then by how soon; else in the given order. */
export function worstFirst(rows: readonly SweepRow[]): readonly SweepRow[] {
  const violated = ({ verdicts }: SweepRow): readonly number[] =>
    Object.values(verdicts)
      .filter(({ verdict }) => verdict === "violated")
      .map(({ steps }) => steps ?? 0);
  const rank = (row: SweepRow): readonly number[] => {
    const lengths = violated(row);
    return [WORST_FIRST.indexOf(worstIn(row)), -lengths.length, Math.min(...lengths, Infinity)];
  };
  return rows
    .map((row) => ({ row, rank: rank(row) }))
    .toSorted((a, b) => {
      const at = a.rank.findIndex((part, i) => part !== b.rank[i]);
      return at < 0 ? 0 : a.rank[at]! - b.rank[at]!;
    })
    .map(({ row }) => row);
}

/** Rows that differ in the `by` parameters alone and have the same verdicts, together; by the first of each. */
export function groupRows(rows: readonly SweepRow[], by: readonly string[]): readonly (readonly SweepRow[])[] {
  const keyOf = ({ params, verdicts }: SweepRow): string =>
    JSON.stringify([
      Object.entries(params).filter(([name]) => !by.includes(name)),
      Object.values(verdicts).map(({ verdict }) => verdict),
    ]);
  const groups = new Map<string, SweepRow[]>();
  for (const row of rows) {
    const key = by.length === 0 ? String(groups.size) : keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

/** By parameter and value: the values that ask for one thing less. */
export type Simpler = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** What the swept parameters know of it. */
export const simplerOf = (swept: readonly Swept[], fields: ParamFields): Simpler =>
  Object.fromEntries(
    swept.flatMap(({ name, values }) => {
      const field = fields[name]!;
      if (field.kind !== "oneOf" || field.simpler === undefined) return [];
      const { simpler } = field;
      return [[name, Object.fromEntries(values.map((value) => [String(value), simpler(String(value))]))]];
    }),
  );

/** For each swept parameter that knows what is simpler: where everything holds, and with how little. */
export function minimalValues(swept: readonly Swept[], rows: readonly SweepRow[], known: Simpler): Minimal[] {
  return swept.flatMap(({ name, values }) => {
    if (!Object.hasOwn(known, name)) return [];
    const simpler = (value: string): readonly string[] => known[name]![value]!;
    const summary = (others: ParamValues | null, answerOf: (value: Value) => Answer): Minimal => {
      const of = (answer: Answer): readonly Value[] => values.filter((value) => answerOf(value) === answer);
      const [holding, undecided] = [of("holds"), of("undecided")];
      const possible = new Set([...holding, ...undecided]);
      return {
        param: name,
        others,
        tried: values.length - undecided.length,
        holding,
        ...(undecided.length > 0 && { undecided }),
        minimal: holding.filter((value) => !simpler(String(value)).some((less) => possible.has(less))),
      };
    };
    const byOthers = new Map<string, SweepRow[]>();
    for (const row of rows) {
      const key = JSON.stringify(othersOf(row, name));
      byOthers.set(key, [...(byOthers.get(key) ?? []), row]);
    }
    const groups = [...byOthers.values()];
    const answerIn = (group: readonly SweepRow[], value: Value): Answer =>
      answerOf(group.find((row) => row.params[name] === value));
    const combinations = swept.reduce((product, other) => product * (other.name === name ? 1 : other.values.length), 1);
    const inAll = (value: Value): Answer => {
      const answers = new Set(groups.map((group) => answerIn(group, value)));
      if (answers.has("fails")) return "fails";
      return groups.length < combinations || answers.has("undecided") ? "undecided" : "holds";
    };
    return [
      ...groups.map((group) => summary(othersOf(group[0]!, name), (value) => answerIn(group, value))),
      ...(groups.length > 1 ? [summary(null, inAll)] : []),
    ];
  });
}

type Answer = "holds" | "fails" | "undecided";

/** Whether everything asked holds there; a combination that was not searched has no row. */
function answerOf(row: SweepRow | undefined): Answer {
  const worst = row ? worstIn(row) : "undecided";
  if (worst === "not judged") return "undecided";
  return worst === "holds" || worst === "undecided" ? worst : "fails";
}

const othersOf = ({ params }: SweepRow, name: string): ParamValues =>
  Object.fromEntries(Object.entries(params).filter(([other]) => other !== name));
