import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomesOf } from "../../src/search/outcomes.ts";
import type { MemoryModel } from "../../src/model/memory.ts";
import { modelError, toy } from "../machine/toy.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { bool, int, once, world } from "faultline";
import { showAll, showReads, threads, w } from "./classics.ts";

const reads = async (memory: MemoryModel, ...texts: readonly string[]): Promise<readonly string[]> =>
  (await outcomesOf(threads(...texts), w, memory, showReads)).values.map((all) => all.slice(0, 3 * texts.length - 1));

/** Whether a program can end with these values in its threads' registers, by memory model. */
async function allows(wanted: string, ...texts: readonly string[]): Promise<string> {
  const models: MemoryModel[] = [];
  for (const memory of ["sc", "tso", "lkmm"] as const)
    if ((await reads(memory, ...texts)).includes(wanted)) models.push(memory);
  return models.join(" ");
}

test("store buffering is allowed from x86 on, unless there are full barriers", async () => {
  assert.equal(await allows("00 00", "W x 1 once; R y r once", "W y 1 once; R x r once"), "tso lkmm");
  assert.equal(await allows("00 00", "W x 1 once; mb; R y r once", "W y 1 once; mb; R x r once"), "");
  assert.equal(await allows("00 00", "W x 1 once; mb; R y r once", "W y 1 once; R x r once"), "tso lkmm");
  assert.equal(await allows("00 00", "X x 1 s full; R y r once", "X y 1 s full; R x r once"), "");
  assert.equal(await allows("00 00", "X x 1 s acquire; R y r once", "X y 1 s acquire; R x r once"), "lkmm");
});

test("message passing needs both sides under lkmm, and nothing on x86", async () => {
  assert.equal(await allows("00 10", "W x 1 once; W y 1 once", "R y r once; R x s once"), "lkmm");
  assert.equal(await allows("00 10", "W x 1 once; wmb; W y 1 once", "R y r once; R x s once"), "lkmm");
  assert.equal(await allows("00 10", "W x 1 once; W y 1 once", "R y r once; rmb; R x s once"), "lkmm");
  assert.equal(await allows("00 10", "W x 1 once; wmb; W y 1 once", "R y r once; rmb; R x s once"), "");
  assert.equal(await allows("00 10", "W x 1 once; W y 1 release", "R y r acquire; R x s once"), "");
});

test("loads of one variable never go back", async () => {
  assert.equal(await allows("00 10", "W x 1 once", "R x r once; R x s once"), "");
});

test("two CPUs may see two stores in different orders, unless they look with barriers", async () => {
  const stores = ["W x 1 once", "W y 1 once"] as const;
  assert.equal(
    await allows("00 00 10 10", ...stores, "R x r acquire; R y s once", "R y r acquire; R x s once"),
    "lkmm",
  );
  assert.equal(await allows("00 00 10 10", ...stores, "R x r once; mb; R y s once", "R y r once; mb; R x s once"), "");
});

test("rmb orders loads alone: a later store may still take effect early", async () => {
  const { values } = await outcomesOf(
    threads("W x 2 once; wmb; W y 1 once", "R y r once; rmb; W x 1 once"),
    w,
    "lkmm",
    showAll,
  );
  assert.ok(values.includes("00 10 00 00 x=2 y=1 z=0"));
});

test("wmb publishes a CPU's own stores and not what it has read", async () => {
  const texts = ["W x 1 once", "R x r once; wmb; W y 1 once", "R y r once; rmb; R x s once"];
  assert.equal(await allows("00 10 10", ...texts), "lkmm");
});

test("release publishes what was read, too", async () => {
  const texts = ["W x 1 once", "R x r once; W y 1 release", "R y r once; rmb; R x s once"];
  assert.equal(await allows("00 10 10", ...texts), "");
});

test("an acquire that reads its own CPU's store transfers nothing", async () => {
  const texts = ["W x 1 once; R x r acquire; R y s once", "W y 1 once; mb; R x r once"];
  assert.equal(await allows("10 00", ...texts), "tso lkmm");
});

test("a control dependency ends where the branches meet again", async () => {
  const end = (texts: readonly string[]) => outcomesOf(threads(...texts), w, "lkmm", showAll);
  const first = "W x 2 once; wmb; W y 1 once";
  const wanted = "00 10 00 00 x=2 y=1 z=0";
  assert.ok(!(await end([first, "R y r once; B r; W x 1 once"])).values.includes(wanted));
  assert.ok((await end([first, "R y r once; B r; W x 1 once; W z 0 once"])).values.every((value) => value !== wanted));
  assert.ok((await end([first, "R y r once; B r; W z 1 once; W x 1 once"])).values.includes("00 10 00 00 x=2 y=1 z=1"));
});

test("a load that returns what depends on it is not explored, and is reported", async () => {
  const texts = ["R x r once; W y 1 once", "R y r once; W x 1 once"];
  assert.equal(await allows("10 10", ...texts), "");
  assert.equal((await outcomesOf(threads(...texts), w, "lkmm", showAll)).mayBufferLoads, true);
  const ordered = ["R x r once; W y r once", "R y r acquire; W x 1 once"];
  assert.equal((await outcomesOf(threads(...ordered), w, "lkmm", showAll)).mayBufferLoads, false);
});

test("load buffering is reported only where a store can come back to the load, by way of other CPUs", async () => {
  const isReported = async (...texts: readonly string[]) =>
    (await outcomesOf(threads(...texts), w, "lkmm", showAll)).mayBufferLoads;
  const first = "R x r once; W y 1 once";
  // Nobody loads the store; or who does, stores something else; or did so before.
  assert.equal(await isReported(first, "W x 1 once; W y 2 once"), false);
  assert.equal(await isReported(first, "R y r once; W z 1 once"), false);
  assert.equal(await isReported(first, "W x 1 once; R y r acquire"), false);
  // An RMW passes it on by itself; so does a third CPU, and a hand-over by lock.
  assert.equal(await isReported("R x r once; W x 1 once; W y 1 once", "X y 1 r full; W x 2 once"), true);
  assert.equal(await isReported(first, "R y r once; W z r once", "R z r once; W x r once"), true);
  assert.equal(await isReported(first, "R y r acquire; L; U", "L; W x 1 once; U"), true);
  // What is under one lock is in order, but not under that of one of them.
  assert.equal(await isReported("L; R x r once; U; W y 1 once", "R y r once; L; W x r once; U"), false);
  assert.equal(await isReported("L; R x r once; U; W y 1 once", "R y r once; W x r once"), true);
});

test("no load buffering is reported of a load before an unlock and a store behind the next lock: LKMM has their order", async () => {
  const isReported = async (...texts: readonly string[]) =>
    (await outcomesOf(threads(...texts), w, "lkmm", showAll)).mayBufferLoads;
  const back = "R y r full; W x r once";
  for (const load of ["R x r once", "X x 1 r relaxed", "I x noreturn"]) {
    assert.equal(await isReported(`L; ${load}; U; L; W y 1 once; U`, back), false, load);
    assert.equal(await isReported(`${load}; L; U; L; U; W y 1 once`, back), false, load);
    // Within one section, or behind the unlock, nothing orders them.
    assert.equal(await isReported(`L; ${load}; W y 1 once; U`, back), true, load);
    assert.equal(await isReported(`L; U; ${load}; L; W y 1 once; U`, back), true, load);
    assert.equal(await isReported(`L; ${load}; U; W y 1 once`, back), true, load);
  }
});

test("a grace period waits for the critical sections before it, in every memory model", async () => {
  const texts = ["rcu(; R x r once; R y s once; rcu)", "W y 1 once; gp; W x 1 once"];
  assert.equal(await allows("10 00", ...texts), "");
  assert.equal(await allows("10 00", "R x r once; R y s once", "W y 1 once; gp; W x 1 once"), "lkmm");
});

test("a step that uses two words at once is refused with its fields", () => {
  const two = world({ a: bool, b: bool });
  const path = two.path("path", {}, { "a = b": once((k) => void (k.a = k.b)), "b = a": once((k) => void (k.b = k.a)) });
  const { message, explanation } = modelError(() => tsoProgram(toy({ world: two, threads: { path } })));
  assert.equal(message, "step 'a = b' of path 'path' uses several words of memory at once");
  assert.match(explanation.cause!, /it uses b, a;/);
  // And those which are to be split, too.
  assert.match(explanation.cause!, /\nso does step 'b = a' of path 'path'$/);
});

test("a loop that stores and never waits has no store buffer that is long enough", () => {
  const one = world({ a: int(0, 1) });
  const path = one.path("path", {}, { "a = 1": once((k) => void (k.a = 1)), again: () => "a = 1" });
  const { message } = modelError(() => tsoProgram(toy({ world: one, threads: { path } })));
  assert.equal(message, "no store buffer is long enough for step 'a = 1' of path 'path'");
});
