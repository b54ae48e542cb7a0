import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, int, oneOf, scenario, symmetric, world } from "faultline";
import type { Path } from "../../src/model/path.ts";
import type { Threads } from "../../src/model/scenario.ts";
import { check, machineOf, modelError, toy } from "./toy.ts";

const w = world({ x: int(0, 9), mm: array(3, bool) });
const idle = w.path("idle", {}, { step: () => {} });
const set = (i: number) => w.path("set", {}, { "mm[i] = true": (k) => void (k.mm[i] = true) });

const names = (threads: Threads) => toy({ world: w, threads }).threads.map(({ name, group }) => [name, group]);

test("symmetric threads are numbered, know their group, and stand where they are declared", () => {
  assert.deepEqual(names({ first: idle, fault: symmetric(3, set), last: idle }), [
    ["first", undefined],
    ["fault0", "fault"],
    ["fault1", "fault"],
    ["fault2", "fault"],
    ["last", undefined],
  ]);
});

test("a list of paths is numbered too, without being symmetric; one alone needs no number", () => {
  assert.deepEqual(names({ a: [set(0), set(1)], b: [set(2)], c: symmetric(1, set) }), [
    ["a0", undefined],
    ["a1", undefined],
    ["b", undefined],
    ["c", "c"],
  ]);
});

test("each symmetric thread gets its number", () => {
  const { states, depth } = check(toy({ world: w, threads: { fault: symmetric(3, set) } })).search;
  assert.deepEqual({ states, depth }, { states: 8, depth: 3 });
});

test("a thread that takes the name of a numbered one is refused, before it and behind it", () => {
  for (const threads of [
    { fault: symmetric(2, set), fault1: idle },
    { fault1: idle, fault: symmetric(2, set) },
  ])
    assert.equal(modelError(() => names(threads)).message, "two threads are called 'fault1'");
});

test("symmetric needs at least one thread", () => {
  for (const count of [0, -1, 1.5])
    assert.match(modelError(() => symmetric(count, set)).message, /a count from 1 to 100/);
});

test("two different paths of one name are refused, with both places; variants of one path are not", () => {
  const one = w.path("path", {}, { a: () => {} });
  const other = w.path("path", {}, { b: () => {} });
  const error = modelError(() => names({ one, other }));
  assert.equal(error.message, "two different paths are called 'path'");
  assert.match(error.explanation.where!, /threads\.test\.[jt]s:\d+:\d+ and .*threads\.test\.[jt]s:\d+:\d+/);
  const variant = (long: boolean) => w.path("variant", {}, { a: () => {}, b: long && (() => {}) });
  assert.equal(names({ short: variant(false), long: variant(true) }).length, 2);
});

test("a thread is a path of the scenario's world, and there is one", () => {
  const elsewhere = world({ x: bool }).path("elsewhere", {}, { step: () => {} });
  assert.match(modelError(() => names({})).message, /there are no threads/);
  for (const odd of [() => {}, [], [idle, 7]] as unknown as Path[])
    assert.match(modelError(() => names({ odd })).message, /thread 'odd' is not a path/);
  assert.match(modelError(() => names({ elsewhere })).message, /runs path 'elsewhere' of another world/);
});

const withParams = scenario("with-params", {
  about: "A scenario with parameters",
  world: w,
  params: { count: int(1, 3), order: oneOf("first", "second"), late: bool },
  threads: ({ count, late }) => ({ fault: symmetric(count, set), ...(late && { late: idle }) }),
  specs: [],
});

test("parameters start at their first value and decide about the threads", () => {
  const program = machineOf(withParams);
  assert.deepEqual(program.params, { count: 1, order: "first", late: false });
  assert.equal(program.threads.length, 1);
  assert.equal(machineOf(withParams, { count: 3, late: true }).threads.length, 4);
});

test("a parameter that is not there, or out of its range, is told with what there is", () => {
  const unknown = modelError(() => machineOf(withParams, { cuont: 2 }));
  assert.match(unknown.message, /has no parameter 'cuont'; did you mean 'count'\?/);
  assert.match(unknown.explanation.remedy!, /count=1\.\.3, order=first\|second, late=false\|true/);
  for (const [value, shown] of [
    [{ count: 4 }, "1..3"],
    [{ order: "third" }, "first|second"],
    [{ late: 1 }, "false|true"],
  ] as const)
    assert.equal(modelError(() => machineOf(withParams, value)).explanation.remedy, `values: ${shown}`);
});

test("a scenario's name becomes a folder", () => {
  for (const name of ["Fault", "a b", "../up", "a//b", "-a", "a/"])
    assert.match(
      modelError(() => scenario(name, { about: "", world: w, params: {}, threads: () => ({ idle }), specs: [] }))
        .message,
      /cannot be the name/,
    );
});
