import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { ModelError } from "../../src/model/error.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { pinnedRuns } from "../models/pinned.ts";
import { assertAgreement } from "./agreement.ts";

for (const scenario of scenarios)
  for (const { set = {}, memory, states, violated = [], vacuous = [] } of scenario.expect) {
    // What is pinned under other memory models is judged in test/models/weak-memory.test.ts.
    if (memory !== undefined) continue;
    const name = [scenario.name, ...Object.entries(set).map(([param, value]) => `${param}=${String(value)}`)];
    test(`both engines agree on ${name.join(" ")}, and with what it pins`, async () => {
      const params = JSON.stringify(resolveParams(scenario, set as ParamValues));
      const { tidy, result } = (await pinnedRuns()).find(
        (run) => run.scenario === scenario && JSON.stringify(run.program.params) === params,
      )!;
      const agreed = await assertAgreement(tidy, { threads: 2 });
      assert.ok(!(agreed instanceof ModelError));
      const { verdicts, neverTaken } = agreed.verdicts;

      // Pinned is what the command line counts: without dead locals, and up to who is who in symmetric groups.
      if (states !== undefined) assert.equal(result.search.states, states);
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
