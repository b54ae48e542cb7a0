import assert from "node:assert/strict";
import { test } from "node:test";
import { isMove } from "../../../src/memory/lkmm/graph.ts";
import { rescheduled } from "../../../src/memory/lkmm/reschedule.ts";
import { brokenAxiom } from "../../../src/memory/lkmm/axioms.ts";
import { Recorder, hasOrderInTime, isSequential, type Recorded } from "../../../src/memory/lkmm/execution.ts";
import { initialStates, type Program } from "../../../src/machine/program.ts";
import { initialOf } from "../../../src/memory/lkmm/layout.ts";
import { Lkmm } from "../../../src/memory/lkmm/lkmm.ts";
import type { LkmmEffect } from "../../../src/memory/lkmm/transitions.ts";
import { switchesIn } from "../../../src/machine/schedule.ts";
import { threads } from "../classics.ts";
import { numbers, randomProgram } from "../random-programs.ts";
import { symmetricProgram } from "../../search/symmetric-programs.ts";

/** Every complete schedule of a machine, as long as there are not too many. */
function schedulesOf(lkmm: Lkmm, initial: Int32Array, most: number): readonly Recorded[] | undefined {
  const runs: Recorded[] = [];
  const go = (state: Int32Array, effects: readonly LkmmEffect[]): boolean => {
    const next = lkmm.effects(state);
    if (next.length > 0) return next.every((effect) => !isMove(effect) || go(effect.state, [...effects, effect]));
    const recorder = new Recorder(lkmm, initial);
    for (const effect of effects) recorder.take(effect);
    return runs.push(recorder.finish()) < most;
  };
  return go(initial, []) ? runs : undefined;
}

/** What of a run does not depend on the order in which its CPUs were scheduled. */
function executionOf({ layout }: Lkmm, { steps, stepOf, final, execution }: Recorded): string {
  const ranks = steps.map(
    ({ effect }, i) => steps.slice(0, i).filter((step) => step.effect.thread === effect.thread).length,
  );
  const name = (event: number): string => {
    const step = stepOf[event]!;
    return step < 0 ? "first" : `${execution.events[event]!.kind} of ${steps[step]!.effect.thread}, ${ranks[step]}`;
  };
  const pairs = (list: readonly (readonly [number, number])[]): readonly string[] =>
    [...new Set(list.map(([a, b]) => `${name(a)} > ${name(b)}`))].toSorted();
  const { rf, co, rmw, addr, data, ctrl, sections } = execution;
  return JSON.stringify([
    steps.map(({ effect }, i) => `${effect.thread} ${ranks[i]}: ${effect.taken?.point}`).toSorted(),
    [rf, rmw, addr, data, ctrl, sections].map(pairs),
    co.map((stores) => stores.map(name)),
    Array.from(final.slice(0, layout.points + layout.threads.length)),
  ]);
}

/** Every execution's fewest switches, from all schedules there are; and the same of those with nothing out of order. */
function assertFewest(program: Program, text: string): { readonly fewer: number; readonly weak: number } {
  const lkmm = new Lkmm(program);
  const counts = { fewer: 0, weak: 0 };
  for (const state of initialStates(program)) {
    const runs = schedulesOf(lkmm, initialOf(lkmm.layout, state), 3000);
    if (!runs) continue;
    const least = new Map<string, { run: Recorded; any: number; ordered: number }>();
    for (const run of runs) {
      if (brokenAxiom(run.execution) !== undefined) continue;
      const key = executionOf(lkmm, run);
      const known = least.get(key) ?? { run, any: Infinity, ordered: Infinity };
      const switches = switchesIn(run.moves);
      known.any = Math.min(known.any, switches);
      if (switches > switchesIn(known.run.moves)) known.run = run;
      if (isSequential(lkmm.layout, run)) known.ordered = Math.min(known.ordered, switches);
      least.set(key, known);
    }
    for (const [key, { run, any, ordered }] of least) {
      const { run: other, cut } = rescheduled(lkmm, run);
      assert.equal(cut, undefined, text);
      assert.equal(executionOf(lkmm, other), key, text);
      assert.equal(switchesIn(other.moves), ordered < Infinity ? ordered : any, `${text}: ${key}`);
      assert.equal(isSequential(lkmm.layout, other), ordered < Infinity, text);
      assert.equal(hasOrderInTime(run), ordered < Infinity, text);
      assert.deepEqual(rescheduled(lkmm, other).run.moves, other.moves, text);
      if (switchesIn(other.moves) < switchesIn(run.moves)) counts.fewer++;
      if (ordered === Infinity) counts.weak++;
    }
  }
  return counts;
}

test("of all schedules of an execution none has fewer switches, counted one by one on random programs", () => {
  const next = numbers(17);
  const seen = { fewer: 0, weak: 0 };
  for (let run = 0; run < 90; run++) {
    const texts = randomProgram(next, 3).slice(0, run % 3 === 0 ? 3 : 2);
    const { fewer, weak } = assertFewest(threads(...texts), texts.join(" || "));
    seen.fewer += fewer;
    seen.weak += weak;
  }
  assert.ok(seen.fewer > 100 && seen.weak > 5, JSON.stringify(seen));
});

for (const texts of [
  ["W x 1 once; R y r once", "W y 1 once; R x r once"],
  ["W x 1 once; W y 1 once", "R y r once; R x s once"],
  ["W x 1 once; W y 2 once", "W y 1 once; W x 2 once"],
  ["X x 1 r full; R y s once", "X y 1 r acquire; R x s once"],
])
  test(`of '${texts.join(" || ")}' it is so for the executions that sc has, and for the others`, () =>
    assert.ok(assertFewest(threads(...texts), texts.join(" || ")).weak > 0));

for (const text of [
  "I x full; R m once",
  "L l; W x 1 once; U l",
  "T l; R x once",
  "rcu(; R x once; rcu)",
  "W x 1 release; R x acquire",
])
  test(`so it is with two threads of '${text}'`, () => void assertFewest(symmetricProgram(2, text), text));

test("a search for fewer switches that is too long leaves the run as it was, and says so", () => {
  const lkmm = new Lkmm(threads("W x 1 once; R y r once", "W y 1 once; R x r once"));
  const [initial] = initialStates(lkmm.layout.program);
  const run = schedulesOf(lkmm, initialOf(lkmm.layout, initial!), 3000)!.find(({ moves }) => switchesIn(moves) > 1)!;
  assert.deepEqual(rescheduled(lkmm, run, 5), { run, cut: "5 places" });
});
