import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { faultline, inFolder, modelWith } from "./recorded.ts";

const BIN = fileURLToPath(new URL("../../dist/src/cli/bin.cjs", import.meta.url));
const STEPS = `"a": (k) => { k.n = 1; },`;

/** Checks that a model is refused with a sentence, a place in the file and no stack. */
async function isMistake(source: string, sentence: RegExp, how = ""): Promise<void> {
  await inFolder({ "m.ts": source }, async (folder) => {
    const { code, out, err } = await faultline(folder, `check m.ts ${how}`);
    assert.equal(code, 2, `${source}\n${out}${err}`);
    assert.match(err, /^error: [a-z'(]/);
    assert.match(err, sentence);
    assert.match(err, /m\.ts:\d+:\d+/);
    assert.doesNotMatch(err, /^\s+at .*:\d+:\d+|bug in faultline/m);
  });
}

/** In place of what the model says already. */
const over = (text: string): string => `...({ ${text} } as object),`;

const THROWN = [
  "new Error('boom')",
  "'a word'",
  "null",
  "undefined",
  "Object.create(null)",
  "new Proxy({}, { get() { throw 1; } })",
  "(() => { const r = Proxy.revocable(new Error('x'), {}); r.revoke(); return r.proxy; })()",
  "Object.defineProperty(new Error('x'), 'message', { value: Symbol('m') })",
  "Object.defineProperty(new Error('x'), 'stack', { get() { throw new Error('inner'); } })",
  "Object.assign(new Error('x'), { stack: 5 })",
  "Object.assign(new Error('x'), { stack: undefined, name: Symbol('n') })",
  "new Error('x\\n    at f (/tmp/x.js:3:4)')",
  "'a word\\n    at f (/tmp/x.js:3:4)'",
  "() => 1",
];

test("whatever a function of the model throws is the model's mistake, and says which", async () => {
  for (const thrown of THROWN) {
    await isMistake(
      modelWith({ steps: STEPS, config: over(`threads() { throw ${thrown}; }`) }),
      /threads\(\) of scenario 'mine' threw/,
    );
    await isMistake(
      modelWith({ steps: STEPS, config: over(`init() { throw ${thrown}; }`) }),
      /init of scenario 'mine' threw/,
    );
    await isMistake(
      modelWith({ steps: STEPS, config: over(`unreached() { throw ${thrown}; }`) }),
      /unreached\(\) of scenario 'mine' threw/,
    );
    await isMistake(
      modelWith({ steps: STEPS, config: over(`idle() { throw ${thrown}; }`) }),
      /idle\(\) of scenario 'mine' threw/,
    );
    await isMistake(
      modelWith({ steps: STEPS, specs: `w.always("s", "it throws", () => { throw ${thrown}; })` }),
      /spec 's' threw/,
    );
    await isMistake(
      modelWith({ steps: STEPS, config: over(`threads: () => ({ a: symmetric(2, () => { throw ${thrown}; }) })`) }),
      /threads\(\) of scenario 'mine' threw/,
    );
    await isMistake(`throw ${thrown};`, /m\.ts' threw/);
  }
});

test("what a step throws that throws when it is looked at was a mistake, and no run led to it", async () => {
  for (const thrown of THROWN)
    await inFolder({ "m.ts": modelWith({ steps: `"a": () => { throw ${thrown}; },` }) }, async (folder) => {
      const { code, out, err } = await faultline(folder, "check m.ts");
      assert.equal(code, 1, `${thrown}\n${out}${err}`);
      assert.match(out, /violated {3}no-oops +in 1 step/);
      assert.match(out, /m\.ts:5:\d+/);
    });
});

test("what a file throws while it is loaded says where, whatever it is", async () => {
  for (const thrown of THROWN) await isMistake(`export const x = 1;\nthrow ${thrown};`, /'m\.ts' threw/);
});

test("what nobody caught passed for a bug of faultline, or named no file", async () => {
  const late = [
    "Promise.reject(null);",
    "Promise.reject({ get message() { throw 1; } });",
    "(async () => { throw 'a word'; })();",
    "void new Promise((_, fail) => fail(1));",
    "queueMicrotask(() => { throw undefined; });",
    "setTimeout(() => { throw Object.assign(new Error('x'), { stack: 5 }); });",
    "const r = Proxy.revocable({}, {}); r.revoke(); Promise.reject(r.proxy);",
    "process.on('exit', () => { throw new Error('x'); });",
  ];
  const files = late.map((more, i) => [`m${i}.ts`, modelWith({ steps: STEPS, more })] as const);
  await inFolder(Object.fromEntries(files), async (folder) => {
    for (const [name, source] of files) {
      const child = spawn(process.execPath, [BIN, "check", name, "--threads", "1"], { cwd: folder });
      let err = "";
      child.stderr.on("data", (text) => (err += String(text)));
      const [code] = (await once(child, "close")) as [number | null];
      assert.equal(code, 2, `${source}\n${err}`);
      assert.match(err, new RegExp(`^error: (the model threw|a promise of the model failed with).*\n {7}${name}`));
    }
  });
});

test("whatever a function of the model returns that it must not", async () => {
  const returned = [
    "3",
    "null",
    "[]",
    "'x'",
    "async () => {}",
    "{ a: 3 }",
    "{ a: null }",
    "{ a: [] }",
    "{ a: { kind: 'symmetric' } }",
  ];
  for (const value of [...returned, "Promise.resolve({})", "new Proxy({ a: p }, { get() { throw 1; } })"])
    await isMistake(
      modelWith({ steps: STEPS, config: over(`threads: () => (${value}) as never`) }),
      /threads|thread 'a'/,
    );
  for (const value of ["3", "[3]", "Promise.reject(1)"])
    await isMistake(
      modelWith({ steps: STEPS, config: over(`unreached: () => (${value}) as never`) }),
      /unreached must return a list of steps/,
    );
  for (const value of ["3", "undefined", "Promise.resolve(true)"])
    await isMistake(
      modelWith({ steps: STEPS, specs: `w.always("s", "x", () => (${value}) as never)` }),
      /returned neither true/,
    );
  await isMistake(
    modelWith({ steps: STEPS, config: over("init: async () => {}") }),
    /init\(\) returned a promise|is not pure/,
  );
  await isMistake(modelWith({ steps: `"a": async () => {},` }), /must return a label|is not pure/);
  await isMistake(modelWith({ steps: `"a": () => Promise.reject(1) as never,` }), /must return a label/);
});

test("what a model said was passed over in silence", async () => {
  const path = (arguments_: string): string => modelWith({ steps: STEPS, more: `w.path(${arguments_});` });
  for (const [source, sentence] of [
    [
      modelWith({ steps: STEPS, specs: `{ kind: "sometims", name: "s", sentence: "s", holds: () => true }` }),
      /sometims/,
    ],
    [
      modelWith({ steps: STEPS, specs: `{ kind: "always", name: "no-bug", sentence: "s", holds: () => true }` }),
      /no-bug/,
    ],
    [modelWith({ steps: `${STEPS} [Symbol("x")]: (k) => { k.n = 2; },` }), /a key of the steps is Symbol\(x\)/],
    [path(`"q", { [Symbol("x")]: bool }, { "a": () => {} }`), /a key of path 'q' is Symbol\(x\)/],
    [
      path(`"q", { n: int(0, 1, 0, 2) }, { "a": () => {} }`),
      /int\(low, high, start\) has 3 arguments, and was given 4/,
    ],
    [path(`"q", {}, { "a": () => {} }, {}, {}`), /has 4 arguments, and was given 5/],
    [path(`5, {}, { "a": () => {} }`), /a path cannot be called 5/],
    [path(`" ", {}, { "a": () => {} }`), /a path cannot be called ' '/],
    [modelWith({ steps: STEPS, config: over("threads: () => [p]") }), /threads\(\) returned a list/],
    [modelWith({ steps: STEPS, config: over("unreached: () => null") }), /unreached must return a list of steps/],
    [modelWith({ steps: STEPS, config: over("idle: () => null") }), /idle must return true or a list of names/],
    [
      modelWith({ steps: STEPS, config: over("params: { v: bool }, expect: [{ set: { v: undefined } }]") }),
      /parameter 'v' of scenario 'mine' is set to nothing/,
    ],
  ] as const)
    await isMistake(source, sentence);
});

test("of two orders of one step, the inner one was dropped in silence", async () => {
  const ordered = (step: string): string =>
    modelWith({ steps: `"a": ${step},` }).replace("import { ", "import { acquire, atomic, full, once, smpMb, ");
  const run = "(k) => { k.n = 1; }";
  for (const step of [
    `once(acquire(${run}))`,
    `acquire(full(${run}))`,
    `once(atomic("why", full(${run})))`,
    "once(smpMb)",
  ])
    await isMistake(ordered(step), /is put around a step that is '(acquire|full|mb)' already/);
  await inFolder({ "m.ts": ordered(`once(atomic("why", ${run}))`) }, async (folder) => {
    assert.equal((await faultline(folder, "check m.ts")).code, 0);
  });
});

test("threads() that returns other threads when it is called again is not pure", async () => {
  await isMistake(
    modelWith({ steps: STEPS, more: "let n = 0;", config: over(`threads: () => ({ ["t" + n++]: p })`) }),
    /threads\(\) of scenario 'mine' is not pure/,
  );
});

test("what is no field, no path, no spec and no number", async () => {
  const world = (fields: string): string =>
    `import * as f from "faultline";\nconst w = f.world(${fields} as never);\nexport default f.scenario("m", { about: "x", world: w, params: {}, threads: () => ({ p: w.path("p", {}, { a: () => {} }) }), specs: [] });`;
  for (const value of ["3", "null", "undefined", "'x'", "{}", "() => {}", "[f.bool]", "{ kind: 'what' }"])
    await isMistake(world(`{ a: ${value} }`), /'a' is not a field/);
  for (const value of ["3", "null", "undefined", "[]", "f.bool"])
    await isMistake(world(value), /the world has no fields/);
  await isMistake(world("{ a: f.array(2, 3 as never) }"), /'a\[0\]' is not a field/);
  await isMistake(world("{ a: f.struct({ b: 3 as never }) }"), /'a\.b' is not a field/);
  await isMistake(world("{ a: f.ref(3 as never) }"), /'a' refers to what is no struct/);
  await isMistake(
    world("{ a: f.ref(undefined as never) }"),
    /ref\(\) was given a struct that is not defined yet.*\n {7}\/\S+:2:\d+\n[^]*ref\(\(\) => Node\)/,
  );
  await isMistake(world("{ a: (f.oneOf as Function)() }"), /oneOf\(\.\.\.\) needs words/);
  const configs = {
    "specs: [3] as never": /specs/,
    "specs: undefined as never": /specs/,
    "params: { v: 3 } as never": /param/,
    "params: null as never": /param/,
    "about: undefined as never": /about/,
    "threads: 3 as never": /threads/,
    "init: 3 as never": /init/,
    "expect: [3] as never": /expect/,
    "expect: [{ violated: ['nope'] }]": /expect names 'nope'/,
    "world: 3 as never": /world/,
  };
  for (const [config, sentence] of Object.entries(configs))
    await isMistake(modelWith({ steps: STEPS, config: over(config) }), sentence);
  await isMistake(modelWith({ steps: `"a": { kind: "step", run: 3, order: "once" } as never,` }), /step 'a'/);
  await isMistake(modelWith({ steps: `"a": { kind: "call", path: 3 } as never,` }), /step 'a'/);
  await isMistake(modelWith({ steps: STEPS, specs: `w.always("s", 3 as never, () => true)` }), /spec 's'|sentence/);
  await isMistake(
    modelWith({ steps: `"a": () => void (choose as Function)(),` }),
    /choose\(\) was called with 0 options/,
  );
});

test("what is too large is refused before anything is laid out", async () => {
  const begin = performance.now();
  const huge = (field: string): string =>
    `import * as f from "faultline";\nconst w = f.world({ a: ${field} });\nexport default f.scenario("m", { about: "x", world: w, params: {}, threads: () => ({ p: w.path("p", {}, { a: () => {} }) }), specs: [] });`;
  await isMistake(huge("f.array(1e9, f.bool)"), /needs a length from 1 to 10000/);
  await isMistake(huge("f.array(10_000, f.array(10_000, f.bool))"), /the world has 100000000 fields/);
  await isMistake(huge("f.array(1_000, f.int(0, 60_000))"), /the world has 1000 fields with/);
  await isMistake(huge("f.int(0, 1e12)"), /fields with|has .* values/);
  await isMistake(
    modelWith({ steps: `"a": () => void choose(...(Array.from({ length: 100_000 }, (_, i) => i) as [0])),` }),
    /choose\(\) was called with 100000 options/,
  );
  await isMistake(
    modelWith({ steps: STEPS, config: over("init() { for (let i = 0; i < 20; i++) choose(0, 1, 2, 3); }") }),
    /branches into too many ways/,
  );
  await isMistake(
    modelWith({ steps: STEPS, config: over("threads: () => ({ a: symmetric(1e9, () => p) })") }),
    /needs a count from 1 to/,
  );
  assert.ok(performance.now() - begin < 60_000);
});

test("nothing of the model goes on for ever: loops, recursion that never deepens, reads, iterators", async () => {
  const endless = {
    "for (;;);": "a loop without a body",
    "while (k.n >= 0) if (k.lock) break;": "a loop that reads",
    "for (;;) try { for (;;); } catch {} finally { continue; }": "a loop that catches what ends it",
    "const f = (): void => {}; do f(); while (true);": "a loop of calls",
    "for (const _ of (function* () { for (;;) yield 1; })());": "a generator",
  };
  for (const body of Object.keys(endless)) {
    await isMistake(modelWith({ steps: `"a": (k) => { ${body} },` }), /step 'a' of path 'p' does not end/);
    await isMistake(
      modelWith({ steps: STEPS, specs: `w.always("s", "x", (k) => { ${body} return true; })` }),
      /spec 's' does not end/,
    );
  }
  await isMistake(
    modelWith({ steps: STEPS, config: over("init() { for (;;); }") }),
    /init of scenario 'mine' does not end/,
  );
  await isMistake(
    modelWith({ steps: STEPS, config: over("threads() { for (;;); }") }),
    /threads\(\) of scenario 'mine' does not end/,
  );
  await isMistake(
    modelWith({ steps: STEPS, config: over("unreached() { for (;;); }") }),
    /unreached\(\) of scenario 'mine' does not end/,
  );
});

test("SIGTERM is heard while steps are compiled and while a spec takes its time", async () => {
  const slow = "let sum = 0; for (let i = 0; i < 100_000; i++) sum += i;";
  const models = {
    "steps.ts": `console.error("loaded"); import { array, choose, int, scenario, world } from "faultline";
      const w = world({ a: array(9, int(0, 3)) });
      const p = w.path("p", {}, { "a": (k) => { ${slow} let all = 0; for (const n of k.a) all += n; k.a[0] = all % 4; } });
      export default scenario("slow", { about: "x", world: w, params: {}, threads: () => ({ p }), specs: [],
        init: (k) => { const all = choose(0, 1, 2, 3); for (let i = 0; i < 9; i++) k.a[i] = all; } });`,
    "spec.ts": `console.error("loaded"); import { array, choose, int, scenario, world } from "faultline";
      const w = world({ a: array(12, int(0, 3)) });
      const p = w.path("p", {}, { "a": (k) => { const i = choose(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11); k.a[i] = (k.a[i]! + 1) % 4; return "a"; } });
      export default scenario("slow", { about: "x", world: w, params: {}, threads: () => ({ p }), specs: [
        w.always("s", "x", (k) => { ${slow} let all = 0; for (const n of k.a) all += n; return all < 99; })] });`,
  };
  await inFolder(models, async (folder) => {
    for (const name of Object.keys(models)) {
      const child = spawn(process.execPath, [BIN, "check", name, "--quiet", "--timeout", "1000"], { cwd: folder });
      let out = "";
      child.stdout.on("data", (text: Buffer) => (out += text.toString()));
      const closed = once(child, "close");
      await once(child.stderr, "data");
      await setTimeout(2_000);
      const asked = performance.now();
      child.kill("SIGTERM");
      const [code] = (await closed) as [number];
      assert.equal(code, 3, out);
      assert.match(out, /undecided/);
      assert.ok(performance.now() - asked < 60_000, `${name}: ${performance.now() - asked} ms`);
    }
  });
});
