import type { Argv, CommandModule } from "yargs";
import { ModelError } from "../model/error.ts";
import { bundledScenarios } from "./bundled.ts";
import { worstOf, type Outcome } from "./exit.ts";
import { openExports } from "./exports.ts";
import { watchInterrupts } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { loadScenario, type Loaded } from "./load.ts";
import { CHECK_OPTIONS, COMMON_OPTIONS, checkOptions, type CheckOptions, type RawCheckOptions } from "./options.ts";
import { perform } from "./perform.ts";
import { jsonPrinter, textPrinter, type Finished } from "./printer.ts";
import { pinnedRuns, truthRuns, type Run } from "./runs.ts";
import { warner } from "./warnings.ts";

type Arguments = RawCheckOptions & { readonly scenario: string[] | undefined };

/** `faultline check [scenario..]` */
export const checkCommand = (io: Io, end: (outcome: Outcome) => void): CommandModule<object, Arguments> => ({
  command: "check [scenario..]",
  describe: "explore every interleaving and check the specs",
  builder: (yargs: Argv) =>
    yargs
      .positional("scenario", {
        type: "string",
        array: true,
        describe: "bundled scenario, or a .ts or .js file (default: all bundled ones, as --expected)",
      })
      .options({ ...CHECK_OPTIONS, ...COMMON_OPTIONS }),
  handler: async (args) => {
    // What follows `--` is left in `_`, behind the command.
    const names = [...(args.scenario ?? []), ...args._.slice(1).map(String)];
    end(await check(names, checkOptions(args, io), io));
  },
});

async function check(names: readonly string[], options: CheckOptions, io: Io): Promise<Outcome> {
  const loaded = await loadAll(names, io);
  const isPinned = options.expected || loaded.length === 0;
  const asked = loaded.length > 0 ? loaded : await bundled();
  const runs = isPinned ? pinnedRuns(asked, options) : truthRuns(asked, options);
  for (const { scenario } of asked)
    if (isPinned && scenario.expect.length === 0)
      io.stderr.write(`warning: scenario '${scenario.name}' has no pinned runs and is not checked\n`);
  return await performAll(runs, options, io, isPinned || runs.length > 1);
}

/** Makes all runs, and prints and writes what they find; `isList` makes a list of their JSON documents. */
export async function performAll(
  runs: readonly Run[],
  options: CheckOptions,
  io: Io,
  isList: boolean,
): Promise<Outcome> {
  const printer =
    options.format === "json" ? jsonPrinter(io, isList, options.quiet) : textPrinter(io, runs.length, options);
  const warn = warner(io);
  const exportAll = await openExports(io, options, warn);
  const interrupt = watchInterrupts(io, options.search.timeoutSeconds);
  const context = { io, interrupt, options, warn };
  const all: Finished[] = [];
  const outcomes: Outcome[] = [];
  try {
    for (const run of runs) {
      // What was not even begun is as undecided as what was cut.
      if (interrupt.reason() !== undefined && outcomes.length > 0) {
        outcomes.push("undecided");
        break;
      }
      const { finished, outcome } = await perform(run, context, printer);
      all.push(finished);
      outcomes.push(outcome);
    }
    if (!(await exportAll(all, runs.slice(all.length)))) outcomes.push("wrong");
  } finally {
    interrupt.release();
  }
  printer.end();
  return worstOf(outcomes);
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
