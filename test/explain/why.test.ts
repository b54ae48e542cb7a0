import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bool, choose, done, int, once, world } from "faultline";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { ModelError } from "../../src/model/error.ts";
import { judge } from "../../src/machine/judge.ts";
import { isDone } from "../../src/machine/finish.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { readerOf, stateKey, type State } from "../../src/machine/state.ts";
import type { SpecResult } from "../../src/result/result.ts";
import type { Trace } from "../../src/machine/trace.ts";
import { tsoMachine } from "../../src/memory/tso/machine.ts";
import { replay } from "./replayed.ts";
import { runSchedule } from "../../src/memory/sc/trail.ts";
import { escapeFrom } from "../../src/explain/near-miss.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import { exploreAll } from "../explore-all.ts";
import { attempt } from "../search/agreement.ts";
import { program } from "../search/arbitrary.ts";
import { scenarioOf } from "../search/program.ts";
import { showAll, threadsThat, w } from "../memory/classics.ts";
import { naiveOutcomes } from "../memory/naive.ts";
import { numbers, randomProgram } from "../memory/random-programs.ts";
import { check, machineOf, toy } from "../machine/toy.ts";
import { violations } from "../violations.ts";

type Judged = Pick<SpecResult, "name" | "kind">;

function isBad(program: Program, { name, kind }: Judged, state: State): boolean {
  const spec = program.scenario.specs.find((one) => one.name === name);
  if (!spec || (kind === "atEnd" && !isDone(program, state))) return false;
  return !judge(program, spec, readerOf(state)).holds;
}

/** Whether some run from a state ends, and without the violation; looks at everything that can be reached. */
function canEndWell(program: Program, spec: Judged, start: State): boolean {
  const key = stateKey(program.cells);
  const seen = new Set<string>();
  const open = [start];
  for (let state = open.pop(); state; state = open.pop()) {
    if (seen.has(key(state)) || isBad(program, spec, state)) continue;
    seen.add(key(state));
    if (isDone(program, state)) return true;
    for (const thread of program.threads.keys())
      for (const { outcome } of effectsOf(program, state, thread))
        if (outcome.kind === "moved") open.push(outcome.state);
  }
  return false;
}

/** Everything that a Trace says of a violation, checked by brute force. Returns what kind of answer it had. */
function checkWhy(program: Program, spec: Judged, trace: Trace): "near miss" | "inevitable" | "unknown" {
  const run = runSchedule(program, trace.schedule, spec.name);
  const why = trace.why!;
  for (const { field, first, second, closes } of why.conflicts) {
    const [a, b] = [trace.steps[first]!, trace.steps[second]!];
    assert.ok(first < second && a.thread !== b.thread);
    assert.ok(closes === undefined || (closes > second && trace.steps[closes]!.thread === a.thread));
    const names = [run.moments[first]!, run.moments[second]!].map(({ effect }) => [
      [...effect.reads.keys(), ...effect.writes.keys()].map(({ name }) => name),
      [...effect.writes.keys()].map(({ name }) => name),
    ]);
    assert.ok(names.every(([used]) => used!.includes(field)) && names.some(([, written]) => written!.includes(field)));
    assert.ok(trace.slice.includes(first) && trace.slice.includes(second));
  }
  assert.ok(why.conflicts.slice(1).every(({ decisive }) => !decisive));
  if (why.isInevitable) {
    assert.equal(canEndWell(program, spec, initialStates(program)[trace.schedule.initial]!), false);
    return "inevitable";
  }
  if (!why.nearMiss) return "unknown";
  const { schedule, differs, earlier, steps } = why.nearMiss;
  const other = runSchedule(program, schedule, "near miss");
  assert.ok(!other.failed && isDone(program, other.last));
  for (const { before } of other.moments) assert.ok(!isBad(program, spec, before));
  assert.ok(!isBad(program, spec, other.last));
  assert.equal(steps.length, schedule.moves.length);
  assert.ok(differs <= earlier && earlier < steps.length);
  assert.deepEqual(schedule.moves.slice(0, differs), trace.schedule.moves.slice(0, differs));
  assert.notDeepEqual(schedule.moves[differs], trace.schedule.moves[differs]);
  const after = run.moments[differs + 1]?.before ?? (run.failed ? undefined : run.last);
  if (after)
    assert.equal(canEndWell(program, spec, after), false, "the step is not the last one that could be avoided");
  return "near miss";
}

test("on random programs the near miss is without the violation, and after it nothing is: brute force says so", async () => {
  const seen = { "near miss": 0, inevitable: 0, unknown: 0, conflicts: 0, folded: 0 };
  await fc.assert(
    fc.asyncProperty(program, async (random) => {
      const program = resetDeadLocals(machineOf(scenarioOf(random)));
      const explored = await attempt(() => exploreAll(program, { maxStates: 150 }));
      if (explored instanceof ModelError || explored.cut !== undefined) return;
      const result = await attempt(() => check(program));
      if (result instanceof ModelError) return;
      for (const spec of result.specs) {
        if (!spec.trace) continue;
        assert.equal(spec.trace.why !== undefined, spec.verdict === "violated");
        assert.deepEqual(
          spec.trace.slice,
          [...new Set(spec.trace.slice)].toSorted((a, b) => a - b),
        );
        for (const { writtenBy } of spec.trace.ending.reads)
          assert.ok(writtenBy === undefined || spec.trace.slice.includes(writtenBy));
        seen.folded += spec.trace.steps.length - spec.trace.slice.length;
        if (spec.verdict !== "violated") continue;
        seen[checkWhy(program, spec, spec.trace)]++;
        seen.conflicts += spec.trace.why!.conflicts.length;
      }
    }),
    { seed: 20_160_729, numRuns: 250 },
  );
  assert.ok(seen["near miss"] >= 3 && seen.inevitable >= 10 && seen.folded >= 50, JSON.stringify(seen));
});

test("so it does with store buffers, of an end that only they have, and of any other", async () => {
  const next = numbers(7);
  const seen = { "near miss": 0, inevitable: 0, unknown: 0, weak: 0, conflicts: 0, folded: 0 };
  for (let run = 0; run < 250; run++) {
    const texts = randomProgram(next, 3);
    const [sc, tso] = [false, true].map((buffers) => naiveOutcomes(texts, buffers)) as [string[], string[]];
    const weak = tso.find((outcome) => !sc.includes(outcome));
    if (weak === undefined && run % 10 > 0) continue;
    const end = weak ?? tso.at(-1)!;
    const spec = w.atEnd("never", "it does not end so", (k) => showAll(k) !== end);
    const machine = tsoMachine(threadsThat([spec], ...texts));
    const program = machine.running;
    const trace = replay(program, exploreAll(program).found.get("never")!, spec as never, machine);
    seen[checkWhy(program, { name: "never", kind: "atEnd" }, trace)]++;
    if (weak !== undefined) seen.weak++;
    seen.conflicts += trace.why!.conflicts.length;
    seen.folded += trace.steps.length - trace.slice.length;
  }
  assert.ok(seen["near miss"] >= 20 && seen.weak >= 5 && seen.folded >= 10, JSON.stringify(seen));
});

/** Where there is another answer than a near miss: what it is, and why that is right. */
const OTHER_ANSWERS: Readonly<Record<string, "inevitable" | "unknown">> = {
  // The parent always writes after fork(), and always copies.
  "races/pin-fork-write pinned-stays-mapped": "inevitable",
  // The fault always waits for the lock that its own thread holds: no run ends.
  "fault-under-page-lock not-stuck": "inevitable",
};

/** Where the near miss is an order of two sections of a lock, and no two accesses of them that change anything are to one field. */
const BY_LOCK_ALONE: ReadonlySet<string> = new Set([
  // Without its look, the migration stores `page`, and of `kind` what madvise() has left there.
  "migration-vs-dontneed dropped-stays-dropped",
]);

test("every violation of the bundled models has a near miss, and it is the last one", async () => {
  for (const { program, result } of await violations())
    for (const spec of result.specs)
      // A run that goes on for ever comes to no point after which it is too late.
      if (spec.trace?.schedule.loop !== undefined) assert.equal(spec.trace.why, undefined);
      else if (spec.verdict === "violated") {
        const name = `${result.scenario} ${spec.name}`;
        const answer = OTHER_ANSWERS[name] ?? "near miss";
        assert.equal(checkWhy(program, spec, spec.trace!), answer, name);
        // Where one CPU alone has done it, another one that comes first is what would have helped, and no order of two accesses.
        const isAlone = new Set(spec.trace!.slice.map((step) => spec.trace!.steps[step]!.thread)).size === 1;
        const hasConflict = answer === "near miss" && !isAlone && !BY_LOCK_ALONE.has(name);
        assert.equal(spec.trace!.why!.conflicts.length > 0, hasConflict, name);
      }
});

test("the steps that could have come earlier were searched for without end", () => {
  const n = int(0, 30);
  const world30 = world({ bad: bool, c: n, d: n, e: n });
  const count = (name: "c" | "d" | "e") =>
    world30.path(name, {}, { up: once((k) => (k[name] === 30 ? done : (k[name]++, "up"))) });
  const x = world30.path("x", {}, { act: once((k) => void (k.bad ||= choose(false, true))) });
  const spec = world30.always("never", "it is not bad", ({ bad }) => !bad);
  const program = toy({
    world: world30,
    threads: { x, c: count("c"), d: count("d"), e: count("e") },
    specs: [spec],
  });
  const run = scMachine(program).run({ initial: 0, moves: [{ thread: 0, picks: [1] }] });
  assert.ok(!("obstacle" in run));
  // Nothing that the others do makes the step harmless, and they can come to 31 * 31 * 31 states.
  assert.equal(escapeFrom(run, spec), undefined);
});
