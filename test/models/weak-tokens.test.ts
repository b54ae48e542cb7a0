import assert from "node:assert/strict";
import { test } from "node:test";
import { repeat } from "../../src/result/repeat.ts";
import { readToken } from "../../src/result/token.ts";
import { weakRuns } from "./pinned.ts";

test("every token of a run that is pinned under another memory model is read back, and leads through the same trace", async () => {
  const seen = new Set<string>();
  for (const { program, result } of await weakRuns())
    for (const { token, trace } of result.specs) {
      if (!trace) continue;
      const read = readToken(token!);
      assert.equal(read.memory, result.search.memory);
      const { schedule, isSame } = repeat(program, read);
      assert.ok(isSame, token);
      assert.deepEqual(schedule, trace.schedule, token);
      assert.ok(token!.length < 200 + 3 * trace.steps.length, token);
      seen.add(read.memory);
    }
  assert.deepEqual([...seen].toSorted(), ["lkmm", "tso"]);
});
