import assert from "node:assert/strict";
import { test } from "node:test";
import { flowsOf } from "../../src/report/picture/arrows.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { search as searchProgram } from "../../src/search/search.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Result } from "../../src/result/result.ts";
import { machineOf } from "../machine/toy.ts";
import { protocol, type Variant } from "./protocol.ts";

async function resultUnder(memory: "sc" | "tso" | "lkmm", variant: Variant, mappers: 1 | 2 = 1): Promise<Result> {
  const program = resetDeadLocals(machineOf(protocol(variant, mappers)));
  const search = searchProgram(program, { memory });
  for (;;) {
    const slice = await search.next();
    if (slice.done === true) return resultOf(program, slice.value, "faultline check protocol");
  }
}

async function unsafeUnder(variant: Variant): Promise<string> {
  const models: string[] = [];
  for (const memory of ["sc", "tso", "lkmm"] as const)
    if ((await resultUnder(memory, variant)).specs[0]!.verdict === "violated") models.push(memory);
  return models.join(" ");
}

// By what stands between the page lock and the mapcount, how the mapcount is raised, and how the mapper looks again. The
// verdicts are those of herd7 and GenMC on the same programs as litmus tests.
const ROWS: readonly (readonly [Variant["lock"], Variant["inc"], Variant["reads"], string])[] = [
  ["acquire", "value", "once", "lkmm"],
  ["acquire", "value", "rmb", "lkmm"],
  ["mb", "value", "once", "lkmm"],
  ["mb", "value", "acquire", ""],
  ["mb", "value", "rmb", ""],
  ["after-atomic", "value", "acquire", ""],
  ["full", "value", "acquire", ""],
  ["mb", "no value", "acquire", "lkmm"],
  ["mb", "no value, after-atomic", "acquire", ""],
  ["mb", "value", "mapping first", "sc tso lkmm"],
  ["mb", "value", "lock only", "sc tso lkmm"],
  ["mb", "value", "mapping only", "sc tso lkmm"],
];

for (const [lock, inc, reads, unsafe] of ROWS)
  test(`mapping without the page lock: ${lock}, ${inc}, ${reads}`, async () => {
    assert.equal(await unsafeUnder({ lock, inc, reads }), unsafe);
  });

test("pinned: states of the protocol with two mappers", async () => {
  const variant: Variant = { lock: "mb", inc: "value", reads: "acquire" };
  const states = async (memory: "sc" | "tso" | "lkmm") => (await resultUnder(memory, variant, 2)).search.states;
  assert.deepEqual([await states("sc"), await states("tso"), await states("lkmm")], [650, 1142, 3003]);
});

test("a counterexample under lkmm says which store a load has not seen", async () => {
  const { specs } = await resultUnder("lkmm", { lock: "acquire", inc: "value", reads: "acquire" });
  const trace = specs[0]!.trace!;
  const stepOf = (named: string): number => trace.steps.findIndex(({ label }) => label === named);
  const [store, load] = [stepOf("atomic_inc_and_test(&page->_mapcount)"), stepOf("page_mapped(page)?")];
  const stale = trace.steps[load]!.reads[0]!;
  assert.deepEqual([stale.value, stale.unseen], [0, { thread: 0, step: store, value: 1 }]);
  assert.deepEqual(
    flowsOf(trace).filter(({ kind }) => kind === "unseen"),
    [{ kind: "unseen", from: store, to: load, fields: [stale.field] }],
  );
});
