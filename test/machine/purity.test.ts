import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, choose, done, int, wait, world } from "faultline";
import { noteBundled } from "../../src/model/bundled.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { runStep } from "../../src/machine/execute-step.ts";
import { checkPurity } from "../../src/machine/purity.ts";
import { check, modelError, toy } from "./toy.ts";

const w = world({ x: int(0, 9), flags: array(2, bool) });
type Step = Parameters<typeof w.path<Readonly<Record<string, never>>, "step">>[2]["step"];

const errorOf = (step: Step) => modelError(() => check(toy({ world: w, threads: { t: w.path("p", {}, { step }) } })));

test("a step that writes and then waits is refused: nothing it wrote would be seen", () => {
  const error = errorOf((k) => {
    k.x = 1;
    return wait;
  });
  assert.match(error.message, /^step 'step' of path 'p' writes x and then waits$/);
  assert.match(error.explanation.where!, /purity\.test\.[jt]s:\d+:\d+$/);
  assert.match(error.explanation.remedy!, /test first, write after/);
});

test("also where it writes the value that is there already", () => {
  assert.match(
    errorOf((k) => {
      k.x = 0;
      return wait;
    }).message,
    /writes x and then waits/,
  );
});

test("also where it writes a local", () => {
  const path = w.path(
    "p",
    { mine: bool },
    {
      step: (_, me) => {
        me.mine = true;
        return wait;
      },
    },
  );
  assert.match(
    modelError(() => check(toy({ world: w, threads: { t: path } }))).message,
    /writes t\.mine and then waits/,
  );
});

/** Each way to be different in the second run. */
let runs = 0;
const impure: Readonly<Record<string, Step>> = {
  "a value from a counter outside": (k) => void (k.x = runs++ % 10),
  "a read that comes and goes": (k) => void (runs++ % 2 === 0 ? k.x : k.flags[0]),
  "one read more": (k) => {
    if (k.x === 0 && runs++ % 2 === 0 && k.flags[1]) return;
  },
  "one write less": (k) => {
    if (runs++ % 2 === 0) k.x = 1;
  },
  "another way out": () => (runs++ % 2 === 0 ? done : wait),
  "another jump": () => (runs++ % 2 === 0 ? "step" : undefined),
  "a choice more": () => void (runs++ % 2 === 0 && choose(1, 2)),
  "the same values in another order": (k) => {
    const [first, second] = runs++ % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    k.flags[first] = true;
    k.flags[second] = true;
  },
};
for (const [name, step] of Object.entries(impure))
  test(`a step that is not pure is refused by path and label: ${name}`, () => {
    const error = errorOf(step);
    assert.equal(error.message, "step 'step' of path 'p' is not pure");
    assert.match(error.explanation.where!, /purity\.test\.[jt]s:\d+:\d+$/);
    assert.match(error.explanation.cause!, /^over the same values it first .+, then .+/);
  });

test("a step that draws a random number is refused", (t) => {
  let seed = 0;
  t.mock.method(Math, "random", () => (seed = (seed + 0.3) % 1));
  assert.match(errorOf((k) => void (k.x = Math.floor(Math.random() * 10))).message, /not pure/);
});

test("a step that keeps something beside its fields is found, though it does the same twice in a row", () => {
  let seen = true;
  const reader = w.path(
    "reader",
    {},
    {
      "seen = flags[0]": (k) => void (seen = k.flags[0]),
      "if (!seen) x = 1": (k) => void (seen || (k.x = 1)),
    },
  );
  const writer = w.path("writer", {}, { "flags[0] = true": (k) => void (k.flags[0] = true) });
  const program = toy({ world: w, threads: { reader, writer } });
  const error = modelError(() => check(program));
  assert.equal(error.message, "step 'if (!seen) x = 1' of path 'reader' is not pure");
});

test("a spec that keeps something beside the state is found", () => {
  let worst = 0;
  const step: Step = (k) => void (k.x = choose(1, 2, 3));
  const specs = [w.always("low", "x is low", (k) => ((worst = Math.max(worst, k.x)), worst < 3 || `x was ${worst}`))];
  const program = toy({ world: w, threads: { t: w.path("p", {}, { step }) }, specs });
  assert.equal(modelError(() => check(program)).message, "spec 'low' is not pure");
});

test("an init that counts is found", () => {
  let calls = 0;
  const threads = { t: w.path("p", {}, { step: () => {} }) };
  const program = toy({ world: w, threads, init: (k: { x: number }) => void (k.x = calls++ % 10) });
  assert.equal(modelError(() => check(program)).message, "init of scenario 'toy' is not pure");
});

test("what is no part of the state is out of reach while a step, a spec or init runs, also if it was kept before", () => {
  const { random } = Math;
  const kept = crypto;
  const uses: Readonly<Record<string, () => unknown>> = {
    "Math.random()": () => random(),
    "Date.now()": () => Date.now(),
    "new Date()": () => new Date(),
    "Date()": () => Date(),
    "performance.now()": () => performance.now(),
    "process.hrtime()": () => process.hrtime(),
    "process.hrtime.bigint()": () => process.hrtime.bigint(),
    "process.env": () => process.env["HOME"],
    crypto: () => crypto,
    "crypto.randomUUID()": () => kept.randomUUID(),
    "crypto.getRandomValues()": () => kept.getRandomValues(new Uint8Array(1)),
    "setTimeout()": () => setTimeout(() => {}, 1),
    "queueMicrotask()": () => queueMicrotask(() => {}),
    "a promise's then()": () => Promise.resolve().then(() => {}),
  };
  for (const [shown, use] of Object.entries(uses)) {
    // Also where the model hides it.
    for (const step of [
      () => void use(),
      () => {
        try {
          use();
        } catch {}
      },
    ]) {
      const { message, explanation } = errorOf(step);
      assert.equal(message, "step 'step' of path 'p' is not pure");
      assert.equal(explanation.cause, `it uses ${shown}, which is no part of the state`);
      assert.match(explanation.where!, /purity\.test\.[jt]s:\d+:\d+, step 'step' of path 'p'$/);
    }
    assert.doesNotThrow(use, shown);
  }
  assert.ok(new Date(0) instanceof Date);
  assert.doesNotThrow(() =>
    check(toy({ world: w, threads: { t: w.path("p", {}, { step: () => void new Date(7) }) } })),
  );
});

test("a step returns a label, done, wait or nothing", () => {
  for (const value of [1, true, {}, Symbol("other"), Promise.resolve()])
    assert.match(errorOf(() => value as unknown as undefined).message, /must return a label, done, wait or nothing/);
});

test("an operation's result that leads nowhere is told with what to do: say where with then()", () => {
  const said = (value: unknown) => errorOf(() => value as undefined).explanation;
  for (const value of [false, {}, null]) assert.match(said(value).remedy!, /^say with then\(\) where a result leads: /);
  assert.equal(said({}).cause, "it returned an object");
  assert.equal(said(1).remedy, undefined);
});

test("a jump to a label that is not there is told with the labels that are", () => {
  const error = errorOf(() => "stop" as "step");
  assert.match(error.message, /there is no label 'stop'; did you mean 'step'\?/);
  assert.match(error.explanation.remedy!, /labels: step/);
  assert.match(error.explanation.where!, /path 'p'/);
});

test("a bundled scenario is not looked at again: its machine keeps no account of its steps", () => {
  let isTwice = false;
  const path = w.path("p", {}, { step: (k) => void (isTwice ? k.flags[0] : k.x) });
  const given = toy({ world: w, threads: { t: path } }).scenario;
  const first = buildProgram(given, {});
  noteBundled(given);
  const later = buildProgram(given, {});
  const step = (program: typeof first) => () =>
    void runStep(program.threads[0]!, 0, ({ values }) => values[0]!, { pick: () => 0 });
  for (const program of [first, later]) step(program)();
  isTwice = true;
  assert.throws(step(first), /is not pure/);
  assert.doesNotThrow(step(later));
  assert.doesNotThrow(() => [...checkPurity(later)]);
});
