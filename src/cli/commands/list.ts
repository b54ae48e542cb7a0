import { bundledFolder, bundledScenarios, scenariosIn } from "../bundled.ts";
import { atMostOne, command, SCENARIO } from "../command.ts";
import { describeAll, describeScenario, overviewText, scenarioText } from "../describe.ts";
import { loadScenario } from "../load.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { json } from "../output/files.ts";

export const list = command({
  name: "list",
  describe: "show the bundled scenarios, or what one is made of",
  subject: {
    ...SCENARIO,
    number: "at most one",
    describe: "bundled scenario, a folder of them, or a .ts or .js file (default: all)",
  },
  options: COMMON_OPTIONS,
  examples: ["list", "list races", "list fault-around-vs-punch"],
  async run(words, { format }, io) {
    const name = atMostOne(words, list, "list one at a time, or none to see them all");
    const folder = name === undefined ? undefined : bundledFolder(name);
    if (name === undefined || folder !== undefined) {
      const all = describeAll(folder === undefined ? await bundledScenarios() : await scenariosIn(folder));
      io.stdout.write(format === "json" ? json(all) : overviewText(all));
    } else {
      const one = describeScenario((await loadScenario(name, io)).scenario);
      io.stdout.write(format === "json" ? json(one) : scenarioText(one));
    }
    return "held";
  },
});
