import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, int, wait, world } from "faultline";
import { ModelError } from "../../src/model/error.ts";
import { searchPacked } from "../../src/search/fast.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { counters } from "../published/counters.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { assertAgreement, attempt, searchAll } from "./agreement.ts";

const small = machineOf(counters(3, 9));
const SMALL = 1000;

test("--max-states gives exactly that many states and a cut, unless there are no more", async () => {
  for (const threads of [1, 2])
    for (const maxStates of [1, 2, 63, 64, 65, 500, SMALL - 1, SMALL, SMALL + 1]) {
      const { states, cut } = await searchAll(small, { threads, maxStates });
      assert.equal(states, Math.min(maxStates, SMALL));
      assert.equal(cut, maxStates < SMALL ? `--max-states ${maxStates}` : undefined);
    }
});

test("--max-states is exact where levels are shared by several threads", async () => {
  const program = machineOf(counters(4, 39));
  for (const [threads, maxStates] of [
    [1, 700_000],
    [2, 700_001],
    [3, 1_234_567],
  ] as const) {
    const { states, cut } = await searchAll(program, { threads, maxStates });
    assert.deepEqual([states, cut], [maxStates, `--max-states ${maxStates}`]);
  }
});

test("what a cut search found is there, and what it did not find is undecided", async () => {
  const w = world({ x: int(0, 9) });
  const path = w.path("path", {}, { "x++": (k) => (++k.x < 9 ? "x++" : undefined) });
  const specs = [
    w.always("below-3", "x stays below 3", (k) => k.x < 3),
    w.sometimes("at-9", "x is 9", (k) => k.x === 9),
  ];
  const program = toy({ world: w, threads: { path }, specs });
  const exploration = await searchAll(program, { maxStates: 5 });
  const verdicts = new Map(resultOf(program, exploration, "").specs.map(({ name, verdict }) => [name, verdict]));
  assert.equal(verdicts.get("below-3"), "violated");
  assert.equal(exploration.found.get("below-3")!.moves.length, 3);
  assert.equal(verdicts.get("at-9"), "undecided");
  assert.equal(verdicts.get("not-stuck"), "undecided");
});

test("initial states count for --max-states", async () => {
  const w = world({ x: int(0, 3) });
  const threads = { path: w.path("path", {}, { hang: () => wait }) };
  const init = (k: { x: number }): void => void (k.x = choose(0, 1, 2, 3, 2, 1));
  const program = toy({ world: w, threads, init });
  for (const maxStates of [1, 3, 4, 5]) await assertAgreement(program, { maxStates });
  assert.deepEqual((await searchAll(program, { maxStates: 3 })).cut, "--max-states 3");
});

test("stop ends a search with its reason, before it begins and in the middle of a large level", async () => {
  const before = await searchAll(small, { stop: () => "interrupted" });
  assert.deepEqual([before.states, before.transitions, before.cut], [0, 0, "interrupted"]);
  const program = machineOf(counters(4, 39));
  for (const threads of [1, 2]) {
    let states = 0;
    const stop = (): string | undefined => (states > 300_000 ? "interrupted" : undefined);
    const steps = searchPacked(program, { threads, stop });
    for (;;) {
      const step = await steps.next();
      if (step.done) {
        assert.equal(step.value.cut, "interrupted");
        assert.ok(step.value.states >= states && step.value.states < 40 ** 4);
        break;
      }
      assert.ok(step.value.states >= states, "progress goes on");
      assert.ok(step.value.waiting > 0 || step.value.states === 0);
      ({ states } = step.value);
    }
  }
});

test("a search can be left in the middle", async () => {
  for await (const { states } of searchPacked(machineOf(counters(4, 39)), { threads: 2 })) if (states > 300_000) break;
});

test("memory that is used up ends in a cut that says so", async () => {
  const program = machineOf(counters(4, 39));
  let before = 0;
  for (const maxMemory of [2 ** 19, 2 ** 20, 5 * 2 ** 20, 20 * 2 ** 20])
    for (const threads of [1, 2]) {
      const { states, cut, done, stats } = await searchAll(program, { threads, maxMemory });
      assert.match(cut!, /^memory: the states need more than \d+ MiB$/);
      assert.ok(states > before && states < 40 ** 4, `${states} states in ${maxMemory} bytes`);
      assert.ok(stats.bytes <= maxMemory, `${stats.bytes} bytes of ${maxMemory}`);
      assert.equal(done, 0);
      if (threads === 2) before = states;
    }
});

test("memory in which not even one batch has room is refused, with how much is needed", async () => {
  for (const maxMemory of [0, 1, 2 ** 16]) {
    const refused = await attempt(() => searchAll(small, { maxMemory }));
    assert.ok(refused instanceof ModelError);
    assert.equal(refused.message, `--max-memory ${maxMemory} is too little for this scenario`);
    const needed = Number(/^give at least (\d+)M$/.exec(refused.explanation.remedy!)![1]);
    assert.ok(needed > 0 && needed < 10);
    assert.equal((await searchAll(small, { maxMemory: needed * 2 ** 20 })).states, SMALL);
  }
});

test("as many threads as no memory has room for passed for a bug", async () => {
  const refused = await attempt(() => searchAll(small, { threads: 10 ** 6, maxMemory: 2 ** 50 }));
  assert.ok(refused instanceof ModelError);
  assert.match(refused.message, /^1000000 threads are too many for this scenario$/);
});

test("more states than the first table has room for: the set stays exact while it grows", async () => {
  const program = machineOf(counters(4, 40));
  for (const threads of [1, 2]) {
    const { states, transitions, depth, done } = await searchAll(program, { threads });
    assert.deepEqual([states, transitions, depth, done], [41 ** 4, 4 * 40 * 41 ** 3, 160, 1]);
  }
});
