import { evaluate, locationAt, registersOf, type Datum, type Expression } from "./expression.ts";
import type { Instruction, LitmusTest, LitmusThread } from "./program.ts";
import { unreadable } from "./tokens.ts";

/** Every value that a location or a register can ever hold, its initial one first. */
export interface ValueSets {
  /** By location. */
  readonly memory: readonly ReadonlySet<Datum>[];
  /** By thread and register. */
  readonly registers: readonly ReadonlyMap<string, ReadonlySet<Datum>>[];
}

const MOST_VALUES = 500;
const MOST_COMBINATIONS = 20_000;

/**
 * The values that may occur: a superset, since it asks neither in which order the threads move nor which branches they
 * take. No instruction is executed twice, so a value is computed in at most as many rounds as there are instructions.
 */
export function valueSets(test: LitmusTest): ValueSets {
  const memory = test.locations.map((name) => new Set([test.initial.get(name) ?? 0]));
  const registers = test.threads.map(
    (thread) => new Map([...registersOfThread(thread)].map((name) => [name, new Set([thread.initial.get(name) ?? 0])])),
  );
  const rounds = test.threads.reduce((sum, { instructions }) => sum + instructions.length, 0);
  let isStable = false;
  for (let round = 0; round < rounds && !isStable; round++) {
    const found: (() => boolean)[] = [];
    for (const [i, { instructions }] of test.threads.entries())
      for (const instruction of instructions) {
        const fail = (sentence: string): never => {
          throw unreadable(test.file, instruction.line, sentence, "use fewer different values");
        };
        for (const { target, value } of results(instruction, memory, registers[i]!, fail))
          found.push(() => {
            if (target.size >= MOST_VALUES) fail(`'${instruction.text}' leads to more than ${MOST_VALUES} values`);
            return target.size < target.add(value).size;
          });
      }
    // All at once: a value that is found in one round counts from the next on.
    isStable = found.filter((add) => add()).length === 0;
  }
  for (const [i, { instructions }] of test.threads.entries())
    for (const instruction of instructions)
      if (instruction.kind === "rmw") letSucceed(instruction, memory, registers[i]!);
  return { memory, registers };
}

/**
 * A cmpxchg() that never finds what it expects is an RMW all the same, not a load: gives its location a value that it
 * would replace, though no run ever stores that.
 */
function letSucceed(
  { address, operands, update, into }: Extract<Instruction, { kind: "rmw" }>,
  memory: readonly Set<Datum>[],
  registers: ReadonlyMap<string, Set<Datum>>,
): void {
  eachCombination([address, ...operands], registers, ([at, ...given]) => {
    const target = memory[locationAt(at!, memory.length) ?? -1];
    if (!target || [...target].some((old) => update(old, given).stored !== undefined)) return;
    const old = given.flatMap((value) => [value, value + 1]).find((value) => update(value, given).stored !== undefined);
    if (old === undefined) return;
    const { stored, returned } = update(old, given);
    target.add(old).add(stored ?? old);
    registers.get(into)!.add(returned);
  });
}

interface Result {
  readonly target: Set<Datum>;
  readonly value: Datum;
}

function results(
  instruction: Instruction,
  memory: readonly Set<Datum>[],
  registers: ReadonlyMap<string, Set<Datum>>,
  fail: (sentence: string) => never,
): readonly Result[] {
  const found: Result[] = [];
  const each = (expressions: readonly Expression[], visit: (values: readonly Datum[]) => void): void =>
    eachCombination(expressions, registers, visit, () =>
      fail(`'${instruction.text}' depends on more than ${MOST_COMBINATIONS} combinations of values`),
    );
  const into = (name: string, value: Datum): void => {
    found.push({ target: registers.get(name)!, value });
  };
  const at = (address: Datum): Set<Datum> | undefined => memory[locationAt(address, memory.length) ?? -1];
  switch (instruction.kind) {
    case "read":
      each([instruction.address], ([address]) => at(address!)?.forEach((value) => into(instruction.into, value)));
      break;
    case "write":
      each([instruction.address, instruction.value], ([address, value]) => {
        const target = at(address!);
        if (target) found.push({ target, value: value! });
      });
      break;
    case "rmw":
      each([instruction.address, ...instruction.operands], ([address, ...operands]) => {
        const target = at(address!);
        for (const old of target ?? []) {
          const { stored, returned } = instruction.update(old, operands);
          into(instruction.into, returned);
          if (stored !== undefined) found.push({ target: target!, value: stored });
        }
      });
      break;
    case "trylock":
    case "islocked":
      into(instruction.into, 0);
      into(instruction.into, 1);
      break;
    case "assign":
      each([instruction.value], ([value]) => into(instruction.into, value!));
      break;
    case "lock":
    case "unlock":
    case "fence":
    case "rcu":
    case "branch":
    case "jump":
      break;
  }
  return found;
}

/** Evaluates the expressions for every combination of values of the registers they read. */
export function eachCombination(
  expressions: readonly Expression[],
  registers: ReadonlyMap<string, ReadonlySet<Datum>>,
  visit: (values: readonly Datum[]) => void,
  tooMany: () => void = () => {},
): void {
  const names = [...registersOf(...expressions)];
  if (names.reduce((product, name) => product * registers.get(name)!.size, 1) > MOST_COMBINATIONS) tooMany();
  const bound = new Map<string, Datum>();
  const bind = (index: number): void => {
    const name = names[index];
    if (name === undefined)
      return visit(expressions.map((expression) => evaluate(expression, (register) => bound.get(register)!)));
    for (const value of registers.get(name)!) {
      bound.set(name, value);
      bind(index + 1);
    }
  };
  bind(0);
}

/** The registers that an instruction reads. */
export function readsOf(instruction: Instruction): ReadonlySet<string> {
  switch (instruction.kind) {
    case "read":
    case "lock":
    case "unlock":
    case "trylock":
    case "islocked":
      return registersOf(instruction.address);
    case "write":
      return registersOf(instruction.address, instruction.value);
    case "rmw":
      return registersOf(instruction.address, ...instruction.operands);
    case "assign":
      return registersOf(instruction.value);
    case "branch":
      return registersOf(instruction.test);
    case "fence":
    case "rcu":
    case "jump":
      return new Set();
  }
}

function registersOfThread({ instructions, initial }: LitmusThread): ReadonlySet<string> {
  const names = new Set(initial.keys());
  for (const instruction of instructions) {
    for (const name of readsOf(instruction)) names.add(name);
    if ("into" in instruction) names.add(instruction.into);
  }
  return names;
}

/** The index of the location that an address expression always names, if it names one. */
export const fixedLocation = (address: Expression, locations: number): number | undefined =>
  address.kind === "constant" ? locationAt(address.value, locations) : undefined;
