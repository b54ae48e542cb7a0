import { scenarios } from "../models/scenarios/index.ts";
import { resetDeadLocals } from "../src/analysis/liveness.ts";
import { resolveParams, type ParamValues } from "../src/model/scenario.ts";
import { buildProgram, type Program } from "../src/machine/program.ts";
import { resultOf } from "../src/result/result-of.ts";
import type { Result } from "../src/result/result.ts";
import { searchAll } from "./search/agreement.ts";

export interface Violation {
  readonly program: Program;
  readonly result: Result;
}

let known: Promise<readonly Violation[]> | undefined;

/** Every pinned run of the bundled scenarios that violates something; searched at the first call only. */
export const violations = (): Promise<readonly Violation[]> => (known ??= searchPinned());

async function searchPinned(): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  for (const scenario of scenarios)
    for (const { set = {}, memory, violated = [] } of scenario.expect) {
      if (memory !== undefined) continue;
      if (violated.length === 0) continue;
      const program = resetDeadLocals(buildProgram(scenario, resolveParams(scenario, set as ParamValues)));
      const words = Object.entries(set).map(([name, value]) => ` --set ${name}=${String(value)}`);
      const exploration = await searchAll(program, { symmetry: true });
      found.push({
        program,
        result: resultOf(program, exploration, `faultline check ${scenario.name}${words.join("")}`),
      });
    }
  return found;
}
