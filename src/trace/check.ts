import { defaultOf } from "../model/scenario.ts";
import { BUILT_IN, BUILT_IN_NAMES, type Spec } from "../model/spec.ts";
import { undeclaredAtomics } from "../compile/sharing.ts";
import type { Exploration } from "../semantics/explore.ts";
import type { Machine } from "../semantics/machine.ts";
import { replay } from "./replay.ts";
import type { Minimal, Result, SpecResult, StepName, Verdict } from "./result.ts";

/**
 * Turns what a search found into a Result: a verdict for each spec and check, and a replayed trace for each that has
 * one. `command` is the command line that repeats the run; `only` limits the specs to the named ones.
 */
export function resultOf(
  machine: Machine,
  exploration: Exploration,
  command: string,
  only?: readonly string[],
): Result {
  const { scenario, params, threads } = machine;
  const {
    initial,
    states,
    transitions,
    depth,
    done,
    stuck,
    symmetric,
    waiting,
    found,
    taken,
    cut = null,
  } = exploration;
  const wanted = (name: string): boolean => only === undefined || only.includes(name);
  const withTrace = (
    name: string,
    spec: Spec | string,
    base: Omit<SpecResult, "verdict">,
    verdict: Verdict,
  ): SpecResult => {
    const schedule = found.get(name);
    return {
      ...base,
      verdict,
      ...(schedule && { trace: { ...replay(machine, schedule, spec), minimal: minimalOf(exploration, name) } }),
    };
  };
  const specs = scenario.specs
    .filter(({ name }) => wanted(name))
    .map((spec) => {
      const { name, kind, sentence, consequence } = spec;
      const base = { name, kind, sentence, ...(consequence !== undefined && { consequence }) };
      return withTrace(name, spec, base, verdictOf(spec, exploration));
    });
  const checks = BUILT_IN_NAMES.filter(wanted).map((name) =>
    withTrace(
      name,
      name,
      { name, kind: "check", sentence: BUILT_IN[name] },
      found.has(name) ? "violated" : cut === null ? "holds" : "undecided",
    ),
  );
  return {
    format: "faultline-result",
    version: 1,
    scenario: scenario.name,
    about: scenario.about,
    params,
    set: Object.fromEntries(
      Object.entries(params).filter(([name, value]) => value !== defaultOf(scenario.params[name]!)),
    ),
    command,
    threads: threads.map(({ name, path, group }) => ({
      name,
      path: path.name,
      ...(path.about.file !== undefined && { file: path.about.file }),
      ...(path.about.release !== undefined && { release: path.about.release }),
      ...(group !== undefined && { group }),
    })),
    search: { initial, states, transitions, depth, done, stuck, symmetric, waiting, cut },
    specs: [...specs, ...checks],
    neverTaken: neverTaken(machine, taken),
    undeclaredAtomics: undeclaredAtomics(machine, taken),
  };
}

/** A search finds runs with the fewest steps; what they have least of besides is known where all of them were compared. */
function minimalOf({ manyWays, leastSwitches, switchesCut, cut }: Exploration, name: string): Minimal {
  if (leastSwitches?.has(name)) return { first: "switches" };
  if (switchesCut !== undefined)
    return { first: "steps", cut: `the search for fewer switches was stopped by ${switchesCut}` };
  if (cut !== undefined) return { first: "steps", cut: `the search was stopped by ${cut}` };
  if (manyWays?.has(name) === false) return { first: "steps" };
  return { first: "steps", cut: "not all runs as short were compared" };
}

function verdictOf({ name, kind }: Spec, { found, cut, done }: Exploration): Verdict {
  if (found.has(name)) return kind === "sometimes" ? "holds" : "violated";
  if (cut !== undefined) return "undecided";
  return kind === "sometimes" || (kind === "atEnd" && done === 0) ? "vacuous" : "holds";
}

/** The steps that no thread took anywhere, by path and label: one that is called from several places counts once. */
function neverTaken(machine: Machine, taken: Exploration["taken"]): readonly StepName[] {
  const patterns = machine.scenario.unreached(machine.params);
  const isDeclared = (name: string): boolean =>
    patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const counts = new Map<string, { readonly path: string; readonly label: string; count: number }>();
  for (const [t, { points }] of machine.threads.entries())
    for (const [p, { frame, label }] of points.entries()) {
      const name = `${frame.path.name}: ${label}`;
      const entry = counts.get(name) ?? { path: frame.path.name, label, count: 0 };
      entry.count += taken[t]![p]!;
      counts.set(name, entry);
    }
  return [...counts]
    .filter(([, { count }]) => count === 0)
    .map(([name, { path, label }]) => ({ path, label, declared: isDeclared(name) }));
}
