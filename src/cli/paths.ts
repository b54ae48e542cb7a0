import { buildProgram } from "../machine/build.ts";
import { ModelError, breaksRule, didYouMean, listed } from "../model/error.ts";
import type { Path } from "../model/path.ts";
import { undecidedIn } from "../model/todo.ts";
import { placeOf } from "../model/where.ts";
import { resolveParams, threadsOf, type Scenario } from "../model/scenario.ts";
import type { ParamValues } from "../model/params.ts";
import { activationsOf, waysOf } from "../report/picture/path-graph.ts";
import { isRelease, isSince } from "../source/tree.ts";
import { END, type Way, type Ways } from "../source/ways.ts";

/** A path as one scenario has it, with the parameters that it takes. */
export interface Variant {
  readonly path: Path;
  readonly scenario: Scenario;
  readonly set: ParamValues;
}

/** A path of some scenario, in one release. */
export interface KnownPath {
  readonly path: Path;
  /** It, and those that differ in their labels, by the parameters of scenarios. */
  readonly variants: readonly Variant[];
  readonly scenarios: readonly string[];
  /** Of each of these scenarios, the releases that it runs the path for: see `releaseOf`. */
  readonly releases: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * The paths that scenarios run, by name, release and where they are written, with the parameters of scenarios at their defaults and as in pinned
 * runs. Of a patched path, it is the one without the patch.
 */
export function pathsIn(scenarios: readonly Scenario[]): readonly KnownPath[] {
  const known = all.get(scenarios) ?? collected(scenarios);
  all.set(scenarios, known);
  return known;
}

const all = new WeakMap<readonly Scenario[], readonly KnownPath[]>();

function collected(scenarios: readonly Scenario[]): readonly KnownPath[] {
  const found = new Map<
    string,
    { readonly variants: Map<string, Variant>; readonly releases: Map<string, Set<string>> }
  >();
  const visit = (path: Path, scenario: Scenario, set: ParamValues, release: string | undefined): void => {
    if (path.patched) return visit(path.patched.base, scenario, set, release);
    const key = [path.name, path.about.release, path.about.file, placeOf(path.definedAt)].join("\n");
    const known = found.get(key) ?? { variants: new Map<string, Variant>(), releases: new Map<string, Set<string>>() };
    found.set(key, known);
    const labels = path.labels.join("\n");
    if (!known.variants.has(labels)) known.variants.set(labels, { path, scenario, set });
    const releases = known.releases.get(scenario.name) ?? new Set();
    known.releases.set(scenario.name, releases);
    if (release !== undefined) releases.add(release);
    for (const entry of path.entries.values()) if (entry.kind === "call") visit(entry.path, scenario, set, release);
  };
  for (const scenario of scenarios)
    for (const set of settingsOf(scenario)) {
      const params = resolveParams(scenario, set);
      const release = releaseOf(params);
      for (const { path } of threadsOf(scenario, params)) visit(path, scenario, set, release);
    }
  return [...found.values()].map(({ variants, releases }) => ({
    path: [...variants.values()][0]!.path,
    variants: [...variants.values()],
    scenarios: [...releases.keys()],
    releases,
  }));
}

/** What release these parameters ask of a scenario, if one of them is a release. */
const releaseOf = (params: ParamValues): string | undefined =>
  Object.values(params).find((value): value is string => typeof value === "string" && isRelease(value));

/** Of paths that scenarios run for several releases, those for the one that a tree is of, or comes next after; and the others. */
export function ofNearest(
  tree: string,
  words: readonly string[],
  paths: readonly KnownPath[],
): { readonly near: readonly KnownPath[]; readonly aside: readonly KnownPath[] } {
  const nearest = new Map(
    words.flatMap((word) => {
      const asked = [...new Set(paths.flatMap(({ releases }) => [...(releases.get(word) ?? [])]))];
      const sorted = asked.toSorted((a, b) => (isSince(a, b) ? 1 : -1));
      const one = sorted.findLast((release) => isSince(tree, release)) ?? sorted[0];
      return one === undefined ? [] : [[word, one] as const];
    }),
  );
  const isNear = ({ path, releases }: KnownPath): boolean =>
    words.length === 0 ||
    words.includes(path.name) ||
    words.some((word) => {
      const [of, release] = [releases.get(word), nearest.get(word)];
      return of !== undefined && (release === undefined || of.has(release));
    });
  return { near: paths.filter(isNear), aside: paths.filter((one) => !isNear(one)) };
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

/** Where the steps of a path lead, as its own machine takes them: found once it is asked. */
export function waysIn({ path, scenario, set }: Variant): Ways {
  let known: ReadonlyMap<string, readonly Way[]> | undefined;
  return (label) => (known ??= foundIn(path, scenario, set)).get(label);
}

function foundIn(path: Path, scenario: Scenario, set: ParamValues): ReadonlyMap<string, readonly Way[]> {
  // A draft runs nowhere yet.
  if (undecidedIn(path).length > 0) return new Map();
  // By itself, as in the scenario it may be patched, or stand beside another one of its name.
  const alone: Scenario = { ...scenario, threads: () => ({ thread: path }), unreached: () => ["*"] };
  const ways = ((): ReturnType<typeof waysOf> => {
    try {
      return waysOf(activationsOf(buildProgram(alone, resolveParams(scenario, set))).get(path.name)!);
    } catch (error) {
      // What cannot be taken apart, as a step that reads too much, is still laid beside its source.
      if (!breaksRule(error)) throw error;
      return new Map();
    }
  })();
  return new Map(
    [...ways].map(([label, ways]) => [
      label,
      ways.flatMap(({ to, when, found }): readonly Way[] =>
        to.kind === "bug"
          ? []
          : [{ to: to.kind === "end" ? END : to.label, when, ...(found !== undefined && { found }) }],
      ),
    ]),
  );
}
