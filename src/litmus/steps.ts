import { bugOn } from "../model/access.ts";
import { ORDERS, type Qualifier } from "../model/order.ts";
import { wait, type done, type Run, type Step } from "../model/path.ts";
import { fence, ordered } from "../model/qualifiers.ts";
import { UNKNOWN, type Encoding } from "./encoding.ts";
import { evaluate, locationAt, registersOf, type Datum, type Expression } from "./expression.ts";
import type { Instruction } from "./program.ts";
import { eachCombination, fixedLocation } from "./values.ts";

/** Fields of the world, or locals, by name: words for values, a bool for a lock. */
export type Draft = Record<string, string | boolean>;
export type LitmusFlow = string | typeof done | typeof wait | void;
export type LitmusStep = Step<Draft, Draft, LitmusFlow>;

/** What a step has around it in its thread. */
export interface Surroundings {
  readonly locations: readonly string[];
  readonly registers: ReadonlyMap<string, ReadonlySet<Datum>>;
  /** Gives a register a value; nothing stands for one that is not known. */
  readonly set: (k: Draft, me: Draft, register: string, value: Datum | undefined) => void;
  /** Where to go after the step, if not to the next one in order. */
  readonly onward: string | typeof done | undefined;
  /** Where control goes from before an instruction. */
  readonly target: (at: number) => string | typeof done;
}

/** The step that an instruction is. */
export function stepOf(encoding: Encoding, instruction: Instruction, around: Surroundings): LitmusStep {
  const { show, parse, locks } = encoding;
  const { locations, registers, set, onward, target } = around;
  // Reads all registers, also those that do not matter: what depends on one is a question of how it is written.
  const compute = (expression: Expression, me: Draft): Datum | undefined => {
    const values = new Map([...registersOf(expression)].map((name) => [name, parse(me[name]!)]));
    const isKnown = [...values.values()].every((value) => value !== undefined);
    return isKnown ? evaluate(expression, (name) => values.get(name)!) : undefined;
  };
  const locate = (address: Expression, me: Draft): string => {
    const value = compute(address, me);
    if (value === undefined) return UNKNOWN;
    const name = locations[locationAt(value, locations.length) ?? -1];
    bugOn(name === undefined || locks.has(name), `access to ${show(value)}, which is no variable`);
    return name!;
  };
  const locked = (address: Expression): string => locations[fixedLocation(address, locations.length)!]!;
  const step = (order: Qualifier, run: Run<Draft, Draft, LitmusFlow>): LitmusStep =>
    ordered(order)((k: Draft, me: Draft): LitmusFlow => run(k, me) ?? onward);

  switch (instruction.kind) {
    case "read":
      return step(instruction.order, (k, me) =>
        set(k, me, instruction.into, parse(k[locate(instruction.address, me)]!)),
      );
    case "write":
      return step(instruction.order, (k, me) => {
        k[locate(instruction.address, me)] = show(compute(instruction.value, me));
      });
    case "rmw":
      return step(instruction.order, (k, me) => {
        const name = locate(instruction.address, me);
        const old = parse(k[name]!);
        const operands = instruction.operands.flatMap((operand) => compute(operand, me) ?? []);
        const isKnown = old !== undefined && operands.length === instruction.operands.length;
        const { stored, returned } = isKnown ? instruction.update(old, operands) : NOTHING_KNOWN;
        if (stored !== undefined || !isKnown) k[name] = show(stored);
        if (ORDERS[instruction.order].returns) set(k, me, instruction.into, returned);
      });
    case "lock":
      return step("acquire", (k) => {
        const lock = locked(instruction.address);
        if (k[lock] === true) return wait;
        k[lock] = true;
      });
    case "unlock":
      return step("release", (k) => {
        k[locked(instruction.address)] = false;
      });
    case "trylock":
      return step("acquire", (k, me) => {
        const lock = locked(instruction.address);
        const isHeld = k[lock] === true;
        if (!isHeld) k[lock] = true;
        set(k, me, instruction.into, isHeld ? 0 : 1);
      });
    case "islocked":
      return step("once", (k, me) => set(k, me, instruction.into, k[locked(instruction.address)] === true ? 1 : 0));
    case "assign":
      return step("once", (k, me) => set(k, me, instruction.into, compute(instruction.value, me)));
    case "branch": {
      // A branch that always goes one way goes the other where nothing is known.
      const unknown = canBeTrue(instruction.test, registers) ? 0 : 1;
      return step("once", (_, me) =>
        (compute(instruction.test, me) ?? unknown) !== 0 ? undefined : target(instruction.otherwise),
      );
    }
    case "fence":
      return { ...fence(instruction.fence), run: () => onward };
    case "rcu":
      return fence(instruction.rcu);
    case "jump":
      throw new RangeError("a jump takes no step");
  }
}

const NOTHING_KNOWN = { stored: undefined, returned: undefined };

function canBeTrue(test: Expression, registers: ReadonlyMap<string, ReadonlySet<Datum>>): boolean {
  let can = false;
  eachCombination([test], registers, ([value]) => (can ||= value !== 0));
  return can;
}
