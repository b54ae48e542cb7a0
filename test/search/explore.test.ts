import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, choose, int, wait, world } from "faultline";
import { initialStates } from "../../src/machine/program.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { check, specOf, toy } from "../machine/toy.ts";

test("a counterexample is shortest: the two-step way is found, not the four-step one that is tried first", () => {
  const w = world({ x: int(0, 3) });
  const slow = w.path("slow", {}, { one: () => {}, two: () => {}, three: () => {}, four: (k) => void (k.x = 3) });
  const fast = w.path("fast", {}, { one: () => {}, two: (k) => void (k.x = 3) });
  const small = w.always("small", "x stays below 3", (k) => k.x < 3 || `x is ${k.x}`);
  const result = check(toy({ world: w, threads: { slow, fast }, specs: [small] }));
  const { verdict, trace } = specOf(result, "small");
  assert.equal(verdict, "violated");
  assert.deepEqual(
    trace!.steps.map(({ thread, label }) => [thread, label]),
    [
      [1, "one"],
      [1, "two"],
    ],
  );
  assert.equal(trace!.ending.reason, "x is 3");
  assert.deepEqual(trace!.ending.reads, [{ field: "x", scope: "shared", value: 3, writtenBy: 1 }]);
});

test("a shorter run from a later initial state wins", () => {
  const w = world({ left: int(0, 4), ticks: int(0, 4) });
  const ticker = w.path(
    "ticker",
    {},
    {
      tick: (k) => {
        if (k.ticks === k.left) return wait;
        k.ticks++;
        return "tick";
      },
    },
  );
  const specs = [w.always("not-there", "ticks does not arrive", (k) => k.ticks < k.left)];
  const init = (k: { left: number }): void => {
    k.left = choose(4, 2, 3);
  };
  const { found } = check(toy({ world: w, threads: { ticker }, specs, init }));
  assert.deepEqual([found.get("not-there")!.initial, found.get("not-there")!.moves.length], [1, 2]);
});

test("what is violated at the start has a counterexample of no steps", () => {
  const w = world({ x: int(0, 1) });
  const path = w.path("path", {}, { step: () => {} });
  const specs = [w.always("one", "x is 1", (k) => k.x === 1), w.sometimes("zero", "x is 0", (k) => k.x === 0)];
  const result = check(toy({ world: w, threads: { path }, specs }));
  for (const [name, verdict] of [
    ["one", "violated"],
    ["zero", "holds"],
  ] as const) {
    assert.equal(specOf(result, name).verdict, verdict);
    assert.deepEqual(specOf(result, name).trace!.steps, []);
  }
});

test("a step that waits is not enabled, and is once what it waits for is there", () => {
  const w = world({ ready: bool, seen: bool });
  const consumer = w.path(
    "consumer",
    {},
    {
      "wait until ready": (k) => {
        if (!k.ready) return wait;
        k.seen = true;
      },
    },
  );
  const producer = w.path("producer", {}, { "ready = true": (k) => void (k.ready = true) });
  const program = toy({ world: w, threads: { consumer, producer } });
  const [first] = initialStates(program);
  assert.deepEqual(
    effectsOf(program, first!, 0).map(({ outcome }) => outcome.kind),
    ["blocked"],
  );
  const { states, transitions, depth, done, stuck } = check(program).search;
  assert.deepEqual(
    { states, transitions, depth, done, stuck },
    { states: 3, transitions: 2, depth: 2, done: 1, stuck: 0 },
  );
});

test("two locks in opposite order: stuck, with who waits for what and who took it", () => {
  const w = world({ a: bool, b: bool });
  const one = w.path(
    "one",
    {},
    {
      "lock a": (k) => (k.a ? wait : void (k.a = true)),
      "lock b": (k) => (k.b ? wait : void (k.b = true)),
      "unlock both": (k) => {
        k.a = false;
        k.b = false;
      },
    },
  );
  const other = w.path(
    "other",
    {},
    {
      "lock b": (k) => (k.b ? wait : void (k.b = true)),
      "lock a": (k) => (k.a ? wait : void (k.a = true)),
      "unlock both": (k) => {
        k.a = false;
        k.b = false;
      },
    },
  );
  const result = check(toy({ world: w, threads: { one, other } }));
  assert.equal(result.search.stuck, 1);
  assert.equal(result.search.done, 1);
  const { verdict, trace } = specOf(result, "not-stuck");
  assert.equal(verdict, "violated");
  assert.equal(trace!.steps.length, 2);
  assert.deepEqual(trace!.ending.blocked, [
    {
      thread: 0,
      calls: [],
      path: "one",
      label: "lock b",
      waitsFor: [{ field: "b", scope: "shared", value: true, writtenBy: 1 }],
    },
    {
      thread: 1,
      calls: [],
      path: "other",
      label: "lock a",
      waitsFor: [{ field: "a", scope: "shared", value: true, writtenBy: 0 }],
    },
  ]);
});

test("done and stuck are two things: a thread that is done holds up nobody, one that waits for ever is stuck", () => {
  const w = world({ never: bool });
  const ends = w.path("ends", {}, { "one step": () => {} });
  const hangs = w.path("hangs", {}, { hang: (k) => (k.never ? undefined : wait) });
  const loops = w.path("loops", {}, { again: () => "again" });
  const ending = (threads: Parameters<typeof toy>[0]["threads"]): readonly [number, number, string] => {
    const result = check(toy({ world: w, threads }));
    return [result.search.done, result.search.stuck, specOf(result, "not-stuck").verdict];
  };
  assert.deepEqual(ending({ ends }), [1, 0, "holds"]);
  assert.deepEqual(ending({ ends, hangs }), [0, 1, "violated"]);
  assert.deepEqual(ending({ hangs, loops }), [0, 0, "holds"]);
  assert.deepEqual(ending({ ends, loops }), [0, 0, "holds"]);
});
