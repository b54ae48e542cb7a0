import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { ModelError } from "../../src/model/error.ts";
import { resolveParams, type ParamValues } from "../../src/model/scenario.ts";
import { lkmmMachine } from "../../src/memory/lkmm/machine.ts";
import { explore } from "../../src/search/explore.ts";
import { endOf } from "../explore-all.ts";
import { pinnedRuns, weakRuns } from "../models/pinned.ts";
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
      assert.equal(result.search.states, states);
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

// The plain explorer tells threads apart, and keeps every state as an object.
const MOST_STATES = 20_000;

test("under lkmm the plain explorer finds what the machine's own search pins", async () => {
  let compared = 0;
  for (const { scenario, program, result } of await weakRuns()) {
    if (result.search.memory !== "lkmm" || result.search.cut !== null) continue;
    if (result.search.states > MOST_STATES || result.search.symmetric.length > 0) continue;
    const { states, transitions, depth, found } = endOf(explore(lkmmMachine(program)));
    const lengths = [...found].map(([name, { moves }]) => `${name} ${moves.length}`).toSorted();
    const told = result.specs.flatMap(({ name, trace }) => (trace ? `${name} ${trace.schedule.moves.length}` : []));
    const { search } = result;
    assert.deepEqual([states, transitions, depth], [search.states, search.transitions, search.depth], scenario.name);
    assert.deepEqual(lengths, told.toSorted(), scenario.name);
    compared++;
  }
  assert.ok(compared > 10, String(compared));
});
