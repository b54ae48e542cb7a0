import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ModelError } from "../model/error.ts";
import type { ParamValues } from "../model/params.ts";
import type { Path } from "../model/path.ts";
import type { Scenario } from "../model/scenario.ts";
import { bundledFile, bundledScenario, bundledScenarios } from "./bundled.ts";
import { knownPath, namesOf, pathsCalled, pathsIn, runBy, type KnownPath, type Names } from "./paths.ts";

/**
 * A known path without its steps, as the build writes it down: which scenario has each variant, with which parameters, and as which of
 * its paths. To find it so takes one scenario's threads; to look for it takes those of all.
 */
export interface IndexedPath {
  readonly name: string;
  readonly file?: string | undefined;
  readonly release?: string | undefined;
  readonly functions: readonly string[];
  readonly variants: readonly { readonly scenario: string; readonly set: ParamValues; readonly nth: number }[];
  readonly scenarios: readonly string[];
  /** By scenario, as in `KnownPath`; of those that run it for no release there is nothing. */
  readonly releases: Readonly<Record<string, readonly string[]>>;
}

export const indexOf = (known: readonly KnownPath[]): readonly IndexedPath[] =>
  known.map(({ name, path, variants, scenarios, releases }) => ({
    name,
    file: path.about.file,
    release: path.about.release,
    // As in `func: wake_page_function`, where a pointer is called.
    functions: (path.about.functions ?? []).map((one) => one.replace(/^\w+:\s*/, "")),
    variants: variants.map(({ scenario, set, nth }) => ({ scenario: scenario.name, set, nth })),
    scenarios,
    releases: Object.fromEntries(
      [...releases].filter(([, some]) => some.size > 0).map(([scenario, some]) => [scenario, [...some]]),
    ),
  }));

/** Paths of the index with their steps: only the scenarios that have them make their threads. */
export async function pathsOf(
  indexed: readonly IndexedPath[],
  scenarioOf: (name: string) => Promise<Scenario | undefined>,
): Promise<readonly KnownPath[]> {
  const runs = new Map<string, { readonly scenario: Scenario; readonly paths: readonly Path[] }>();
  const runOf = async (name: string, set: ParamValues): Promise<{ scenario: Scenario; paths: readonly Path[] }> => {
    const key = `${name} ${JSON.stringify(set)}`;
    const known = runs.get(key);
    if (known) return known;
    const scenario = (await scenarioOf(name))!;
    const run = { scenario, paths: runBy(scenario, set) };
    runs.set(key, run);
    return run;
  };
  const found: KnownPath[] = [];
  for (const { variants, scenarios, releases } of indexed) {
    const all = [];
    for (const { scenario: name, set, nth } of variants) {
      const { scenario, paths } = await runOf(name, set);
      all.push({ path: paths[nth]!, scenario, set, nth });
    }
    found.push(knownPath(all, new Map(scenarios.map((name) => [name, new Set(releases[name] ?? [])]))));
  }
  return found;
}

/** Of more scenarios than these, all together are loaded sooner. */
const FEW = 5;

/** The bundled paths that words name, as `pathsCalled` finds them; all of them without a word. And what else there is. */
export async function bundledPaths(words: readonly string[]): Promise<{ paths: readonly KnownPath[]; names: Names }> {
  const index = await bundledIndex();
  const names = namesOf(index);
  if (words.length === 0) return { paths: pathsIn(await bundledScenarios()), names };
  const chosen = pathsCalled(words, index);
  const wanted = new Set(chosen.flatMap(({ variants }) => variants.map(({ scenario }) => scenario)));
  if (wanted.size > FEW) await bundledScenarios();
  return { paths: await pathsOf(chosen, bundledScenario), names };
}

/** All bundled paths, as the build has written them down; it has not where the threads of a scenario could not be made. */
export async function bundledIndex(): Promise<readonly IndexedPath[]> {
  const file = bundledFile(INDEX);
  if (!existsSync(file)) return indexOf(pathsIn(await bundledScenarios()));
  return JSON.parse(readFileSync(file, "utf8")) as readonly IndexedPath[];
}

const INDEX = "paths.json";

/** Writes the index for both of what was compiled and what is shipped, behind the build of both. */
export async function keepIndex(root: string): Promise<void> {
  const [compiled, shipped] = [join(root, ".build/models", INDEX), join(root, ".build/dist/bundled", INDEX)];
  const sources = ["models", "specs", "src/cli", "src/model"].flatMap((folder) =>
    readdirSync(join(root, ".build", folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .map((name) => join(root, ".build", folder, name)),
  );
  const written = statSync(compiled, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isFresh = sources.every((file) => statSync(file).mtimeMs < written);
  if (!isFresh) {
    rmSync(compiled, { force: true });
    const text = await indexText();
    if (text === undefined) return;
    writeFileSync(compiled, text);
  }
  mkdirSync(dirname(shipped), { recursive: true });
  copyFileSync(compiled, shipped);
}

/** Nothing where a scenario is wrong, which whoever asks for its paths is told. */
async function indexText(): Promise<string | undefined> {
  try {
    return JSON.stringify(indexOf(pathsIn(await bundledScenarios())));
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
