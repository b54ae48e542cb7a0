import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bugOn, int, wait, world } from "faultline";
import type { StateOf } from "faultline";
import { faultVersusTruncate } from "../published/fault-versus-truncate.ts";
import { machineOf, toy } from "../semantics/toy.ts";
import { figuresOf, searchAll, verdictsOf } from "./agreement.ts";

// Levels of more than 20000 states are shared by all threads; a level of eight counters has up to 38000.
const N = 8;
const K = 4;
const w = world({ count: array(N, int(0, K)) });

/** Threads that count, and come to grief in many ways at once where the levels are widest. */
const counters = toy({
  world: w,
  threads: Object.fromEntries(
    Array.from({ length: N }, (_, i) => {
      const step = (k: StateOf<typeof w>) => {
        if (k.count[i] === 3 && k.count[(i + 1) % N] === 3) return wait;
        bugOn(k.count[i] === 3 && k.count[(i + 2) % N] === 2, "three and two");
        k.count[i]!++;
        if (k.count[i]! < K) return "count++";
      };
      return [`counter${i}`, w.path("counter", {}, { "count++": step })];
    }),
  ),
  specs: [
    // Reads too much to be taken apart.
    w.always("below-9", "the sum stays below 9", (k) => k.count.reduce((sum, count) => sum + count, 0) < 9),
    w.sometimes("at-4", "five counters are at 4", ({ count }) => count.slice(3).every((n) => n === 4)),
  ],
});

test("schedules, figures and verdicts are the same for any number of threads", async () => {
  const one = await searchAll(counters, { threads: 1 });
  assert.ok(one.states > 200_000);
  assert.ok(one.found.size >= 4, [...one.found.keys()].join());
  for (const threads of [2, 3]) {
    const several = await searchAll(counters, { threads });
    assert.deepEqual(figuresOf(several), figuresOf(one));
    assert.deepEqual(several.found, one.found);
    assert.deepEqual(verdictsOf(counters, several), verdictsOf(counters, one));
  }
});

test("four faulters and a truncate: 2007228 states for any number of threads", async () => {
  const machine = machineOf(faultVersusTruncate(4, 1));
  const one = await searchAll(machine, { threads: 1 });
  assert.deepEqual([one.states, one.transitions, one.done], [2_007_228, 9_113_314, 1]);
  for (const threads of [2, 3]) assert.deepEqual(figuresOf(await searchAll(machine, { threads })), figuresOf(one));
});
