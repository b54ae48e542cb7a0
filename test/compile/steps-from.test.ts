import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { compile, encode, type Compiled } from "../../src/compile/compiled.ts";
import { forEachStep } from "../../src/compile/steps-from.ts";
import { initialStates } from "../../src/machine/program.ts";
import { keyOfWords, type State } from "../../src/machine/state.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { ModelError } from "../../src/model/error.ts";
import { machineOf } from "../machine/toy.ts";
import { program } from "../search/arbitrary.ts";
import { scenarioOf } from "../search/program.ts";

const MOST_STATES = 60;

/** What each way to step from a state leads to: the key of a packed state, or a check that fails. */
const inWords = (compiled: Compiled, words: Int32Array): readonly unknown[] => {
  const ways: unknown[] = [];
  forEachStep(compiled, words, ({ thread, picks }, end) =>
    ways.push([thread, picks.join(), "to" in end ? keyOfWords(end.to) : "fails" in end ? end.fails : "throws"]),
  );
  return ways;
};

test("on random programs a packed state has the steps that the plain machine takes from it, in their order", () => {
  const seen = { states: 0, moved: 0, failed: 0 };
  fc.assert(
    fc.property(program, (given) => {
      const machine = resetDeadLocals(machineOf(scenarioOf(given)));
      let compiled: Compiled;
      let states: State[];
      try {
        compiled = compile(machine, false);
        states = [...initialStates(machine)];
      } catch (error) {
        assert.ok(error instanceof ModelError);
        return;
      }
      const known = new Set<string>();
      for (let state = states.shift(); state && known.size < MOST_STATES; state = states.shift()) {
        const words = encode(compiled, state);
        if (known.has(keyOfWords(words))) continue;
        known.add(keyOfWords(words));
        seen.states++;
        const ways: unknown[] = [];
        try {
          for (const t of machine.threads.keys())
            for (const { move, outcome } of effectsOf(machine, state, t)) {
              if (outcome.kind === "blocked") continue;
              if (outcome.kind === "moved") states.push(outcome.state);
              seen[outcome.kind === "moved" ? "moved" : "failed"]++;
              const to = outcome.kind === "moved" ? keyOfWords(encode(compiled, outcome.state)) : outcome.check;
              ways.push([move.thread, move.picks.join(), to]);
            }
        } catch (error) {
          // A step that breaks a rule here.
          assert.ok(error instanceof ModelError);
          return;
        }
        assert.deepEqual(inWords(compiled, words), ways);
      }
    }),
    { seed: 20_201_014, numRuns: 150, includeErrorInReport: true },
  );
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= 20, `${what}: ${count}`);
});
