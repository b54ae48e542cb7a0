import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import { compareFolder, CORPUS, skip, stride } from "./folder.ts";

const own = fileURLToPath(new URL("../../../test/litmus/tests", import.meta.url));

for (const memory of MEMORY_MODELS)
  test(`the bundled litmus tests come out as expected under ${memory}`, async () => {
    const { judged, differences, undecided, unanswered } = await compareFolder(own, memory);
    assert(judged >= 48);
    assert.deepEqual([differences.map(({ file }) => file), undecided, unanswered], [[], [], []]);
  });

for (const memory of ["sc", "tso"] as const)
  test(`herd7's verdicts and numbers of outcomes under ${memory}`, { skip }, async () => {
    const { judged, differences, unanswered } = await compareFolder(CORPUS, memory, { stride, maxStates: 2_000_000 });
    assert.deepEqual(
      differences.map(({ file }) => file),
      [],
    );
    assert(unanswered.length <= judged / 100, unanswered.join("\n"));
  });
