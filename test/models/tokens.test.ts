import assert from "node:assert/strict";
import { test } from "node:test";
import { replay } from "../explain/replayed.ts";
import { repeat } from "../../src/result/repeat.ts";
import { readToken } from "../../src/result/token.ts";
import { pinnedRuns } from "./pinned.ts";

test("every token of a pinned run is read back, and leads through the same trace", async () => {
  let count = 0;
  for (const { scenario, tidy, result } of await pinnedRuns())
    for (const { name, token, trace } of result.specs) {
      if (!trace) continue;
      count++;
      const read = readToken(token!);
      assert.deepEqual([read.argument, read.spec], [scenario.name, name]);
      assert.deepEqual(read.set, Object.fromEntries(Object.entries(result.set).map(([n, v]) => [n, String(v)])));
      const { schedule, isSame } = repeat(tidy, read);
      assert.ok(isSame, token);
      const spec = [...scenario.specs, ...scenario.progress].find((one) => one.name === name) ?? name;
      const { minimal: _, ...told } = trace;
      assert.deepEqual(replay(tidy, schedule, spec), told, token);
      assert.ok(token!.length < 300, token);
    }
  assert.ok(count > 60, `${count} tokens`);
});
