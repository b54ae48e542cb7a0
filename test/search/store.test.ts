import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, world } from "faultline";
import { compile, type Compiled } from "../../src/compile/compiled.ts";
import { createCore, type Core } from "../../src/search/core.ts";
import { createStore, firstIndex, type Store, type StoreSize } from "../../src/search/store.ts";
import { endOf } from "../explore-all.ts";
import { toy } from "../machine/toy.ts";

/** A program whose states have this many words. */
function programOf(words: number): Compiled {
  const w = world({ bits: array(32 * words - 1, bool) });
  const fill = w.path("fill", {}, { "all bits": (k) => void k.bits.fill(true) });
  const compiled = compile(toy({ world: w, threads: { fill } }), false);
  assert.equal(compiled.packing.words, words);
  return compiled;
}

/** A store, and a core for each worker. */
function storeOf(
  source: Compiled,
  maxMemory: number,
  workers = 1,
  size: StoreSize = {},
): readonly [Store, Core, ...Core[]] {
  const { code, region, packing, mostSuccessors, ends } = source;
  const program = { code, region, mostSuccessors, words: packing.words, ends, steps: [1] };
  const store = createStore(source, workers, { ...size, maxMemory });
  const core = (worker: number): Core => createCore({ ...program, isReduced: false }, store.memories, worker);
  return [store, core(0), ...Array.from({ length: workers - 1 }, (_, w) => core(w + 1))];
}

test("initial states may outgrow the first table, and each counts once", () => {
  const [store, core] = storeOf(programOf(2), 2 ** 30);
  const most = store.layout.capacity + 100_000;
  const add = (i: number): void => {
    if (core.counts[0] === store.layout.capacity) assert.ok(endOf(store.grow(core.kernels, core.counts)));
    assert.ok(core.add(store.layout, Int32Array.of(i, i >> 8), Infinity));
  };
  for (let i = 0; i < most; i++) add(i);
  assert.ok(core.counts[0] === most && store.layout.capacity > most);
  for (let i = 0; i < most; i += 100) add(i);
  assert.deepEqual(core.counts, [most]);
});

test("a table of three times a power of two entries finds each state again", () => {
  const [store, core] = storeOf(programOf(2), 2 ** 30, 1, { slots: 3 * 2 ** 10 });
  assert.equal(store.layout.slots, 3 * 2 ** 10);
  const { capacity } = store.layout;
  for (const _ of [1, 2]) {
    for (let i = 0; i < capacity; i++) assert.ok(core.add(store.layout, Int32Array.of(i, 7 * i), Infinity));
    assert.deepEqual(core.counts, [capacity]);
  }
  const table = new Int32Array(store.memories[0]!.buffer, store.layout.table, store.layout.slots);
  assert.equal(table.filter((entry) => entry !== 0).length, capacity);
});

test("others have their turn while a table grows, and whoever stops it there has all states where they should be", () => {
  const [states, turn] = [20_000, 256];
  for (let turns = 0, isOver = false; !isOver; turns += 9) {
    const [store, core] = storeOf(programOf(2), 2 ** 30, 1, { slots: 2 ** 16, statesPerTurn: turn });
    for (let i = 0; i < states; i++) core.add(store.layout, Int32Array.of(i, i >> 8), Infinity);
    const growth = store.grow(core.kernels, core.counts);
    for (let i = 0; i < turns && !isOver; i++) isOver = growth.next().done === true;
    if (isOver) assert.ok(turns > states / turn);
    else growth.return(false);
    const words = new Int32Array(store.memories[0]!.buffer, store.layout.arena + 8, 2 * states);
    for (let i = 0; i < states; i++) assert.deepEqual([words[2 * i], words[2 * i + 1]], [i, i >> 8]);
  }
});

test("a store that may not grow stays as it is, states and all", () => {
  const [store, core] = storeOf(programOf(2), 2 ** 20, 1, { slots: 2 ** 17 });
  for (let i = 0; i < 1000; i++) core.add(store.layout, Int32Array.of(i, i), Infinity);
  const { layout, bytes } = store;
  assert.equal(endOf(store.grow(core.kernels, core.counts)), false);
  assert.deepEqual([store.layout, store.bytes], [layout, bytes]);
  for (let i = 0; i < 1000; i++) core.add(store.layout, Int32Array.of(i, i), Infinity);
  assert.deepEqual(core.counts, [1000]);
});

test("a machine that has less memory than --max-memory allows is no reason to crash", () => {
  const [store, core] = storeOf(programOf(2), 2 ** 32);
  const { layout } = store;
  Object.assign(store.memories[0]!, {
    grow: () => {
      throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
    },
  });
  assert.equal(endOf(store.grow(core.kernels, [0])), false);
  assert.deepEqual(store.layout, layout);
});

test("a store grows up to what it may use, and no further", () => {
  const [store, core] = storeOf(programOf(3), 200 * 2 ** 20);
  const sizes = [store.bytes];
  while (endOf(store.grow(core.kernels, [0]))) sizes.push(store.bytes);
  assert.ok(sizes.length > 1 && sizes.at(-1)! > 100 * 2 ** 20 && sizes.at(-1)! <= 200 * 2 ** 20, sizes.join());
});

test("what several workers have added stays theirs when the store grows", () => {
  const [store, ...cores] = storeOf(programOf(8), 2 ** 30, 3, { slots: 2 ** 22 });
  const counts = (): readonly number[] => cores.flatMap(({ counts }) => counts);
  // Few bits of each word, so that the states of all workers are alike in most of them.
  const state = (i: number): Int32Array => new Int32Array(8).fill(i & 1023).fill(i, 7);
  const add = (core: Core, i: number): boolean => core.add(store.layout, state(i), Infinity);
  for (let round = 0; round < 2; round++) {
    for (const [w, core] of cores.entries()) for (let i = w; i < 200_000 * (w + 1); i += 3) add(core, i);
    assert.deepEqual(counts(), [66_667, 133_333, 200_000]);
    assert.ok(endOf(store.grow(cores[0].kernels, counts())));
  }
  const words = new Int32Array(store.memories[0]!.buffer);
  for (const [w, count] of counts().entries()) {
    const at = store.layout.arena / 4 + 8 * firstIndex(store.layout, w);
    for (let k = 0; k < count; k++) assert.equal(words[at + 8 * k + 7], w + 3 * k);
  }
  // A worker knows what the others have added.
  for (let i = 0; i < 200_000; i++) add(cores[0], i);
  assert.equal(counts()[0], 66_667);
});
