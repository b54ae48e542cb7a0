import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { isConditional } from "../../src/model/checks.ts";
import { ModelError } from "../../src/model/error.ts";
import { BUILT_IN_NAMES } from "../../src/model/spec.ts";
import type { Exploration } from "../../src/machine/exploration.ts";
import { machineOf } from "../machine/toy.ts";
import { assertAgreement } from "./agreement.ts";
import { program } from "./arbitrary.ts";
import { scenarioOf } from "./program.ts";

// A longer run: FAULTLINE_RUNS=20000. Always the same programs, of which the usual run takes the first.
const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 700);
const MOST_STATES = 500;

const isCut = (result: Exploration | ModelError): boolean =>
  !(result instanceof ModelError) && result.cut !== undefined;

test("on random programs both engines agree", async () => {
  const seen = { states: 0, done: 0, stuck: 0, refused: 0, cut: 0, saved: 0, initial: 0 };
  const found = new Map<string, number>();
  const engine = fc
    .integer({ min: 1, max: 20 })
    .map((n) => ({ threads: n < 20 ? 1 : 2, ...(n % 4 === 0 && { size: { shards: 8, slots: 2 ** 10 } }) }));
  await fc.assert(
    fc.asyncProperty(program, engine, async (compiled, engine) => {
      const program = machineOf(scenarioOf(compiled));
      const tidy = resetDeadLocals(program);
      const limits = { ...engine, maxStates: MOST_STATES };
      const plain = await assertAgreement(program, limits);
      const reset = await assertAgreement(tidy, limits);
      if (isCut(plain) || isCut(reset)) {
        seen.cut++;
        return;
      }
      if (plain instanceof ModelError || reset instanceof ModelError) {
        assert.ok(plain instanceof ModelError && reset instanceof ModelError);
        assert.equal(plain.message, reset.message);
        seen.refused++;
        return;
      }
      assert.deepEqual(reset.verdicts, plain.verdicts);
      // What is reset is no different at the end, and may make two states one before it.
      assert.equal(reset.done, plain.done);
      assert.ok(reset.states <= plain.states && reset.depth <= plain.depth);
      for (const what of ["states", "done", "stuck"] as const) seen[what] += plain[what];
      seen.saved += plain.states - reset.states;
      seen.initial += plain.initial - 1;
      for (const name of plain.found.keys()) found.set(name, (found.get(name) ?? 0) + 1);
    }),
    { seed: 20_201_014, numRuns: RUNS, includeErrorInReport: true },
  );
  // The programs are not all trivial.
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= 2, `${what}: ${count}`);
  // Those of locks and slabs: see random-locks.test.ts.
  for (const check of [...BUILT_IN_NAMES.filter((name) => !isConditional(name)), "spec-0", "spec-1"])
    assert.ok((found.get(check) ?? 0) >= 10, `${check}: ${found.get(check)}`);
});
