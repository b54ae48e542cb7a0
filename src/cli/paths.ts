import { buildProgram } from "../machine/build.ts";
import { ModelError, breaksRule, didYouMean, listed } from "../model/error.ts";
import { alike } from "./alike.ts";
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
  /** Which of the paths of `runBy` it is. */
  readonly nth: number;
}

/** A path of some scenario, in one release. */
export interface KnownPath {
  readonly name: string;
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
  for (const scenario of scenarios)
    for (const set of settingsOf(scenario)) {
      const release = releaseOf(resolveParams(scenario, set));
      runBy(scenario, set).forEach((path, nth) => {
        const key = [path.name, path.about.release, path.about.file, placeOf(path.definedAt)].join("\n");
        const known = found.get(key) ?? {
          variants: new Map<string, Variant>(),
          releases: new Map<string, Set<string>>(),
        };
        found.set(key, known);
        const labels = path.labels.join("\n");
        if (!known.variants.has(labels)) known.variants.set(labels, { path, scenario, set, nth });
        const releases = known.releases.get(scenario.name) ?? new Set();
        known.releases.set(scenario.name, releases);
        if (release !== undefined) releases.add(release);
      });
    }
  return [...found.values()].map(({ variants, releases }) => knownPath([...variants.values()], releases));
}

export function knownPath(variants: readonly Variant[], releases: KnownPath["releases"]): KnownPath {
  const { path } = variants[0]!;
  return { name: path.name, path, variants, scenarios: [...releases.keys()], releases };
}

/** The paths that a scenario runs, as often as it does: threads in their order, and what a path calls behind it. */
export function runBy(scenario: Scenario, set: ParamValues): readonly Path[] {
  const all: Path[] = [];
  const visit = (path: Path): void => {
    if (path.patched) return visit(path.patched.base);
    all.push(path);
    for (const entry of path.entries.values()) if (entry.kind === "call") visit(entry.path);
  };
  for (const { path } of threadsOf(scenario, resolveParams(scenario, set))) visit(path);
  return all;
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

/** What there is to choose from: the names of paths and of scenarios, and by the name of a C function the paths that follow it. */
export interface Names {
  readonly paths: ReadonlySet<string>;
  readonly scenarios: ReadonlySet<string>;
  readonly followers: ReadonlyMap<string, readonly string[]>;
}

/** Of what is known: enough of each path to say how it is named. */
export function namesOf(
  all: readonly {
    readonly name: string;
    readonly functions: readonly string[];
    readonly scenarios: readonly string[];
  }[],
): Names {
  const followers = new Map<string, readonly string[]>();
  for (const { name, functions } of all)
    for (const fn of functions) followers.set(fn, [...new Set([...(followers.get(fn) ?? []), name])]);
  return {
    paths: new Set(all.map(({ name }) => name)),
    scenarios: new Set(all.flatMap(({ scenarios }) => scenarios)),
    followers,
  };
}

/** The paths of these names, or that scenarios of these names run; all of them without one. */
export const pathsCalled = <P extends { readonly name: string; readonly scenarios: readonly string[] }>(
  words: readonly string[],
  all: readonly P[],
): readonly P[] =>
  words.length === 0
    ? all
    : all.filter((one) => words.includes(one.name) || one.scenarios.some((name) => words.includes(name)));

/** Throws a ModelError for a word that names neither a path nor a scenario. */
export function refuseUnknown(words: readonly string[], { paths, scenarios, followers }: Names): void {
  const word = words.find((one) => !paths.has(one) && !scenarios.has(one));
  if (word === undefined) return;
  const following = followers.get(word);
  if (following)
    throw new ModelError(`there is no path '${word}'`, {
      cause: `the function of this name is followed by: ${listed(following)}`,
      remedy: "name one of these",
    });
  const names = [...paths, ...scenarios];
  throw new ModelError(`there is no path '${word}'${didYouMean(word, names)}`, {
    cause: alike(word, names, "paths and scenarios"),
    remedy: "name a path that `faultline graph --path` lists, or a scenario that `faultline list` shows",
  });
}

/** Where the steps of a path lead, as its own machine takes them: found once it is asked. */
export function waysIn({ path, scenario, set }: Omit<Variant, "nth">): Ways {
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
