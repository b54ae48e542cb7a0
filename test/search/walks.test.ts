import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bool, int, once, wait, world, type Path } from "faultline";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import type { Exploration } from "../../src/machine/exploration.ts";
import type { Program } from "../../src/machine/program.ts";
import { MACHINES } from "../../src/memory/machines.ts";
import { ModelError } from "../../src/model/error.ts";
import { ahead, FOUND_AHEAD } from "../../src/search/ahead.ts";
import { explore } from "../../src/search/explore.ts";
import { machineWalker, packedWalker, type Walker } from "../../src/search/walker.ts";
import { simulate } from "../../src/search/simulate.ts";
import { swarm, type Leads } from "../../src/search/swarm.ts";
import { endOf } from "../explore-all.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { attempt } from "./agreement.ts";
import { program } from "./arbitrary.ts";
import { scenarioOf } from "./program.ts";
import { searched } from "./searched.ts";

const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 60);
const MOST_STATES = 200;
const EFFORT = { states: 200, walks: 10, steps: 500, mostRepeated: 200, far: 4 };

const lengthsOf = ({ found }: Exploration): ReadonlyMap<string, number> =>
  new Map([...found].map(([name, { moves }]) => [name, moves.length]));

/** Both ways to follow single runs, of a program under a memory model. */
function walkersOf(program: Program, memory: "sc" | "tso"): readonly [Walker, Walker] {
  const machine = MACHINES[memory](program);
  return [machineWalker(machine), packedWalker(machine, machine.packed!)];
}

/** What there is to be found is there in the search that sees everything, and not on a shorter run. */
function isThere(found: ReadonlyMap<string, number>, all: Exploration): void {
  const shortest = lengthsOf(all);
  for (const [name, steps] of found) assert.ok(steps >= shortest.get(name)!, `${name} in ${steps} steps`);
}

for (const memory of ["sc", "tso"] as const)
  test(`on random programs walks and swarms find what the search finds, on both engines alike, under ${memory}`, async () => {
    const seen = { found: 0, missed: 0, refused: 0, cut: 0 };
    await fc.assert(
      fc.asyncProperty(program, async (given) => {
        const machine = resetDeadLocals(machineOf(scenarioOf(given)));
        const all = await attempt(() => endOf(explore(MACHINES[memory](machine), { maxStates: MOST_STATES })));
        if (all instanceof ModelError || all.cut !== undefined) {
          seen[all instanceof ModelError ? "refused" : "cut"]++;
          return;
        }
        const results = walkersOf(machine, memory).map((walker) => ({
          walks: endOf(simulate(walker, { count: 20, seed: 3, mostSteps: 60 }, {}, 200)),
          leads: endOf(swarm(walker, () => true, EFFORT)) satisfies Leads,
        }));
        const [plain, packed] = results as [(typeof results)[0], (typeof results)[0]];
        assert.deepEqual(packed, plain);
        isThere(lengthsOf(packed.walks), all);
        isThere(new Map([...packed.leads].map(([name, { steps }]) => [name, steps.length])), all);
        assert.ok(packed.walks.states <= all.states && packed.walks.cut === "--simulate 20");
        // Whether threads can finish, single runs do not say.
        const there = [...all.found.keys()].filter((name) => name !== "never-finishes");
        seen.found += packed.leads.size;
        seen.missed += there.length - packed.leads.size;
      }),
      { seed: 20_201_015, numRuns: RUNS, includeErrorInReport: true },
    );
    assert.ok(seen.found > 10 * seen.missed && seen.found > RUNS / 3, JSON.stringify(seen));
  });

const rounds = 14;
const w = world({ count: int(0, 3 * rounds) });
const adds = w.path(
  "add",
  { old: int(0, 3 * rounds), round: int(0, rounds) },
  {
    "old = count": once((k, me) => void (me.old = k.count)),
    "count = old + 1": once((k, me) => {
      k.count = me.old + 1;
      me.round++;
      return me.round < rounds ? "old = count" : undefined;
    }),
  },
);
const lost = toy({
  world: w,
  threads: { a: adds, b: adds, c: adds },
  specs: [w.atEnd("sum", "the counter ends above 2", (k) => k.count > 2 || `count is ${k.count}`)],
});

test("of 42 increments of three CPUs all but two are lost", () => {
  const machine = MACHINES.sc(resetDeadLocals(lost));
  const leads = endOf(
    swarm(packedWalker(machine, machine.packed!), () => true, { ...EFFORT, states: 120_000, mostRepeated: 150_000 }),
  );
  const { steps } = leads.get("sum")!;
  assert.equal(steps.length, 84);
  const switches = steps.filter(({ thread }, i) => i > 0 && thread !== steps[i - 1]!.thread).length;
  assert.ok(switches <= 8, `${switches} switches`);
});

/** The same in rounds of `extra` more steps that touch nothing of the others. */
const slowly = (extra: number): Path<never> =>
  w.path(
    "slowly",
    { old: int(0, 3 * rounds), left: int(0, rounds, rounds) },
    {
      "old = count": once((k, me) => void (me.old = k.count)),
      ...Object.fromEntries(Array.from({ length: extra }, (_, i) => [`pause ${i}`, () => {}])),
      "count = old + 1": once((k, me) => void (k.count = me.old + 1)),
      "again?": (_, me) => {
        me.left--;
        return me.left > 0 ? "old = count" : undefined;
      },
    },
  ) as never;

for (const extra of [0, 3])
  test(`of 42 increments of ${extra + 3} steps each all but two are lost, where a counter at 0 is as far from 2 as one at 4`, () => {
    const slow = slowly(extra);
    const machine = MACHINES.sc(
      resetDeadLocals(
        toy({
          world: w,
          threads: { a: slow, b: slow, c: slow },
          specs: [w.atEnd("sum", "the counter does not end at 2", (k) => k.count !== 2)],
        }),
      ),
    );
    const leads = endOf(
      swarm(packedWalker(machine, machine.packed!), () => true, {
        ...EFFORT,
        states: 120_000,
        mostRepeated: 150_000,
        far: 12,
      }),
    );
    assert.equal(leads.get("sum")?.steps.length, 42 * (extra + 3));
  });

test("a search that goes on growing is looked ahead of once more, and further", async () => {
  const machine = MACHINES.sc(resetDeadLocals(lost));
  const small = { ...EFFORT, states: 2_000, walks: 0, mostRepeated: 150_000 };
  const cuts = async (maxStates: number): Promise<string | undefined> => {
    const slices = ahead(
      (limits) => explore(machine, { ...limits, maxStates }),
      {},
      { isAsked: () => true, proves: false },
      { grown: 10, effort: small },
      () => packedWalker(machine, machine.packed!),
    );
    let slice = await slices.next();
    while (slice.done !== true) slice = await slices.next();
    return slice.value.cut;
  };
  assert.equal(await cuts(300), "--max-states 300");
  assert.equal(await cuts(20 * 32 ** 2), FOUND_AHEAD);
});

test("a run is made shorter by leaving out rounds that it can do without", () => {
  const k = world({ turn: int(0, 3), hits: int(0, 9) });
  const spins = (name: string): Path<never> =>
    k.path(
      name,
      {},
      {
        look: once((s) => (s.turn === 3 && s.hits > 0 ? "stop" : undefined)),
        hit: once((s) => {
          if (s.hits < 9) s.hits++;
          s.turn = (s.turn + 1) % 4;
          return "look";
        }),
        stop: (s) => void (s.turn = 0),
      },
    ) as never;
  const machine = MACHINES.sc(
    toy({
      world: k,
      threads: { a: spins("a"), b: spins("b") },
      specs: [k.always("few", "not both stop", (s) => !(s.hits === 7 && s.turn === 0))],
    }),
  );
  const shortest = lengthsOf(endOf(explore(machine))).get("few")!;
  const { found, depth } = endOf(simulate(machineWalker(machine), { count: 50, seed: 1 }, {}, 20_000));
  assert.equal(found.get("few")!.moves.length, shortest);
  assert.ok(depth > shortest);
});

const SMALL = { grown: 20, effort: EFFORT };

test("on random programs a search that is looked ahead of is the same where it comes to its end", async () => {
  const seen = { same: 0, found: 0 };
  await fc.assert(
    fc.asyncProperty(program, async (given) => {
      const machine = MACHINES.sc(resetDeadLocals(machineOf(scenarioOf(given))));
      const all = await attempt(() => endOf(explore(machine, { maxStates: MOST_STATES })));
      if (all instanceof ModelError || all.cut !== undefined) return;
      for (const proves of [true, false]) {
        const slices = ahead(
          (limits) => explore(machine, limits),
          {},
          { isAsked: () => true, proves },
          { ...SMALL, grown: 0 },
          () => packedWalker(machine, machine.packed!),
        );
        let slice = await slices.next();
        while (slice.done !== true) slice = await slices.next();
        if (slice.value.cut === undefined) {
          assert.deepEqual(slice.value, all);
          seen.same++;
        } else {
          assert.ok(!proves && slice.value.cut === FOUND_AHEAD);
          isThere(lengthsOf(slice.value), all);
          seen.found += slice.value.foundBy!.size;
        }
      }
    }),
    { seed: 20_201_016, numRuns: RUNS, includeErrorInReport: true },
  );
  assert.ok(seen.same > RUNS / 2 && seen.found > RUNS / 4, JSON.stringify(seen));
});

test("a search that grows is cut for what is found ahead of it, after as many states with one thread as with two", async () => {
  const isAsked = (): boolean => true;
  const [one, two] = [
    await searched(resetDeadLocals(lost), { threads: 1, ahead: { isAsked, proves: false } }),
    await searched(resetDeadLocals(lost), { threads: 2, ahead: { isAsked, proves: false } }),
  ];
  const { stats: _, machine: __, ...facts } = one!;
  const { stats: ___, machine: ____, ...others } = two!;
  assert.deepEqual(others, facts);
  assert.equal(facts.cut, FOUND_AHEAD);
  assert.deepEqual([...facts.foundBy!], [["sum", "narrow searches"]]);
});

test("a step that breaks a rule of the language, met on a walk, is the model's mistake", () => {
  const k = world({ n: int(0, 3), lock: bool });
  const path = k.path("p", {}, { breaks: (s) => (s.n === 0 ? void (s.n = "word" as never) : wait) });
  const machine = MACHINES.sc(toy({ world: k, threads: { a: path } }));
  for (const walker of [machineWalker(machine), packedWalker(machine, machine.packed!)])
    assert.throws(() => endOf(simulate(walker, { count: 1, seed: 1 }, {}, 100)), ModelError);
});
