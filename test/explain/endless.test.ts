import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, bool, done, ghost, int, once, release, spinlock, wait, world } from "faultline";
import type { Trace } from "../../src/machine/trace.ts";
import { check, specOf, toy } from "../machine/toy.ts";

const w = world({ lock: spinlock, begun: bool, turn: int(0, 1), noise: bool, rest: bool, served: ghost(bool) });
const spinLock = acquire((k: { lock: boolean }) => {
  if (k.lock) return wait;
  k.lock = true;
});
const isServed = w.eventually("served", "somebody is served", (k) => k.served, { fairness: "strong" });

/** The steps of the slice, with a bar where the loop begins. */
const shown = ({ slice, steps, schedule }: Trace): readonly string[] =>
  slice.flatMap((i) => [...(i === schedule.loop ? ["|"] : []), `${steps[i]!.thread} ${steps[i]!.label}`]);
const traceOf = (program: Parameters<typeof check>[0], spec: string): Trace => specOf(check(program), spec).trace!;

test("steps without a part in an endless run are left out, of the stem and of the loop", () => {
  const spinner = w.path("spinner", {
    "noise = true": (k) => void (k.noise = true),
    "begun?": once((k) => k.begun, { true: "look" }),
    "served = true": once((k) => void (k.served = true), done),
    look: once((k) => k.served, { true: done }),
    "rest = false": (k) => void (k.rest = false),
    "rest = true, again": (k) => {
      k.rest = true;
      return "look";
    },
  });
  const starter = w.path("starter", {
    "rest = true": (k) => void (k.rest = true),
    "begun = true": once((k) => void (k.begun = true)),
  });
  const trace = traceOf(toy({ world: w, threads: { spinner, starter }, specs: [isServed] }), "served");
  const told = shown(trace);
  assert.ok(trace.steps.length > told.length, told.join());
  assert.ok(told.indexOf("1 begun = true") < told.indexOf("0 begun?") && told.includes("1 begun = true"), told.join());
  assert.ok(!told.includes("0 noise = true") && !told.includes("1 rest = true"), told.join());
  const { loop } = trace.schedule;
  assert.ok(trace.slice.includes(loop!) && trace.slice.includes(trace.steps.length - 1), "where it goes round is told");
});

test("what a round finds is told where the round before it has left that", () => {
  const player = (mine: 0 | 1) =>
    w.path(`player ${mine}`, {
      "my turn?": once((k) => (k.turn === mine ? undefined : wait)),
      "noise = !noise": (k) => void (k.noise = !k.noise),
      "noise = !noise, again": (k) => void (k.noise = !k.noise),
      "give it away": once((k) => {
        k.turn = 1 - mine;
        return "my turn?";
      }),
    });
  const program = toy({ world: w, threads: { a: player(0), b: player(1) }, idle: ["a", "b"], specs: [isServed] });
  const trace = traceOf(program, "served");
  const told = shown(trace);
  const loop = new Set(told.slice(told.indexOf("|")));
  for (const step of ["0 my turn?", "0 give it away", "1 my turn?", "1 give it away"])
    assert.ok(loop.has(step), told.join());
  assert.ok(trace.steps.length - trace.slice.length >= 2, told.join());
});

test("a thread that takes no step waits for what the loop changes, which is told", () => {
  const user = w.path("user", {
    "begun = true": once((k) => void (k.begun = true)),
    "spin_lock(&lock)": spinLock,
    "served = true": (k) => void (k.served = true),
    "spin_unlock(&lock)": release((k) => void (k.lock = false)),
  });
  const thief = w.path("thief", {
    "spin_lock(&lock)": spinLock,
    "noise = !noise": (k) => void (k.noise = !k.noise),
    "noise = !noise, again": (k) => void (k.noise = !k.noise),
    "spin_unlock(&lock)": release((k) => {
      k.lock = false;
      return "spin_lock(&lock)";
    }),
  });
  const follows = w.leadsTo(
    "follows",
    "who has begun gets the lock",
    (k) => k.begun,
    (k) => k.served,
  );
  const trace = traceOf(toy({ world: w, threads: { user, thief }, idle: ["thief"], specs: [follows] }), "follows");
  assert.equal(trace.ending.since, 1);
  assert.deepEqual(shown(trace).toSorted(), ["0 begun = true", "1 spin_lock(&lock)", "1 spin_unlock(&lock)", "|"]);
});

test("a run that is over tells why it does not go on, and who did not serve", () => {
  const sleeper = w.path("sleeper", {
    "noise = true": (k) => void (k.noise = true),
    "begun = true": once((k) => void (k.begun = true)),
    "wait for its turn": once((k) => (k.turn === 1 ? undefined : wait)),
    "served = true": (k) => void (k.served = true),
  });
  const waker = w.path("waker", {
    "rest = true": (k) => void (k.rest = true),
    "begun?": once((k) => k.begun, { false: done }),
    "turn = 1": once((k) => void (k.turn = 1)),
  });
  const program = toy({ world: w, threads: { sleeper, waker }, specs: [isServed] });
  const trace = traceOf(program, "served");
  assert.equal(trace.schedule.loop, undefined);
  const told = shown(trace);
  assert.ok(told.includes("1 begun?"), told.join());
  assert.ok(!told.includes("1 rest = true"), told.join());
});
