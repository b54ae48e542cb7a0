import { readdirSync } from "node:fs";
import { scenarios } from "../../models/scenarios/index.ts";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { Scenario } from "../../src/model/scenario.ts";
import { showSet } from "../../src/cli/runs.ts";
import { readDocument, ROOT } from "./document.ts";

export const QUESTIONS = "docs/questions/README.md";

/** Rows of question, setting, and what is violated by memory model; fails for a scenario without a page, and the other way round. */
export function verdictsOfQuestions(): readonly (readonly string[])[] {
  const pages = new Set(
    readdirSync(`${ROOT}docs/questions`).map((file) => `questions/${file.slice(0, -".md".length)}`),
  );
  pages.delete("questions/README");
  const asked = scenarios.filter(({ name }) => name.startsWith("questions/"));
  const rows = asked.flatMap((scenario) => {
    if (!pages.delete(scenario.name)) throw new Error(`docs/${scenario.name}.md is missing`);
    const title = readDocument(`docs/${scenario.name}.md`).lines[0]!.slice("# ".length);
    const link = `[${title}](${scenario.name.slice("questions/".length)}.md)`;
    return settingsOf(scenario).map((cells, i) => [i === 0 ? link : "", ...cells]);
  });
  if (pages.size > 0) throw new Error(`no scenario is called ${[...pages].join(", ")}`);
  return [["question", "setting", ...MEMORY_MODELS.map((memory) => `\`${memory}\``)], ...rows];
}

function settingsOf({ expect }: Scenario): readonly (readonly string[])[] {
  const settingOf = ({ set = {} }: Scenario["expect"][number]): string => showSet(set as ParamValues);
  const settings = new Set(expect.map(settingOf));
  return [...settings].map((setting) => {
    const runs = expect.filter((run) => settingOf(run) === setting);
    const verdicts = MEMORY_MODELS.map((model) => {
      const run = runs.find(({ memory = "sc" }) => memory === model);
      if (run === undefined) return "-";
      const { violated = [], undecided = [] } = run;
      if (violated.length > 0) return `**violated**: ${violated.map((spec) => `\`${spec}\``).join(", ")}`;
      return undecided.length > 0 ? "undecided" : "holds";
    });
    return [setting === "" ? "(defaults)" : `\`${setting.replaceAll("|", String.raw`\|`)}\``, ...verdicts];
  });
}
