import assert from "node:assert/strict";
import type { Exploration } from "../../src/machine/exploration.ts";
import type { Program } from "../../src/machine/program.ts";
import { MACHINES } from "../../src/memory/machines.ts";
import { ModelError } from "../../src/model/error.ts";
import type { SearchLimits } from "../../src/search/fast.ts";
import { attempt, searchAll } from "./agreement.ts";

/** What a search that stores fewer states must come to as well: what is found, how runs end, and which steps are taken. */
function toldOf({ threads }: Program, { found, done, stuck, taken, neverBegun, unknown }: Exploration) {
  const steps = new Set<string>();
  for (const [t, { points }] of threads.entries())
    for (const [p, { frame, label }] of points.entries())
      if (taken[t]![p]! > 0) steps.add(`${frame.path.name}: ${label}`);
  return { found: [...found.keys()].toSorted(), done, stuck, steps: [...steps].toSorted(), neverBegun, unknown };
}

/** Asserts it of a search of all states; every run that is told can be taken. `running`: the same with store buffers, if it has some. */
export async function assertReducedAs(
  whole: Exploration,
  program: Program,
  limits: SearchLimits = {},
  running = program,
): Promise<Exploration> {
  const reduced = await searchAll(running, { ...limits, reduces: true });
  assert.deepEqual(toldOf(program, reduced), toldOf(program, whole));
  assert.ok(reduced.states <= whole.states, `${reduced.states} states, ${whole.states} without`);
  assert.equal(reduced.foundBy?.size ?? 0, reduced.found.size);
  const machine = MACHINES[running === program ? "sc" : "tso"](program);
  for (const [name, schedule] of reduced.found) {
    const run = machine.run(schedule);
    assert.ok(!("obstacle" in run), `a run for ${name} cannot be taken: ${"obstacle" in run ? run.obstacle : ""}`);
  }
  return reduced;
}

/** Both searches, one after the other; a ModelError if both refuse the model, and nothing if there are too many states. */
export async function bothWays(
  program: Program,
  limits: SearchLimits = {},
  running = program,
): Promise<{ readonly whole: Exploration; readonly reduced: Exploration } | ModelError | undefined> {
  const whole = await attempt(() => searchAll(running, limits));
  if (whole instanceof ModelError) {
    const reduced = await attempt(() => searchAll(running, { ...limits, reduces: true }));
    assert.ok(reduced instanceof ModelError, `only the search of all states refuses it: ${whole.message}`);
    return whole;
  }
  if (whole.cut !== undefined) return undefined;
  return { whole, reduced: await assertReducedAs(whole, program, limits, running) };
}
