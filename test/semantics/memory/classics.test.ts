import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomesOf } from "../../../src/search/outcomes.ts";
import type { MemoryModel } from "../../../src/semantics/memory/model.ts";
import { showReads, threads, w } from "./classics.ts";

const reads = async (memory: MemoryModel, ...texts: readonly string[]): Promise<readonly string[]> =>
  (await outcomesOf(threads(...texts), w, memory, showReads)).values.map((all) => all.slice(0, 5));

test("store buffering: x86 lets both loads overtake the stores, a full barrier does not", async () => {
  const weak = ["W x 1 once; R y r once", "W y 1 once; R x r once"];
  assert.deepEqual(await reads("sc", ...weak), ["00 10", "10 00", "10 10"]);
  assert.deepEqual(await reads("tso", ...weak), ["00 00", "00 10", "10 00", "10 10"]);
  const fenced = ["W x 1 once; mb; R y r once", "W y 1 once; mb; R x r once"];
  assert.deepEqual(await reads("tso", ...fenced), await reads("sc", ...fenced));
});

test("facts of LKMM", async () => {
  assert.deepEqual(await reads("lkmm", "W x 1 once; R y r once", "W y 1 once; R x r once"), [
    "00 00",
    "00 10",
    "10 00",
    "10 10",
  ]);
  console.log(await reads("lkmm", "W x 1 once; W y 1 once", "R y r once; R x s once"));
  console.log(await reads("lkmm", "W x 1 once; wmb; W y 1 once", "R y r once; rmb; R x s once"));
  console.log(await reads("lkmm", "W x 1 once; W y 1 release", "R y r acquire; R x s once"));
  console.log(await reads("lkmm", "W x 1 once; mb; R y r once", "W y 1 once; mb; R x r once"));
});
