import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, once, symmetric, world, array, acquire } from "faultline";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import truncate from "../../models/scenarios/fault-around-vs-truncate.ts";
import twoFaults from "../../models/scenarios/two-faults.ts";
import { resetDeadLocals } from "../../src/compile/liveness.ts";
import { ModelError } from "../../src/model/error.ts";
import { tsoMachine } from "../../src/semantics/memory/tso.ts";
import { machineOf, toy } from "../semantics/toy.ts";
import { assertAgreement, searchAll } from "./agreement.ts";

for (const scenario of [punch, truncate, twoFaults])
  test(`with store buffers both engines agree on ${scenario.name}`, async () => {
    const agreed = await assertAgreement(tsoMachine(resetDeadLocals(machineOf(scenario))));
    assert.ok(!(agreed instanceof ModelError) && agreed.cut === undefined);
    assert.ok(agreed.states > (await searchAll(resetDeadLocals(machineOf(scenario)))).states);
  });

test("threads with store buffers may be symmetric: each has its own", async () => {
  const w = world({ own: array(2, bool), shared: bool });
  const path = (i: number) =>
    w.path(
      "path",
      {},
      {
        store: once((k) => void (k.own[i] = true)),
        again: once((k) => void (k.own[i] = false)),
        exchange: acquire((k) => void (k.shared = !k.shared)),
      },
    );
  const machine = tsoMachine(toy({ world: w, threads: { a: symmetric(2, path) } }));
  const [full, reduced] = [await searchAll(machine), await searchAll(machine, { symmetry: true })];
  assert.deepEqual(reduced.symmetric, ["a"]);
  assert.ok(reduced.states < full.states && reduced.states >= full.states / 2);
});
