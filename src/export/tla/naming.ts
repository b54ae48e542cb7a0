import { DONE } from "../../machine/state.ts";
import type { Cell } from "../../model/access.ts";
import { BROKEN, kindOf, type Check } from "../decision.ts";
import { endsOf } from "../condition.ts";
import {
  reachedIn,
  shortName,
  type Exported,
  type ExportedSpec,
  type ExportedStep,
  type ExportedThread,
} from "../exported.ts";
import type { Notation } from "../expression.ts";
import { Names } from "../names.ts";
import { ascii } from "../../report/text/wrap.ts";
import { IS_FAIRNESS, RESERVED } from "./words.ts";

/** What everything is called in TLA+. */
export interface Naming extends Notation {
  /** The name of a field without the record that it is in. */
  bare(cell: Cell): string;
  readonly nothing: string;
  readonly checks: ReadonlyMap<Check, string>;
  spec(spec: { readonly name: string }): string;
  /** That a `sometimes` spec is met in no state. */
  never(spec: ExportedSpec): string;
  thread(thread: ExportedThread): string;
  action(step: ExportedStep): string;
  /** Where a thread is, as a string. */
  place(thread: ExportedThread, point: number): string;
  /** All that a thread can do. */
  steps(thread: ExportedThread): string;
}

export const quotedText = (text: string): string => `"${ascii(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

export function namingOf(exported: Exported): Naming {
  const { program, threads, specs, cells } = exported;
  const isTaken = (name: string): boolean => IS_FAIRNESS.test(name);
  const records = new Names(RESERVED);
  const fields = new Map(cells.map((cell) => [cell, records.give(shortName(exported, cell), isTaken)]));
  const pcs = new Names(RESERVED);
  const procs = new Map(threads.map((thread) => [thread, pcs.give(thread.name, isTaken)]));
  const definitions = new Names(RESERVED);
  const checks = new Map<Check, string>();
  for (const end of threads.flatMap(({ steps }) => steps.flatMap(({ ways }) => ways.flatMap(endsOf))))
    if (end.kind === "fails" && !checks.has(end.check))
      checks.set(end.check, definitions.give(end.check === BROKEN ? "rule_of_the_language" : end.check));
  const told = new Map(
    [...specs.map(({ spec }) => spec), ...program.scenario.progress].map(({ name }) => [
      name,
      definitions.give(name, isTaken),
    ]),
  );
  const never = new Map(
    specs
      .filter(({ spec }) => spec.kind === "sometimes")
      .map((one) => [one, definitions.give(`never_${one.spec.name}`)]),
  );
  const all = new Map(threads.map((thread) => [thread, definitions.give(`${thread.name}_steps`, isTaken)]));
  const actions = new Map(
    threads.flatMap((thread) =>
      thread.steps.map((step) => [step, definitions.give(`${thread.name}_${step.own}`, isTaken)] as const),
    ),
  );
  const places = new Map(threads.map((thread) => [thread, placesOf(thread)]));
  const held = cells.filter((cell) => kindOf(cell) === "name").map((cell) => reachedIn(exported, cell));
  const isBoth = held.some((values) => values.includes(null) && values.includes("NULL"));
  const words = textsOf(held.flat().filter((value) => typeof value === "string"));
  return {
    bare: (cell) => fields.get(cell)!,
    field: (cell) => `${cell.isLocal ? "me" : "k"}.${fields.get(cell)!}`,
    value: (value) => {
      if (value === null) return "NULL";
      if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
      return typeof value === "string" ? words.get(value)! : String(value);
    },
    and: "/\\",
    or: "\\/",
    not: "~",
    equal: "=",
    unequal: "#",
    yes: "TRUE",
    no: "FALSE",
    nothing: isBoth ? '"a null pointer"' : '"NULL"',
    checks,
    spec: ({ name }) => told.get(name)!,
    never: (one) => never.get(one)!,
    thread: (thread) => procs.get(thread)!,
    action: (step) => actions.get(step)!,
    place: (thread, point) => places.get(thread)!.get(point)!,
    steps: (thread) => all.get(thread)!,
  };
}

/** Texts as strings of TLA+, no two of them the same. */
function textsOf<T extends string>(texts: readonly T[]): ReadonlyMap<T, string> {
  const taken = new Set<string>();
  return new Map(
    [...new Set(texts)].map((text) => {
      for (let n = 1; ; n++) {
        const quoted = quotedText(n === 1 ? text : `${text} (${n})`);
        if (taken.has(quoted)) continue;
        taken.add(quoted);
        return [text, quoted];
      }
    }),
  );
}

/** Steps as their paths call them; behind their calls, where two are called alike. */
function placesOf({ steps }: ExportedThread): ReadonlyMap<number, string> {
  const taken = new Set<string>();
  const unique = (text: string): string => {
    for (let n = 1; ; n++) {
      const quoted = quotedText(n === 1 ? text : `${text} (${n})`);
      if (taken.has(quoted)) continue;
      taken.add(quoted);
      return quoted;
    }
  };
  const isAlone = (own: string): boolean => steps.filter((step) => step.own === own).length === 1;
  return new Map([
    [DONE, unique("done")],
    ...steps.map(({ point, own, label }) => [point, unique(isAlone(own) ? own : label)] as const),
  ]);
}
