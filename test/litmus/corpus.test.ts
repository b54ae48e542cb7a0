import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import { compareFolder } from "./folder.ts";

const own = fileURLToPath(new URL("../../../test/litmus/tests", import.meta.url));
const corpus = fileURLToPath(new URL("../../../../shared/litmus", import.meta.url));

for (const memory of MEMORY_MODELS)
  test(`the bundled litmus tests come out as expected under ${memory}`, async () => {
    const { judged, differences, undecided, unanswered } = await compareFolder(own, memory);
    assert(judged >= 48);
    assert.deepEqual([differences.map(({ file }) => file), undecided, unanswered], [[], [], []]);
  });

// Others' tests, which are not part of this repository: 2272, compared with herd7. `npm run corpus` runs all of them.
const stride = process.env["FAULTLINE_CORPUS"] === "all" ? 1 : 37;
const skip = existsSync(corpus) ? false : `there is no ${corpus}`;

for (const memory of ["sc", "tso"] as const)
  test(`herd7's verdicts and numbers of outcomes under ${memory}`, { skip }, async () => {
    const { judged, differences, unanswered } = await compareFolder(corpus, memory, { stride, maxStates: 2_000_000 });
    assert.deepEqual(
      differences.map(({ file }) => file),
      [],
    );
    assert(unanswered.length <= judged / 100, unanswered.join("\n"));
  });

test("herd7's verdicts and numbers of outcomes under lkmm, but for what docs/memory.md lists", { skip }, async () => {
  const { judged, differences, undecided, unanswered } = await compareFolder(corpus, "lkmm", {
    stride,
    maxStates: 60_000,
  });
  const unexplained = differences.filter(
    ({ family, answer }) => family === "more outcomes" || answer.explanations.length === 0,
  );
  assert.deepEqual(
    unexplained.map(({ file }) => file),
    [],
  );
  assert.deepEqual(undecided, []);
  assert(differences.length <= judged / 50, differences.map(({ file }) => file).join("\n"));
  assert(unanswered.length <= judged / 100 + 1, unanswered.join("\n"));
});

test("an outcome of the whole LKMM is missing only where the answer says why", { skip }, async () => {
  const rename = (head: string): string => head.replaceAll("lkmm_nolb", "without load buffering");
  const { differences } = await compareFolder(corpus, "lkmm", { stride, maxStates: 60_000, rename });
  const missing = differences.filter(({ family }) => family !== "more outcomes");
  assert(missing.some(({ answer }) => answer.explanations.includes("load buffering")));
  assert.deepEqual(
    missing.filter(({ answer }) => answer.explanations.length === 0).map(({ file }) => file),
    [],
  );
});
