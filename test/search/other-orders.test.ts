import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, choose, int, wait, world } from "faultline";
import { ModelError } from "../../src/model/error.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { compile, encode } from "../../src/compile/compiled.ts";
import { createCore, type CoreProgram } from "../../src/search/core.ts";
import { regionOf } from "../../src/search/region.ts";
import { createStore, firstIndex } from "../../src/search/store.ts";
import { counters } from "../published/counters.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { assertAgreement, searchAll } from "./agreement.ts";

/** Searches level by level, and counts the successors that are looked up in the table. */
function lookedUpIn(program: Program): number {
  const compiled = compile(program, false);
  const { code, packing, mostSuccessors, region, ends } = compiled;
  const steps = program.threads.map(({ points }) => points.length);
  const source: CoreProgram = { code, words: packing.words, mostSuccessors, region, ends, steps, isReduced: false };
  const store = createStore(compiled, 1, { maxMemory: 2 ** 28 });
  const { layout } = store;
  const core = createCore(source, store.memories, 0);
  for (const state of initialStates(program)) core.add(layout, encode(compiled, state), Infinity);
  const { start, successors } = regionOf(region);
  const words = new Int32Array(store.memories[0]!.buffer);
  let lookedUp = 0;
  for (let from = 0, to = core.counts[0]!; to > from; [from, to] = [to, core.counts[0]!]) {
    for (let i = firstIndex(layout, 0) + from; i < firstIndex(layout, 0) + to; i++) {
      const at = layout.arena / 4 + packing.words * i;
      const marked = words.slice(at, at + packing.words);
      const end = core.kernels[0]!.expand(layout.arena, i, i + 1, start, -1);
      lookedUp += (end - successors) / (4 * packing.words);
      // Once a state is expanded its marks are gone.
      words.set(marked, at);
    }
    const cursors = Int32Array.of(from);
    const round = { layout, level: { from: [from], to: [to] }, cursors, always: [], atEnd: [], mostStates: Infinity };
    assert.equal(
      core.run(round, () => false),
      "finished",
    );
  }
  return lookedUp;
}

async function agreed(program: Program) {
  const result = await assertAgreement(program);
  assert.ok(!(result instanceof ModelError));
  return result;
}

test("of threads that have nothing to do with each other, each state is looked up once", async () => {
  for (const [n, k] of [
    [2, 3],
    [3, 4],
    [4, 2],
  ] as const) {
    const program = machineOf(counters(n, k));
    const { states, transitions } = await agreed(program);
    assert.deepEqual([states, transitions], [(k + 1) ** n, n * k * (k + 1) ** (n - 1)]);
    assert.equal(lookedUpIn(program), states - 1);
  }
});

test("where every step crosses every other one, all their orders are taken", async () => {
  const w = world({ last: int(0, 3) });
  const path = (i: number) =>
    w.path("path", {}, { "first store": (k) => void (k.last = i), "second store": (k) => void (k.last = i) });
  const program = toy({ world: w, threads: { a: path(1), b: path(2), c: path(3) } });
  const { transitions } = await agreed(program);
  assert.equal(lookedUpIn(program), transitions);
});

test("a thread that another one lets go on is not passed over", async () => {
  const w = world({ isOpen: bool, x: bool, y: bool });
  const waits = w.path("waits", {}, { gate: (k) => (k.isOpen ? undefined : wait), x: (k) => void (k.x = true) });
  const opens = w.path("opens", {}, { y: (k) => void (k.y = true), open: (k) => void (k.isOpen = true) });
  for (const threads of [
    { waits, opens },
    { opens, waits },
  ]) {
    const { done, stuck } = await agreed(toy({ world: w, threads }));
    assert.deepEqual([done, stuck], [1, 0]);
  }
});

test("a choice is passed over only with all its options", async () => {
  const w = world({ x: int(0, 2), y: int(0, 2) });
  const chooses = w.path("chooses", {}, { either: (k) => void (choose(true, false) ? (k.x = 1) : (k.y = 1)) });
  const stores = w.path("stores", {}, { x: (k) => void (k.x = 2), y: (k) => void (k.y = k.y === 0 ? 2 : 0) });
  for (const threads of [
    { chooses, stores },
    { stores, chooses },
    { first: chooses, stores, last: chooses },
  ])
    await agreed(toy({ world: w, threads }));
});

test("a field beyond the 64th is told apart from others, or taken for one that is in the way", async () => {
  const w = world({ bits: array(70, bool) });
  const path = (i: number) =>
    w.path("path", {}, { set: (k) => void (k.bits[i] = true), read: (k) => void (k.bits[69] = k.bits[i + 60]!) });
  await agreed(toy({ world: w, threads: { a: path(0), b: path(1), c: path(2) } }));
});

test("a search that is cut within a level finds the same way to what it found there", async () => {
  const w = world({ count: array(3, int(0, 30)) });
  const path = (i: number) => w.path("path", {}, { "count++": (k) => (k.count[i]!++ < 29 ? "count++" : undefined) });
  // The second of them is one of the last of its level, and the way to it has no switch.
  const isMet = ([a, b, c]: readonly number[]): boolean => (a === 18 && b === 1 && c === 1) || c === 20;
  const spec = w.always("neither", "the counts are neither", (k) => !isMet(k.count));
  const program = toy({ world: w, threads: { a: path(0), b: path(1), c: path(2) }, specs: [spec] });
  const whole = await searchAll(program);
  // 1771 states are up to 20 steps away, 231 of them 20.
  const cut = await searchAll(program, { maxStates: 1771 + 30 });
  assert.deepEqual([cut.states, cut.cut], [1801, "--max-states 1801"]);
  assert.deepEqual(cut.found, whole.found);
  assert.equal(new Set(whole.found.get("neither")!.moves.map(({ thread }) => thread)).size, 1);
});

test("without room for marks every successor is looked up, with little room some are not", async () => {
  // Three threads of one step each take three bits.
  const lookups: number[] = [];
  for (const bits of [29, 28, 27]) {
    const w = world({ bits: array(bits, bool) });
    const path = (i: number) => w.path("path", {}, { flip: (k) => void (k.bits[i] = true) });
    const fill = (k: { bits: boolean[] }) => void k.bits.fill(true, 2);
    const program = toy({
      world: w,
      threads: { a: path(0), b: path(1), fill: w.path("fill", {}, { fill }) },
    });
    assert.equal(compile(program, false).packing.words, 1);
    const { states, transitions } = await agreed(program);
    assert.deepEqual([states, transitions], [8, 12]);
    lookups.push(lookedUpIn(program));
  }
  // The first thread takes its step only where no other one has.
  assert.deepEqual(lookups, [12, 9, 7]);
});

test("a thread that is passed over takes its step as often as in the plain machine, also where it has choices", async () => {
  const w = world({ x: int(0, 3), y: int(0, 3), z: int(0, 3) });
  const turns = (name: "x" | "y" | "z") =>
    w.path(
      "turns",
      {},
      {
        step: (k) => void (k[name] = k[name] === 3 ? 0 : k[name] + 1),
        choose: (k) => void (k[name] = choose(k[name], 0, 1)),
        "again?": () => choose("step", "end"),
        end: (k) => void (k[name] = 0),
      },
    );
  const { taken, transitions } = await agreed(
    toy({ world: w, threads: { a: turns("x"), b: turns("y"), c: turns("z") } }),
  );
  assert.equal(
    taken.flat().reduce((a, b) => a + b, 0),
    transitions,
  );
});
