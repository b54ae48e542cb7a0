import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  done,
  full,
  guarded,
  inWord,
  int,
  noreturn,
  once,
  ref,
  release,
  spinlock,
  struct,
  wait,
  world,
} from "faultline";
import type { Spec } from "faultline";
import type { AnyStep } from "../../../src/model/path.ts";
import { searchLkmm, type LkmmExploration } from "../../../src/memory/lkmm/search.ts";
import { Lkmm } from "../../../src/memory/lkmm/lkmm.ts";
import { initialOf } from "../../../src/memory/lkmm/layout.ts";
import { initialStates, type Program } from "../../../src/machine/program.ts";
import { endingIn } from "../../../src/explain/ending.ts";
import { lkmmMachine } from "../../../src/memory/lkmm/machine.ts";
import type { Schedule } from "../../../src/machine/schedule.ts";
import { threadsThat, w } from "../classics.ts";
import { numbers, randomProgram } from "../random-programs.ts";
import { modelError, toy } from "../../machine/toy.ts";
import { endOf, exploreAll } from "../../explore-all.ts";

const searched = (program: Program): LkmmExploration => endOf(searchLkmm(new Lkmm(program)));

function endOfRun(program: Program, schedule: Schedule, spec: Spec): ReturnType<typeof endingIn> {
  const run = lkmmMachine(program).run(schedule);
  return "obstacle" in run ? run.obstacle : endingIn(run, spec);
}

/** The steps of the run that was found, after seeing that it ends where the spec says. */
function foundIn(program: Program, spec: Spec): number | undefined {
  const { runs, found, unjudged } = searched(program);
  assert.deepEqual([...unjudged], []);
  const run = runs.get(spec.name);
  if (!run) return undefined;
  const ending = endOfRun(program, found.get(spec.name)!, spec);
  if (typeof ending === "string") assert.fail(ending);
  return run.steps.length;
}

const never = (value: number) =>
  w.always(`x-is-never-${value}`, "x has no such value", ({ x }) => x !== value || `x is ${value}`);

test("under lkmm a spec over one word is judged of every store, also of one that lies in front of others", () => {
  // The 1 that is passed on through y is stored last, and may come to lie in front of the 3.
  const programs = ["W x 3 once; W y 1 once", "R y r once; W x r once"];
  assert.equal(foundIn(threadsThat([never(1)], ...programs), never(1)), 6);
  assert.equal(foundIn(threadsThat([never(2)], ...programs), never(2)), undefined);
  const reached = w.sometimes("x-is-one", "x is 1", ({ x }) => x === 1);
  assert.equal(foundIn(threadsThat([reached], ...programs), reached), 6);
});

test("under lkmm a spec that forbids values of several words is judged, and one that compares them is not", () => {
  const programs = ["W x 1 once", "W y 1 once"];
  const each = w.always("none-is-one", "neither x nor y is 1", ({ x, y }) => x !== 1 && y !== 1);
  const both = w.always("not-both", "x and y are not both 1", ({ x, y }) => x !== 1 || y !== 1);
  const ghost = w.always("not-seen", "x is 0 until it is seen", ({ x, seen }) => x === 0 || seen[0]!.r === 0);
  assert.equal(foundIn(threadsThat([each], ...programs), each), 1);
  assert.deepEqual([...searched(threadsThat([each, both], ...programs)).unjudged], [["not-both", ["x"]]]);
  assert.deepEqual(
    [...searched(threadsThat([ghost], "W x 1 once; R y r once", "W y 1 once")).unjudged],
    [["not-seen", ["x"]]],
  );
});

test("under lkmm a spec may look at all parts of a word, and at a field that a lock guards", () => {
  const Page = struct({ locked: inWord("flags", bool), dirty: inWord("flags", bool) });
  const k = world({ page: Page, l: spinlock, n: guarded("l", int(0, 2)) });
  const lock = k.path(
    "lock",
    {},
    {
      lock: once(({ page }) => void (page.locked = true)),
      dirty: once(({ page }) => (page.locked ? void (page.dirty = true) : done)),
    },
  );
  const count = k.path(
    "count",
    {},
    {
      lock: (s) => {
        if (s.l) return wait;
        s.l = true;
      },
      more: once((s) => void s.n++),
      unlock: (s) => void (s.l = false),
    },
  );
  const clean = k.always("clean", "what is locked is clean", ({ page }) => !page.locked || !page.dirty);
  const few = k.always("few", "n is at most 1", ({ n }) => n <= 1);
  const program = toy({ world: k, threads: { lock, a: count, b: count }, specs: [clean, few] });
  const { found, unjudged } = searched(program);
  assert.deepEqual([...unjudged], []);
  assert.deepEqual([...found].map(([name, { moves }]) => `${name} in ${moves.length}`).toSorted(), [
    "clean in 4",
    "few in 7",
  ]);
});

test("under lkmm a spec may look at words that RMWs alone change: each finds what the last one has stored", () => {
  const kernel = world({ count: int(-1, 2), x: int(0, 1) });
  const specs = [
    kernel.always("not-negative", "the count is not negative", (k) => k.count >= 0),
    kernel.sometimes("is-zero", "the count is 0", (k) => k.count === 0),
    kernel.always("in-order", "x follows the count", (k) => k.x === 0 || k.count <= 0),
  ];
  const down = kernel.path(
    "down",
    {},
    {
      "count--": noreturn((k) => void k.count--),
      "x = 1": once((k) => void (k.x = 1)),
    },
  );
  const withStep = (step: AnyStep): LkmmExploration =>
    searched(
      toy({
        world: kernel,
        threads: { down, other: kernel.path("other", {}, { step: step as never }) },
        init: (k) => void (k.count = 1),
        specs,
      }),
    );
  type Count = { count: number };
  const twice = withStep(noreturn((k: Count) => void k.count--) as AnyStep);
  assert.deepEqual([...twice.unjudged], [["in-order", ["x"]]]);
  assert.deepEqual([...twice.found.keys()].toSorted(), ["is-zero", "not-negative"]);
  const up = withStep(full((k: Count) => void k.count++) as AnyStep);
  assert.deepEqual([...up.unjudged.keys()], ["in-order"]);
  assert.deepEqual([...up.found.keys()], ["is-zero"]);
  // A plain store ends that: then each word is asked by itself.
  const stored = withStep(release((k: Count) => void (k.count = 2)) as AnyStep);
  assert.deepEqual([...stored.unjudged.keys()], ["in-order"]);
  assert.deepEqual([...stored.found.keys()], ["is-zero"]);
});

/** Every value that some store ever gives to x, found by walking through all that can happen. */
function storedToX(program: Program): ReadonlySet<unknown> {
  const lkmm = new Lkmm(program);
  const x = program.cells.find(({ name }) => name === "x")!;
  const values = new Set<unknown>([0]);
  const open = initialStates(program).map((state) => initialOf(lkmm.layout, state));
  const known = new Set<string>();
  for (let state = open.pop(); state; state = open.pop()) {
    if (known.has(state.join())) continue;
    known.add(state.join());
    for (const { taken, state: next } of lkmm.effects(state)) {
      if (taken?.leaf.kind === "moved" && taken.leaf.writes.has(x)) values.add(taken.leaf.writes.get(x));
      if (taken?.leaf.kind !== "violation") open.push(next);
    }
  }
  return values;
}

test("on random programs under lkmm a word has a value if some store gives it that", () => {
  const next = numbers(61);
  let hits = 0;
  const specs = [1, 2, 3].map(never);
  for (let i = 0; i < 60; i++) {
    const texts = randomProgram(next, 3);
    const program = threadsThat(specs, ...texts);
    const { runs, found, uncertain } = searched(program);
    const stored = storedToX(program);
    for (const [at, spec] of specs.entries()) {
      if (uncertain.has(spec.name)) continue;
      assert.equal(runs.has(spec.name), stored.has(at + 1), `${spec.name}: ${texts.join(" || ")}`);
      if (!stored.has(at + 1)) continue;
      hits++;
      assert.equal(typeof endOfRun(program, found.get(spec.name)!, spec as Spec), "object");
    }
  }
  assert.ok(hits > 30, String(hits));
});

test("a spec that follows NULL is told under lkmm as under sc: it does not hold", () => {
  const node = struct({ used: bool });
  const one = world({ node, other: bool, slot: ref(node) });
  const program = (kind: "always" | "atEnd" | "sometimes") =>
    toy({
      world: one,
      threads: {
        clear: one.path("clear", {}, { "slot = NULL": once((k) => void (k.slot = null)) }),
        other: one.path("other", {}, { "other = 1": once((k) => void (k.other = true)) }),
      },
      init: (k) => void (k.slot = k.node),
      specs: [one[kind]("is-free", "what the slot has is free", ({ slot }) => !slot!.used === (kind !== "sometimes"))],
    });
  for (const kind of ["always", "atEnd", "sometimes"] as const) {
    const told = (search: () => unknown) => modelError(search).message;
    assert.match(
      told(() => exploreAll(program(kind))),
      /^spec 'is-free' threw: /,
      kind,
    );
    const lkmm = program(kind);
    assert.match(
      told(() => foundIn(lkmm, lkmm.scenario.specs[0] as Spec)),
      /^spec 'is-free' threw: /,
      kind,
    );
  }
});
