import { bugOn } from "../model/access.ts";
import { ghost, oneOf, spinlock, type Field, type Fields } from "../model/domain.ts";
import {
  acquire,
  buildPath,
  done,
  full,
  noreturn,
  once,
  rcuReadLock,
  rcuReadUnlock,
  relaxed,
  release,
  smpMb,
  smpMbAfterAtomic,
  smpMbAfterSpinlock,
  smpMbAfterUnlockLock,
  smpMbBeforeAtomic,
  smpRmb,
  smpWmb,
  synchronizeRcu,
  wait,
  type Fence,
  type Path,
  type Rcu,
  type Run,
  type Step,
} from "../model/path.ts";
import { scenario, type Scenario } from "../model/scenario.ts";
import { world, type World } from "../model/world.ts";
import { showObserved, type Observed } from "./condition.ts";
import { evaluate, locationAt, showDatum, type Datum, type Expression } from "./expression.ts";
import type { Instruction, LitmusTest, LitmusThread } from "./program.ts";
import { unreadable } from "./tokens.ts";
import { fixedLocation, readsOf, valueSets, type ValueSets } from "./values.ts";

/** Fields of the world, or locals, by name: words for values, a bool for a lock. */
type Draft = Record<string, string | boolean>;
type LitmusFlow = string | typeof done | typeof wait | void;
type LitmusStep = Step<Draft, Draft, LitmusFlow>;

/** A litmus test in faultline's own language. */
export interface Translated {
  readonly scenario: Scenario;
  /** The field of the world that holds what a condition looks at, once all threads are done. */
  readonly fieldOf: (place: Observed) => string;
  /** The value that such a field stands for. */
  readonly datumOf: (value: string | boolean) => Datum;
}

/** What the steps of all threads are built from. */
interface Builder {
  readonly test: LitmusTest;
  readonly locks: ReadonlySet<string>;
  readonly sets: ValueSets;
  /** What the condition and the filter look at, registers as `0:r1`. */
  readonly observed: ReadonlySet<string>;
  readonly show: (datum: Datum) => string;
  readonly parse: (shown: string | boolean) => Datum;
}

const FENCES = {
  mb: smpMb,
  rmb: smpRmb,
  wmb: smpWmb,
  "before-atomic": smpMbBeforeAtomic,
  "after-atomic": smpMbAfterAtomic,
  "after-spinlock": smpMbAfterSpinlock,
  "after-unlock-lock": smpMbAfterUnlockLock,
} as const satisfies Record<Fence, unknown>;

const RCU = {
  "rcu-read-lock": rcuReadLock,
  "rcu-read-unlock": rcuReadUnlock,
  "synchronize-rcu": synchronizeRcu,
} as const satisfies Record<Rcu, unknown>;

const ORDERED = { once, acquire, release, relaxed, noreturn, full } as const;

/**
 * Writes a litmus test as a scenario: a location is a field of the world, a register a local, a statement a step. What
 * a statement computes from registers stays in the step that uses it, so that dependencies are those of the test. A
 * register that the condition looks at is also written to a ghost field, since locals end with their path.
 */
export function translate(test: LitmusTest): Translated {
  const sets = valueSets(test);
  const watched = [...test.condition.observed, ...test.condition.filtered];
  const builder: Builder = {
    test,
    locks: locksOf(test),
    sets,
    observed: new Set(watched.map(showObserved)),
    show: (datum) => showDatum(datum, test.locations),
    parse: (shown) => parsed.get(shown) ?? Number(shown),
  };
  const parsed = new Map<string | boolean, Datum>();
  for (const set of [...sets.memory, ...sets.registers.flatMap((registers) => [...registers.values()])])
    for (const datum of set) parsed.set(builder.show(datum), datum);

  const fields: Record<string, Field> = {};
  for (const [i, name] of test.locations.entries())
    fields[name] = builder.locks.has(name) ? spinlock : domain(builder, sets.memory[i]!);
  for (const place of watched)
    if (place.kind === "register")
      fields[showObserved(place)] = ghost(
        domain(builder, sets.registers[place.thread]!.get(place.name) ?? new Set([0])),
      );
  // A world has fields, and a scenario a thread, also where a test has none.
  if (Object.keys(fields).length === 0) fields["nothing"] = oneOf("0");
  const shared = world<Fields>(fields);
  const paths = test.threads.map((thread, i) => pathOf(builder, shared, thread, i));
  return {
    scenario: scenario(scenarioName(test.name), {
      about: `The litmus test ${test.name}`,
      world: shared,
      params: {},
      threads: () => Object.fromEntries(paths.map((path) => [path.name, path])),
      specs: [],
    }),
    fieldOf: (place) => (place.kind === "register" ? showObserved(place) : place.name),
    datumOf: builder.parse,
  };
}

const scenarioName = (name: string): string =>
  `litmus/${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "test"
  }`;

const domain = ({ show }: Builder, values: ReadonlySet<Datum>): Field => {
  const [first, ...others] = [...values].map(show);
  return oneOf(first!, ...others);
};

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

function pathOf(builder: Builder, shared: World, thread: LitmusThread, index: number): Path {
  const { instructions } = thread;
  const labels = labelsOf(instructions);
  /** Where control goes from before an instruction: jumps take no step. */
  const target = (at: number): string | typeof done => {
    let place = at;
    for (let next = instructions[place]; next?.kind === "jump"; next = instructions[place]) place = next.to;
    return labels[place] ?? done;
  };
  const used = new Set(instructions.flatMap((instruction) => [...readsOf(instruction)]));
  const locals: Record<string, Field> = {};
  for (const name of used) locals[name] = domain(builder, builder.sets.registers[index]!.get(name)!);

  const set = (k: Draft, me: Draft, register: string, value: Datum): void => {
    const shown = builder.show(value);
    if (used.has(register)) me[register] = shown;
    const observed = `${index}:${register}`;
    if (builder.observed.has(observed)) k[observed] = shown;
  };
  const steps: Record<string, LitmusStep> = {};
  for (const [at, instruction] of instructions.entries()) {
    if (instruction.kind === "jump") {
      // The machine says what an RCU step does, so that it cannot jump.
      if (instructions[at - 1]?.kind === "rcu") steps[labels[at]!] = once((): LitmusFlow => target(instruction.to));
      continue;
    }
    const next = target(at + 1);
    // The next instruction in order needs no jump.
    const onward = next === labels[at + 1] ? undefined : next;
    steps[labels[at]!] = stepOf(builder, instruction, { set, onward, otherwise: target });
  }
  if (Object.keys(steps).length === 0) steps["nothing to do"] = once((): LitmusFlow => done);
  return buildPath(shared.layout, thread.name, locals, steps as Parameters<typeof buildPath>[3]);
}

/** Each statement in its own words; where these occur twice, with the line. */
function labelsOf(instructions: readonly Instruction[]): readonly string[] {
  const seen = new Set<string>();
  return instructions.map(({ text, line }) => {
    const wanted = /^\d+$/.test(text) ? `line ${line}: ${text}` : text;
    let label = seen.has(wanted) ? `${wanted}, line ${line}` : wanted;
    for (let n = 2; seen.has(label); n++) label = `${wanted}, line ${line} (${n})`;
    seen.add(label);
    return label;
  });
}

interface Surroundings {
  readonly set: (k: Draft, me: Draft, register: string, value: Datum) => void;
  readonly onward: string | typeof done | undefined;
  readonly otherwise: (at: number) => string | typeof done;
}

function stepOf(builder: Builder, instruction: Instruction, { set, onward, otherwise }: Surroundings): LitmusStep {
  const { locations } = builder.test;
  const compute = (expression: Expression, me: Draft): Datum =>
    evaluate(expression, (register) => builder.parse(me[register]!));
  const locate = (address: Expression, me: Draft): string => {
    const value = compute(address, me);
    const name = locations[locationAt(value, locations.length) ?? -1];
    bugOn(name === undefined || builder.locks.has(name), `access to ${builder.show(value)}, which is no variable`);
    return name!;
  };
  const locked = (address: Expression): string => locations[fixedLocation(address, locations.length)!]!;
  const step = (order: keyof typeof ORDERED, run: Run<Draft, Draft, LitmusFlow>): LitmusStep =>
    ORDERED[order]((k: Draft, me: Draft): LitmusFlow => run(k, me) ?? onward);

  switch (instruction.kind) {
    case "read":
      return step(instruction.order, (k, me) =>
        set(k, me, instruction.into, builder.parse(k[locate(instruction.address, me)]!)),
      );
    case "write":
      return step(instruction.order, (k, me) => {
        k[locate(instruction.address, me)] = builder.show(compute(instruction.value, me));
      });
    case "rmw":
      return step(instruction.order, (k, me) => {
        const name = locate(instruction.address, me);
        const old = builder.parse(k[name]!);
        const { stored, returned } = instruction.update(
          old,
          instruction.operands.map((operand) => compute(operand, me)),
        );
        if (stored !== undefined) k[name] = builder.show(stored);
        if (instruction.order !== "noreturn") set(k, me, instruction.into, returned);
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
    case "branch":
      return step("once", (_, me) =>
        compute(instruction.test, me) !== 0 ? undefined : otherwise(instruction.otherwise),
      );
    case "fence":
      return { ...FENCES[instruction.fence], run: () => onward };
    case "rcu":
      return RCU[instruction.rcu];
    case "jump":
      throw new RangeError("a jump takes no step");
  }
}
