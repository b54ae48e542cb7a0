import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, call, done, once, oneOf, scenario, world } from "faultline";
import type { ParamValues } from "../../src/model/params.ts";
import { judgement } from "../../src/result/judgement.ts";
import { check, machineOf, modelError } from "./toy.ts";

const w = world({ x: bool, y: bool });
const inner = w.path("inner", {}, { "y = 1": once((k) => void (k.y = true)) });
const path = (variant: string) =>
  w.path(
    "outer",
    {},
    {
      "x?": once((k) => (k.x ? "inner()" : undefined)),
      "x = 1": variant === "sets" && once((k) => void (k.x = true)),
      end: () => done,
      "inner()": call(inner),
    },
  );
const other = w.path("other", {}, { "x = 0": once((k) => void (k.x = false)) });

const withUnreached = (unreached: unknown, variant = "sets") =>
  machineOf(
    scenario("toy", {
      about: "A toy",
      world: w,
      params: { variant: oneOf("sets", "leaves", "both"), twice: bool },
      threads: ({ variant, twice }) => ({ outer: path(variant), ...(variant === "both" && twice && { other }) }),
      specs: [],
      unreached: () => unreached as string[],
    }),
    { variant },
  );

test("unreached names steps of the scenario, whatever its parameters", () => {
  // Reached or not, of a callee, false in this variant, of a path that runs with two other values.
  for (const name of ["outer: x?", "inner: y = 1", "inner: *", "outer: x = 1", "other: x = 0", "oth*"])
    for (const variant of ["sets", "leaves"]) withUnreached([name], variant);
});

test("a name that no step has is refused", () => {
  const errorOf = (name: unknown) => modelError(() => withUnreached(name));
  assert.match(
    errorOf(["outer: y?"]).message,
    /^unreached names 'outer: y\?', and there is no such step; did you mean 'outer: x\?'/,
  );
  assert.match(errorOf(["outer: y?"]).explanation.cause!, /^steps of 'outer': x\?, x = 1, end$/);
  assert.match(errorOf(["inner: y=1"]).message, /did you mean 'inner: y = 1'/);
  assert.match(errorOf(["nobody: *"]).explanation.cause!, /^paths: outer, inner, other$/);
  assert.match(errorOf(["x?"]).message, /no such step/);
  assert.match(errorOf(["outer: inner()"]).message, /no such step/);
  assert.match(errorOf("outer: x?").message, /^unreached must return a list of steps$/);
  assert.match(errorOf([3]).message, /^unreached must return a list of steps$/);
});

test("a step that it names and that is taken is told, and makes a pinned run differ", () => {
  const result = (unreached: readonly string[]) => check(withUnreached(unreached));
  assert.equal(result(["inner: *"]).reachedAfterAll, undefined);
  // Some of them are not taken.
  assert.equal(result(["inner: *", "*"]).reachedAfterAll, undefined);
  assert.equal(result(["inner: *", "other: x = 0"]).reachedAfterAll, undefined);
  const stale = result(["inner: *", "outer: x = 1"]);
  assert.deepEqual(stale.reachedAfterAll, ["outer: x = 1"]);
  assert.deepEqual(judgement(stale, {}).differences, [
    "taken, although the scenario declares it unreached: outer: x = 1",
  ]);
  assert.equal(judgement(stale, {}).outcome, "violated");
});

test("a record says which steps are not taken where runs are pinned, and elsewhere which need not be", () => {
  const recorded = scenario("recorded", {
    about: "A toy",
    world: w,
    params: { variant: oneOf("sets", "leaves", "both"), twice: bool },
    threads: ({ variant }) => ({ outer: path(variant) }),
    specs: [],
    unreached: [
      { steps: ["inner: y = 1"], because: "x is never set before it is looked at" },
      { steps: ["outer: end"], in: ["variant=leaves"] },
    ],
    expect: [{ set: {} }, { set: { variant: "leaves" } }],
  });
  const result = (set: ParamValues) => check(machineOf(recorded, set));
  const [sets, leaves, both] = [result({}), result({ variant: "leaves" }), result({ variant: "both" })];
  assert.deepEqual(sets.neverTaken, [{ path: "inner", label: "y = 1", declared: true }]);
  assert.equal(sets.reachedAfterAll, undefined);
  // It is recorded, and was taken after all.
  assert.deepEqual(leaves.reachedAfterAll, ["outer: end"]);
  assert.equal(judgement(leaves, {}).outcome, "violated");
  assert.deepEqual(both.neverTaken, [{ path: "inner", label: "y = 1", declared: true }]);
  assert.equal(both.reachedAfterAll, undefined);
});

test("a record names steps of the scenario, too", () => {
  const misspelt = scenario("misspelt", {
    about: "A toy",
    world: w,
    params: {},
    threads: () => ({ outer: path("sets") }),
    specs: [],
    unreached: [{ steps: ["outer: y?"] }],
  });
  assert.match(
    modelError(() => machineOf(misspelt)).message,
    /^unreached names 'outer: y\?', and there is no such step/,
  );
});
