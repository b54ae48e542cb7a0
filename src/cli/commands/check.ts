import { ModelError } from "../../model/error.ts";
import { bundledScenarios } from "../bundled.ts";
import { command, SCENARIO } from "../command.ts";
import { isBundled, isTypeScript, loadScenario, type Loaded } from "../load.ts";
import { flag } from "../option.ts";
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
    describe: "bundled scenario, or a .ts or .js file (default: all bundled ones, as --expected)",
  },
  options: {
    ...CHECK_OPTIONS,
    "no-types": flag("do not check the types of a .ts file (default: check them where typescript is installed)"),
    watch: flag("check again whenever a .ts or .js file, or what it imports, changes, until Ctrl-C"),
    ...COMMON_OPTIONS,
  },
  examples: [
    "check fault-around-vs-punch --set order=patch4",
    "check my-race.ts --max-states 1000000",
    "check fault-around-vs-punch --memory lkmm --html",
    "check",
  ],
  async run(names, given, io) {
    const options = checkOptions(given, io);
    // What is missing is said at once, not when the search is over.
    if (options.second !== undefined) await (await import("../output/spin.ts")).spinHere();
    const once = (to: Io): Promise<Outcome> => checkTyped(names, options, to, !given["no-types"]);
    if (!given.watch) return await once(io);
    const files = await ownFiles(names);
    const { repeatOnChange } = await import("../watch.ts");
    return await repeatOnChange(files, once, io);
  },
});

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
