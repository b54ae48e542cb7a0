import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ModelError } from "../../src/model/error.ts";
import { machineOf } from "../machine/toy.ts";
import { attempt } from "../search/agreement.ts";
import { program } from "../search/arbitrary.ts";
import { scenarioOf } from "../search/program.ts";
import { textOf } from "../search/program-text.ts";
import { forEachAtOnce, spinDiffers, twinOf, withoutSpin } from "./spin.ts";

// A longer run: FAULTLINE_RUNS=2000. Always the same programs, of which the usual run takes the first.
const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 120);

test("SPIN agrees on random programs", { skip: withoutSpin }, async () => {
  const seen = { states: 0, violated: 0, reached: 0, stuck: 0, chosen: 0 };
  const differences: string[] = [];
  await forEachAtOnce(fc.sample(program, { seed: 20_201_014, numRuns: RUNS }), async (one) => {
    const twin = await attempt(() => twinOf(machineOf(scenarioOf(one))));
    if (twin instanceof ModelError) return;
    for (const difference of await spinDiffers(twin)) differences.push(`${textOf(one)}\n${difference}`);
    const { states, violated, reached } = twin.expected;
    seen.states += states;
    seen.violated += violated.length;
    seen.reached += reached.length;
    if (violated.includes("not-stuck")) seen.stuck++;
    seen.chosen += twin.made.more;
  });
  assert.deepEqual(differences, []);
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= 2, `${what}: ${count}`);
});
