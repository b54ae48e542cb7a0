import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../../src/litmus/answer.ts";
import { readLitmus } from "../../src/litmus/read.ts";
import { ModelError } from "../../src/model/error.ts";
import { litmusTest } from "../../src/report/formats/litmus.ts";
import { weakRuns } from "./pinned.ts";

/** A longer program has too many runs to look at all of them; that LKMM allows its run, the axioms have said. */
const MOST_ACCESSES = 40;

const LEFT_OUT = new Set([
  // Its last condition joins six registers: more than the values of one step are tried for.
  'races/uffd-wp-vs-copy {"fixed":true} no-store-lost',
  // Four threads, which interleave in more ways than can be looked at.
  'questions/unlock-without-reference {"release":"v7.1","stale":true} wait-ends-unlocked',
]);

test("every bundled violation under lkmm, exported and read back, can happen under lkmm; under sc, if no barrier forbids it", async () => {
  const seen = { forbidden: 0, allowed: 0, walks: 0, depending: 0, idle: 0 };
  let tooLong = 0;
  for (const { result } of await weakRuns())
    for (const spec of result.specs) {
      const { litmus, forbidding } = spec.trace ?? {};
      if (!litmus || !forbidding) continue;
      const name = `${result.scenario} ${JSON.stringify(result.set)} ${spec.name}`;
      if (litmus.threads.flat().length > MOST_ACCESSES || LEFT_OUT.has(name)) {
        tooLong++;
        continue;
      }
      if (litmus.threads.length > litmus.cpus) seen.walks++;
      const text = litmusTest(result, spec, litmus);
      // herd7 reads no thread without a statement.
      assert.doesNotMatch(text, /\)\n\{\n\}/, name);
      if (litmus.threads.some((accesses) => accesses.length === 0)) seen.idle++;
      const exported = readLitmus(`${spec.name}.litmus`, text);
      const told = await answer(exported, "lkmm").catch((error: unknown) => error);
      // Long conditions join more registers than the values of one step are tried for.
      if (told instanceof ModelError && told.message.includes("combinations of values")) {
        tooLong++;
        continue;
      }
      if (told instanceof Error) throw told;
      assert.equal((told as Awaited<ReturnType<typeof answer>>).isOk, true, name);
      assert.equal((await answer(exported, "sc")).isOk, forbidding.length === 0, name);
      const hasAddress = litmus.threads.some((accesses) => accesses.some(({ address }) => address.length > 0));
      assert.equal(/[ (*][a-z]\w* \+ \(r\d+ \^/.test(text), hasAddress, name);
      if (hasAddress) seen.depending++;
      seen[forbidding.length > 0 ? "forbidden" : "allowed"]++;
    }
  assert.ok(
    seen.forbidden >= 6 && seen.allowed >= 4 && seen.walks >= 2 && seen.depending >= 6 && seen.idle >= 1,
    JSON.stringify(seen),
  );
  assert.ok(tooLong < (seen.forbidden + seen.allowed) / 4, `${tooLong} are too long, of ${JSON.stringify(seen)}`);
});
