import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bool, int, world } from "faultline";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { ModelError } from "../../src/model/error.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import { searchPacked } from "../../src/search/fast.ts";
import { fewestSwitches } from "../../src/search/switches.ts";
import type { Schedule } from "../../src/machine/schedule.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { judge } from "../../src/machine/judge.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { DONE, readerOf, stateKey, type State } from "../../src/machine/state.ts";
import { runSchedule } from "../../src/memory/sc/trail.ts";
import { exploreAll } from "../explore-all.ts";
import { doomedIn, naive } from "./looping-programs.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { pingPong } from "../report/small-models.ts";
import { attempt } from "./agreement.ts";
import { program } from "./arbitrary.ts";
import { scenarioOf } from "./program.ts";

const MOST_STATES = 60;

/** How many context switches and steps, in either order. */
type Cost = readonly [number, number];
const isLess = (a: Cost, b: Cost): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

/**
 * The least cost of everything that can be found, by relaxing every transition until nothing changes any more: slow,
 * with no order of visits to get wrong. `first` is what counts first.
 */
function leastCosts(program: Program, first: "steps" | "switches"): ReadonlyMap<string, Cost> {
  const key = stateKey(program.cells);
  const costs = new Map<string, { readonly state: State; readonly last: number; cost: Cost }>();
  const found = new Map<string, Cost>();
  const find = (name: string, cost: Cost): void => {
    const known = found.get(name);
    if (!known || isLess(cost, known)) found.set(name, cost);
  };
  let hasChanged = true;
  const relax = (state: State, last: number, cost: Cost): void => {
    const place = `${last} ${key(state)}`;
    const known = costs.get(place);
    if (known && !isLess(cost, known.cost)) return;
    costs.set(place, { state, last, cost });
    hasChanged = true;
  };
  for (const state of initialStates(program)) relax(state, -1, [0, 0]);
  while (hasChanged) {
    hasChanged = false;
    for (const { state, last, cost } of costs.values())
      for (const thread of program.threads.keys())
        for (const { outcome } of effectsOf(program, state, thread)) {
          const isSwitch = last >= 0 && last !== thread ? 1 : 0;
          const more: Cost = first === "steps" ? [cost[0] + 1, cost[1] + isSwitch] : [cost[0] + isSwitch, cost[1] + 1];
          if (outcome.kind === "moved") relax(outcome.state, thread, more);
          if (outcome.kind === "violation") find(outcome.check, more);
        }
  }
  const graph = naive(program, MOST_STATES)!;
  const doomed = doomedIn(program, graph);
  const stuckForEver = new Set(graph.states.filter((_, i) => doomed[i]!.length > 0).map(key));
  for (const { state, cost } of costs.values()) {
    if (stuckForEver.has(key(state))) find("never-finishes", cost);
    const isDone = state.points.every((point) => point === DONE);
    const isStuck = program.threads
      .flatMap((_, thread) => effectsOf(program, state, thread))
      .every(({ outcome }) => outcome.kind === "blocked");
    if (isStuck && !isDone) find("not-stuck", cost);
    for (const spec of program.scenario.specs)
      if (
        (spec.kind !== "atEnd" || isDone) &&
        judge(program, spec, readerOf(state)).holds === (spec.kind === "sometimes")
      )
        find(spec.name, cost);
  }
  return found;
}

function costOf(program: Program, schedule: Schedule, first: "steps" | "switches"): Cost {
  const { moves } = schedule;
  // It can be taken.
  runSchedule(program, schedule, "a cost");
  const switches = moves.filter(({ thread }, i) => i > 0 && thread !== moves[i - 1]!.thread).length;
  return first === "steps" ? [moves.length, switches] : [switches, moves.length];
}

const finish = async <T>(steps: Generator<unknown, T> | AsyncGenerator<unknown, T>): Promise<T> => {
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
};

test("on random programs runs have the fewest steps or switches, and then the fewest of the other: brute force says so", async () => {
  const seen = { compared: 0, switching: 0 };
  await fc.assert(
    fc.asyncProperty(program, async (random) => {
      const program = resetDeadLocals(machineOf(scenarioOf(random)));
      const explored = await attempt(() => exploreAll(program, { maxStates: MOST_STATES }));
      if (explored instanceof ModelError || explored.cut !== undefined) return;
      const names = [...explored.found.keys()];
      const { found, cut } = await finish(fewestSwitches(scMachine(program), names));
      assert.equal(cut, undefined);
      const bySwitches = leastCosts(program, "switches");
      const bySteps = leastCosts(program, "steps");
      const fast = await finish(searchPacked(program, { symmetry: false }));
      for (const name of names) {
        const least = costOf(program, found.get(name)!, "switches");
        assert.deepEqual(least, bySwitches.get(name), name);
        if (!fast.manyWays!.has(name))
          assert.deepEqual(costOf(program, fast.found.get(name)!, "steps"), bySteps.get(name), name);
        seen.compared++;
        if (least[0] > 0) seen.switching++;
      }
    }),
    { seed: 20_170_302, numRuns: 250 },
  );
  assert.ok(seen.compared >= 200 && seen.switching >= 20, JSON.stringify(seen));
});

test("a longer run may have fewer switches: each is found where it is asked for", async () => {
  const w = world({ ready: bool, x: int(0, 2) });
  const program = toy({
    world: w,
    threads: {
      fast: w.path(
        "fast",
        {},
        {
          "ready?": (k) => (k.ready ? "x = 2" : undefined),
          "x = 1": (k) => {
            k.x = 1;
          },
          "x = 0": (k) => {
            k.x = 0;
          },
          "x = 2": (k) => {
            k.x = 2;
          },
        },
      ),
      signal: w.path(
        "signal",
        {},
        {
          "ready = true": (k) => {
            k.ready = true;
          },
        },
      ),
    },
    specs: [w.always("not-2", "x is not 2", (k) => k.x !== 2)],
  });
  const bySteps = await finish(searchPacked(program));
  assert.deepEqual(costOf(program, bySteps.found.get("not-2")!, "steps"), [3, 1]);
  assert.deepEqual([...bySteps.manyWays!], []);
  const bySwitches = await finish(fewestSwitches(scMachine(program), ["not-2"]));
  assert.deepEqual(costOf(program, bySwitches.found.get("not-2")!, "switches"), [0, 4]);
});

test("a search for fewest switches that is stopped keeps what it has found, and says what stopped it", async () => {
  const program = machineOf(pingPong);
  const { found, cut } = await finish(
    fewestSwitches(scMachine(program), ["few-turns", "starts-high"], { stop: () => "the test" }),
  );
  assert.deepEqual([...found.keys()], []);
  assert.equal(cut, "the test");
});
