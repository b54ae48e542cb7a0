import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, bugOn, choose, int, symmetric, wait, world } from "faultline";
import type { SearchLimits } from "../../src/search/fast.ts";
import type { Program } from "../../src/machine/program.ts";
import { faultVersusTruncate } from "../../bench/fault-versus-truncate.ts";
import { counters } from "../published/counters.ts";
import { range } from "../published/range.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { assertAgreement, figuresOf, searchAll, verdictsOf } from "./agreement.ts";

/** Stores in which what a large search does is done with some thousands of states. */
const SIZES = {
  // States move to 8 shards and then to 64, in the middle of levels.
  "shards that are as small as can be": { statesPerShard: 1, slots: 2 ** 10 },
  "shards that grow before there are more of them": { statesPerShard: 6000, slots: 2 ** 10 },
  "several shards from the beginning": { shards: 8, slots: 2 ** 10 },
  "tables of three times a power of two entries": { shards: 8, slots: 3 * 2 ** 9 },
} as const;

const VALUES = range(0, 29);
const w = world({ at: array(2, int(0, 33)), isHeld: bool });

/** Threads that come to grief in many ways, from 900 initial states. */
const takers = (members: number): Program => {
  const path = w.path(
    "taker",
    {},
    {
      take: (k) => {
        if (k.isHeld) return wait;
        k.isHeld = true;
      },
      step: (k) => {
        bugOn(k.at[0] === 20 && k.at[1] === 13, "it is 20");
        k.at[1]++;
      },
      // There is a way to a lock that is never given back.
      give: (k) => void (k.isHeld = k.at[0] === 4 && k.at[1] === 9),
    },
  );
  const poll = w.path("poll", {}, { poll: (k) => (k.isHeld ? "poll" : undefined) });
  return toy({
    world: w,
    init: (k) => {
      for (const i of [0, 1]) k.at[i] = choose(...VALUES);
    },
    threads: { taker: members === 1 ? path : symmetric(members, () => path), poll },
    specs: [
      w.always("below", "the first stays below 25 while it is held", ({ at, isHeld }) => at[0] < 25 || !isHeld),
      w.sometimes("at-21", "the last is at 21", ({ at }) => at[1] === 21),
      w.atEnd("other", "the first is not 7 at the end", ({ at }) => at[0] !== 7),
    ],
  });
};

/** Somebody polls for ever, from 900 initial states. */
const pollers = (): Program => {
  const count = w.path(
    "count",
    {},
    {
      first: (k) => void k.at[0]++,
      second: (k) => void k.at[1]++,
    },
  );
  const poll = w.path("poll", {}, { poll: (k) => (k.at[0] + k.at[1] > 3 ? "poll" : undefined) });
  return toy({
    world: w,
    init: (k) => {
      for (const i of [0, 1]) k.at[i] = choose(...VALUES);
    },
    threads: { count, poll },
    specs: [
      w.eventually("comes", "the first comes to 5", ({ at }) => at[0] === 5),
      w.leadsTo(
        "follows",
        "on a first of 9 follows one of 11",
        ({ at }) => at[0] === 9,
        ({ at }) => at[0] === 11,
      ),
    ],
  });
};

const FOUND = ["at-21", "below", "never-finishes", "no-bug", "other"];

test("both engines agree on what shards are then compared with", async () => {
  const agreed = await assertAgreement(takers(1));
  assert.ok("found" in agreed && agreed.states > 2000);
  for (const what of FOUND) assert.ok(agreed.found.has(what), what);
});

for (const [name, size] of Object.entries(SIZES)) {
  /** What one shard and one thread find, and so does this. */
  const assertSame = async (program: Program, limits: SearchLimits = {}): Promise<void> => {
    const { threads, ...others } = limits;
    const [one, several] = [await searchAll(program, others), await searchAll(program, { ...limits, size })];
    assert.deepEqual(figuresOf(several), figuresOf(one));
    assert.deepEqual(several.found, one.found);
    assert.deepEqual(verdictsOf(program, several), verdictsOf(program, one));
    for (const what of FOUND) assert.ok(one.found.has(what), what);
    if (threads !== undefined) assert.equal(several.stats.threads, threads);
  };

  test(`${name}: the same figures, verdicts and counterexamples as in one`, async () => {
    await assertSame(takers(1));
    await assertSame(takers(1), { closeLookFrom: 0 });
  });

  test(`${name}: the same with states reduced`, async () => {
    await assertSame(takers(3), { symmetry: true });
    const { states } = await searchAll(machineOf(faultVersusTruncate(3, 1, "any")), { size, symmetry: true });
    assert.equal(states, 79_105);
  });

  test(`${name}: the same with two threads`, async () => {
    await assertSame(takers(1), { threads: 2, sharedFrom: 200 });
    await assertSame(takers(3), { threads: 2, sharedFrom: 200, symmetry: true });
  });

  test(`${name}: the same runs without progress`, async () => {
    const program = pollers();
    const [one, several] = [await searchAll(program), await searchAll(program, { size })];
    for (const found of [one, several])
      assert.deepEqual([...found.found.keys()], ["never-finishes", "comes", "follows"]);
    assert.deepEqual(several.found.get("comes"), one.found.get("comes"));
    assert.deepEqual(several.found.get("follows"), one.found.get("follows"));
    assert.notEqual(one.found.get("follows")!.loop, undefined);
  });

  test(`${name}: independent counters have as many states as the product of theirs`, async () => {
    for (const [n, k] of [
      [3, 39],
      [7, 4],
    ] as const) {
      const { states, transitions, depth, done } = await searchAll(machineOf(counters(n, k)), { size });
      assert.deepEqual(
        [states, transitions, depth, done],
        [(k + 1) ** n, n * k * (k + 1) ** (n - 1), n * k, 1],
        `${n} counters to ${k}`,
      );
    }
  });
}

test("--max-states is exact across shards", async () => {
  const program = machineOf(counters(3, 39));
  for (const size of Object.values(SIZES))
    for (const maxStates of [63, 5000, 20_000, 64_000]) {
      const { states, cut } = await searchAll(program, { size, maxStates });
      assert.deepEqual([states, cut], [maxStates, maxStates < 64_000 ? `--max-states ${maxStates}` : undefined]);
    }
});

test("memory that is used up across shards ends in a cut, with no more of it in use", async () => {
  const maxMemory = 2 ** 21;
  for (const [name, size] of Object.entries(SIZES)) {
    const { states, cut, stats } = await searchAll(machineOf(counters(3, 59)), { size, maxMemory });
    assert.equal(cut, "memory: the states need more than 2 MiB", name);
    assert.ok(states > 8000 && states < 216_000 && stats.bytes <= maxMemory, `${name}: ${states}, ${stats.bytes}`);
  }
});
