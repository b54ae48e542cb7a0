import assert from "node:assert/strict";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import type { Program } from "../../src/machine/program.ts";
import { assertAgreement } from "../search/agreement.ts";
import { searched } from "../search/searched.ts";
import { check } from "./toy.ts";

/** What is violated, by both engines and under all memory models, and why: `locking: a is taken twice; ...`. */
export async function saidOf(program: Program): Promise<string> {
  await assertAgreement(program);
  await assertAgreement(tsoProgram(program));
  const result = check(program);
  for (const memory of ["tso", "lkmm"] as const) {
    const { found } = await searched(program, { memory });
    assert.deepEqual([...found.keys()], [...result.found.keys()], memory);
  }
  const failed = result.specs.filter(({ trace }) => trace);
  return failed.map(({ name, trace }) => `${name}: ${trace!.ending.reason}`).join("; ");
}
