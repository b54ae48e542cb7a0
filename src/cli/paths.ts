import { ModelError, didYouMean, listed } from "../model/error.ts";
import type { Path } from "../model/path.ts";
import { resolveParams, threadsOf, type ParamValues, type Scenario } from "../model/scenario.ts";

/** A path of some scenario, in one release. */
export interface KnownPath {
  readonly path: Path;
  /** It, and those that differ in their labels, by the parameters of scenarios. */
  readonly variants: readonly Path[];
  readonly scenarios: readonly string[];
}

/**
 * The paths that scenarios run, by name, release and file, with the parameters of scenarios at their defaults and as in pinned
 * runs. Of a patched path, it is the one without the patch.
 */
export function pathsIn(scenarios: readonly Scenario[]): readonly KnownPath[] {
  const known = all.get(scenarios) ?? collected(scenarios);
  all.set(scenarios, known);
  return known;
}

const all = new WeakMap<readonly Scenario[], readonly KnownPath[]>();

function collected(scenarios: readonly Scenario[]): readonly KnownPath[] {
  const found = new Map<string, { readonly variants: Map<string, Path>; readonly scenarios: Set<string> }>();
  const visit = (path: Path, scenario: string): void => {
    if (path.patched) return visit(path.patched.base, scenario);
    const key = [path.name, path.about.release, path.about.file].join("\n");
    const known = found.get(key) ?? { variants: new Map<string, Path>(), scenarios: new Set<string>() };
    found.set(key, known);
    const labels = path.labels.join("\n");
    if (!known.variants.has(labels)) known.variants.set(labels, path);
    known.scenarios.add(scenario);
    for (const entry of path.entries.values()) if (entry.kind === "call") visit(entry.path, scenario);
  };
  for (const scenario of scenarios)
    for (const set of settingsOf(scenario))
      for (const { path } of threadsOf(scenario, resolveParams(scenario, set))) visit(path, scenario.name);
  return [...found.values()].map(({ variants, scenarios }) => ({
    path: [...variants.values()][0]!,
    variants: [...variants.values()],
    scenarios: [...scenarios],
  }));
}

/** The parameters of pinned runs, each once: most are pinned under several memory models. */
const settingsOf = ({ expect }: Scenario): Iterable<ParamValues> =>
  new Map([{}, ...expect.map(({ set = {} }) => set as ParamValues)].map((set) => [JSON.stringify(set), set])).values();

/** The paths of these names, or that scenarios of these names run; all of them without one. Throws a ModelError for what is neither. */
export function pathsCalled(words: readonly string[], all: readonly KnownPath[]): readonly KnownPath[] {
  const names = new Set(all.map(({ path }) => path.name));
  const scenarios = new Set(all.flatMap((one) => one.scenarios));
  for (const word of words)
    if (!names.has(word) && !scenarios.has(word))
      throw new ModelError(`there is no path '${word}'${didYouMean(word, [...names, ...scenarios])}`, {
        remedy: `paths: ${listed(names)}`,
      });
  if (words.length === 0) return all;
  return all.filter((one) => words.includes(one.path.name) || one.scenarios.some((name) => words.includes(name)));
}
