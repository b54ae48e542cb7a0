import { DONE } from "../../machine/state.ts";
import type { Value } from "../../model/domain.ts";
import { ModelError } from "../../model/error.ts";
import { whereIn } from "../../model/scenario.ts";
import { endsOf } from "../condition.ts";
import { BROKEN, kindOf, type Check } from "../decision.ts";
import { reachedIn, shortName, type Exported, type ExportedSpec, type ExportedThread } from "../exported.ts";
import type { Notation } from "../expression.ts";
import { Names } from "../names.ts";
import { IS_MACRO, MEANS_SOMETHING, RESERVED } from "./words.ts";

/** What everything is called in Promela. */
export interface Naming extends Notation {
  /** By value that has a name. */
  readonly values: ReadonlyMap<Value, string>;
  /** By check that some step fails: what is asserted there. */
  readonly checks: ReadonlyMap<Check, string>;
  asserting(spec: ExportedSpec): string;
  /** What asks a spec where a step has changed what it reads. */
  asking(spec: ExportedSpec): string;
  proc(thread: ExportedThread): string;
  label(thread: ExportedThread, point: number): string;
  /** What asks the specs of the end. */
  readonly ending: string;
  /** That the run is over. */
  readonly over: string;
  /** The labels of control points at which a thread may rest. */
  rests(thread: ExportedThread): readonly string[];
  /** The other label of a control point at which a thread may rest. */
  resting(label: string): string;
}

/** A name has a byte, and 0 is none. */
const MOST_NAMES = 255;

/** What keeps a value for a moment. */
export const kept = (i: number): string => `was_${i}`;
const MOST_KEPT = 8;

export function namingOf(exported: Exported): Naming {
  const { threads, specs, cells, program } = exported;
  const own = Array.from({ length: MOST_KEPT }, (_, i) => kept(i));
  const macros = threads.map(({ name }) => `P${name}`);
  const names = new Names([...RESERVED, ...own, ...macros]);
  const isMacro = (name: string): boolean => IS_MACRO.test(name);
  const procs = new Map(threads.map((thread) => [thread, names.give(thread.name, isMacro)]));
  const fields = new Map(cells.map((cell) => [cell, names.give(shortName(exported, cell), isMacro)]));
  const values = valuesOf(exported, names);
  const checks = new Map(
    checksIn(exported).map((check) => [check, names.give(check === BROKEN ? "rule_of_the_language" : check)]),
  );
  const told = new Map(
    specs.map((one) => [one, [names.give(one.spec.name), names.give(`ask_${one.spec.name}`)] as const]),
  );
  const [ending, over] = [names.give("at_the_end"), names.give("is_over")];
  if (values.size > MOST_NAMES)
    throw new ModelError(`SPIN has room for ${MOST_NAMES} names of values, and there are ${values.size}`, {
      where: whereIn(program.scenario),
      remedy: "export it as TLA+ or .aut, or model fewer objects",
    });
  const labels = new Map(threads.map((thread) => [thread, labelsOf(thread, names)]));
  const label = (thread: ExportedThread, point: number): string => labels.get(thread)!.get(point)!;
  const resting = (text: string): string => `end_${text}`;
  return {
    field: (cell) => fields.get(cell)!,
    value: (value) => (typeof value === "string" || value === null ? values.get(value)! : String(value)),
    and: "&&",
    or: "||",
    not: "!",
    equal: "==",
    unequal: "!=",
    yes: "true",
    no: "false",
    values,
    checks,
    asserting: (spec) => told.get(spec)![0],
    asking: (spec) => told.get(spec)![1],
    proc: (thread) => procs.get(thread)!,
    label,
    ending,
    over,
    resting,
    rests: (thread) => [
      ...thread.steps.filter(({ mayRest }) => mayRest).map(({ point }) => resting(label(thread, point))),
      label(thread, DONE),
    ],
  };
}

/** Words and structs that some field that is there can hold, and NULL: a word and a null pointer, unless one field has both. */
function valuesOf(exported: Exported, names: Names): ReadonlyMap<Value, string> {
  const held = exported.cells.filter((cell) => kindOf(cell) === "name").map((cell) => reachedIn(exported, cell));
  const isBoth = held.some((values) => values.includes(null) && values.includes(NULL));
  return new Map(
    [...new Set(held.flat())].map((value) => [
      value,
      value === null || (value === NULL && !isBoth) ? NULL : names.give(String(value)),
    ]),
  );
}

const NULL = "NULL";

/** The checks that some step fails over values that its fields have. */
function checksIn({ threads }: Exported): readonly Check[] {
  const ends = threads.flatMap(({ steps }) => steps.flatMap(({ ways }) => ways.flatMap(endsOf)));
  return [...new Set(ends.flatMap((end) => (end.kind === "fails" ? [end.check] : [])))];
}

/** By control point, and of the end. */
function labelsOf({ steps }: ExportedThread, names: Names): ReadonlyMap<number, string> {
  const own = names.inner();
  // Where a thread may rest there is one more label, with `end_` in front.
  own.give("of_path");
  const labels = steps.map(
    ({ point, own: label }) => [point, own.give(label, (name) => MEANS_SOMETHING.test(name))] as const,
  );
  return new Map([...labels, [DONE, "end_of_path"]]);
}
