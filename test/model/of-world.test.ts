import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, call, done, full, int, once, scenario, world } from "faultline";
import { resolveParams, threadsOf } from "../../src/model/scenario.ts";
import { modelError } from "../machine/toy.ts";

// What a world makes in fewer words: a path without locals, and a scenario of its own.

const w = world({ x: bool, n: int(0, 2) });
const set = w.path("set", { "x = 1": once((k) => void (k.x = true)), "n = 1": once((k) => void (k.n = 1)) });

test("a path without locals is one with none", () => {
  assert.deepEqual([set.labels, set.locals], [["x = 1", "n = 1"], {}]);
  const patched = set.with({ drop: ["x = 1"] });
  assert.deepEqual(patched.labels, ["n = 1"]);
  const jumping = w.path("jumping", { start: full((k) => k.x, { true: "end", false: done }), end: () => {} });
  assert.deepEqual(jumping.labels, ["start", "end"]);
  // @ts-expect-error it has no locals
  w.path("no local", { start: (_, me) => void me.page });
  // @ts-expect-error "ned" is no label
  w.path("plain", { start: () => "ned", end: () => {} });
  // @ts-expect-error "ned" is no label
  w.path("second argument", { start: once((k) => k.x, { true: "ned" }), end: () => {} });
  // @ts-expect-error "ned" is no label
  w.path("label", { start: once((k) => void (k.x = true), "ned"), end: () => {} });
  // @ts-expect-error a step returns no boolean, if nothing says where that leads
  w.path("boolean", { start: once((k) => k.x) });
});

test("locals without steps are no path", () => {
  const { message, explanation } = modelError(() => w.path("p", { x: bool } as never));
  assert.match(message, /step 'x' is not a function/);
  assert.equal(explanation.where, "path 'p'");
  assert.match(modelError(() => w.path("p", {})).message, /the path has no steps/);
});

test("a path that says something about itself names its locals, be they none", () => {
  const about = { file: "mm/memory.c" };
  for (const step of [() => {}, once(() => {}), call(set), false as const]) {
    // @ts-expect-error the compiler would not know the world of a step there
    const bad = (): unknown => w.path("p", { start: step, end: () => {} }, about);
    const { message, explanation } = modelError(bad);
    assert.equal(message, "the steps stand where the locals do");
    assert.equal(explanation.where, "path 'p'");
    assert.match(explanation.remedy!, /path\("\.\.\.", \{\}, /);
  }
  assert.deepEqual(w.path("p", {}, { start: () => {} }, about).about, about);
  // @ts-expect-error it has to be called
  assert.match(modelError(() => w.path("p", { n: int }, { start: () => {} })).message, /'n' is not a field/);
});

test("a scenario of a world is the same as one that names it", () => {
  const is = w.atEnd("is", "x is true", (k) => k.x);
  const rest = { params: { twice: bool }, threads: () => ({ set }), specs: [is], expect: [{ set: { twice: true } }] };
  const [mine, named] = [
    w.scenario("s", "A sentence", rest),
    scenario("s", { about: "A sentence", world: w, ...rest }),
  ];
  for (const key of ["name", "about", "world", "params", "specs", "progress", "expect"] as const)
    assert.deepEqual(mine[key], named[key]);
  w.scenario("types", "", {
    params: { twice: bool },
    threads: ({ twice }) => ({ set, ...(twice && { again: set }) }),
    // @ts-expect-error there is no such field
    init: (k) => void (k.y = true),
  });
});

test("a scenario needs neither parameters nor specs", () => {
  const bare = w.scenario("bare", "Nothing is asked", { threads: () => ({ set }) });
  assert.deepEqual([bare.params, bare.specs, bare.progress], [{}, [], []]);
  assert.deepEqual(
    threadsOf(bare, resolveParams(bare, {})).map(({ name }) => name),
    ["set"],
  );
  assert.match(modelError(() => resolveParams(bare, { x: 1 })).message, /has no parameter 'x'/);
});

test("a scenario of a world does not take its sentence or its world twice", () => {
  const bad = (more: object): string => {
    const { message, explanation } = modelError(() => w.scenario("s", "", { threads: () => ({ set }), ...more }));
    return `${message} in ${explanation.where}: ${explanation.remedy}`;
  };
  const keys = "params, threads, init, specs, unreached, idle, expect";
  assert.equal(bad({ about: "x" }), `a scenario has no 'about' in scenario 's': keys: ${keys}`);
  assert.equal(bad({ world: w }), `a scenario has no 'world' in scenario 's': keys: ${keys}`);
  assert.match(
    modelError(() => w.scenario("s", 3 as never, { threads: () => ({ set }) })).message,
    /'about' of a scenario/,
  );
  assert.match(modelError(() => w.scenario("s", "", undefined as never)).message, /a scenario is not an object/);
});
