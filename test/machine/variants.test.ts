import assert from "node:assert/strict";
import { test } from "node:test";
import { done, int, world } from "faultline";
import type { Path } from "faultline";
import { check, modelError, toy } from "./toy.ts";

const w = world({ log: int(0, 999) });
const note = (digit: number) => (k: { log: number }) => void (k.log = k.log * 10 + digit);

/** The digits that the steps of a path wrote, in their order. */
function digits(path: Path): number {
  const logs = new Set<number>();
  const seen = w.atEnd("seen", "collects", (k) => (logs.add(k.log), true));
  check(toy({ world: w, threads: { path }, specs: [seen] }));
  assert.equal(logs.size, 1);
  return [...logs][0]!;
}

test("a step that this variant does not have is passed through, in order and by a jump", () => {
  const path = (second: boolean) => w.path("path", {}, { one: note(1), two: second && note(2), three: note(3) });
  assert.equal(digits(path(true)), 123);
  assert.equal(digits(path(false)), 13);
  const jumping = (second: boolean) =>
    w.path("jumping", {}, { one: (k) => (note(1)(k), "three"), two: note(2), three: second && note(3), four: note(4) });
  assert.equal(digits(jumping(true)), 134);
  assert.equal(digits(jumping(false)), 14);
});

test("a jump to a step that is missing at the end ends the path", () => {
  assert.equal(digits(w.path("path", {}, { one: (k) => (note(1)(k), "end"), two: note(2), end: false })), 1);
});

test("a variant can put its steps into another order", () => {
  const path = (sequence: readonly ("one" | "two" | "three")[]): Path =>
    w.path("path", {}, { one: note(1), two: note(2), three: note(3) }, { sequence });
  assert.equal(digits(path(["one", "two", "three"])), 123);
  assert.equal(digits(path(["three", "one", "two"])), 312);
  assert.equal(digits(path(["two", "three"])), 23);
});

test("the end of the sequence is the end of the path, and a jump follows the sequence", () => {
  const path = w.path(
    "path",
    {},
    { one: (k) => (note(1)(k), "three"), two: note(2), three: note(3) },
    { sequence: ["one", "two", "three"] },
  );
  assert.equal(digits(path), 13);
  const other = w.path(
    "other",
    {},
    { one: (k) => (note(1)(k), done), two: note(2), three: (k) => (note(3)(k), "one") },
    { sequence: ["three", "two", "one"] },
  );
  assert.equal(digits(other), 31);
});

test("a jump out of the sequence is refused", () => {
  const path = w.path("path", {}, { one: () => "two", two: note(2), three: note(3) }, { sequence: ["one", "three"] });
  const error = modelError(() => digits(path));
  assert.equal(error.message, "label 'two' is not in the sequence of this variant");
  assert.match(error.explanation.remedy!, /labels: one, three/);
  assert.match(error.explanation.where!, /step 'one' of path 'path'/);
});

test("a sequence names steps that are there, each once", () => {
  const build = (sequence: readonly ("one" | "two")[]) => () =>
    w.path("path", {}, { one: note(1), two: false }, { sequence });
  assert.match(modelError(build(["one", "two"])).message, /names 'two', which this variant does not have/);
  assert.match(modelError(build(["one", "one"])).message, /names 'one' twice/);
  assert.match(modelError(build([])).message, /no steps/);
});

test("a path has steps, labels that keep their order, and functions", () => {
  assert.match(modelError(() => w.path("path", {}, {})).message, /no steps/);
  assert.match(modelError(() => w.path("path", {}, { one: false })).message, /no steps/);
  assert.match(modelError(() => w.path("path", {}, { 2: () => {}, one: () => {} })).message, /'2' cannot be a label/);
  assert.match(modelError(() => w.path("path", {}, { one: "two" as never })).message, /step 'one' is not a function/);
  assert.match(
    modelError(() => w.path("path", {}, { one: undefined as never })).message,
    /step 'one' is not a function/,
  );
});
