import assert from "node:assert/strict";
import { test } from "node:test";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { faultVersusTruncate } from "../../bench/fault-versus-truncate.ts";
import { rows, type Row } from "../published/table.ts";
import { machineOf } from "../machine/toy.ts";
import { assertAgreement, searchAll } from "./agreement.ts";

// The naive explorer has counted the same, in a test of its own; the smaller ones are compared in every figure.
const MOST_COMPARED = 1000;

/** What the naive explorer needs minutes for. */
const large: readonly Row[] = [
  {
    name: "fault versus truncate, 4 faulters, 1 page",
    source: "its Promela twin in Spin 6.5.2, -DNOREDUCE",
    scenario: faultVersusTruncate(4, 1),
    distinct: 2_007_228,
    transitions: 9_113_314,
  },
  {
    name: "fault versus truncate, 3 faulters, 2 pages",
    source: "its Promela twin in Spin 6.5.2, -DNOREDUCE",
    scenario: faultVersusTruncate(3, 2),
    distinct: 1_761_984,
    transitions: 6_830_412,
  },
];

for (const { name, source, scenario, set, big: _, stutters, ...published } of [...rows, ...large])
  test(`the fast engine counts what is published of ${name} (${source})`, async () => {
    const program = machineOf(scenario, set);
    for (const threads of [1, 2]) {
      const { initial, states, transitions, depth, done, stuck, cut } = await searchAll(program, { threads });
      const counted = {
        distinct: states,
        generated: initial + transitions + (stutters ? done : 0),
        transitions,
        depth: depth + 1,
        done,
        stuck,
      };
      assert.equal(cut, undefined);
      assert.deepEqual({ ...counted, ...published }, counted);
    }
    if (published.distinct > MOST_COMPARED) return;
    await assertAgreement(program);
    await assertAgreement(resetDeadLocals(program), { threads: 2 });
  });
