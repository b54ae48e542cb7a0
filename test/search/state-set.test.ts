import assert from "node:assert/strict";
import { test } from "node:test";
import { StateSet } from "../../src/memory/state-set.ts";
import { numbers } from "../memory/random-programs.ts";

test("a set of states is exact over many pages, and keeps the order and the length of what is added", () => {
  const next = numbers(5);
  const set = new StateSet();
  const known = new Map<string, number>();
  const states: Int32Array[] = [];
  for (let i = 0; i < 12_000; i++) {
    // Few values and often none but the last differ, so that states are often equal, and one may begin as another does.
    const state = Int32Array.from({ length: 1 + next(200) }, (_, at) => (at % 50 === 0 ? next(3) - 1 : 7));
    const key = state.join();
    const index = known.get(key) ?? known.size;
    if (index === known.size) states.push(state);
    known.set(key, index);
    assert.equal(set.add(state), index);
  }
  assert.equal(set.size, known.size);
  assert.ok(set.size < 12_000 && set.bytes > 2 * 4 * 2 ** 18, `${set.size} states, ${set.bytes} bytes`);
  for (const [i, state] of states.entries()) assert.deepEqual(set.get(i), state);
});
