import assert from "node:assert/strict";
import { test } from "node:test";
import type { StateOf } from "faultline";
import { FAILS, graphOf, type StepGraph } from "../../src/analysis/step-graph.ts";
import { reach } from "../../src/analysis/reach.ts";
import type { Machine } from "../../src/machine/machine.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import { tsoMachine } from "../../src/memory/tso/machine.ts";
import { repeat } from "../../src/result/repeat.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { readToken } from "../../src/result/token.ts";
import { hasLasso } from "../analysis/naive-lasso.ts";
import { endOf } from "../explore-all.ts";
import { specOf } from "../machine/toy.ts";
import { randomNumbers } from "../random-numbers.ts";
import { looping, randomText, w } from "./looping-programs.ts";
import { searched } from "./searched.ts";

type K = StateOf<typeof w>;

const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 150);

/** The graph of a machine, by its plain steps, and its states. */
function plainGraph<S>(machine: Machine<S>): { readonly graph: StepGraph; readonly states: readonly S[] } {
  const reached = reach(machine, machine.initial, Infinity);
  const { states, transitions } = reached;
  const { graph } = endOf(
    graphOf(
      {
        count: states.length,
        threads: machine.running.threads.length,
        initial: machine.initial.map((state) => reached.numberOf(state)!),
        after: (state, tell) => {
          for (const { from, to, step } of transitions) if (from === state) tell(step.thread, to ?? FAILS);
        },
      },
      1000,
    ),
  ) as { readonly graph: StepGraph };
  return { graph, states };
}

test("on random programs, both engines find the same runs, under sc and tso, and small ones are as a naive search says", async () => {
  const next = randomNumbers(3);
  const seen = { violated: 0, holds: 0, vacuous: 0, loops: 0, naive: 0, tso: 0 };
  for (let i = 0; i < RUNS; i++) {
    const texts = Array.from({ length: 1 + next(3) }, () => randomText(next));
    const [x, y] = [next(3), next(3)];
    const [to, from] = [(k: K): boolean => k.x === x, (k: K): boolean => k.y === y];
    const program = looping(texts, {
      specs: (["weak", "strong"] as const).flatMap((fairness) => [
        w.eventually(`x-${fairness}`, "x comes", to, { fairness }),
        w.leadsTo(`y-${fairness}`, "x follows on y", from, to, { fairness }),
      ]),
    });
    for (const memory of ["sc", "tso"] as const) {
      let machine: Machine;
      try {
        machine = (memory === "sc" ? scMachine(program) : tsoMachine(program)) as Machine;
      } catch {
        continue;
      }
      const plain = await searched(program, { memory, isPlain: true });
      const fast = await searched(program, { memory });
      const result = resultOf(program, fast, "faultline check toy");
      const { graph, states } = plainGraph(machine);
      for (const spec of program.scenario.progress) {
        const { name, fairness } = spec;
        const { verdict, trace, token } = specOf(result, name);
        const text = `${texts.join(" || ")}: ${name} of x ${x}, y ${y} under ${memory}`;
        assert.deepEqual(fast.found.get(name), plain.found.get(name), text);
        assert.equal(fast.neverBegun!.has(name), plain.neverBegun!.has(name), text);
        seen[verdict as "holds"]++;
        if (memory === "tso") seen.tso++;
        if (trace?.schedule.loop !== undefined) seen.loops++;
        if (token !== undefined) assert.deepEqual(repeat(program, readToken(token)).schedule, trace!.schedule, text);
        if (graph.count > 10) continue;
        const met = (question: typeof spec.to) => (state: number) => machine.ask(question, states[state]) === true;
        const naive = hasLasso(graph, { ...(spec.from && { from: met(spec.from) }), to: met(spec.to), fairness });
        assert.equal(verdict === "violated", naive, text);
        seen.naive++;
      }
    }
  }
  for (const [what, times] of Object.entries(seen)) assert.ok(times > RUNS / 5, `${what}: ${times}`);
});
