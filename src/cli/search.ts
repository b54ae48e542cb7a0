import { setImmediate } from "node:timers/promises";
import { resetDeadLocals } from "../analysis/liveness.ts";
import { buildProgram } from "../machine/build.ts";
import { breaksRule } from "../model/error.ts";
import type { ParamValues } from "../model/params.ts";
import type { Scenario } from "../model/scenario.ts";
import { fewestSwitches } from "../search/switches.ts";
import { search as searchProgram, watched, type Explored } from "../search/search.ts";
import type { Limits, Progress } from "../machine/exploration.ts";
import type { Program } from "../machine/program.ts";
import { orImpure } from "../machine/purity.ts";
import { takingApart } from "../analysis/reachable.ts";
import type { Interrupt } from "./output/interrupt.ts";
import type { CheckOptions } from "./options.ts";

/** What of the options of `check` says how to search. */
export type How = Pick<CheckOptions, "maxStates" | "minimize" | "search"> & Partial<Pick<CheckOptions, "spec">>;

/** Searches a machine in slices, so that a signal is heard in between. */
export async function search(
  program: Program,
  options: How,
  interrupt: Interrupt,
  watch: (progress: Progress) => void,
): Promise<Explored> {
  try {
    return await searchWith(program, options, interrupt, watch);
  } catch (error) {
    throw orImpure(program, error);
  }
}

// So long may pass before a signal is heard.
const MS_PER_SLICE = 50;

/** The machine with the locals reset that nobody reads any more, or as it is if the user has asked to stop. */
export async function prepared(program: Program, interrupt: Interrupt): Promise<Program> {
  if (!(await takenApart(program, interrupt))) return program;
  const tidy = resetDeadLocals(program);
  return (await takenApart(tidy, interrupt)) ? tidy : program;
}

/** Makes the machine of a scenario at fixed parameter values, ready to be searched. */
export type ProgramOf = (scenario: Scenario, params: ParamValues) => Promise<Program>;

export const preparing =
  (interrupt: Interrupt): ProgramOf =>
  (scenario, params) =>
    prepared(buildProgram(scenario, params), interrupt);

/** The same, which keeps the last one: what is known of it is of use under every memory model. */
export function keepingLast(interrupt: Interrupt): ProgramOf {
  const prepare = preparing(interrupt);
  let last: { readonly scenario: Scenario; readonly params: ParamValues; readonly program: Program } | undefined;
  return async (scenario, params) => {
    if (last?.scenario === scenario && JSON.stringify(last.params) === JSON.stringify(params)) return last.program;
    last = undefined;
    const program = await prepare(scenario, params);
    // Where the user has asked to stop, it is not ready.
    if (interrupt.reason() === undefined) last = { scenario, params, program };
    return program;
  };
}

/** Takes a machine apart, if the user does not ask to stop. Whoever needs a step is told what is wrong with it. */
async function takenApart(program: Program, interrupt: Interrupt): Promise<boolean> {
  const slices = takingApart(program);
  let end = performance.now() + MS_PER_SLICE;
  try {
    while (slices.next().done !== true) {
      if (performance.now() < end) continue;
      await setImmediate();
      if (interrupt.reason() !== undefined) return false;
      end = performance.now() + MS_PER_SLICE;
    }
  } catch (error) {
    if (!breaksRule(error)) throw error;
  }
  return true;
}

async function searchWith(
  program: Program,
  options: How,
  interrupt: Interrupt,
  watch: (progress: Progress) => void,
): Promise<Explored> {
  const searched = await searchAll(program, options, interrupt, watch);
  if (options.minimize === "steps" || searched.found.size === 0) return searched;
  const { found, cut } = await inSlices(
    fewestSwitches(
      searched.machine,
      // What is least of an endless run is another question.
      [...searched.found.keys()].filter((name) => !program.scenario.progress.some((spec) => spec.name === name)),
      watched({ ...stopOf(options, interrupt), ...maxMemoryOf(options) }),
    ),
    watch,
  );
  return {
    ...searched,
    found: new Map([...searched.found, ...found]),
    leastSwitches: new Set(found.keys()),
    ...(cut !== undefined && { switchesCut: cut }),
  };
}

function stopOf({ search: { timeoutSeconds } }: How, interrupt: Interrupt): Limits {
  const end = performance.now() + 1000 * (timeoutSeconds ?? Infinity);
  return {
    stop: () => interrupt.reason() ?? (performance.now() > end ? `--timeout ${timeoutSeconds}` : undefined),
  };
}

const maxMemoryOf = ({ search: { maxMemory } }: How): { readonly maxMemory?: number } =>
  maxMemory === undefined ? {} : { maxMemory };

async function searchAll(
  program: Program,
  options: How,
  interrupt: Interrupt,
  watch: (progress: Progress) => void,
): Promise<Explored> {
  const {
    maxStates,
    spec = [],
    search: { engine, memory, threads, symmetry, walks, reduces, ahead },
  } = options;
  const isAsked = (name: string): boolean => spec.length === 0 || spec.includes(name);
  const slices = searchProgram(program, {
    ...(maxStates !== undefined && { maxStates }),
    ...stopOf(options, interrupt),
    memory,
    isPlain: engine === "reference",
    threads,
    symmetry,
    ...maxMemoryOf(options),
    ...(walks && { walks }),
    ...(reduces && { reduces }),
    ...(ahead && { ahead: { isAsked, proves: ahead === "proves" } }),
  });
  return await inSlices(slices, watch);
}

/** Runs a search to its end, and lets others go on in between. */
async function inSlices<T>(
  slices: Generator<Progress, T> | AsyncGenerator<Progress, T>,
  watch: (progress: Progress) => void,
): Promise<T> {
  for (;;) {
    const slice = await slices.next();
    if (slice.done === true) return slice.value;
    watch(slice.value);
    await setImmediate();
  }
}
