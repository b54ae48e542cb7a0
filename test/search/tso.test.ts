import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  bool,
  choose,
  done,
  full,
  ghost,
  int,
  once,
  release,
  spinlock,
  struct,
  symmetric,
  wait,
  world,
  type StateOf,
} from "faultline";
import { locklessMap } from "../../bench/lockless-map.ts";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import truncate from "../../models/scenarios/fault-around-vs-truncate.ts";
import xfsPunch from "../../models/scenarios/xfs-punch.ts";
import twoFaults from "../../models/scenarios/two-faults.ts";
import { leavesOf, type Tree } from "../../src/analysis/decision-tree.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { takeApart } from "../../src/analysis/reachable.ts";
import { ModelError } from "../../src/model/error.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { assertAgreement, searchAll } from "./agreement.ts";
import { assertReduced } from "./orbits.ts";
import { symmetricProgram } from "./symmetric-programs.ts";

for (const scenario of [punch, truncate, twoFaults])
  test(`with store buffers both engines agree on ${scenario.name}`, async () => {
    const agreed = await assertAgreement(tsoProgram(resetDeadLocals(machineOf(scenario))));
    assert.ok(!(agreed instanceof ModelError) && agreed.cut === undefined);
    assert.ok(agreed.states > (await searchAll(resetDeadLocals(machineOf(scenario)))).states);
  });

test("threads with store buffers may be symmetric: each has its own", async () => {
  const w = world({ own: array(2, bool), shared: bool });
  const path = (i: number) =>
    w.path(
      "path",
      {},
      {
        store: once((k) => void (k.own[i] = true)),
        again: once((k) => void (k.own[i] = false)),
        exchange: acquire((k) => void (k.shared = !k.shared)),
      },
    );
  const program = tsoProgram(toy({ world: w, threads: { a: symmetric(2, path) } }));
  const [full, reduced] = [await searchAll(program), await searchAll(program, { symmetry: true })];
  assert.deepEqual(reduced.symmetric, ["a"]);
  assert.ok(reduced.states < full.states && reduced.states >= full.states / 2);
});

for (const [name, program] of [
  ["the lockless map protocol", resetDeadLocals(machineOf(locklessMap(2)))],
  [
    "two threads and one that stores to what is theirs",
    symmetricProgram(2, "R m once; I x acquire", "W m 1 once; R x once"),
  ],
  [
    "two threads with locks of their own",
    symmetricProgram(2, "L lock; W m 1 once; U lock", "W m 2 once; L lock; U lock"),
  ],
  ["two readers of RCU", symmetricProgram(2, "rcu(; R m once; W x 1 once; rcu)", "W m 1 once; gp; R x once")],
] as const)
  test(`with store buffers the reduced count is that of the orbits, counted one by one: ${name}`, async () => {
    assert.ok((await assertReduced(tsoProgram(program))) > 0);
  });

test("with store buffers both engines agree where a buffer says whose a store is", async () => {
  const text = "L lock; W m 1 once; U lock; R x once";
  const program = tsoProgram(symmetricProgram(2, text, "W m 2 once; W x 1 once; L lock; U lock"));
  const agreed = await assertAgreement(program);
  assert.ok(!(agreed instanceof ModelError) && agreed.cut === undefined);
});

test("a spin lock among several is taken with an empty buffer, also while another of them is held", async () => {
  const w = world({ locks: array(3, struct({ lock: spinlock })), x: bool, y: bool, saw: ghost(array(2, bool)) });
  const store = (i: number) => (k: StateOf<typeof w>) => void (i === 0 ? (k.x = true) : (k.y = true));
  const path = (i: number) =>
    w.path(
      "path",
      {},
      {
        store: once(store(i)),
        "lock either": acquire((k) => {
          const one = choose(...k.locks);
          if (one.lock) return wait;
          one.lock = true;
        }),
        load: once((k) => void (k.saw[i] = i === 0 ? k.y : k.x)),
      },
    );
  const seen = w.atEnd("seen", "one of them sees the other's store", (k) => k.saw[0] || k.saw[1]);
  const holder = w.path("holder", {}, { "lock the third": acquire((k) => void (k.locks[2].lock = true)) });
  const program = tsoProgram(toy({ world: w, threads: { a: path(0), b: path(1), holder }, specs: [seen] }));
  assert.equal((await searchAll(program)).found.size, 0);
});

test("a loop that stores under a spin lock needs no more buffer than one turn of it", async () => {
  const w = world({ lock: spinlock, turns: ghost(int(0, 3)), x: int(0, 1), y: int(0, 1) });
  const looping = w.path(
    "looping",
    {},
    {
      "spin_lock()": acquire((k) => {
        if (k.lock) return wait;
        k.lock = true;
      }),
      "store x": once((k) => void (k.x = 1)),
      "spin_unlock()": release((k) => void (k.lock = false)),
      "again?": (k) => (k.turns++ < 2 ? "spin_lock()" : done),
    },
  );
  const program = tsoProgram(
    toy({ world: w, threads: { looping, other: w.path("other", {}, { y: once((k) => void k.x) }) } }),
  );
  assert.equal(program.buffers[0]!.slots.length, 2);
  assert.equal((await searchAll(program)).cut, undefined);
});

test("a loop that comes again where spin_trylock() fails needs no more buffer than one turn of it", async () => {
  const w = world({ lock: spinlock, x: bool, y: bool, saw: ghost(array(2, bool)) });
  const looping = w.path(
    "looping",
    { isLast: bool },
    {
      "store x": once((k) => void (k.x = true)),
      "spin_trylock()": acquire((k) => {
        if (k.lock) return "spin_trylock()";
        k.lock = true;
      }),
      "load y": once((k, me) => void (me.isLast = k.y)),
      "spin_unlock()": release((k) => void (k.lock = false)),
      "again?": (_, { isLast }) => (isLast ? done : "spin_trylock()"),
    },
  );
  const other = w.path(
    "other",
    {},
    {
      "spin_lock()": acquire((k) => {
        if (k.lock) return wait;
        k.lock = true;
      }),
      "spin_unlock()": release((k) => void (k.lock = false)),
      "store y": once((k) => void (k.y = true)),
    },
  );
  const program = tsoProgram(toy({ world: w, threads: { looping, other } }));
  assert.equal(program.buffers[0]!.slots.length, 1);
  const agreed = await assertAgreement(program);
  assert.ok(!(agreed instanceof ModelError) && agreed.cut === undefined && agreed.done > 0 && agreed.found.size === 0);
});

test("a spin_trylock() that fails does not wait until the stores before it are visible", async () => {
  const w = world({ lock: spinlock, x: bool, y: bool, saw: ghost(array(2, bool)) });
  const path = (i: number) =>
    w.path(
      "path",
      {},
      {
        store: once((k) => void (i === 0 ? (k.x = true) : (k.y = true))),
        "spin_trylock()": acquire((k) => {
          if (!k.lock) k.lock = true;
        }),
        load: once((k) => void (k.saw[i] = i === 0 ? k.y : k.x)),
      },
    );
  const seen = w.atEnd("seen", "one of them sees the other's store", (k) => k.saw[0] || k.saw[1]);
  const holder = w.path("holder", {}, { "lock it": acquire((k) => void (k.lock = true)) });
  const two = tsoProgram(toy({ world: w, threads: { a: path(0), b: path(1) }, specs: [seen] }));
  assert.ok(!(await searchAll(two)).found.has("seen"), "one of two takes the lock");
  const three = tsoProgram(toy({ world: w, threads: { a: path(0), b: path(1), holder }, specs: [seen] }));
  assert.ok((await searchAll(three)).found.has("seen"));
});

test("a step is taken apart by the stores that may wait there, not by all that its path ever makes", async () => {
  const program = tsoProgram(resetDeadLocals(machineOf(xfsPunch, { mapPagesLocked: true, ahead: "locked" })));
  const savings = program.buffers.flatMap((buffer) => {
    if (!buffer) return [];
    const { kinds, waiting } = buffer;
    return waiting.map((slots) => slots.reduce((saved, { size }) => (saved * (kinds.length + 1)) / (size + 1), 1));
  });
  assert.ok(Math.max(...savings) > 20);
  const agreed = await assertAgreement(program);
  assert.ok(!(agreed instanceof ModelError) && agreed.cut === undefined);
});

/** What a step asks for, whatever it is told. */
const askedIn = (tree: Tree): readonly string[] =>
  tree.kind === "branch" ? [tree.cell.name, ...tree.arms.flatMap(askedIn)] : [];

test("a step looks into the store buffer where a store may wait, and nowhere else", () => {
  const w = world({ a: bool, b: bool });
  const writes = w.path(
    "writes",
    {},
    {
      before: full((k) => void (k.b = !k.b)),
      store: once((k) => void (k.a = true)),
      behind: full((k) => void (k.b = !k.b)),
    },
  );
  const other = w.path("other", {}, { load: once((k) => (k.a ? done : undefined)) });
  const { trees } = takeApart(tsoProgram(toy({ world: w, threads: { writes, other } })));
  const [before, , behind] = trees[0]!.map((tree) => [...new Set(askedIn(tree))]);
  assert.deepEqual(before, ["b"]);
  assert.deepEqual(behind, ["buffers[0].stores[0]", "b"]);
});

test("a step is not run for stores that cannot wait where it stands", async () => {
  const w = world({ a: int(0, 3) });
  const store = (n: number) => once((k: StateOf<typeof w>) => void (k.a = n));
  const writes = w.path("writes", {}, { first: store(1), second: store(2), third: store(3) });
  const other = w.path("other", {}, { load: once((k) => (k.a === 2 ? done : undefined)) });
  const program = tsoProgram(toy({ world: w, threads: { writes, other } }));
  const ways = takeApart(program).trees[0]!.map((tree) => leavesOf(tree).map(({ kind }) => kind));
  // Of the stores before it some have become visible, the oldest first.
  assert.deepEqual(ways, [["moved"], ["moved", "moved"], ["moved", "moved", "moved"]]);
  const agreed = await assertAgreement(program);
  assert.ok(!(agreed instanceof ModelError) && agreed.cut === undefined);
});
