import assert from "node:assert/strict";
import { test } from "node:test";
import { int, world } from "faultline";
import { counters } from "../published/counters.ts";
import { check, machineOf, specOf, toy } from "../machine/toy.ts";

test("a sometimes spec is vacuous where no state meets it, and has a shortest run where one does", () => {
  const w = world({ x: int(0, 9) });
  const up = w.path("up", {}, { up: (k) => (k.x === 2 ? undefined : (k.x++, "up")) });
  const result = check(
    toy({
      world: w,
      threads: { up },
      specs: [
        w.sometimes("two", "x is 2", (k) => k.x === 2),
        w.sometimes("nine", "x is 9", (k) => k.x === 9 || "not yet"),
      ],
    }),
  );
  assert.equal(specOf(result, "two").verdict, "holds");
  assert.equal(specOf(result, "two").trace!.steps.length, 2);
  assert.equal(specOf(result, "nine").verdict, "vacuous");
  assert.equal(specOf(result, "nine").trace, undefined);
});

test("an atEnd spec is looked at when all are done, and vacuous where that never happens", () => {
  const w = world({ x: int(0, 2) });
  const up = w.path("up", {}, { first: (k) => void k.x++, second: (k) => void k.x++ });
  const loops = w.path("loops", {}, { again: () => "again" });
  const specs = [
    w.atEnd("is-two", "x is 2 at the end", (k) => k.x === 2),
    w.atEnd("is-one", "x is 1 at the end", (k) => k.x === 1 || `x is ${k.x}`),
  ];
  const ended = check(toy({ world: w, threads: { up }, specs }));
  assert.equal(specOf(ended, "is-two").verdict, "holds");
  assert.equal(specOf(ended, "is-one").verdict, "violated");
  assert.equal(specOf(ended, "is-one").trace!.ending.reason, "x is 2");
  const endless = check(toy({ world: w, threads: { up, loops }, specs }));
  assert.deepEqual([specOf(endless, "is-two").verdict, specOf(endless, "is-one").verdict], ["vacuous", "vacuous"]);
});

test("steps that no thread takes are listed; those the scenario knows of are marked", () => {
  const w = world({ x: int(0, 2) });
  const path = w.path(
    "up",
    {},
    {
      test: (k) => (k.x > 1 ? "too big" : "end"),
      "too big": () => {},
      unused: () => {},
      end: () => {},
    },
  );
  const twice = toy({ world: w, threads: { a: path, b: path }, unreached: ["up: unused"] });
  assert.deepEqual(check(twice).neverTaken, [
    { path: "up", label: "too big", declared: false },
    { path: "up", label: "unused", declared: true },
  ]);
});

const grid = () => machineOf(counters(2, 3));

test("a search that is cut says so, and never says that something holds", () => {
  const w = world({ x: int(0, 5), y: int(0, 5) });
  const up = w.path("up", {}, { up: (k) => (k.x === 5 ? undefined : (k.x++, "up")) });
  const across = w.path("across", {}, { across: (k) => (k.y === 5 ? undefined : (k.y++, "across")) });
  const program = toy({
    world: w,
    threads: { up, across },
    specs: [
      w.always("true", "nothing", () => true),
      w.always("small", "x + y < 3", (k) => k.x + k.y < 3),
      w.sometimes("early", "x is 1", (k) => k.x === 1),
      w.sometimes("late", "x and y are 5", (k) => k.x + k.y === 10),
      w.atEnd("end", "nothing", () => true),
    ],
  });
  const result = check(program, { maxStates: 12 });
  assert.equal(result.search.states, 12);
  assert.match(result.search.cut!, /--max-states 12/);
  assert.deepEqual(
    result.specs.map(({ name, verdict }) => [name, verdict]),
    [
      ["true", "undecided"],
      ["small", "violated"],
      ["early", "holds"],
      ["late", "undecided"],
      ["end", "undecided"],
      ["no-bug", "undecided"],
      ["no-oops", "undecided"],
      ["in-range", "undecided"],
      ["guarded", "undecided"],
      ["not-stuck", "undecided"],
      ["never-finishes", "undecided"],
    ],
  );
});

test("a limit that is just enough cuts nothing; one less does", () => {
  assert.deepEqual(
    [check(grid(), { maxStates: 16 }).search.cut, check(grid(), { maxStates: 16 }).search.states],
    [null, 16],
  );
  assert.deepEqual(
    [check(grid(), { maxStates: 15 }).search.cut, check(grid(), { maxStates: 15 }).search.states],
    ["--max-states 15", 15],
  );
});

test("a search that is told to stop says why", () => {
  const result = check(grid(), { stop: () => "interrupted" });
  assert.equal(result.search.cut, "interrupted");
  assert.ok(result.specs.every(({ verdict }) => verdict === "undecided"));
});
