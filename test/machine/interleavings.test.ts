import assert from "node:assert/strict";
import { test } from "node:test";
import { initialStates, type Program } from "../../src/machine/program.ts";
import type { State } from "../../src/machine/state.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { exploreAll } from "../explore-all.ts";
import { counters } from "../published/counters.ts";
import { machineOf } from "./toy.ts";

/** Every complete schedule, as the numbers of the threads that step. */
function schedules(program: Program, state: State): readonly string[] {
  const next = program.threads.flatMap((_, thread) =>
    effectsOf(program, state, thread).flatMap(({ outcome }) =>
      outcome.kind === "moved" ? schedules(program, outcome.state).map((rest) => `${thread}${rest}`) : [],
    ),
  );
  return next.length > 0 ? next : [""];
}

const schedulesOf = (n: number, k: number): readonly string[] => {
  const program = machineOf(counters(n, k));
  return initialStates(program).flatMap((state) => schedules(program, state));
};

const factorial = (n: number): number => (n === 0 ? 1 : n * factorial(n - 1));

test("two threads of two steps: the six schedules one writes down by hand", () => {
  assert.deepEqual(schedulesOf(2, 2), ["0011", "0101", "0110", "1001", "1010", "1100"]);
});

for (const [n, k, expected] of [
  [2, 3, 20],
  [3, 2, 90],
  [3, 3, 1680],
  [2, 5, 252],
  [4, 2, 2520],
] as const) {
  test(`${n} threads of ${k} steps have (Nk)!/(k!)^N = ${expected} complete schedules, all different`, () => {
    const all = schedulesOf(n, k);
    assert.equal(all.length, expected);
    assert.equal(new Set(all).size, expected);
    assert.equal(expected, factorial(n * k) / factorial(k) ** n);
    for (const schedule of all)
      for (let thread = 0; thread < n; thread++) assert.equal(schedule.split(String(thread)).length - 1, k);
  });

  test(`${n} threads of ${k} steps: (k + 1)^N states, N k (k + 1)^(N - 1) transitions, depth N k, one end`, () => {
    const { states, transitions, depth, done, stuck } = exploreAll(machineOf(counters(n, k)));
    assert.deepEqual(
      { states, transitions, depth, done, stuck },
      { states: (k + 1) ** n, transitions: n * k * (k + 1) ** (n - 1), depth: n * k, done: 1, stuck: 0 },
    );
  });
}
