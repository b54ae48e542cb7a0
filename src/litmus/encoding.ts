import { oneOf, type Field } from "../model/domain.ts";
import { showObserved } from "./condition.ts";
import { evaluate, registersOf, showDatum, type Datum, type Expression } from "./expression.ts";
import type { Instruction, LitmusTest } from "./program.ts";
import { unreadable } from "./tokens.ts";
import { eachCombination, fixedLocation, valueSets, type ValueSets } from "./values.ts";

/** The word for a value that no run ever has: see `hidesDependencies`. It is also the name of the field that lies at such an address. */
export const UNKNOWN = "?";

/** How the values of a test are written in faultline's language. */
export interface Encoding {
  readonly sets: ValueSets;
  /** Locations that are spin locks: their fields are of that kind. */
  readonly locks: ReadonlySet<string>;
  /** Registers that the condition or the filter looks at, as `0:r1`. */
  readonly observed: ReadonlySet<string>;
  /** Fields and locals can also hold UNKNOWN. */
  readonly hasUnknown: boolean;
  /** The word for a value, UNKNOWN for none. */
  readonly show: (datum: Datum | undefined) => string;
  /** The value of a word, or of a lock; nothing for UNKNOWN. */
  readonly parse: (shown: string | boolean) => Datum | undefined;
  /** A field for these values, whose first is the initial one. */
  readonly field: (values: ReadonlySet<Datum>) => Field;
}

export function encodingOf(test: LitmusTest): Encoding {
  const sets = valueSets(test);
  const show = (datum: Datum | undefined): string => (datum === undefined ? UNKNOWN : showDatum(datum, test.locations));
  const parsed = new Map<string | boolean, Datum | undefined>([[UNKNOWN, undefined]]);
  for (const set of [...sets.memory, ...sets.registers.flatMap((registers) => [...registers.values()])])
    for (const datum of set) parsed.set(show(datum), datum);
  const hasUnknown = test.language === "C" && hidesDependencies(test, sets);
  return {
    sets,
    locks: locksOf(test),
    observed: new Set([...test.condition.observed, ...test.condition.filtered].map(showObserved)),
    hasUnknown,
    show,
    parse: (shown) => (parsed.has(shown) ? parsed.get(shown) : Number(shown)),
    field: (values) => {
      const [first, ...others] = [...values].map(show);
      return oneOf(first!, ...others, ...(hasUnknown ? [UNKNOWN] : []));
    },
  };
}

/**
 * Whether some register is used where its value makes no difference, as in `r2 = x + (r1 & 128)`. The memory model
 * orders by it all the same, while an engine that looks at what a step does could not see it. A value that no run ever
 * has, and that makes what is computed from it unknown, lets the engine see.
 */
function hidesDependencies(test: LitmusTest, sets: ValueSets): boolean {
  return test.threads.some(({ instructions }, i) =>
    instructions.some((instruction) =>
      operandsOf(instruction).some((expression) => hidesRegister(expression, sets.registers[i]!)),
    ),
  );
}

function hidesRegister(expression: Expression, registers: ReadonlyMap<string, ReadonlySet<Datum>>): boolean {
  const names = [...registersOf(expression)];
  return names.some((name) => {
    const results = new Map<string, Datum>();
    let isVisible = false;
    eachCombination(
      names.map((kind) => ({ kind: "register", name: kind })),
      registers,
      (values) => {
        const value = evaluate(expression, (read) => values[names.indexOf(read)]!);
        const others = values.filter((_, at) => names[at] !== name).join();
        isVisible ||= results.has(others) && results.get(others) !== value;
        results.set(others, value);
      },
    );
    return !isVisible;
  });
}

function operandsOf(instruction: Instruction): readonly Expression[] {
  switch (instruction.kind) {
    case "read":
      return [instruction.address];
    case "write":
      return [instruction.address, instruction.value];
    case "rmw":
      return [instruction.address, ...instruction.operands];
    case "assign":
      return [instruction.value];
    case "branch":
      return [instruction.test];
    case "lock":
    case "unlock":
    case "trylock":
    case "islocked":
    case "fence":
    case "rcu":
    case "jump":
      return [];
  }
}

/** The locations that are spin locks: nothing but lock functions uses them. */
function locksOf(test: LitmusTest): ReadonlySet<string> {
  const locks = new Set<string>();
  const instructions = test.threads.flatMap((thread) => thread.instructions);
  for (const instruction of instructions)
    if (isLocking(instruction)) {
      const location = fixedLocation(instruction.address, test.locations.length);
      if (location === undefined)
        throw unreadable(test.file, instruction.line, `the lock of '${instruction.text}' is not a fixed one`);
      locks.add(test.locations[location]!);
    }
  for (const instruction of instructions)
    if ("address" in instruction && !isLocking(instruction)) {
      const location = fixedLocation(instruction.address, test.locations.length);
      if (location !== undefined && locks.has(test.locations[location]!))
        throw unreadable(test.file, instruction.line, `'${instruction.text}' uses a spin lock as a plain variable`);
    }
  return locks;
}

const isLocking = (
  instruction: Instruction,
): instruction is Extract<Instruction, { kind: "lock" | "unlock" | "trylock" | "islocked" }> =>
  ["lock", "unlock", "trylock", "islocked"].includes(instruction.kind);
