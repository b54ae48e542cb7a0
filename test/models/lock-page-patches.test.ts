import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scenario } from "faultline";
import cowFault from "../../models/scenarios/cow-fault-vs-truncate.ts";
import sharedFault from "../../models/scenarios/shared-fault-vs-truncate.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { DONE, stateKey, type State } from "../../src/machine/state.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { exploreAll } from "../explore-all.ts";

interface Behaviour {
  readonly states: number;
  readonly transitions: number;
  /** What other CPUs can see of each reachable state: the world without anybody's locals and control points. */
  readonly worlds: ReadonlySet<string>;
  /** The same of the states in which all threads are done. */
  readonly last: ReadonlySet<string>;
  /** Each violated spec, with the length of its shortest counterexample. */
  readonly violated: Readonly<Record<string, number>>;
}

function behaviourOf(scenario: Scenario, params: ParamValues): Behaviour {
  const program = buildProgram(scenario, resolveParams(scenario, params));
  const { states, transitions, found } = exploreAll(program);
  const violated = Object.fromEntries([...found].map(([name, { moves }]) => [name, moves.length]));
  return { states, transitions, violated, ...worldsOf(program) };
}

function worldsOf(program: Program): { readonly worlds: ReadonlySet<string>; readonly last: ReadonlySet<string> } {
  const shared = program.cells.filter(({ isLocal }) => !isLocal);
  const worldOf = (state: State): string => shared.map(({ index }) => String(state.cells.get(index))).join();
  const key = stateKey(program.cells);
  const queue = [...initialStates(program)];
  const seen = new Set(queue.map(key));
  const last = new Set<string>();
  for (const state of queue) {
    if (state.points.every((point) => point === DONE)) last.add(worldOf(state));
    for (const thread of program.threads.keys())
      for (const { outcome } of effectsOf(program, state, thread))
        if (outcome.kind === "moved" && !seen.has(key(outcome.state))) {
          seen.add(key(outcome.state));
          queue.push(outcome.state);
        }
  }
  return { worlds: new Set(queue.map(worldOf)), last };
}

const HANDLERS = ["filemap_fault", "unlocked"] as const;

for (const handler of HANDLERS) {
  test(`patch 1 changes nothing in do_cow_fault(), the page returned by ${handler}`, () => {
    const [before, after] = ["baseline", "patch1"].map((variant) => behaviourOf(cowFault, { variant, handler }));
    assert.deepEqual(after, before);
  });

  for (const mkwrite of [false, true])
    for (const variant of ["patch1", "patch2"])
      if (!(variant === "patch2" && handler === "unlocked" && mkwrite))
        test(`${variant} changes nothing in do_shared_fault(), handler ${handler}, page_mkwrite ${mkwrite}`, () => {
          const [before, after] = ["baseline", variant].map((which) =>
            behaviourOf(sharedFault, { variant: which, handler, mkwrite }),
          );
          assert.deepEqual(after, before);
        });
}

test("patch 2 saves a page lock before page_mkwrite, and with it no verdict and no final state, where ->fault does not lock", () => {
  const [before, after] = ["baseline", "patch2"].map((variant) =>
    behaviourOf(sharedFault, { variant, handler: "unlocked", mkwrite: true }),
  );
  assert.deepEqual(after!.last, before!.last);
  assert.deepEqual(after!.violated, before!.violated);
  assert.ok(after!.states < before!.states);
  // Whatever others see with the patch, they could see without it.
  assert.deepEqual(
    [...after!.worlds].filter((world) => !before!.worlds.has(world)),
    [],
  );
});

test("patch 3 does change do_cow_fault()", () => {
  const [before, after] = ["baseline", "patch3"].map((variant) => behaviourOf(cowFault, { variant }));
  assert.notDeepEqual(after!.last, before!.last);
  assert.deepEqual(Object.keys(after!.violated), ["no-pte-beyond-eof"]);
});
