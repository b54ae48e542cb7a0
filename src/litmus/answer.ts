import { isAccident } from "../model/spec.ts";
import type { BoolField } from "../model/domain.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Shared } from "../model/shared.ts";
import type { Cell } from "../model/access.ts";
import type { Ends } from "../machine/machine.ts";
import { MACHINES } from "../memory/machines.ts";
import { outcomesOf } from "../search/outcomes.ts";
import { type Program } from "../machine/program.ts";
import { buildProgram } from "../machine/build.ts";
import type { MemoryModel } from "../model/memory.ts";
import { holds, type Observed } from "./condition.ts";
import type { Datum } from "./expression.ts";
import { endsOf } from "./outcomes.ts";
import type { LitmusTest } from "./program.ts";
import { translate } from "./scenario.ts";
import { unmatchedIn } from "./unmatched.ts";

/** How often the proposition of a condition is true of what a test ends with. */
export type Observation = "Never" | "Sometimes" | "Always" | "Undecided";

/** What a test can end with: a value for everything that the condition looks at. */
export interface Outcome {
  /** In the order of the condition's `observed`. */
  readonly values: readonly Datum[];
  /** The proposition is true of it. */
  readonly isPositive: boolean;
}

/** What a litmus test does under a memory model. */
export interface Answer {
  readonly test: LitmusTest;
  readonly memory: MemoryModel;
  /** All of them, sorted by value. */
  readonly outcomes: readonly Outcome[];
  /** Under lkmm: those that only executions were found for which the axioms forbid, and too many to try all. */
  readonly undecided: readonly Outcome[];
  /** Undecided if it depends on these. */
  readonly observation: Observation;
  /** The condition is as the test asks for: `exists` is met, `~exists` is not, `forall` is met by all; nothing if that is undecided. */
  readonly isOk: boolean | undefined;
  /** What a reader has to know besides, as sentences without a full stop. */
  readonly notes: readonly string[];
  /** What may make the answer another one than that of the full memory model, in two words each. */
  readonly explanations: readonly string[];
}

/** Runs a litmus test in every way the memory model allows. Throws a ModelError for what cannot be run, and when there are more states than `maxStates`. */
export async function answer(test: LitmusTest, memory: MemoryModel, maxStates = Infinity): Promise<Answer> {
  const { condition } = test;
  const translated = translate(test);
  const places = [...condition.observed, ...condition.filtered].map(translated.fieldOf);
  const { rows, undecidedRows, ...facts } = await endings(translated.scenario, places, memory, maxStates);
  const outcomesIn = (some: readonly Row[], others: ReadonlyMap<string, Outcome>): ReadonlyMap<string, Outcome> => {
    const outcomes = new Map<string, Outcome>();
    for (const row of some) {
      const value = new Map(places.map((place, i) => [place, translated.datumOf(row[i]!)]));
      const read = (place: Observed): Datum => value.get(translated.fieldOf(place))!;
      if (condition.filter && !holds(condition.filter, read)) continue;
      const values = condition.observed.map(read);
      const key = values.join();
      if (!others.has(key)) outcomes.set(key, { values, isPositive: holds(condition.proposition, read) });
    }
    return outcomes;
  };
  const sorted = (some: ReadonlyMap<string, Outcome>): readonly Outcome[] =>
    [...some.values()].toSorted((a, b) => compare(a.values, b.values));
  const known = outcomesIn(rows, new Map());
  const [outcomes, undecided] = [sorted(known), sorted(outcomesIn(undecidedRows, known))];
  const observation = observationOf(outcomes, undecided);
  const hasNoEnd = rows.length + undecidedRows.length === 0;
  const caveats = caveatsOf(test, { ...facts, undecided: undecided.length, hasNoEnd });
  return {
    test,
    memory,
    outcomes,
    undecided,
    observation,
    isOk: isOk(test, outcomes, undecided),
    notes: caveats.map(({ note }) => note),
    explanations: caveats.map(({ name }) => name),
  };
}

const hasPositive = (outcomes: readonly Outcome[]): boolean => outcomes.some(({ isPositive }) => isPositive);
const hasNegative = (outcomes: readonly Outcome[]): boolean => outcomes.some(({ isPositive }) => !isPositive);

function observationOf(outcomes: readonly Outcome[], undecided: readonly Outcome[]): Observation {
  const [positive, negative] = [hasPositive(outcomes), hasNegative(outcomes)];
  if (positive && negative) return "Sometimes";
  if (positive ? hasNegative(undecided) : hasPositive(undecided)) return "Undecided";
  return positive ? "Always" : "Never";
}

/** With no outcome at all, none is met, and all are. */
function isOk(
  { condition: { quantifier } }: LitmusTest,
  outcomes: readonly Outcome[],
  undecided: readonly Outcome[],
): boolean | undefined {
  const has = quantifier === "forall" ? hasNegative : hasPositive;
  if (!has(outcomes) && has(undecided)) return undefined;
  return has(outcomes) === (quantifier === "exists");
}

type Row = readonly (string | boolean)[];

interface Endings {
  /** What the fields that were asked for hold in the final states. */
  readonly rows: readonly Row[];
  readonly undecidedRows: readonly Row[];
  readonly mayBufferLoads: boolean;
  /** Some run ended early, with an access to what is no variable. */
  readonly isOops: boolean;
  /** Axioms have the last word, and these speak of marked accesses alone. */
  readonly isAxiomatic?: true;
}

interface Facts extends Pick<Endings, "mayBufferLoads" | "isOops" | "isAxiomatic"> {
  /** How many outcomes are. */
  readonly undecided: number;
  /** No run comes to the end of the test. */
  readonly hasNoEnd: boolean;
}

// Beyond it compiling the program pays.
const MOST_SMALL_STATES = 5_000;

async function endings(
  scenario: Scenario,
  fields: readonly string[],
  memory: MemoryModel,
  maxStates: number,
): Promise<Endings> {
  const program = buildProgram(scenario, {});
  const machine = MACHINES[memory](program);
  if (machine.ends) return certified(machine.ends(cellsOf(program, fields), maxStates));
  const small = smallEndings(machine.running, fields, maxStates);
  if (small) return small;
  // The fields are not known before the test is read: to the compiler they are all alike.
  const shared = scenario.world as unknown as Shared<Readonly<Record<string, BoolField>>>;
  const show = (k: Readonly<Record<string, boolean>>): string => JSON.stringify(fields.map((field) => k[field]));
  const { values, fails } = await outcomesOf(program, shared, memory, show, { maxStates });
  const rows = values.map((value) => JSON.parse(value) as Row);
  return { rows, undecidedRows: [], mayBufferLoads: false, isOops: fails };
}

function cellsOf({ cells }: Program, fields: readonly string[]): readonly Cell[] {
  const byName = new Map(cells.map((cell) => [cell.name, cell]));
  return fields.map((field) => byName.get(field)!);
}

const certified = ({ allowed, undecided, mayBufferLoads, fails }: Ends): Endings => ({
  rows: allowed as readonly Row[],
  undecidedRows: undecided as readonly Row[],
  mayBufferLoads,
  isOops: fails,
  isAxiomatic: true,
});

function smallEndings(program: Program, fields: readonly string[], maxStates: number): Endings | undefined {
  const ends = endsOf(program, Math.min(MOST_SMALL_STATES, maxStates));
  if (!ends) return undefined;
  const indices = new Map(program.cells.map((cell) => [cell.name, cell.index]));
  const rows = ends.final.map((state) => fields.map((field) => state[indices.get(field)!] as string | boolean));
  const isOops = [...ends.failures].some(isAccident);
  return { rows, undecidedRows: [], mayBufferLoads: false, isOops };
}

interface Caveat {
  readonly name: string;
  readonly note: string;
}

function caveatsOf(
  test: LitmusTest,
  { mayBufferLoads, isOops, isAxiomatic, undecided, hasNoEnd }: Facts,
): readonly Caveat[] {
  const { plain } = test;
  const caveats: Caveat[] = [];
  if (undecided > 0)
    caveats.push({
      name: "undecided",
      note: `of ${undecided} more ${undecided === 1 ? "outcome" : "outcomes"} only executions were found that the LKMM forbids, and there are too many to try them all`,
    });
  const unmatched = unmatchedIn(test);
  if (unmatched.length > 0)
    caveats.push({
      name: "unmatched unlock",
      note: `${unmatched.join(", ")}: it is not locked there, and what comes to it has no outcome`,
    });
  if (hasNoEnd)
    caveats.push({
      name: "no end",
      note: "no run comes to its end: each waits for ever, or ends early; that an outcome is never seen says nothing",
    });
  if (isOops)
    caveats.push({
      name: "oops",
      note: "some runs end with an access to what is no variable, such as a NULL pointer; they have no outcome",
    });
  if (mayBufferLoads)
    caveats.push({
      name: "load buffering",
      note: "the LKMM also permits executions in which a load returns what depends on it; these are not explored",
    });
  if (isAxiomatic && plain.length > 0)
    caveats.push({
      name: "unmarked accesses",
      note: `unmarked accesses (${plain.length === 1 ? "line" : "lines"} ${plain.join(", ")}) are treated as marked ones; what a compiler may do to them is left out`,
    });
  return caveats;
}

function compare(a: readonly Datum[], b: readonly Datum[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
