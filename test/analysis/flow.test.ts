import assert from "node:assert/strict";
import { test } from "node:test";
import { joinsOf, type Graph } from "../../src/analysis/flow.ts";
import { DONE } from "../../src/machine/state.ts";

/** By its definition: of the points without which the end cannot be reached, the one behind which all others are. */
function naiveJoin(graph: Graph, from: number): number | undefined {
  const reachesEnd = (start: number, without: number): boolean => {
    const seen = new Set<number>();
    const open = [start];
    for (let p = open.pop(); p !== undefined; p = open.pop()) {
      if (p === without || seen.has(p)) continue;
      if (p === DONE) return true;
      seen.add(p);
      open.push(...graph[p]!);
    }
    return false;
  };
  if (!reachesEnd(from, Infinity)) return undefined;
  const passed = [...graph.keys()].filter((point) => point !== from && !reachesEnd(from, point));
  return passed.find((point) => passed.every((other) => other === point || !reachesEnd(point, other))) ?? DONE;
}

test("where ways come together again is what its definition says, on random graphs", () => {
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 3000; round++) {
    const size = 1 + random(9);
    const graph: Graph = Array.from({ length: size }, () => {
      const nexts = Array.from({ length: random(4) }, () => random(size + 1));
      return new Set(nexts.map((next) => (next === size ? DONE : next)));
    });
    const shown = JSON.stringify(graph.map((nexts) => [...nexts]));
    assert.deepEqual(
      joinsOf(graph),
      graph.map((_, p) => naiveJoin(graph, p)),
      shown,
    );
  }
});

test("a path of many steps took the square of their number", () => {
  const size = 100_000;
  const line: Graph = Array.from({ length: size }, (_, p) => new Set([p + 1 === size ? DONE : p + 1]));
  assert.equal(joinsOf(line)[0], 1);
});
