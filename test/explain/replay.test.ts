import assert from "node:assert/strict";
import { test } from "node:test";
import { atomic, bool, bugOn, call, choose, guarded, int, wait, world } from "faultline";
import { InternalError } from "../../src/model/error.ts";
import type { Schedule } from "../../src/machine/schedule.ts";
import { replay } from "./replayed.ts";
import { exploreAll } from "../explore-all.ts";
import { rows } from "../published/table.ts";
import { check, machineOf, specOf, toy } from "../machine/toy.ts";

// One run of each kind: a violated always and atEnd, a sometimes that is reached, and every built-in check.
const w = world({ x: int(0, 3), lock: bool, secret: guarded("lock", bool), other: bool });
const sub = w.path(
  "sub",
  { n: int(0, 3) },
  { "x = n": (k, me) => void (k.x = me.n), test: (k) => bugOn(k.x === 3, "x == 3") },
);
const path = w.path(
  "path",
  { n: int(0, 3) },
  {
    pick: (k, me) => {
      me.n = choose(1, 2, 3);
      if (k.lock) return "locked";
    },
    "sub(n)": call(sub, ({ n }) => ({ n })),
    "x++": (k) => void k.x++,
    "lock other": (k) => (k.other ? wait : void (k.other = true)),
    lock: atomic("a test", (k) => {
      if (k.x === 1) k.secret = true;
      if (k.lock) return wait;
      k.lock = true;
    }),
    locked: () => {},
  },
);
const specs = [
  w.always("below", "x is below 2", (k) => k.x < 2 || `x is ${k.x}`),
  w.sometimes("both", "both are locked", (k) => k.lock && k.other),
  w.atEnd("unlocked", "nothing is locked", (k) => !k.lock),
];
const program = toy({
  world: w,
  threads: { a: path, b: path },
  specs,
  init: (k) => {
    k.x = choose(0, 1);
  },
});
const { found } = exploreAll(program);
const target = (name: string) => specs.find((spec) => spec.name === name) ?? name;

test("every kind of spec and check is found here", () => {
  assert.deepEqual([...found.keys()].toSorted(), [
    "below",
    "both",
    "guarded",
    "in-range",
    "no-bug",
    "not-stuck",
    "unlocked",
  ]);
});

for (const [name, schedule] of found) {
  test(`the schedule found for '${name}' replays, and ends where it says`, () => {
    const trace = replay(program, schedule, target(name));
    assert.equal(trace.steps.length, schedule.moves.length);
    assert.deepEqual(
      trace.steps.map(({ thread }) => thread),
      schedule.moves.map(({ thread }) => thread),
    );
    assert.ok(trace.ending.reason.length > 0);
  });

  const tampered: Readonly<Record<string, Schedule>> = {
    "its last step missing": { ...schedule, moves: schedule.moves.slice(0, -1) },
    "a step too many": { ...schedule, moves: [...schedule.moves, { thread: 0, picks: [7] }] },
    "an initial state that is not there": { ...schedule, initial: 2 },
    "a thread that is not there": { ...schedule, moves: schedule.moves.map((move) => ({ ...move, thread: 2 })) },
    "a choice that is not there": { ...schedule, moves: [{ thread: 0, picks: [3] }, ...schedule.moves.slice(1)] },
  };
  for (const [how, wrong] of Object.entries(tampered))
    test(`the schedule for '${name}' with ${how} is an InternalError`, () => {
      assert.throws(() => replay(program, wrong, target(name)), InternalError);
    });
}

test("a schedule for one spec is not one for another", () => {
  for (const [name, schedule] of found)
    for (const other of ["no-bug", "in-range", "guarded", "not-stuck", "never-finishes"])
      if (other !== name) assert.throws(() => replay(program, schedule, other), InternalError);
});

test("the schedules found in the published models replay", () => {
  let replayed = 0;
  for (const { scenario, set, distinct } of rows) {
    if (distinct > 1000) continue;
    const program = machineOf(scenario, set);
    for (const [name, schedule] of exploreAll(program).found) {
      replay(program, schedule, scenario.specs.find((spec) => spec.name === name) ?? name);
      replayed++;
    }
  }
  assert.ok(replayed > 2);
});

test("a step that sets a live local back to its first value shows it, the end of a call does not", () => {
  const w = world({ x: int(0, 1) });
  const path = w.path(
    "path",
    { n: int(0, 3) },
    {
      set: (_, me) => void (me.n = 2),
      clear: (_, me) => void (me.n = 0),
      end: (k, me) => void ((k.x = 1), (me.n = 1)),
    },
  );
  const result = check(
    toy({ world: w, threads: { path }, specs: [w.atEnd("x-stays", "x stays 0", (k) => k.x === 0)] }),
  );
  assert.deepEqual(
    specOf(result, "x-stays").trace!.steps.map(({ changes }) =>
      changes.map(({ field, from, to }) => [field, from, to]),
    ),
    [[["path.n", 0, 2]], [["path.n", 2, 0]], [["x", 0, 1]]],
  );
});
