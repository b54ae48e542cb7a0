import { createHash } from "node:crypto";
import { buildProgram } from "../machine/build.ts";
import type { ParamValues } from "../model/params.ts";
import { partsOf } from "../model/path.ts";
import type { Scenario } from "../model/scenario.ts";

/**
 * Tells a scenario from what it was before it was changed, for whoever puts together what several machines found: by its
 * fields and the text of its steps at some parameter values, and by the text of the file, if it is the user's own. What
 * these call or import, it does not see.
 */
export function modelOf(scenario: Scenario, some: readonly ParamValues[], text = ""): string {
  const digest = createHash("sha256");
  const note = (...words: readonly unknown[]): void => void digest.update(`${words.map(String).join("\n")}\n`);
  for (const params of some) {
    const { cells, threads } = buildProgram(scenario, params);
    for (const { name, values } of cells) note(name, values.map(String).join());
    for (const { name, points } of threads) {
      note(name);
      for (const { label, step } of points) note(label, step.order, ...partsOf(step));
    }
  }
  for (const { name, kind, sentence } of scenario.specs) note(name, kind, sentence);
  note(text);
  return digest.digest("hex").slice(0, 16);
}
