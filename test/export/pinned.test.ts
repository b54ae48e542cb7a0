import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { noteBundled } from "../../src/machine/purity.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { forEachAtOnce, spinDiffers, twinOf, withoutSpin } from "./spin.ts";

test(
  "SPIN has as many states of every pinned run under sc, and comes to the same verdicts",
  { skip: withoutSpin },
  async (t) => {
    // Their steps were done again where faultline searched them.
    scenarios.forEach(noteBundled);
    const runs = scenarios.flatMap((scenario) =>
      scenario.expect
        .filter(({ memory = "sc" }) => memory === "sc")
        .map(({ set = {} }) => ({ scenario, set: set as ParamValues })),
    );
    const differences: string[] = [];
    const seen = { runs: 0, states: 0, violated: 0, reached: 0 };
    await forEachAtOnce(runs, async ({ scenario, set }) => {
      const twin = await twinOf(buildProgram(scenario, resolveParams(scenario, set)));
      for (const difference of await spinDiffers(twin))
        differences.push(`${scenario.name} ${JSON.stringify(set)}: ${difference}`);
      seen.runs++;
      seen.states += twin.expected.states;
      seen.violated += twin.expected.violated.length;
      seen.reached += twin.expected.reached.length;
    });
    assert.deepEqual(differences, []);
    assert.equal(seen.runs, runs.length);
    assert.ok(seen.runs > 200 && seen.violated > 50 && seen.reached > 10, JSON.stringify(seen));
    t.diagnostic(`${seen.runs} runs, ${seen.states} states, ${seen.violated} violations, no difference`);
  },
);
