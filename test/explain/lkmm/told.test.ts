import assert from "node:assert/strict";
import { test } from "node:test";
import { Lkmm } from "../../../src/memory/lkmm/lkmm.ts";
import { LkmmGraph, isMove } from "../../../src/memory/lkmm/graph.ts";
import { rescheduled } from "../../../src/memory/lkmm/reschedule.ts";
import type { Recorded } from "../../../src/memory/lkmm/execution.ts";
import type { Program } from "../../../src/machine/program.ts";
import { toldOf } from "../../../src/memory/lkmm/merge-barriers.ts";
import { threads } from "../../memory/classics.ts";

/** A run to each final state. */
function* finalRuns(program: Program): Generator<Recorded> {
  const graph = new LkmmGraph(new Lkmm(program));
  const { lkmm, states } = graph;
  for (let i = 0; i < states.size; i++) {
    graph.expand(i);
    lkmm.forEachEffect(states.get(i), (effect) => void (isMove(effect) && graph.reach(effect.state)));
    const certified = lkmm.isDone(states.get(i)) ? graph.certify(i) : "none";
    if (typeof certified === "object") yield rescheduled(lkmm, certified.run).run;
  }
}

const isBarrier = ({ effect }: Recorded["steps"][number]): boolean => !effect.taken;

test("a barrier behind a fully ordered operation is a step of its own exactly where another CPU came in between", () => {
  const seen = { apart: 0, together: 0 };
  const program = threads("X z 1 r full; W z 2 once", "X x 1 s full; R z s once", "R z s once; W x 2 once");
  for (const run of finalRuns(program)) {
    const { steps, stepOf } = toldOf(run);
    for (const [i, step] of run.steps.entries()) {
      const isApart = run.steps[i - 1]?.effect.thread !== step.effect.thread;
      if (isBarrier(step)) seen[isApart ? "apart" : "together"]++;
      assert.equal(steps.includes(step), !isBarrier(step) || isApart);
    }
    for (const [event, step] of stepOf.entries()) {
      if (step < 0) continue;
      const old = run.steps[run.stepOf[event]!]!;
      assert.equal(steps[step]!.effect.thread, old.effect.thread);
      if (!isBarrier(old)) assert.equal(steps[step], old);
    }
  }
  assert.ok(seen.apart > 0 && seen.together > 0, JSON.stringify(seen));
});
