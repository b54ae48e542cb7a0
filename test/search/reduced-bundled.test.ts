import assert from "node:assert/strict";
import { test } from "node:test";
import { pinnedRuns } from "../models/pinned.ts";
import { assertReducedAs } from "./reducing.ts";

test("fewer states say the same of every run that is pinned under sc", async () => {
  const all = { runs: 0, states: 0, stored: 0 };
  for (const { tidy, exploration } of await pinnedRuns()) {
    // What is asked of endless runs is not asked of fewer states.
    if (tidy.scenario.progress.length > 0) continue;
    const { states } = await assertReducedAs(exploration!, tidy, { symmetry: true });
    all.runs++;
    all.states += exploration!.states;
    all.stored += states;
  }
  assert.ok(all.runs > 900);
  // docs/decisions/0247: 3.3 times fewer.
  assert.ok(3 * all.stored < all.states, `${all.stored} of ${all.states} states`);
});
