import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, bugOn, call, done, int, once, wait, world } from "faultline";
import type { Idle } from "../../src/model/scenario.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { search as searchProgram, type Explored } from "../../src/search/search.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Result, SpecResult } from "../../src/result/result.ts";
import { replay } from "../explain/replayed.ts";
import type { Program } from "../../src/machine/program.ts";
import { counterexampleText } from "../../src/report/text/text.ts";
import { assertAgreement } from "./agreement.ts";
import { looping } from "./looping-programs.ts";
import { check, modelError, specOf, toy } from "../machine/toy.ts";

const CLOCK = "until x 9";

interface Case {
  readonly what: string;
  readonly threads: readonly string[];
  readonly idle?: Idle;
  /** Then it has no bound under weak memory. */
  readonly storesInLoop?: true;
  /** The steps of the shortest run into a state from which these threads cannot finish; absent if all always can. */
  readonly doomed?: { readonly steps: number; readonly threads: string };
}

const cases: readonly Case[] = [
  {
    what: "a lock that is never given back, beside a thread that never ends",
    threads: ["L l", "L l", CLOCK],
    idle: ["t2"],
    doomed: { steps: 1, threads: "t1" },
  },
  {
    what: "AB-BA beside a thread that never ends",
    threads: ["L l; L m; U m; U l", "L m; L l; U l; U m", CLOCK],
    idle: ["t2"],
    doomed: { steps: 2, threads: "t0, t1" },
  },
  { what: "AB-BA alone, which is stuck", threads: ["L l; L m; U m; U l", "L m; L l; U l; U m"] },
  { what: "a spin for what nobody sets", threads: ["until x 1", "y = 1"], doomed: { steps: 0, threads: "t0" } },
  {
    what: "a retry that can never succeed once another has been there",
    threads: ["if x 1; y = 1", "x = 1"],
    doomed: { steps: 1, threads: "t0" },
  },
  {
    what: "a waiter whose waker comes once and is needed twice, beside a poller",
    threads: ["await x 1; x = 0; await x 1", "x = 1", CLOCK],
    idle: ["t2"],
    doomed: { steps: 0, threads: "t0" },
  },
  {
    what: "a wakeup that is lost, beside a poller",
    threads: ["x = 0; await x 1", "x = 1", CLOCK],
    idle: ["t2"],
    doomed: { steps: 1, threads: "t0" },
  },
  { what: "a wakeup that cannot be lost, beside a poller", threads: ["await x 1", "x = 1", CLOCK], idle: ["t2"] },
  {
    what: "a loop that its own store keeps closed",
    threads: ["x = 1; x = 0; if x 0", "out x 1"],
    storesInLoop: true,
    doomed: { steps: 0, threads: "t0" },
  },
  { what: "a loop that can always be left", threads: ["x = 1; if x 0", "x = 0"], storesInLoop: true },
  { what: "a spin that another always ends", threads: ["until x 1", "y = 1; x = 1"] },
  {
    what: "a lock that is never given back to a spinner",
    threads: ["T l; U l", "L l"],
    doomed: { steps: 1, threads: "t0" },
  },
  {
    what: "two spinners of which one may leave the other behind",
    threads: ["until x 1; x = 0", "until x 1; x = 0", "x = 1"],
    doomed: { steps: 3, threads: "t1" },
  },
  { what: "a spin in which a thread may stay", threads: ["until x 1", "y = 1"], idle: ["p0: 0: until *"] },
  { what: "a thread that may spin for ever", threads: ["until x 1", "y = 1"], idle: ["t0"] },
  { what: "threads that may all wait for ever", threads: ["until x 1", "await x 1"], idle: true },
];

async function searched(program: Program, how: Parameters<typeof searchProgram>[1] = {}): Promise<Explored> {
  const slices = searchProgram(program, how);
  for (;;) {
    const slice = await slices.next();
    if (slice.done === true) return slice.value;
  }
}

function judged(program: Program, explored: Explored): { readonly result: Result; readonly spec: SpecResult } {
  const result = resultOf(program, explored, "faultline check toy");
  return { result, spec: specOf(result, "never-finishes") };
}

for (const { what, threads, idle = [], storesInLoop, doomed } of cases)
  for (const memory of storesInLoop ? (["sc"] as const) : (["sc", "tso", "lkmm"] as const))
    test(`${what}: ${doomed ? `${doomed.threads} may never finish` : "all that should can finish"}, under ${memory}`, async () => {
      const program = looping(threads, { idle });
      if (memory === "sc") await assertAgreement(program);
      if (memory === "tso") await assertAgreement(tsoProgram(program));
      const { spec, result } = judged(program, await searched(program, { memory }));
      assert.equal(spec.verdict, doomed ? "violated" : "holds");
      if (!doomed) return;
      const names = doomed.threads.includes(",") ? "threads" : "thread";
      assert.equal(spec.trace!.ending.reason, `${names} ${doomed.threads} can no longer finish, whatever happens next`);
      // A full barrier, or a store that becomes visible, is a step more.
      if (memory === "sc") assert.equal(spec.trace!.steps.length, doomed.steps);
      assert.ok(counterexampleText(result, spec).includes("can no longer finish"));
    });

test("two that back off from each other can finish, as they need not do so for ever", async () => {
  const w = world({ a: bool, b: bool });
  const path = (name: string, first: "a" | "b", second: "a" | "b") =>
    w.path(
      name,
      {},
      {
        "again: lock the first": once((k) => {
          if (k[first]) return wait;
          k[first] = true;
        }),
        "try the second": once((k) => (k[second] ? undefined : "unlock both")),
        "unlock the first": once((k) => {
          k[first] = false;
          return "again: lock the first";
        }),
        "unlock both": once((k) => void (k[first] = false)),
      },
    );
  const agreed = await assertAgreement(
    toy({ world: w, threads: { ab: path("ab", "a", "b"), ba: path("ba", "b", "a") } }),
  );
  assert.ok("found" in agreed && !agreed.found.has("never-finishes"));
});

test("where a step can fail a check a run can end: the failure is told, and nothing more", () => {
  const w = world({ x: int(0, 1) });
  const spin = w.path(
    "spin",
    {},
    {
      spin: once((k) => {
        bugOn(k.x === 1, "x is 1");
        return "spin";
      }),
    },
  );
  const other = w.path("other", {}, { set: once((k) => void (k.x = 1)), reset: once((k) => void (k.x = 0)) });
  const result = check(toy({ world: w, threads: { spin, other } }));
  assert.equal(specOf(result, "no-bug").verdict, "violated");
  // After the reset, no run fails or ends.
  assert.equal(specOf(result, "never-finishes").trace!.steps.length, 2);
});

test("the ending says what a thread waits for, in which loop it is caught, and what the others go on with", () => {
  const program = looping(["L l; L m; U m; U l", "L m; L l; U l; U m", CLOCK], { idle: ["t2"] });
  const { blocked } = specOf(check(program), "never-finishes").trace!.ending;
  assert.deepEqual(
    blocked.map(({ thread, label, how, waitsFor }) => [
      thread,
      label,
      how,
      ...waitsFor.map(({ field, writtenBy }) => `${field} ${writtenBy}`),
    ]),
    [
      [0, "1: L m", undefined, "m 1"],
      [1, "1: L l", undefined, "l 0"],
      [2, "0: until x 9", "goes on"],
    ],
  );
  const spin = specOf(check(looping(["until x 1", "x = 0; y = 1"])), "never-finishes").trace!.ending.blocked;
  assert.deepEqual(
    spin.map(({ thread, label, how, waitsFor }) => [
      thread,
      label,
      how,
      waitsFor.map(({ field, value }) => [field, value]),
    ]),
    [[0, "0: until x 1", "loops", [["x", 0]]]],
  );
});

test("a loop was told with no step, as inevitable, where more can follow than is looked at", () => {
  const w = world({ a: bool, c: int(0, 120), d: int(0, 120) });
  const count = (name: "c" | "d") =>
    w.path(name, {}, { up: once((k) => (k[name] === 120 ? done : (k[name]++, "up"))) });
  const set = w.path("set", {}, { "a = true": once((k) => void (k.a = true)) });
  const spin = w.path("spin", {}, { "a?": once((k) => (k.a ? "a?" : undefined)) });
  const program = toy({ world: w, threads: { set, spin, c: count("c"), d: count("d") } });
  const { ending, slice } = replay(program, { initial: 0, moves: [{ thread: 0, picks: [] }] }, "never-finishes");
  assert.equal(
    ending.reason,
    "thread spin can no longer finish, as far as the first 10000 states that can follow tell",
  );
  assert.deepEqual(
    ending.blocked.map(({ thread, label, how, waitsFor }) => [thread, label, how, waitsFor[0]?.writtenBy]),
    [[1, "a?", "loops", 0]],
  );
  assert.deepEqual(slice, [0]);
});

test("a step of a called path was drawn in its caller where it is part of a loop", () => {
  const w = world({ a: bool, n: bool });
  const set = w.path("set", {}, { "a = true": once((k) => void (k.a = true)) });
  const look = w.path("look", {}, { "n = a": once((k) => void (k.n = k.a)) });
  const spin = w.path(
    "spin",
    {},
    {
      "n = false": once((k) => void (k.n = false)),
      "look()": call(look),
      "n?": once((k) => (k.n ? "n = false" : done)),
    },
  );
  const result = check(toy({ world: w, threads: { set, spin } }));
  const [blocked] = specOf(result, "never-finishes").trace!.ending.blocked;
  assert.deepEqual(blocked!.steps, ["n = false", "n = a", "n?"]);
  assert.deepEqual(
    blocked!.places!.map(({ calls, path, label }) => [...calls, path, label].join(" > ")),
    ["spin > n = false", "look() > look > n = a", "spin > n?"],
  );
  const text = counterexampleText(result, specOf(result, "never-finishes"));
  assert.match(text, /n = false <-- goes round\n +look\(\)\n +n = a <-- goes round\n +n\? <-- goes round\n/);
});

test("a thread that waits where it may is at an end: the state is done, atEnd specs are asked there, and say so", () => {
  const w = world({ x: int(0, 1), work: int(0, 2) });
  const worker = w.path(
    "worker",
    {},
    {
      "wait_event(work)": once((k) => {
        if (k.work === 0) return wait;
        k.work = 0;
        return "wait_event(work)";
      }),
    },
  );
  const other = w.path("other", {}, { "queue_work()": once((k) => void (k.work = 1)) });
  const specs = [w.atEnd("nothing-left", "no work is left", ({ work }) => work === 1 || "it is all done")];
  const stuck = check(toy({ world: w, threads: { worker, other }, specs }));
  assert.equal(specOf(stuck, "not-stuck").verdict, "violated");
  assert.equal(specOf(stuck, "nothing-left").verdict, "vacuous");
  for (const idle of [["worker"], ["worker: wait_event*"], true] as const) {
    const result = check(toy({ world: w, threads: { worker, other }, specs, idle }));
    assert.deepEqual([result.search.done, result.search.stuck], [1, 0]);
    assert.equal(specOf(result, "not-stuck").verdict, "holds");
    const spec = specOf(result, "nothing-left");
    assert.equal(spec.verdict, "violated");
    assert.deepEqual(
      spec.trace!.ending.blocked.map(({ thread, how }) => [thread, how]),
      [[0, "is idle"]],
    );
    assert.match(counterexampleText(result, spec), /Must hold when all threads are done or idle/);
    assert.match(counterexampleText(result, spec), /CPU0 \(worker\) is idle: wait_event/);
  }
});

test("more threads than there is room for leave the question open, with the reason, and never a verdict", async () => {
  const w = world({ turn: int(0, 40) });
  const path = (i: number) =>
    w.path(
      "take_turns",
      {},
      {
        "my turn?": once((k) => {
          if (k.turn !== i) return wait;
          k.turn++;
        }),
      },
    );
  const spin = w.path("spin", {}, { spin: once(() => "spin") });
  const threads = { t: Array.from({ length: 32 }, (_, i) => path(i)), spin };
  const program = toy({ world: w, threads });
  for (const how of [{}, { isPlain: true }, { memory: "lkmm" as const }]) {
    const { spec } = judged(program, await searched(program, how));
    assert.equal(spec.verdict, "undecided");
    assert.match(spec.because!, /more than 31 threads/);
  }
});

test("idle names what exists, and is told what does when it does not", () => {
  const error = modelError(() => looping(["await x 1"], { idle: ["p0: 0: awiat x 1"] }));
  assert.match(error.message, /did you mean 'p0: 0: await x 1'\?/);
  assert.match(modelError(() => looping(["await x 1"], { idle: ["t1"] })).message, /did you mean 't0'\?/);
  assert.match(modelError(() => looping(["await x 1"], { idle: false as never })).message, /true or a list/);
});

test("a group of threads may be idle by its name; one of them alone tells them apart", async () => {
  const program = looping(["await x 1"], { members: 2, idle: ["t0"] });
  const agreed = await assertAgreement(program, { symmetry: true });
  assert.ok("found" in agreed && agreed.done === 1 && agreed.stuck === 0);
  await assert.rejects(searched(looping(["await x 1"], { members: 2, idle: ["t00"] })), /idle tells them apart/);
});

test("a step that a weaker memory takes as a load and a store is named once in the loop that it makes", async () => {
  const w = world({ tick: bool });
  const clock = w.path("clock", {}, { tick: once((k) => void (k.tick = !k.tick)), again: () => "tick" });
  const program = toy({ world: w, threads: { clock } });
  for (const memory of ["sc", "lkmm"] as const) {
    const { trace } = specOf(resultOf(program, await searched(program, { memory }), ""), "never-finishes");
    assert.deepEqual(
      trace!.ending.blocked.map(({ how, steps }) => [how, steps]),
      [["loops", ["tick", "again"]]],
      memory,
    );
  }
});
