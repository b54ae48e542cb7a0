import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, int, once, wait, world, type StateOf } from "faultline";
import { faultVersusTruncate } from "../../bench/fault-versus-truncate.ts";
import { scenarios } from "../../models/scenarios/index.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { noteBundled } from "../../src/model/bundled.ts";
import type { Exploration } from "../../src/machine/exploration.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { ModelError } from "../../src/model/error.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { searchAll } from "./agreement.ts";
import { looping } from "./looping-programs.ts";
import { bothWays } from "./reducing.ts";
import { searched } from "./searched.ts";

const w = world({ x: bool, y: bool, z: int(0, 3), own: bool, other: bool });
type K = StateOf<typeof w>;

/** Sets fields one after the other, and takes each back again. */
const flips = (name: string, ...fields: readonly ("x" | "y" | "own" | "other")[]) =>
  w.path(
    name,
    {},
    Object.fromEntries(
      fields.flatMap((field, i) => [
        [`${i}: ${field} = true`, once((k: K) => void (k[field] = true))],
        [`${i}: ${field} = false`, once((k: K) => void (k[field] = false))],
      ]),
    ) as never,
  );
const never = (name: string, is: (k: K) => boolean) => w.always(name, `never ${name}`, (k) => !is(k));

const namesIn = ({ found }: Exploration): readonly string[] => [...found.keys()].toSorted();

async function compared(...args: Parameters<typeof bothWays>) {
  const both = await bothWays(...args);
  assert.ok(both && !(both instanceof ModelError));
  return both;
}

// A spread of them; test/search/reduced-bundled.test.ts has all.
const EVERY = 100;
const pinned = scenarios.flatMap((scenario) =>
  scenario.expect.flatMap(({ memory, set = {} }) =>
    // Who asks which threads are passed over is refused such a search.
    memory === undefined && scenario.progress.length === 0 ? [{ scenario, set: set as ParamValues }] : [],
  ),
);

for (const { scenario, set } of pinned.filter((_, i) => i % EVERY === 0))
  test(`fewer states say the same of ${scenario.name} ${JSON.stringify(set)}`, async () => {
    // What its steps do is done again elsewhere.
    noteBundled(scenario);
    const program = resetDeadLocals(machineOf(scenario, set));
    for (const symmetry of [true, false]) await compared(program, { symmetry });
  });

test("threads that have nothing to do with each other leave a state for each end", async () => {
  const program = toy({ world: w, threads: { a: flips("a", "x", "x"), b: flips("b", "y", "y") } });
  const { whole, reduced } = await compared(program);
  assert.equal(whole.states, 25);
  assert.equal(reduced.states, 1);
  assert.deepEqual([reduced.done, reduced.transitions], [1, 8]);
});

test("a step that a spec sees is not taken alone, although no thread does", async () => {
  const threads = { a: flips("a", "x"), b: flips("b", "y") };
  const { reduced } = await compared(toy({ world: w, threads, specs: [never("both", (k) => k.x && k.y)] }));
  assert.deepEqual(namesIn(reduced), ["both"]);
  // What is asked at the end is asked there.
  const atEnd = w.atEnd("one", "one is set at the end", (k) => k.x || k.y);
  const { reduced: other } = await compared(toy({ world: w, threads, specs: [atEnd] }));
  assert.deepEqual([namesIn(other), other.states], [["one"], 1]);
});

test("a thread that goes round alone for ever does not put off what another can do", async () => {
  const clock = w.path(
    "clock",
    {},
    {
      tick: once((k) => void (k.z = k.z === 3 ? 0 : k.z + 1)),
      again: once(() => "tick"),
    },
  );
  const program = toy({
    world: w,
    threads: { clock, a: flips("a", "x") },
    idle: ["clock"],
    specs: [never("set", (k) => k.x)],
  });
  const { reduced } = await compared(program);
  assert.deepEqual(namesIn(reduced), ["set"]);
});

test("what blocks now and not later is not taken for what is over", async () => {
  const waits = w.path("waits", {}, { wait: once((k) => (k.x ? undefined : wait)), then: once((k) => void (k.z = 1)) });
  const sets = w.path("sets", {}, { set: once((k) => void (k.x = true)) });
  const one = w.sometimes("one", "z is set", (k) => k.z === 1);
  const { reduced } = await compared(toy({ world: w, threads: { waits, sets }, specs: [one] }));
  assert.deepEqual([namesIn(reduced), reduced.stuck, reduced.done], [["one"], 0, 1]);
});

for (const [what, texts, idle, isDoomed] of [
  ["a spin for what nobody sets", ["until x 1", "y = 1"], [], true],
  ["a lock that is never given back to a spinner", ["T l; U l", "L l"], [], true],
  ["a spin that another always ends", ["until x 1", "y = 1; x = 1"], [], false],
  // To where it may rest one step alone leads, and from there another one.
  ["a thread that rests on the way of its loop", ["x = 1; await x 1; if x 1"], ["p0: 1: await *"], false],
  ["a thread that may rest before it spins for ever", ["x = 1; await x 1; until y 1"], ["p0: 1: await *"], true],
] as const)
  test(`never-finishes is found with fewer states: ${what}`, async () => {
    for (const members of [1, 2]) {
      const program = looping(texts, { idle, members });
      for (const symmetry of [true, false]) {
        const { reduced } = await compared(program, { symmetry });
        assert.equal(reduced.found.has("never-finishes"), isDoomed);
      }
    }
  });

test("with store buffers fewer states say the same", async () => {
  // What a CPU has stored can reach memory at any time: only what is its own is done alone.
  const counts = w.path(
    "counts",
    { n: int(0, 2) },
    {
      first: once((_, me) => void (me.n = 1)),
      second: once((_, me) => void (me.n = 2)),
    },
  );
  const program = toy({
    world: w,
    threads: { a: flips("a", "x", "own"), b: flips("b", "x", "y"), counts },
    specs: [never("both", (k) => k.x && k.y)],
  });
  const { whole, reduced } = await compared(program, {}, tsoProgram(program));
  assert.deepEqual(namesIn(reduced), ["both"]);
  assert.ok(reduced.states < whole.states);
});

test("many threads and shards store the same states", async () => {
  const program = machineOf(faultVersusTruncate(3, 1, "any"));
  const { reduced } = await compared(program);
  for (const how of [{ threads: 2, sharedFrom: 1 }, { size: { shards: 8, slots: 2 ** 10 } }]) {
    const other = await searchAll(program, { ...how, reduces: true });
    const told = ({ states, transitions, depth, taken }: Exploration) => ({ states, transitions, depth, taken });
    assert.deepEqual(told(other), told(reduced));
    assert.deepEqual(other.found, reduced.found);
  }
});

const late = never("both", (k) => k.x && k.y);
const violated = () =>
  toy({
    world: w,
    threads: { a: flips("a", "own", "own", "x"), b: flips("b", "other", "other", "y"), c: flips("c", "x") },
    specs: [late],
  });

test("a violation is told as the search of all states tells it", async () => {
  const [plain, reduced] = [await searched(violated()), await searched(violated(), { reduces: true })];
  const told = ({ found, states, transitions, depth, taken, reduced, foundBy }: Exploration) => ({
    found,
    states,
    transitions,
    depth,
    taken,
    reduced,
    foundBy,
  });
  assert.deepEqual(told(reduced), told(plain));
  assert.equal(reduced.reduced, undefined);
});

test("where that search is cut, a run of the reduced one is told, and as such", async () => {
  const program = violated();
  const { states } = await searchAll(program, { reduces: true });
  const all = await searched(program);
  const { found, foundBy, cut, ...facts } = await searched(program, { reduces: true, maxStates: states });
  assert.ok(states < all.states);
  assert.deepEqual([cut, facts.reduced, facts.states], [undefined, true, states]);
  assert.deepEqual([...found.keys()], ["both"]);
  assert.deepEqual([...foundBy!], [["both", "reduced search"]]);
  // Neither has room enough.
  const none = await searched(program, { reduces: true, maxStates: 1 });
  assert.deepEqual([none.cut, none.reduced], ["--max-states 1", true]);
});

test("a spec that is met has a shortest run, and all else is known by fewer states", async () => {
  const program = toy({
    world: w,
    threads: { a: flips("a", "x", "x"), b: flips("b", "y", "y", "y") },
    specs: [w.sometimes("met", "x is set", (k) => k.x)],
  });
  const [plain, reduced] = [await searched(program), await searched(program, { reduces: true })];
  assert.deepEqual(reduced.found, plain.found);
  assert.deepEqual([reduced.reduced, reduced.foundBy, reduced.cut], [true, undefined, undefined]);
  assert.ok(reduced.states < plain.states);
});

test("what asks who is passed over is refused, and so is what has no order of time", async () => {
  const comes = w.eventually("comes", "x is set", (k) => k.x);
  const asked = toy({ world: w, threads: { a: flips("a", "x") }, specs: [comes] });
  await assert.rejects(searched(asked, { reduces: true }), /--reduced does not go with spec 'comes'/);
  const plain = toy({ world: w, threads: { a: flips("a", "x") } });
  await assert.rejects(searched(plain, { reduces: true, memory: "lkmm" }), /--reduced does not go with --memory lkmm/);
  await assert.rejects(searched(plain, { reduces: true, isPlain: true }), /does not go with --engine reference/);
});
