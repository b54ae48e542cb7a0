import { ModelError, didYouMean } from "../model/error.ts";
import type { Path } from "../model/path.ts";
import { resolveParams, threadsOf, whereIn, type Scenario } from "../model/scenario.ts";
import { defaultOf, valuesOf, type ParamValues } from "../model/params.ts";

/** Whether an entry of `unreached` names a step: `path: label`, or `path: *` for all that begin like this. */
export const names = (pattern: string, step: string): boolean =>
  pattern.endsWith("*") ? step.startsWith(pattern.slice(0, -1)) : step === pattern;

/** `path: label`; of a step that a patch has left alone also with the name that the path had before: what is said of it is still so. */
export function stepNames({ name, entries, patched }: Path, label: string): readonly string[] {
  const isBase = patched !== undefined && patched.base.entries.get(label) === entries.get(label);
  return [name, ...(isBase ? [patched.base.name] : [])].map((path) => `${path}: ${label}`);
}

/** The entries of `unreached`. Throws a ModelError for one that no step has, whatever the parameters. */
export function unreachedOf(scenario: Scenario, params: ParamValues): readonly string[] {
  const patterns = scenario.unreached(params);
  const checked = known.get(scenario) ?? new Set<string>();
  known.set(scenario, checked);
  const isNew = patterns.filter((pattern) => !checked.has(pattern));
  if (isNew.length > 0) {
    const steps = new Set<string>();
    const missing = new Set(isNew);
    for (const values of combinations(scenario, params)) {
      for (const step of stepsAt(scenario, values)) steps.add(step);
      for (const pattern of missing) if ([...steps].some((step) => names(pattern, step))) missing.delete(pattern);
      if (missing.size === 0) break;
    }
    for (const pattern of missing) throw unknown(pattern, steps, whereIn(scenario, "unreached"));
    for (const pattern of isNew) checked.add(pattern);
  }
  return patterns;
}

const known = new WeakMap<Scenario, Set<string>>();

function unknown(pattern: string, steps: ReadonlySet<string>, where: string): ModelError {
  const paths = new Set([...steps].map((step) => step.slice(0, step.indexOf(": "))));
  const path = [...paths].find((name) => pattern.startsWith(`${name}: `));
  const candidates =
    path === undefined ? [...paths, ...steps] : [...steps].filter((step) => step.startsWith(`${path}: `));
  return new ModelError(`unreached names '${pattern}', and there is no such step${didYouMean(pattern, candidates)}`, {
    where,
    cause:
      path === undefined
        ? `paths: ${[...paths].join(", ")}`
        : `steps of '${path}': ${candidates.map((step) => step.slice(path.length + 2)).join(", ")}`,
    remedy: 'write "path: label", with a * at the end for all that begin like this',
  });
}

// Each makes all paths of the scenario once.
const MOST_COMBINATIONS = 400;

/** Parameter values, those of the run first, then those that are pinned or differ in one: a step may exist for some alone. */
function* combinations(scenario: Scenario, params: ParamValues): Generator<ParamValues> {
  yield params;
  for (const { set = {} } of scenario.expect) yield resolveParams(scenario, set as ParamValues);
  const fields = Object.entries(scenario.params);
  let left = MOST_COMBINATIONS;
  for (const base of [params, Object.fromEntries(fields.map(([name, field]) => [name, defaultOf(field)]))])
    for (const [name, field] of fields)
      for (const value of valuesOf(field)) {
        if (left-- <= 0) return;
        yield { ...base, [name]: value };
      }
  yield* product(fields, {}, () => left-- > 0);
}

function* product(
  [first, ...others]: readonly (readonly [string, Scenario["params"][string]])[],
  chosen: ParamValues,
  mayGoOn: () => boolean,
): Generator<ParamValues> {
  if (!first) {
    yield chosen;
    return;
  }
  const [name, field] = first;
  for (const value of valuesOf(field)) {
    if (!mayGoOn()) return;
    yield* product(others, { ...chosen, [name]: value }, mayGoOn);
  }
}

/** The steps that the threads have with these values, also those that are `false` in their variant. */
function stepsAt(scenario: Scenario, params: ParamValues): ReadonlySet<string> {
  const steps = new Set<string>();
  const visit = (path: Path): void => {
    for (const label of path.written) {
      const entry = path.entries.get(label);
      if (entry?.kind === "call") visit(entry.path);
      else for (const step of stepNames(path, label)) steps.add(step);
    }
  };
  for (const { path } of threadsOf(scenario, params)) visit(path);
  return steps;
}
