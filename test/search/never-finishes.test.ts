import { Lkmm } from "../../src/memory/lkmm/lkmm.ts";
import { lkmmMachine } from "../../src/memory/lkmm/machine.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import type { Exploration } from "../../src/machine/exploration.ts";
import type { Machine } from "../../src/machine/machine.ts";
import { explore } from "../../src/search/explore.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { locklessMap } from "../../bench/lockless-map.ts";
import { faultVersusTruncate } from "../../bench/fault-versus-truncate.ts";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import { ModelError } from "../../src/model/error.ts";
import type { Idle } from "../../src/model/scenario.ts";
import { searchLkmm } from "../../src/memory/lkmm/search.ts";
import { fewestSwitches } from "../../src/search/switches.ts";
import type { Program } from "../../src/machine/program.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { endOf, exploreAll } from "../explore-all.ts";
import { doomedIn, looping, naive, randomText } from "./looping-programs.ts";
import { randomNumbers } from "../random-numbers.ts";
import { machineOf } from "../machine/toy.ts";
import { assertAgreement, attempt, searchAll } from "./agreement.ts";

const RUNS = Math.ceil(Number(process.env["FAULTLINE_RUNS"] ?? 600) / 3);
const MOST = 1500;

interface Random {
  readonly text: string;
  readonly program: Program;
}

/** Programs of loops and waits; in some, threads are not told apart, or may be idle. */
function* programs(seed: number, mostThreads: number): Generator<Random> {
  const next = randomNumbers(seed);
  for (let i = 0; i < RUNS; i++) {
    const texts = Array.from({ length: 1 + next(mostThreads) }, () => randomText(next));
    const members = texts.length < 3 ? 1 + next(3) : 1;
    const idles: readonly Idle[] = [[], [], [], ["t0"], ["p0: 0: *"], true];
    const idle = idles[next(idles.length)]!;
    yield { text: `${texts.join(" || ")} ${members} ${String(idle)}`, program: looping(texts, { members, idle }) };
  }
}

test("on random programs a thread is said to be unable to finish where a naive search from each state says so", async () => {
  const seen = { violated: 0, holds: 0, later: 0 };
  for (const { text, program } of programs(7, 3)) {
    const graph = naive(program, MOST);
    if (!graph) continue;
    const doomed = doomedIn(program, graph).map((threads) => threads.length > 0);
    const agreed = await assertAgreement(program, { closeLookFrom: seen.holds % 2 === 0 ? 0 : Infinity });
    assert.ok(!(agreed instanceof ModelError), text);
    const run = agreed.found.get("never-finishes");
    assert.equal(run !== undefined, doomed.includes(true), text);
    seen[run ? "violated" : "holds"]++;
    if (run && run.moves.length > 0) seen.later++;
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > RUNS / 60, `${what}: ${count}`);
});

test("where threads are not told apart the shortest such run is as long as where they are", async () => {
  let later = 0;
  let reduced = 0;
  for (const { text, program } of programs(8, 2)) {
    const full = await searchAll(program, { maxStates: 5000, closeLookFrom: 0 });
    const half = await searchAll(program, { maxStates: 5000, symmetry: true });
    if (full.cut !== undefined) continue;
    const [one, other] = [full, half].map(({ found }) => found.get("never-finishes")?.moves.length);
    assert.equal(other, one, text);
    if (half.states < full.states && one !== undefined) reduced++;
    if (half.states < full.states && (one ?? 0) > 1) later++;
  }
  assert.ok(reduced > RUNS / 30 && later > 2, `${reduced}, ${later}`);
});

test("with store buffers both engines agree on which threads can finish", async () => {
  const seen = { violated: 0, holds: 0, refused: 0 };
  for (const { text, program } of programs(9, 2)) {
    const tso = await attempt(() => tsoProgram(program));
    if (tso instanceof ModelError) {
      seen.refused++;
      continue;
    }
    const agreed = await assertAgreement(tso, { maxStates: 5000, closeLookFrom: 0 });
    assert.ok(!(agreed instanceof ModelError), text);
    seen[agreed.found.has("never-finishes") ? "violated" : "holds"]++;
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > RUNS / 30, `${what}: ${count}`);
});

/** The machine with all that can happen next, also what no search need look at. */
const allSteps = <S>(machine: Machine<S>): Machine<S> => ({
  ...machine,
  forEachStep: (state, visit) => machine.forEachStep(state, visit, "all"),
});

test("under lkmm a thread is said to be unable to finish where all that its machine can do says so", async () => {
  const seen = { violated: 0, holds: 0 };
  for (const { text, program } of programs(10, 2)) {
    const whole = await attempt(() => endOf(explore(allSteps(lkmmMachine(program)), { maxStates: MOST })));
    if (whole instanceof ModelError || whole.cut !== undefined) continue;
    const isViolated = isFound(whole, "never-finishes");
    for (const symmetry of [true, false])
      assert.equal(isFound(endOf(searchLkmm(new Lkmm(program), { symmetry })), "never-finishes"), isViolated, text);
    seen[isViolated ? "violated" : "holds"]++;
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > RUNS / 30, `${what}: ${count}`);
});

/** A run was found, or some that the memory model does not allow. */
const isFound = ({ found, uncertain }: Exploration, name: string): boolean =>
  found.has(name) || uncertain?.has(name) === true;

test("lkmm said that a thread can always go on by what was there before: a lost wake-up was none", async () => {
  const seen = { stuck: 0, doomed: 0, fine: 0 };
  for (const { text, program } of programs(12, 2)) {
    const { found, cut } = exploreAll(program, { maxStates: MOST });
    const lkmm = await attempt(() => endOf(searchLkmm(new Lkmm(program), { maxStates: 4 * MOST })));
    if (cut !== undefined || lkmm instanceof ModelError || lkmm.cut !== undefined) continue;
    // Whatever sc may end in, a weaker memory may.
    for (const name of ["not-stuck", "never-finishes"]) if (found.has(name)) assert.ok(isFound(lkmm, name), text);
    seen[found.has("not-stuck") ? "stuck" : found.has("never-finishes") ? "doomed" : "fine"]++;
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > RUNS / 30, `${what}: ${count}`);
});

test("on random programs the plain explorer and lkmm's own search agree", async () => {
  let compared = 0;
  for (const { text, program } of programs(13, 2)) {
    const plain = await attempt(() => endOf(explore(lkmmMachine(program), { maxStates: MOST })));
    if (plain instanceof ModelError || plain.cut !== undefined) continue;
    const own = endOf(searchLkmm(new Lkmm(program), { symmetry: false }));
    const figures = ({ found, unjudged, uncertain = new Set(), unordered, ...rest }: Exploration): unknown => ({
      lengths: [...found].map(([name, { moves }]) => `${name} ${moves.length}`).toSorted(),
      counts: [rest.initial, rest.states, rest.transitions, rest.depth, rest.done, rest.stuck, rest.taken],
      unjudged: [...(unjudged ?? [])],
      uncertain: [...uncertain],
      unordered,
    });
    assert.deepEqual(figures(plain), figures(own), text);
    compared++;
  }
  assert.ok(compared > RUNS / 2, String(compared));
});

test("a run with the fewest switches into such a state is found, as the shortest one is", () => {
  let found = 0;
  for (const { text, program } of programs(11, 2)) {
    const explored = exploreAll(program, { maxStates: 2000 });
    if (explored.cut !== undefined) continue;
    const { found: least } = endOf(fewestSwitches(scMachine(program), explored.found.keys()));
    assert.deepEqual([...least.keys()].toSorted(), [...explored.found.keys()].toSorted(), text);
    if (least.has("never-finishes")) found++;
  }
  assert.ok(found > RUNS / 30, String(found));
});

test("with store buffers the fewest switches are found, and no run that has ended is stuck", () => {
  const program = tsoProgram(machineOf(punch, { order: "patch4" }));
  const { found } = endOf(fewestSwitches(scMachine(program), ["no-stale-pte", "not-stuck"]));
  assert.deepEqual([...found.keys()], ["no-stale-pte"]);
});

for (const [name, program] of [
  ["the benchmark", machineOf(faultVersusTruncate(3, 1))],
  ["the benchmark in any order", machineOf(faultVersusTruncate(2, 2, "any"))],
  ["the lockless map protocol", machineOf(locklessMap(2))],
] as const)
  test(`every thread of ${name} can always finish, looked at closely and not, on one thread and on two`, async () => {
    for (const limits of [{ closeLookFrom: 0 }, { closeLookFrom: Infinity }, { threads: 2 }, { symmetry: true }]) {
      const { found, unknown } = await searchAll(program, limits);
      assert.deepEqual([[...found.keys()], unknown], [[], undefined]);
    }
  });
