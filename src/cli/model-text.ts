import { createHash } from "node:crypto";
import { buildProgram } from "../machine/build.ts";
import type { ParamValues } from "../model/params.ts";
import type { Scenario } from "../model/scenario.ts";

/**
 * Tells a scenario from what it was before it was changed, for whoever puts together what several machines found: by its
 * fields, and by the text of its steps and specs at some parameter values. What these call, it does not see.
 */
export function modelOf(scenario: Scenario, some: readonly ParamValues[]): string {
  const digest = createHash("sha256");
  const note = (...words: readonly unknown[]): void => void digest.update(`${words.map(String).join("\n")}\n`);
  for (const params of some) {
    const { cells, threads } = buildProgram(scenario, params);
    for (const { name, values } of cells) note(name, values.map(String).join());
    for (const { name, points } of threads) {
      note(name);
      for (const { label, step } of points) note(label, ...Object.values(step as object).filter(isText));
    }
  }
  for (const { name, kind, sentence, holds } of scenario.specs) note(name, kind, sentence, holds);
  return digest.digest("hex").slice(0, 16);
}

const isText = (value: unknown): boolean => typeof value === "function" || typeof value === "string";
