import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { ModelError } from "../../src/model/error.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { noteBundled } from "../../src/model/bundled.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { isLookedAtClosely } from "../models/families.ts";
import { forEachAtOnce, spinDiffers, twinOf, withoutSpin } from "./spin.ts";

test(
  "SPIN has as many states of every pinned run under sc, of families of pairs every fifth, and comes to the same verdicts",
  { skip: withoutSpin },
  async (t) => {
    // Their steps were done again where faultline searched them.
    scenarios.forEach(noteBundled);
    const runs = scenarios.flatMap((scenario) =>
      scenario.expect
        .filter((one) => (one.memory ?? "sc") === "sc" && isLookedAtClosely(scenario, one))
        .map(({ set = {} }) => ({ scenario, set: set as ParamValues })),
    );
    const differences: string[] = [];
    const refused: string[] = [];
    const seen = { runs: 0, states: 0, violated: 0, reached: 0 };
    await forEachAtOnce(runs, async ({ scenario, set }) => {
      let twin: Awaited<ReturnType<typeof twinOf>>;
      try {
        twin = await twinOf(buildProgram(scenario, resolveParams(scenario, set)));
      } catch (error) {
        // Refused with a sentence: what reads so much is not taken apart.
        if (!(error instanceof ModelError) || !error.message.endsWith("reads too much to be exported")) throw error;
        refused.push(`${scenario.name} ${JSON.stringify(set)}: ${error.message}`);
        return;
      }
      for (const difference of await spinDiffers(twin))
        differences.push(`${scenario.name} ${JSON.stringify(set)}: ${difference}`);
      seen.runs++;
      seen.states += twin.expected.states;
      seen.violated += twin.expected.violated.length;
      seen.reached += twin.expected.reached.length;
    });
    assert.deepEqual(differences, []);
    assert.equal(seen.runs + refused.length, runs.length);
    assert.ok(refused.length <= 7, refused.join("\n"));
    assert.ok(seen.runs > 200 && seen.violated > 50 && seen.reached > 10, JSON.stringify(seen));
    t.diagnostic(
      `${seen.runs} runs, ${seen.states} states, ${seen.violated} violations, no difference; ${refused.length} refused`,
    );
  },
);
