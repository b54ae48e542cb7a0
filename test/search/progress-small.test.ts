import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, once, symmetric, world, bugOn, int, type ProgressSpec, type StateOf } from "faultline";
import type { Program } from "../../src/machine/program.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Explored } from "../../src/search/search.ts";
import { modelError, specOf, toy } from "../machine/toy.ts";
import { searched } from "./searched.ts";
import { looping, w } from "./looping-programs.ts";

type K = StateOf<typeof w>;

const isX = (k: K): boolean => k.x === 1;
const isY = (k: K): boolean => k.y === 1;

interface Case {
  readonly what: string;
  readonly threads: readonly string[];
  readonly spec: (fairness: "weak" | "strong") => ProgressSpec<K>;
  /** What is said of it under weak and under strong fairness: "holds", "vacuous", or the steps of the stem and the loop. */
  readonly weak: string;
  readonly strong: string;
  /** Its loops store without end: no buffer is long enough for them. */
  readonly scOnly?: true;
}

const comes = (fairness: "weak" | "strong"): ProgressSpec<K> => w.eventually("comes", "x becomes 1", isX, { fairness });
const follows = (fairness: "weak" | "strong"): ProgressSpec<K> =>
  w.leadsTo("follows", "x follows on y", isY, isX, { fairness });

const cases: readonly Case[] = [
  {
    what: "one that sets it, beside one that spins",
    threads: ["until y 1", "x = 1"],
    spec: comes,
    weak: "holds",
    strong: "holds",
  },
  { what: "one that nobody sets", threads: ["until y 1"], spec: comes, weak: "0+1", strong: "0+1" },
  { what: "a run that is over without it", threads: ["y = 1"], spec: comes, weak: "2", strong: "2" },
  {
    what: "a deadlock before it",
    threads: ["L l; L m; x = 1", "L m; L l; x = 1"],
    spec: comes,
    weak: "2",
    strong: "2",
  },
  {
    what: "a lock that another takes again and again",
    threads: ["L l; x = 1; U l", "L l; U l; if y 0"],
    spec: comes,
    weak: "0+3",
    strong: "holds",
  },
  {
    what: "a lock that two others hold by turns, so that it is never free for all",
    threads: ["await y 1; x = 1", "y = 1; y = 0; if x 0"],
    spec: comes,
    weak: "0+3",
    strong: "holds",
    scOnly: true,
  },
  {
    what: "two that wait for each other busily, which no fairness removes",
    threads: ["until x 1", "y = 0; if x 0"],
    spec: comes,
    weak: "0+3",
    strong: "0+3",
    scOnly: true,
  },
  {
    what: "a question that is always answered",
    threads: ["y = 1", "until y 1; x = 1"],
    spec: follows,
    weak: "holds",
    strong: "holds",
  },
  {
    what: "a question that comes too late for its answer",
    threads: ["x = 1; x = 0; y = 1"],
    spec: follows,
    weak: "4",
    strong: "4",
  },
  { what: "a question that is never asked", threads: ["x = 1"], spec: follows, weak: "vacuous", strong: "vacuous" },
  { what: "an answer that is there already", threads: ["x = 1; y = 1"], spec: follows, weak: "holds", strong: "holds" },
];

/** `3+2`: a stem of three steps and a loop of two. */
function shownIn(explored: Explored, program: Program, name: string): string {
  const { verdict, trace } = specOf(resultOf(program, explored, "faultline check toy"), name);
  if (!trace) return verdict;
  const { loop, moves } = trace.schedule;
  return loop === undefined ? String(moves.length) : `${loop}+${moves.length - loop}`;
}

for (const { what, threads, spec, scOnly, ...expected } of cases)
  for (const fairness of ["weak", "strong"] as const)
    test(`${what}: ${expected[fairness]} under ${fairness} fairness`, async () => {
      const one = spec(fairness);
      const program = looping(threads, { specs: [one] });
      const plain = await searched(program, { isPlain: true });
      assert.equal(shownIn(plain, program, one.name), expected[fairness]);
      const fast = await searched(program);
      assert.deepEqual(fast.found.get(one.name), plain.found.get(one.name));
      assert.equal(shownIn(fast, program, one.name), expected[fairness]);
      if (scOnly) return;
      // A drain of a store buffer is a step more, and as fair as any.
      const [tso, tsoPlain] = [
        await searched(program, { memory: "tso" }),
        await searched(program, { memory: "tso", isPlain: true }),
      ];
      assert.deepEqual(tso.found.get(one.name), tsoPlain.found.get(one.name));
      assert.equal(/\d/.test(shownIn(tso, program, one.name)), /\d/.test(expected[fairness]));
      const lkmm = specOf(
        resultOf(program, await searched(program, { memory: "lkmm" }), "faultline check toy"),
        one.name,
      );
      assert.equal(lkmm.verdict, "not judged");
    });

test("who only has steps that fail a check can step: a run that never takes them is not fair", async () => {
  const v = world({ x: int(0, 1), y: int(0, 1) });
  const fail = v.path("fail", {}, { "BUG_ON(x)": once((k) => bugOn(k.x === 0, "x is 0")) });
  const spin = v.path("spin", {}, { spin: once((k) => (k.y === 0 ? "spin" : undefined)) });
  const spec = v.eventually("comes", "y becomes 1", (k) => k.y === 1);
  const program = toy({ world: v, threads: { fail, spin }, specs: [spec] });
  for (const isPlain of [false, true])
    assert.equal(shownIn(await searched(program, { isPlain }), program, "comes"), "holds");
  // With a branch that does not fail, the thread can step there and be done.
  const either = v.path(
    "either",
    {},
    {
      "BUG_ON(x)": once((k) => {
        const isLucky = choose(false, true);
        bugOn(!isLucky && k.x === 0, "x is 0");
      }),
    },
  );
  const other = toy({ world: v, threads: { either, spin }, specs: [spec] });
  for (const isPlain of [false, true]) assert.equal(shownIn(await searched(other, { isPlain }), other, "comes"), "1+1");
});

test("threads that are declared symmetric are told apart where it is asked who is passed over", async () => {
  const v = world({ turn: int(0, 2) });
  const path = v.path("p", {}, { again: once(() => "again") });
  const other = v.path("q", {}, { turn: once((k) => void (k.turn = 1)), back: once((k) => void (k.turn = 0)) });
  const spec = v.eventually("comes", "the turn comes", (k) => k.turn === 1);
  const program = toy({ world: v, threads: { p: symmetric(2, () => path), other }, specs: [spec] });
  const fast = await searched(program);
  assert.deepEqual(fast.symmetric, []);
  assert.equal(shownIn(fast, program, "comes"), "holds");
});

test("a search that was cut says nothing of endless runs", async () => {
  const program = looping(["until x 1", "y = 1; x = 1"], { specs: [comes("weak")] });
  for (const isPlain of [false, true])
    assert.equal(shownIn(await searched(program, { isPlain, maxStates: 2 }), program, "comes"), "undecided");
});

test("what a progress spec is made of is checked", () => {
  const make =
    (...given: readonly unknown[]) =>
    () =>
      (w.leadsTo as (...all: readonly unknown[]) => unknown)(...given);
  assert.match(modelError(make("follows", "x follows on y", isY)).message, /lacks what is waited for/);
  assert.match(modelError(make("follows", isY, isX)).message, /lacks its sentence/);
  assert.match(modelError(make("not-stuck", "x", isY, isX)).message, /is the name of a check/);
  assert.match(modelError(make("follows", "x", isY, isX, { fairness: "fair" })).message, /not one of weak, strong/);
  assert.match(modelError(make("follows", "x", isY, isX, { fairnes: "weak" })).message, /did you mean 'fairness'/);
  assert.match(modelError(make("follows", "x", isY, isX, {}, 1)).message, /has 5 arguments/);
});
