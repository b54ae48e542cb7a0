import { ModelError } from "../../model/error.ts";
import { bundledFolder, bundledScenarios, scenariosIn } from "../bundled.ts";
import { command, SCENARIO } from "../command.ts";
import { isBundled, isTypeScript, loadScenario, type Loaded } from "../load.ts";
import { count, flag, number } from "../option.ts";
import { CHECK_OPTIONS, COMMON_OPTIONS, checkOptions, type CheckOptions } from "../options.ts";
import type { Outcome } from "../output/exit.ts";
import type { Io } from "../output/io.ts";
import { performAll } from "../perform-all.ts";
import { pinnedRuns, truthRuns } from "../runs.ts";
import type { TypeCheck } from "../types.ts";

export const check = command({
  name: "check",
  describe: "explore every interleaving and check the specs",
  subject: {
    ...SCENARIO,
    number: "any",
    describe:
      "bundled scenario, or a .ts or .js file; a folder of bundled ones, or all of them by default, as --expected",
  },
  options: {
    ...CHECK_OPTIONS,
    "no-types": flag("do not check the types of a .ts file (default: check them where typescript is installed)"),
    simulate: count("1000", "make this many random walks instead of a search; what they do not meet is undecided"),
    seed: number("2", "which random walks --simulate makes (default: 1)"),
    prove: flag("search to the end, even where a violation is found ahead of a search that grows (default: soon stop)"),
    reduced: flag("store fewer states on the way to a proof; a violation is searched for again among all of them"),
    watch: flag("check again whenever a .ts or .js file, or what it imports, changes, until Ctrl-C"),
    ...COMMON_OPTIONS,
  },
  examples: [
    "check fault-around-vs-punch --set order=patch4",
    "check my-race.ts --max-states 1000000",
    "check fault-around-vs-punch --memory lkmm --html",
    "check fault-around-vs-punch --set order=patch4 --simulate 1000 --seed 2",
    "check races",
    "check",
  ],
  async run(words, given, io) {
    const folders = words.map(bundledFolder);
    const names = await withFolders(words, folders);
    const isFolder = words.length > 0 && !folders.includes(undefined);
    const options = finding(names, checkOptions({ ...given, expected: given.expected || isFolder }, io), given);
    // What is missing is said at once, not when the search is over.
    if (options.second !== undefined) await (await import("../output/spin.ts")).spinHere();
    const once = (to: Io): Promise<Outcome> => checkTyped(names, options, to, !given["no-types"]);
    if (!given.watch) return await once(io);
    const files = await ownFiles(names);
    const { repeatOnChange } = await import("../watch.ts");
    return await repeatOnChange(files, once, io);
  },
});

/** The same options with how violations are found before everything is seen. Throws a ModelError for what does not go together. */
function finding(
  names: readonly string[],
  options: CheckOptions,
  {
    simulate,
    seed,
    prove,
    reduced,
    expected,
  }: {
    readonly simulate?: number | undefined;
    readonly seed?: number | undefined;
    readonly prove: boolean;
    readonly reduced: boolean;
    readonly expected: boolean;
  },
): CheckOptions {
  if (seed !== undefined && simulate === undefined)
    throw new ModelError("--seed says which random walks are made, and none are", {
      remedy: "give --simulate, too, as in --simulate 1000, or leave it out",
    });
  // Pinned runs are judged by all that there is.
  const isPinned = options.expected || names.length === 0;
  const pinned = isPinned ? [expected ? "--expected" : "all pinned runs"] : [];
  if (reduced) refuseWithReduced([...pinned, ...(simulate === undefined ? [] : ["--simulate"])][0], options);
  if (simulate === undefined)
    return isPinned
      ? options
      : { ...options, search: { ...options.search, reduces: reduced, ahead: prove ? "proves" : "finds" } };
  const other = [
    ...pinned,
    ...(prove ? ["--prove"] : []),
    ...(options.minimize === "switches" ? ["--minimize switches"] : []),
  ][0];
  if (other !== undefined)
    throw new ModelError(`--simulate does not go with ${other}`, {
      cause: "random walks see some runs, and that takes all of them",
      remedy: isPinned && !expected ? "name a scenario" : "leave one of them out",
    });
  return { ...options, search: { ...options.search, walks: { count: simulate, seed: seed ?? 1 } } };
}

/** Throws a ModelError where all states are wanted. The search itself says what else keeps it from storing fewer. */
function refuseWithReduced(other: string | undefined, { second }: CheckOptions): void {
  const asked = other ?? (second === undefined ? undefined : `--second ${second}`);
  if (asked === undefined) return;
  throw new ModelError(`--reduced does not go with ${asked}`, {
    cause:
      asked === "--simulate"
        ? "random walks store no states, and prove nothing"
        : "the number of all states is compared there, and fewer are stored",
    remedy: "leave one of them out",
  });
}

/** The same words with the scenarios of a folder in the place of its name. */
async function withFolders(
  words: readonly string[],
  folders: readonly (string | undefined)[],
): Promise<readonly string[]> {
  const inPlace = words.map(async (word, i) => {
    const folder = folders[i];
    return folder === undefined ? [word] : (await scenariosIn(folder)).map(({ name }) => name);
  });
  return (await Promise.all(inPlace)).flat();
}

/** The files among what is to be watched. What comes with faultline does not change. */
async function ownFiles(names: readonly string[]): Promise<readonly string[]> {
  const bundledOnes = await Promise.all(names.map(isBundled));
  const files = [...new Set(names.filter((_, i) => !bundledOnes[i]))];
  if (files.length > 0) return files;
  throw new ModelError("--watch needs a file of your own", {
    cause: "what comes with faultline does not change",
    remedy: "name a .ts or .js file, or leave out --watch",
  });
}

async function checkTyped(names: readonly string[], options: CheckOptions, io: Io, isTyped: boolean): Promise<Outcome> {
  // Not before: what comes with faultline does without.
  const types = isTyped && names.some(isTypeScript) ? (await import("../types.ts")).checkTypes(names, io) : undefined;
  try {
    return await checkAll(names, options, io, types);
  } finally {
    types?.stop();
  }
}

async function checkAll(names: readonly string[], options: CheckOptions, io: Io, types?: TypeCheck): Promise<Outcome> {
  const loaded = await loadAll(names, io);
  await types?.passed();
  const isPinned = options.expected || loaded.length === 0;
  const asked = loaded.length > 0 ? loaded : await bundled();
  const runs = isPinned ? pinnedRuns(asked, options) : truthRuns(asked, options);
  for (const { scenario } of asked)
    if (isPinned && scenario.expect.length === 0)
      io.stderr.write(`warning: scenario '${scenario.name}' has no pinned runs and is not checked\n`);
  return await performAll(runs, options, io, isPinned || runs.length > 1);
}

// One after the other: the files of the user may use what is global.
async function loadAll(names: readonly string[], io: Io): Promise<readonly Loaded[]> {
  const loaded: Loaded[] = [];
  for (const name of new Set(names)) {
    const one = await loadScenario(name, io);
    const other = loaded.find(({ scenario }) => scenario.name === one.scenario.name);
    if (other)
      throw new ModelError(`two scenarios are called '${one.scenario.name}'`, {
        where: `${other.argument} and ${one.argument}`,
        cause: "they would write into the same folder",
        remedy: "rename one, or check one at a time",
      });
    loaded.push(one);
  }
  return loaded;
}

const bundled = async (): Promise<readonly Loaded[]> =>
  (await bundledScenarios()).map((scenario) => ({ scenario, argument: scenario.name }));
