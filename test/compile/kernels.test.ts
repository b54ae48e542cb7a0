import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assemble } from "../../src/compile/assembler.ts";
import { MOST_STATES, hashFunction, insertFunction, placeFunction, touchFunction } from "../../src/compile/kernels.ts";
import type { Kernels } from "../../src/search/store.ts";

// Byte offsets: successors and their hashes, the table, and the arena behind the largest table used here.
const MOST = 512;
const SUCCESSORS = 65_536;
const HASHES = SUCCESSORS + 4 * 6 * MOST;
const TABLE = HASHES + 4 * MOST;
const ARENA = TABLE + 4 * 2 ** 12;

type State = readonly number[];

/** A set of states of `words` words as the search keeps it: an arena and a table over it. */
function setOf(words: number, firstSlots: number) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65_536, shared: true });
  const code = assemble({
    hash: hashFunction(words),
    touch: touchFunction(words),
    insert: insertFunction(words),
    place: placeFunction(),
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  const kernels = exports as unknown as Kernels;
  const view = new Int32Array(memory.buffer);
  let slots = firstSlots;
  let tail = 1;
  const hash = (from: number, to: number): void => void kernels.hash(from, to, HASHES);
  return {
    /** Returns false where `mostStates` is reached. */
    insert(states: readonly State[], mostStates = MOST_STATES - 1): boolean {
      view.set(states.flat(), SUCCESSORS / 4);
      const end = SUCCESSORS + 4 * words * states.length;
      hash(SUCCESSORS, end);
      kernels.touch(HASHES, HASHES + 4 * states.length, TABLE, slots, ARENA);
      const result = kernels.insert(SUCCESSORS, end, HASHES, TABLE, slots, ARENA, tail, 1 + mostStates);
      tail = Math.min(result, 1 + mostStates);
      return result <= 1 + mostStates;
    },
    /** Enters all states into a larger table. */
    grow(): void {
      // Once and three times a power of two by turns.
      slots = Number.isInteger(Math.log2(slots)) ? (3 * slots) / 2 : (4 * slots) / 3;
      view.fill(0, TABLE / 4, TABLE / 4 + slots);
      for (let index = 1; index < tail; index += MOST) {
        const end = Math.min(index + MOST, tail);
        hash(ARENA + 4 * words * index, ARENA + 4 * words * end);
        kernels.place(HASHES, index, end, TABLE, slots);
      }
    },
    states(): readonly string[] {
      const at = (index: number): number => ARENA / 4 + words * index;
      return Array.from({ length: tail - 1 }, (_, i) => view.slice(at(i + 1), at(i + 2)).join());
    },
    entries: () => view.slice(TABLE / 4, TABLE / 4 + slots).filter((entry) => entry !== 0).length,
    room: () => slots - tail,
    hashOf(state: State): number {
      view.set(state, SUCCESSORS / 4);
      hash(SUCCESSORS, SUCCESSORS + 4 * words);
      return view[HASHES / 4]!;
    },
  };
}

for (const words of [1, 2, 3, 4, 5, 6])
  test(`inserting states of ${words} words is adding them to a set, also while the table grows`, () => {
    // Few different words, so that there are many equal states and many that differ in one word alone.
    const word = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: words < 3 ? 30 : 3 }) },
      { weight: 2, arbitrary: fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31), 1 << 16) },
      { weight: 1, arbitrary: fc.integer() },
    );
    const state = fc.array(word, { minLength: words, maxLength: words });
    const batches = fc.array(fc.array(state, { maxLength: 80 }), { maxLength: 12 });
    let equal = 0;
    fc.assert(
      fc.property(batches, (batches) => {
        const set = setOf(words, 2 ** 4);
        const expected = new Set<string>();
        for (const batch of [...batches, ...batches]) {
          while (set.room() <= batch.length) set.grow();
          assert.ok(set.insert(batch));
          const before = expected.size;
          for (const one of batch) expected.add(one.join());
          equal += before + batch.length - expected.size;
          assert.deepEqual(set.states(), [...expected]);
          assert.equal(set.entries(), expected.size);
        }
      }),
      { seed: 20_201_014, numRuns: 40 },
    );
    assert.ok(equal > 500, `${equal} states were there already`);
  });

test("the table may be full but for one entry", () => {
  for (const slots of [2 ** 8, 3 * 2 ** 7]) {
    const set = setOf(2, slots);
    const states = Array.from({ length: slots - 1 }, (_, i) => [i, 7 * i]);
    set.insert(states);
    assert.equal(set.entries(), slots - 1);
    set.insert(states);
    assert.deepEqual([set.entries(), set.states().length], [slots - 1, slots - 1]);
  }
});

test("a new state too many stops an insertion; known ones do not", () => {
  const set = setOf(1, 2 ** 8);
  assert.ok(set.insert([[1], [2], [3]], 4));
  assert.ok(set.insert([[3], [4], [1], [4]], 4));
  assert.ok(set.insert([[4], [2]], 4));
  assert.equal(set.insert([[2], [5], [6]], 4), false);
  assert.deepEqual(set.states(), ["1", "2", "3", "4"]);
  assert.ok(set.insert([[1], [4]], 4));
});

test("equal states have equal hashes, and states that differ in one bit almost always different ones", () => {
  for (const words of [1, 2, 3, 6]) {
    const set = setOf(words, 2 ** 4);
    const zero = new Array<number>(words).fill(0);
    const states = Array.from({ length: 32 * words }, (_, bit) =>
      zero.map((_, i) => (i === bit >> 5 ? 1 << (bit & 31) : 0)),
    );
    const pairs = states.flatMap((one, i) => states.slice(0, i).map((other) => one.map((word, k) => word | other[k]!)));
    const all = [zero, ...states, ...pairs];
    const hashes = all.map((state) => set.hashOf(state));
    assert.deepEqual(
      all.map((state) => set.hashOf(state)),
      hashes,
    );
    assert.ok(new Set(hashes).size > 0.99 * all.length, `${words} words`);
    // The place in a table of 2^20 entries and the five bits of tag.
    const [places, tags] = [new Set(hashes.map((h) => h >>> 12)), new Set(hashes.map((h) => h & 31))];
    assert.ok(places.size > 0.95 * all.length && tags.size === 32, `${words} words: ${places.size} of ${all.length}`);
  }
});
