import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { ModelError } from "../../src/model/error.ts";
import type { Idle } from "../../src/model/scenario.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { machineOf } from "../machine/toy.ts";
import { numbers } from "../memory/random-programs.ts";
import { program } from "./arbitrary.ts";
import { looping, randomText } from "./looping-programs.ts";
import { scenarioOf } from "./program.ts";
import { bothWays } from "./reducing.ts";
import { symmetricProgram } from "./symmetric-programs.ts";

const MOST_STATES = 3000;

test("on random programs fewer states say the same", async () => {
  const seen = { programs: 0, states: 0, stored: 0, refused: 0, found: 0, doomed: 0 };
  const how = fc
    .integer({ min: 1, max: 20 })
    .map((n) =>
      n === 20 ? { threads: 2, sharedFrom: 1 } : n % 4 === 0 ? { size: { shards: 8, slots: 2 ** 10 } } : {},
    );
  await fc.assert(
    fc.asyncProperty(program, how, fc.boolean(), async (random, how, symmetry) => {
      const program = resetDeadLocals(machineOf(scenarioOf(random)));
      const both = await bothWays(program, { ...how, symmetry, maxStates: MOST_STATES });
      if (!both) return;
      if (both instanceof ModelError) {
        seen.refused++;
        return;
      }
      seen.programs++;
      seen.states += both.whole.states;
      seen.stored += both.reduced.states;
      seen.found += both.whole.found.size;
      if (both.whole.found.has("never-finishes")) seen.doomed++;
    }),
    { seed: 20_261_130, numRuns: 2000, includeErrorInReport: true },
  );
  assert.ok(seen.programs > 1500 && seen.refused > 5 && seen.found > 1000 && seen.doomed > 20, JSON.stringify(seen));
  assert.ok(1.2 * seen.stored < seen.states, JSON.stringify(seen));
});

test("so they do on random programs that loop, some of which cannot finish, or rest", async () => {
  const next = numbers(247);
  const seen = { doomed: 0, fine: 0, saved: 0 };
  for (let i = 0; i < 400; i++) {
    const texts = Array.from({ length: 2 + next(2) }, () => randomText(next));
    const rests = texts[1]!.split("; ");
    const at = next(rests.length);
    const idle = [[], ["t1"], ["p0: 0: *"], [`p1: ${at}: ${rests[at]!}`]][next(4)]! as Idle;
    const program = looping(texts, { idle, members: 1 + next(2) });
    const both = await bothWays(program, { symmetry: next(2) === 0, maxStates: MOST_STATES });
    if (!both || both instanceof ModelError) continue;
    seen[both.whole.found.has("never-finishes") ? "doomed" : "fine"]++;
    seen.saved += both.whole.states - both.reduced.states;
  }
  assert.ok(seen.doomed > 50 && seen.fine > 50 && seen.saved > 100, JSON.stringify(seen));
});

const INSTRUCTIONS = [
  ...["x", "m"].flatMap((at) => [
    `W ${at} 1 once`,
    `W ${at} 2 release`,
    `R ${at} once`,
    `R ${at} acquire`,
    `I ${at} full`,
  ]),
  ...["l", "lock"].flatMap((at) => [`L ${at}`, `T ${at}`, `U ${at}`]),
  "mb",
  "B",
  "walk m",
  "use m",
  "flush",
  "rcu(; R m once; rcu)",
  "gp",
];

test("so they do where threads are taken for one another, with locks, RCU and TLBs, and with store buffers", async () => {
  const next = numbers(248);
  const seen = { sc: 0, tso: 0, found: 0, saved: 0 };
  const text = (): string =>
    Array.from({ length: 1 + next(4) }, () => INSTRUCTIONS[next(INSTRUCTIONS.length)]!).join("; ");
  for (let i = 0; i < 300; i++) {
    const program = resetDeadLocals(symmetricProgram(1 + next(3), text(), next(3) === 0 ? undefined : text()));
    const isBuffered = next(2) === 0;
    const limits = { symmetry: next(3) > 0, maxStates: MOST_STATES };
    const both = await bothWays(program, limits, isBuffered ? tsoProgram(program) : program);
    if (!both || both instanceof ModelError) continue;
    seen[isBuffered ? "tso" : "sc"]++;
    seen.found += both.whole.found.size;
    seen.saved += both.whole.states - both.reduced.states;
  }
  assert.ok(seen.sc > 80 && seen.tso > 80 && seen.found > 50 && seen.saved > 500, JSON.stringify(seen));
});
