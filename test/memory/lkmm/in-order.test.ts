import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, done, int, once, world } from "faultline";
import type { Program } from "../../../src/machine/program.ts";
import type { Trace } from "../../../src/machine/trace.ts";
import { resultOf } from "../../../src/result/result-of.ts";
import { counterexampleText } from "../../../src/report/text/text.ts";
import { search as searchProgram } from "../../../src/search/search.ts";
import { parseResult } from "../../../src/result/shape.ts";
import { ajv, isResult } from "../../report/schema.ts";
import { specOf, toy } from "../../machine/toy.ts";

const w = world({ data: bool, flag: bool, seen: bool, result: int(0, 2) });
const writer = w.path("writer", {
  "data = true": once((k) => void (k.data = true)),
  "flag = true": once((k) => void (k.flag = true)),
});
/** Reads too much, by a step less if it does not see the data; `onlyThen`: it is fine if it does. */
const reader = (onlyThen: boolean) =>
  w.path("reader", {
    "flag?": once((k) => k.flag, { false: done }),
    "data?": once((k) => k.data, { true: "seen" }),
    "result = 1, without it": once((k) => void (k.result = 1), done),
    seen: once((k) => void (k.seen = true)),
    "result = 1": once((k) => void (k.result = onlyThen ? 2 : 1)),
  });
const isNotOne = w.atEnd("not-one", "the result is not 1", (k) => k.result !== 1);

async function found(program: Program): Promise<{ readonly trace: Trace; readonly text: string }> {
  const search = searchProgram(program, { memory: "lkmm" });
  let slice = await search.next();
  while (slice.done !== true) slice = await search.next();
  const result = resultOf(program, slice.value, "");
  const written = JSON.stringify({ ...result, files: [] });
  assert.ok(isResult(JSON.parse(written)), ajv.errorsText(isResult.errors));
  assert.deepEqual(
    specOf(parseResult(written, "result.json"), "not-one").trace!.minimal,
    specOf(result, "not-one").trace!.minimal,
  );
  const spec = specOf(result, "not-one");
  return { trace: spec.trace!, text: counterexampleText(result, spec) };
}

test("a violation that sc has, too, is told without a store that is not visible, though that takes a step more", async () => {
  const { trace, text } = await found(toy({ world: w, threads: { writer, reader: reader(false) }, specs: [isNotOne] }));
  assert.equal(trace.sequential, true);
  assert.deepEqual(
    trace.steps.map(({ thread, label }) => `${thread} ${label}`),
    ["0 data = true", "0 flag = true", "1 flag?", "1 data?", "1 seen", "1 result = 1"],
  );
  assert.equal(trace.minimal?.inOrder, true);
  assert.match(
    text.replaceAll(/\n\s*/g, " "),
    /a shorter one that was explored has accesses out of order; no sc schedule/,
  );
  assert.doesNotMatch(text, /not visible|no barrier/);
});

test("one that sc does not have is told by the store that is not visible", async () => {
  const { trace, text } = await found(toy({ world: w, threads: { writer, reader: reader(true) }, specs: [isNotOne] }));
  assert.equal(trace.sequential, undefined);
  assert.equal(trace.minimal?.inOrder, undefined);
  assert.match(text.replaceAll(/\n\s*/g, " "), /as short as any that was explored/);
});
