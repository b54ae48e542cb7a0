import assert from "node:assert/strict";
import { test } from "node:test";
import { lassoIn, type Lasso } from "../../src/analysis/lasso.ts";
import { FAILS, graphOf, type StepGraph } from "../../src/analysis/step-graph.ts";
import { endOf } from "../explore-all.ts";
import { randomNumbers } from "../random-numbers.ts";
import { hasLasso } from "./naive-lasso.ts";

const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 1500);
const MOST = 8;

/** A step as `thread state`; a state that has none is an end. */
function graphFrom(steps: readonly (readonly (readonly [thread: number, to: number])[])[], threads: number): StepGraph {
  const { graph } = endOf(
    graphOf(
      {
        count: steps.length,
        threads,
        initial: [0],
        after: (state, tell) => steps[state]!.forEach(([thread, to]) => tell(thread, to)),
      },
      1000,
    ),
  ) as { readonly graph: StepGraph };
  return graph;
}

/** Is it a run from the start, is it endless, does it go on without what is waited for, and is it fair? */
function assertLasso(
  graph: StepGraph,
  { states, steps, loop }: Lasso,
  { from, to, fairness }: Parameters<typeof lassoIn>[1],
): void {
  assert.ok(graph.initial.includes(states[0]!));
  assert.equal(states.length, steps.length + 1);
  for (const [i, step] of steps.entries()) {
    assert.ok(graph.starts[states[i]!]! <= step && step < graph.starts[states[i]! + 1]!, "a step of another state");
    assert.equal(graph.to[step], states[i + 1]);
  }
  const last = states.at(-1)!;
  const begin = states.findIndex((state, i) => (from ? from(state) : i === 0) && states.slice(i).every((s) => !to(s)));
  assert.ok(begin >= 0 && begin <= (loop ?? begin), "nothing is waited for");
  const enabled = (state: number): ReadonlySet<number> =>
    new Set(graph.by.subarray(graph.starts[state], graph.starts[state + 1]));
  if (loop === undefined) return assert.equal(enabled(last).size, 0);
  assert.equal(states[loop], last);
  const round = states.slice(loop, -1).map(enabled);
  const taken = new Set(steps.slice(loop).map((step) => graph.by[step]!));
  for (let thread = 0; thread < graph.threads; thread++) {
    const can = (threads: ReadonlySet<number>): boolean => threads.has(thread);
    assert.ok(taken.has(thread) || !(fairness === "weak" ? round.every(can) : round.some(can)), `unfair to ${thread}`);
  }
}

test("on random graphs, a run without progress is found exactly where some set of states shows that there is one", () => {
  const next = randomNumbers(11);
  const seen = { weak: 0, strong: 0, "strong only removes": 0, none: 0, loops: 0, ends: 0, "never begun": 0 };
  for (let i = 0; i < RUNS; i++) {
    const [count, threads] = [1 + next(MOST), 1 + next(3)];
    const graph = graphFrom(
      Array.from({ length: count }, () =>
        Array.from({ length: threads }, (_, thread) => thread).flatMap((thread) =>
          Array.from({ length: next(3) }, () => [thread, next(12) === 0 ? FAILS : next(count)] as const),
        ),
      ),
      threads,
    );
    const some = (bits: number) => (state: number) => ((bits >> state) & 1) === 1;
    const to = some(next(2 ** count) & next(2 ** count));
    const from = next(2) === 0 ? undefined : some(next(2 ** count) & next(2 ** count));
    const found = (["weak", "strong"] as const).map((fairness) => {
      const wanted = { ...(from && { from }), to, fairness };
      const lasso = lassoIn(graph, wanted);
      assert.equal(typeof lasso === "object", hasLasso(graph, wanted), `run ${i}, ${fairness}`);
      if (lasso === "never begun") {
        seen["never begun"]++;
        assert.ok(Array.from({ length: graph.count }, (_, state) => state).every((state) => !from!(state)));
      } else if (lasso) {
        seen[fairness]++;
        seen[lasso.loop === undefined ? "ends" : "loops"]++;
        assertLasso(graph, lasso, wanted);
      } else seen.none++;
      return typeof lasso === "object";
    });
    if (found[0] && !found[1]) seen["strong only removes"]++;
    assert.ok(found[0] || !found[1], "strongly fair runs are weakly fair");
  }
  for (const [what, times] of Object.entries(seen)) assert.ok(times > RUNS / 300, `${what}: ${times}`);
});

test("the loop of a lasso is no longer than going to the nearest of each needs, and its stem is a shortest way there", () => {
  // 0 -> 1 -> 2 -> 0 by thread 0; thread 1 can step in 1 alone, thread 2 spins in all of them.
  const graph = graphFrom(
    [
      [
        [0, 1],
        [2, 0],
      ],
      [
        [0, 2],
        [1, 3],
        [2, 1],
      ],
      [
        [0, 0],
        [2, 2],
      ],
      [],
    ],
    3,
  );
  const wanted = { to: (state: number) => state === 3 };
  const weak = lassoIn(graph, { ...wanted, fairness: "weak" });
  assert.ok(typeof weak === "object");
  assert.deepEqual([weak.loop, weak.steps.length], [0, 4]);
  assert.equal(lassoIn(graph, { ...wanted, to: (state) => state === 1, fairness: "weak" }), undefined);
  // Strongly fair to thread 1, the run may stay where it cannot step, and thread 0 is not passed over only if it leaves.
  assert.equal(lassoIn(graph, { ...wanted, fairness: "strong" }), undefined);
});

test("a run of many thousand steps was put together in the square of their number, and more than a set holds ended it", () => {
  const count = 130_000;
  const steps = (next: (state: number) => number): StepGraph => ({
    count,
    threads: 1,
    initial: [0],
    starts: new Int32Array(count + 1).map((_, state) => state),
    by: new Int32Array(count),
    to: new Int32Array(count).map((_, state) => next(state)),
  });
  const line = lassoIn(
    steps((state) => Math.min(state + 1, count - 1)),
    { to: () => false, fairness: "weak" },
  );
  assert.ok(typeof line === "object");
  assert.deepEqual([line.loop, line.steps.length], [count - 1, count]);
  const ring = lassoIn(
    steps((state) => (state + 1) % count),
    { to: () => false, fairness: "weak" },
  );
  assert.ok(typeof ring === "object");
  assert.deepEqual([ring.loop, ring.steps.length], [0, count]);
  const large = { count: 2 ** 24 + 1, threads: 1, initial: [0], after: () => assert.fail("no state is asked") };
  assert.equal(endOf(graphOf(large, 1000)), "too many");
});
