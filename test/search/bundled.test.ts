import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { ModelError } from "../../src/model/error.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { Exploration } from "../../src/machine/exploration.ts";
import type { Program } from "../../src/machine/program.ts";
import type { Result } from "../../src/result/result.ts";
import { exploreAll } from "../explore-all.ts";
import { PAIRS } from "../models/families.ts";
import { pinnedRuns } from "../models/pinned.ts";
import { assertAgreement, assertSame, toldVerdicts, type Agreed } from "./agreement.ts";

/** What both engines say: the search that was made tells all threads apart where none of them are symmetric. */
async function agreed(tidy: Program, result: Result, exploration: Exploration): Promise<Agreed["verdicts"]> {
  if (exploration.symmetric.length === 0) {
    assertSame(exploreAll(tidy), exploration);
    return toldVerdicts(result, exploration);
  }
  const both = await assertAgreement(tidy, { threads: 2 });
  assert.ok(!(both instanceof ModelError));
  return both.verdicts;
}

for (const scenario of scenarios)
  for (const { set = {}, memory, states, violated = [], vacuous = [] } of scenario.expect) {
    // What is pinned under other memory models is judged in test/models/weak-memory.test.ts.
    if (memory !== undefined) continue;
    const name = [scenario.name, ...Object.entries(set).map(([param, value]) => `${param}=${String(value)}`)];
    test(`both engines agree on ${name.join(" ")}, and with what it pins`, async () => {
      const params = JSON.stringify(resolveParams(scenario, set as ParamValues));
      const { tidy, result, exploration } = (await pinnedRuns()).find(
        (run) => run.scenario === scenario && JSON.stringify(run.program.params) === params,
      )!;
      const { verdicts, neverTaken } = await agreed(tidy, result, exploration!);

      // Pinned is what the command line counts: without dead locals, and up to who is who in symmetric groups.
      // The families pin verdicts alone.
      if (PAIRS.some((family) => family.scenario === scenario)) assert.equal(states, undefined);
      else assert.equal(result.search.states, states);
      assert.deepEqual(
        new Map(result.specs.map((spec) => [spec.name, [spec.verdict, spec.trace?.steps.length]])),
        verdicts,
      );
      assert.deepEqual(
        result.neverTaken.map(({ path, label }) => `${path}: ${label}`),
        neverTaken,
      );
      const named = (wanted: string): readonly string[] =>
        [...verdicts].flatMap(([spec, [verdict]]) => (verdict === wanted ? [spec] : []));
      assert.deepEqual(new Set(named("violated")), new Set(violated));
      assert.deepEqual(new Set(named("vacuous")), new Set(vacuous));
    });
  }
