import { ghost, oneOf, spinlock, type Field, type Fields } from "../model/domain.ts";
import { buildPath, done, type Path } from "../model/path.ts";
import { once } from "../model/qualifiers.ts";
import { scenario, type Scenario } from "../model/scenario.ts";
import { world, type World } from "../model/world.ts";
import { showObserved, type Observed } from "./condition.ts";
import { encodingOf, UNKNOWN, type Encoding } from "./encoding.ts";
import type { Datum } from "./expression.ts";
import type { Instruction, LitmusTest, LitmusThread } from "./program.ts";
import { stepOf, type Draft, type LitmusFlow, type LitmusStep } from "./steps.ts";
import { readsOf } from "./values.ts";

/** A litmus test in faultline's own language. */
export interface Translated {
  readonly scenario: Scenario;
  /** The field of the world that holds what a condition looks at, once all threads are done. */
  readonly fieldOf: (place: Observed) => string;
  /** The value that such a field stands for. */
  readonly datumOf: (value: string | boolean) => Datum;
}

/**
 * Writes a litmus test as a scenario: a location is a field of the world, a register a local, a statement a step. What
 * a statement computes from registers stays in the step that uses it, so that dependencies are those of the test. A
 * register that the condition looks at is also written to a ghost field, since locals end with their path.
 */
export function translate(test: LitmusTest): Translated {
  const encoding = encodingOf(test);
  const { sets, locks, field } = encoding;
  const fields: Record<string, Field> = {};
  for (const [i, name] of test.locations.entries()) fields[name] = locks.has(name) ? spinlock : field(sets.memory[i]!);
  for (const place of [...test.condition.observed, ...test.condition.filtered])
    if (place.kind === "register")
      fields[showObserved(place)] = ghost(field(sets.registers[place.thread]!.get(place.name) ?? new Set([0])));
  if (encoding.hasUnknown) fields[UNKNOWN] = oneOf(UNKNOWN);
  // A world has fields, and a scenario a thread, also where a test has none.
  if (Object.keys(fields).length === 0) fields["nothing"] = oneOf("0");
  const shared = world<Fields>(fields);
  const paths = test.threads.map((thread, i) => pathOf(encoding, shared, thread, i, test.locations));
  return {
    scenario: scenario(scenarioName(test.name), {
      about: `The litmus test ${test.name}`,
      world: shared,
      params: {},
      threads: () => Object.fromEntries(paths.map((path) => [path.name, path])),
      specs: [],
    }),
    fieldOf: (place) => (place.kind === "register" ? showObserved(place) : place.name),
    datumOf: (value) => encoding.parse(value)!,
  };
}

const scenarioName = (name: string): string =>
  `litmus/${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "test"
  }`;

function pathOf(
  encoding: Encoding,
  shared: World,
  thread: LitmusThread,
  index: number,
  locations: readonly string[],
): Path {
  const registers = encoding.sets.registers[index]!;
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
  for (const name of used) locals[name] = encoding.field(registers.get(name)!);

  const set = (k: Draft, me: Draft, register: string, value: Datum | undefined): void => {
    const shown = encoding.show(value);
    if (used.has(register)) me[register] = shown;
    const observed = `${index}:${register}`;
    if (encoding.observed.has(observed)) k[observed] = shown;
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
    steps[labels[at]!] = stepOf(encoding, instruction, { locations, registers, set, onward, target });
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
