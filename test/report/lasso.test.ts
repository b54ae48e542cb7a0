import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, bool, ghost, once, release, spinlock, wait, world } from "faultline";
import { parseResult } from "../../src/result/shape.ts";
import type { Result, SpecResult } from "../../src/result/result.ts";
import { itf } from "../../src/report/formats/itf.ts";
import { pageData } from "../../src/report/html/data.ts";
import { lifelines } from "../../src/report/picture/lifelines.ts";
import { counterexampleText } from "../../src/report/text/text.ts";
import { detailOf } from "../../src/report/text/summary.ts";
import { check, specOf, toy } from "../machine/toy.ts";
import { ajv, isResult } from "./schema.ts";

const w = world({ lock: spinlock, begun: bool, served: ghost(bool) });
const spinLock = acquire((k: { lock: boolean }) => {
  if (k.lock) return wait;
  k.lock = true;
});
const user = w.path(
  "user",
  {},
  {
    "begun = true": once((k) => void (k.begun = true)),
    "spin_lock(&lock)": spinLock,
    "use it": once((k) => void (k.served = true)),
    "spin_unlock(&lock)": release((k) => void (k.lock = false)),
  },
);
const thief = w.path(
  "thief",
  {},
  {
    "spin_lock(&lock)": spinLock,
    "spin_unlock(&lock)": release((k) => {
      k.lock = false;
      return "spin_lock(&lock)";
    }),
  },
);
const sleeper = w.path("sleeper", {}, { "wait for ever": acquire((k) => (k.served ? undefined : wait)) });
const follows = w.leadsTo(
  "follows",
  "who has begun gets the lock",
  (k) => k.begun,
  (k) => k.served || "not served yet",
  { consequence: "it waits" },
);

/** One step to begin, and then two of the thief for ever. */
function starved(): { readonly result: Result; readonly spec: SpecResult } {
  const { found: _found, ...result } = check(
    toy({ world: w, threads: { user, thief, sleeper }, idle: ["thief", "sleeper"], specs: [follows] }),
  );
  return { result, spec: specOf(result, "follows") };
}

test("a lasso is told with its stem, its loop, since when it waits, and who is left behind", () => {
  const { result, spec } = starved();
  assert.equal(detailOf(spec), "in 3 steps, the last 2 again and again, 1 switch");
  const text = counterexampleText(result, spec);
  const lines = text.split("\n").map((line) => line.trim());
  const at = (part: string): number => lines.findIndex((line) => line.includes(part));
  assert.ok(
    lines.some((line) => /^-- again and again -+$/.test(line)),
    text,
  );
  assert.ok(at("begun = true") < at("-- again and again") && at("-- again and again") < at("(2) "), text);
  assert.ok(text.includes("<-- from here on"), text);
  assert.ok(text.includes("<-- and again from (2)"), text);
  assert.ok(text.includes("CPU0 (user) is passed over: spin_lock(&lock)"), text);
  assert.ok(text.includes("CPU2 (sleeper) is idle: wait for ever"), text);
  assert.ok(text.includes("follows: the last 2 steps can go on for ever: not served yet"), text);
  assert.ok(text.includes("Consequence: it waits."), text);
  assert.ok(!text.includes("no violation with fewer"), text);
  for (const line of text.split("\n")) assert.ok(line.length <= 72 && /^[ -~]*$/.test(line), line);
});

test("a lasso's picture leads back, its page marks the loop, and ITF names the state that it comes back to", () => {
  const { result, spec } = starved();
  const dot = lifelines(result, spec);
  assert.match(dot, /back2 -> back3 \[(?!.*arrowhead=none)/);
  const [view] = pageData(result, spec).views;
  assert.deepEqual(
    view!.steps.map(({ isLoop = false }) => isLoop),
    [false, true, true],
  );
  const { loop, states } = itf(result, spec) as { loop: number; states: readonly Readonly<Record<string, unknown>>[] };
  assert.deepEqual([loop, states.length], [1, 4]);
  for (const field of ["lock", "begun", "served"]) assert.deepEqual(states[1]![field], states[3]![field], field);
});

test("a result with a lasso is what the schema says, and can be read again; one whose loop leads nowhere cannot", () => {
  const { result, spec } = starved();
  const written = { ...result, files: [] };
  assert.ok(isResult(JSON.parse(JSON.stringify(written))), ajv.errorsText(isResult.errors));
  assert.deepEqual([spec.fairness, spec.trace!.schedule.loop, spec.trace!.ending.since], ["weak", 1, 1]);
  const text = JSON.stringify(written);
  assert.equal(specOf(parseResult(text, "result.json"), "follows").trace!.schedule.loop, 1);
  assert.throws(() => parseResult(text.replace('"loop":1', '"loop":7'), "result.json"), /incomplete/);
});
