import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { ModelError } from "../../src/model/error.ts";
import { resolveParams, type ParamValues } from "../../src/model/scenario.ts";
import { buildProgram } from "../../src/machine/program.ts";
import { assertAgreement, searchAll, verdictsOf } from "./agreement.ts";

for (const scenario of scenarios)
  for (const { set = {}, memory, states, violated = [], vacuous = [] } of scenario.expect) {
    // What is pinned under other memory models is judged in test/models/weak-memory.test.ts.
    if (memory !== undefined) continue;
    const name = [scenario.name, ...Object.entries(set).map(([param, value]) => `${param}=${String(value)}`)];
    test(`both engines agree on ${name.join(" ")}, and with what it pins`, async () => {
      const tidy = resetDeadLocals(buildProgram(scenario, resolveParams(scenario, set as ParamValues)));
      const agreed = await assertAgreement(tidy, { threads: 2 });
      assert.ok(!(agreed instanceof ModelError));

      // Pinned is what the command line counts: without dead locals, and up to who is who in symmetric groups.
      const reduced = await searchAll(tidy, { symmetry: true });
      assert.equal(reduced.states, states);
      assert.deepEqual(verdictsOf(tidy, reduced), agreed.verdicts);
      const named = (wanted: string): readonly string[] =>
        [...agreed.verdicts.verdicts].flatMap(([spec, [verdict]]) => (verdict === wanted ? [spec] : []));
      assert.deepEqual(new Set(named("violated")), new Set(violated));
      assert.deepEqual(new Set(named("vacuous")), new Set(vacuous));
    });
  }
