import assert from "node:assert/strict";
import { test } from "node:test";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import { Lkmm } from "../../src/memory/lkmm/lkmm.ts";
import { isMove, LkmmGraph } from "../../src/memory/lkmm/graph.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { mmuThreads, randomMmuProgram, show, w } from "./mmu-programs.ts";
import { numbers } from "./random-programs.ts";

/** Under which memory models a run of these threads can end like this. */
async function endsUnder(pattern: RegExp, ...texts: readonly string[]): Promise<string> {
  const found: MemoryModel[] = [];
  for (const memory of MEMORY_MODELS) {
    const { values } = await outcomesOf(mmuThreads(texts), w, memory, show);
    if (values.some((value) => pattern.test(value))) found.push(memory);
  }
  return found.join(" ");
}

test("a page is used after it was freed if no flush comes between its PTE and the free, or one that is too early", async () => {
  // 2 is stored by who gets the page next.
  const user = "walk; load";
  assert.equal(await endsUnder(/data 02/, "W pte 0 once; flush; W page 2 once", user), "");
  assert.equal(await endsUnder(/data 02/, "W pte 0 once; W page 2 once", user), "sc tso lkmm");
  assert.equal(await endsUnder(/data 02/, "flush; W pte 0 once; W page 2 once", user), "sc tso lkmm");
});

test("a walk may find an old PTE although its CPU knows the new one, until a flush", async () => {
  const stale = /entries 01. got 01/;
  const user = "R x acquire; mb; walk";
  assert.equal(await endsUnder(stale, "W pte 0 once; W x 1 release", user), "lkmm");
  assert.equal(await endsUnder(stale, "W pte 0 once; mb; W x 1 release", user), "lkmm");
  assert.equal(await endsUnder(stale, "W pte 0 once; flush; W x 1 release", user), "");
  // A CPU's own store is no better known to its MMU.
  assert.equal(await endsUnder(/entries 1/, "W pte 0 once; mb; walk"), "lkmm");
});

test("under sc and tso an MMU that walks ahead of its CPU is a thread of its own", async () => {
  // The flush is too early, and the CPU goes by an entry that was loaded between it and the store of the PTE.
  const early = "flush; W pte 0 once; walk; load";
  assert.equal(await endsUnder(/entries 1/, early), "lkmm");
  assert.equal(await endsUnder(/entries 1/, early, "walk 0"), "sc tso lkmm");
  assert.equal(await endsUnder(/entries 1/, "W pte 0 once; flush; walk; load", "walk 0"), "");
});

test("a flush of one CPU's entry says nothing to the MMU of another", async () => {
  const stale = /entries 01. got 01/;
  const user = "R x acquire; walk";
  assert.equal(await endsUnder(stale, "W pte 0 once; flush 1; W x 1 release", user), "");
  assert.equal(await endsUnder(stale, "W pte 0 once; flush 2; W x 1 release", user, "walk"), "lkmm");
});

test("an MMU sets the dirty bit in one operation: an xchg() returns it, or the store faults", async () => {
  const lost = /entries .2. got 1/;
  assert.equal(await endsUnder(lost, "X pte 0", "walk; dirty"), "");
  assert.equal(await endsUnder(lost, "R pte once; W pte 0 once", "walk; dirty"), "sc tso lkmm");
});

test("a flush waits for the stores by the entries that it drops", async () => {
  const missed = /page=2 .* data 0/;
  const user = "walk; store 2";
  assert.equal(await endsUnder(missed, "W pte 0 once; flush; R page once", user), "");
  assert.equal(await endsUnder(missed, "W pte 0 once; mb; R page once", user), "sc tso lkmm");
  // And whoever is told of it later sees them, too.
  const told = "R x acquire; R page once";
  assert.equal(await endsUnder(/page=2 .* got 1.* data 0/, told, user, "W pte 0 once; flush; W x 1 once"), "");
  assert.equal(await endsUnder(/page=2 .* got 1.* data 0/, told, user, "W pte 0 once; mb; W x 1 once"), "sc tso lkmm");
});

test("a load by an entry sees what was stored to the page before its PTE", async () => {
  const early = /entries 02. .* data 00/;
  assert.equal(await endsUnder(early, "W page 2 once; wmb; W pte 2 once", "walk; load"), "");
  assert.equal(await endsUnder(early, "W page 2 once; W pte 2 once", "walk; load"), "lkmm");
});

test("that a walk has found no PTE does not order what the kernel does about it", async () => {
  const unmap = "W page 1 once; wmb; W pte 0 once";
  // The store of 2 comes before that of 1.
  assert.equal(await endsUnder(/page=1 .* entries 00. .* data 02/, unmap, "fault; W page 2 once; R page once"), "lkmm");
  assert.equal(
    await endsUnder(/page=1 .* entries 00. .* data 02/, unmap, "fault; mb; W page 2 once; R page once"),
    "lkmm",
  );
});

test("on random programs lkmm has all outcomes of sc and tso, and the axioms allow each", async () => {
  const next = numbers(11);
  let [weaker, finals] = [0, 0];
  for (let run = 0; run < 150; run++) {
    const texts = randomMmuProgram(next);
    const program = mmuThreads(texts);
    const [sc, tso, lkmm] = await Promise.all(MEMORY_MODELS.map((memory) => outcomesOf(program, w, memory, show)));
    const lacks = (all: typeof sc, some: typeof sc) => some!.values.filter((value) => !all!.values.includes(value));
    assert.deepEqual(lacks(tso, sc), [], texts.join(" || "));
    assert.deepEqual(lacks(lkmm, tso), [], texts.join(" || "));
    if (lkmm!.values.length > tso!.values.length) weaker++;
    const graph = new LkmmGraph(new Lkmm(program));
    for (let i = 0; i < graph.states.size; i++) {
      const state = graph.states.get(i);
      graph.expand(i);
      graph.lkmm.forEachEffect(state, (effect) => void (isMove(effect) && graph.reach(effect.state)));
      if (!graph.lkmm.isDone(state) || finals++ % 4 > 0) continue;
      assert.ok(typeof graph.certify(i) === "object", texts.join(" || "));
    }
  }
  assert.ok(weaker > 20 && finals > 200, `${weaker} weaker, ${finals} final states`);
});
