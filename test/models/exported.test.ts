import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../../src/litmus/answer.ts";
import { readLitmus } from "../../src/litmus/read.ts";
import { litmusTest } from "../../src/report/litmus.ts";
import { weakRuns } from "./pinned.ts";

test("every bundled violation under lkmm, exported and read back, can happen under lkmm; under sc, if no barrier forbids it", async () => {
  const seen = { forbidden: 0, allowed: 0, depending: 0 };
  for (const { result } of await weakRuns())
    for (const spec of result.specs) {
      const { litmus, forbidding } = spec.trace ?? {};
      if (!litmus || !forbidding) continue;
      const text = litmusTest(result, spec, litmus);
      const exported = readLitmus(`${spec.name}.litmus`, text);
      const name = `${result.scenario} ${JSON.stringify(result.set)} ${spec.name}`;
      assert.equal((await answer(exported, "lkmm")).isOk, true, name);
      assert.equal((await answer(exported, "sc")).isOk, forbidding.length === 0, name);
      const hasAddress = litmus.threads.some((accesses) => accesses.some(({ address }) => address.length > 0));
      assert.equal(/[ (*][a-z]\w* \+ \(r\d+ \^/.test(text), hasAddress, name);
      if (hasAddress) seen.depending++;
      seen[forbidding.length > 0 ? "forbidden" : "allowed"]++;
    }
  assert.ok(seen.forbidden >= 6 && seen.allowed >= 4 && seen.depending >= 6, JSON.stringify(seen));
});
