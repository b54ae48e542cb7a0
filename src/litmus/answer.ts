import { ModelError } from "../model/error.ts";
import type { Machine } from "../semantics/machine.ts";
import { buildMachine } from "../semantics/machine.ts";
import { machineUnder, type MemoryModel } from "../semantics/memory/model.ts";
import { holds, type Observed } from "./condition.ts";
import type { Datum } from "./expression.ts";
import { endsOf } from "./outcomes.ts";
import type { LitmusTest } from "./program.ts";
import { translate } from "./scenario.ts";

/** How often the proposition of a condition is true of what a test ends with. */
export type Observation = "Never" | "Sometimes" | "Always";

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
  readonly observation: Observation;
  /** The condition is as the test asks for: `exists` is met, `~exists` is not, `forall` is met by all. */
  readonly isOk: boolean;
  /** What a reader has to know besides, as sentences without a full stop. */
  readonly notes: readonly string[];
  /** What may make the answer another one than that of the full memory model, in two words each. */
  readonly explanations: readonly string[];
}

/** Runs a litmus test in every way the memory model allows. */
export function answer(test: LitmusTest, memory: MemoryModel): Answer {
  const { scenario, fieldOf, datumOf } = translate(test);
  const machine = machineUnder(buildMachine(scenario, {}), memory);
  const { condition } = test;
  const cellOf = cellFinder(machine, fieldOf);
  const outcomes = new Map<string, Outcome>();
  for (const state of endsOf(machine).final) {
    const read = (place: Observed): Datum => datumOf(state[cellOf(place)] as string | boolean);
    if (condition.filter && !holds(condition.filter, read)) continue;
    const values = condition.observed.map(read);
    outcomes.set(values.join(), { values, isPositive: holds(condition.proposition, read) });
  }
  const sorted = [...outcomes.values()].toSorted((a, b) => compare(a.values, b.values));
  const positive = sorted.filter(({ isPositive }) => isPositive).length;
  const observation = positive === 0 ? "Never" : positive === sorted.length ? "Always" : "Sometimes";
  const isOk = {
    exists: positive > 0,
    "~exists": positive === 0,
    forall: positive === sorted.length,
  }[condition.quantifier];
  const caveats = caveatsOf(test, memory);
  return {
    test,
    memory,
    outcomes: sorted,
    observation,
    isOk,
    notes: caveats.map(({ note }) => note),
    explanations: caveats.map(({ name }) => name),
  };
}

interface Caveat {
  readonly name: string;
  readonly note: string;
}

function caveatsOf({ plain }: LitmusTest, memory: MemoryModel): readonly Caveat[] {
  if (memory !== "lkmm" || plain.length === 0) return [];
  const lines = plain.length === 1 ? `line ${plain[0]}` : `lines ${plain.join(", ")}`;
  const note = `${lines}: unmarked accesses are treated as marked ones; what a compiler may do to them is left out`;
  return [{ name: "unmarked accesses", note }];
}

function cellFinder(machine: Machine, fieldOf: (place: Observed) => string): (place: Observed) => number {
  const cells = new Map(machine.cells.map((cell) => [cell.name, cell.index]));
  return (place) => {
    const index = cells.get(fieldOf(place));
    if (index === undefined) throw new ModelError(`there is no '${fieldOf(place)}' in the world`);
    return index;
  };
}

function compare(a: readonly Datum[], b: readonly Datum[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
