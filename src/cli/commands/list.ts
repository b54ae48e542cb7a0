import type { Argv, CommandModule } from "yargs";
import { ModelError } from "../../model/error.ts";
import { bundledScenarios } from "../bundled.ts";
import { describeAll, describeScenario, overviewText, scenarioText } from "../describe.ts";
import type { Outcome } from "../output/exit.ts";
import { json } from "../output/files.ts";
import type { Io } from "../output/io.ts";
import { loadScenario } from "../load.ts";
import { COMMON_OPTIONS, commonOptions, type RawCommonOptions } from "../options.ts";

type Arguments = RawCommonOptions & { readonly scenario: string | undefined };

/** `faultline list [scenario]` */
export const listCommand = (io: Io, end: (outcome: Outcome) => void): CommandModule<object, Arguments> => ({
  command: "list [scenario]",
  describe: "show the bundled scenarios, or what one is made of",
  builder: (yargs: Argv) =>
    yargs
      .positional("scenario", { type: "string", describe: "bundled scenario, or a .ts or .js file (default: all)" })
      .options(COMMON_OPTIONS),
  handler: async (args) => {
    const { format } = commonOptions(args, io);
    // What follows `--` is left in `_`, behind the command.
    const [scenario, ...more] = [
      ...(args.scenario === undefined ? [] : [args.scenario]),
      ...args._.slice(1).map(String),
    ];
    if (more.length > 0)
      throw new ModelError("list takes one scenario", { remedy: "list one at a time, or none to see them all" });
    if (scenario === undefined) {
      const all = describeAll(await bundledScenarios());
      io.stdout.write(format === "json" ? json(all) : overviewText(all));
    } else {
      const one = describeScenario((await loadScenario(scenario, io)).scenario);
      io.stdout.write(format === "json" ? json(one) : scenarioText(one));
    }
    end("held");
  },
});
