import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../src/cli/package.ts";
import { faultline, inFolder, modelWith, type Recorded } from "./recorded.ts";

/** Runs `body` in a folder where the compiler is installed. */
const withCompiler = (
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> =>
  inFolder(files, async (folder) => {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(`${ROOT}node_modules/typescript`, join(folder, "node_modules/typescript"));
    await body(folder);
  });

/** The same with a compiler that takes note of each time it is started, and then does what `script` says. */
const withFake = (
  { version = "5.9.0", script }: { readonly version?: string; readonly script: string },
  body: (folder: string, started: () => number) => Promise<void>,
): Promise<void> =>
  inFolder({ "a.ts": MODEL, "b.ts": "" }, async (folder) => {
    const compiler = join(folder, "node_modules/typescript");
    mkdirSync(join(compiler, "bin"), { recursive: true });
    writeFileSync(join(compiler, "package.json"), JSON.stringify({ name: "typescript", version }));
    writeFileSync(
      join(compiler, "bin/tsc"),
      `require("fs").appendFileSync(${JSON.stringify(`${folder}/started`)}, "x");\n${script}`,
    );
    for (const name of ["a.ts", "b.ts"]) utimesSync(join(folder, name), 1, 1);
    writeFileSync(join(folder, "started"), "");
    await body(folder, () => readFileSync(join(folder, "started"), "utf8").length);
  });

const MODEL = modelWith({ steps: `"n = 1": (k) => { k.n = 1; },` });
const WRONG = modelWith({ steps: `"n = 1": (k) => { k.n = "1"; },` });
const LIST = `console.log(process.cwd() + "/a.ts\\n" + process.cwd() + "/b.ts");`;

const isRefused = ({ code, out, err }: Recorded, text: RegExp): void => {
  assert.equal(code, 2, err);
  assert.equal(out, "");
  assert.match(err, text);
};

test("a mistake in types is told as any other: sentence, place, line, remedy", async () => {
  await withCompiler({ "a.ts": WRONG, "b.ts": MODEL, "c.js": WRONG }, async (folder) => {
    isRefused(
      await faultline(folder, "check a.ts"),
      /^error: type 'string' is not assignable to type 'number' \(TS2322\)\n {7}a\.ts:5:19\n {7}5 \| "n = 1".*\n {9}\| {19}\^\n {7}try: correct it, or give --no-types/,
    );
    assert.equal((await faultline(folder, "check b.ts")).code, 0);
    isRefused(await faultline(folder, "check a.ts --no-types"), /^error: 'n' was set to '1'\n/);
    isRefused(await faultline(folder, "check c.js"), /^error: 'n' was set to '1'\n/);
  });
});

test("a jump to a label that is not there is told in the words of the language, with the labels", async () => {
  const steps = (label: string): string => `"a": (k) => { k.n = 1; return "${label}"; },\n"lock page": () => {},`;
  await withCompiler({ "a.ts": modelWith({ steps: steps("locck page") }) }, async (folder) => {
    const { err } = await faultline(folder, "check a.ts");
    assert.match(err, /^error: there is no label 'locck page'; did you mean 'lock page'\? \(TS2322\)\n {7}a\.ts:5:/);
    assert.match(err, /\n {7}labels: a, lock page\n$/);
  });
});

test("what an operation has found and leads nowhere is told so, and how to say where it leads", async () => {
  const imports = `import { full, once, ref, struct } from "faultline";\nconst trylock = full((k: { lock: boolean }) => !k.lock);`;
  for (const [step, what, remedy] of [
    ["trylock", "true or false", `.then({ false: "out" })`],
    ["once((k) => k.lock)", "true or false", `.then({ false: "out" })`],
    ["(k) => k.lock", "true or false", `.then({ false: "out" })`],
    ["once((k) => k.n)", "a number", ".then((k, me, result) => ...)"],
    ["once(() => null)", "a struct or null", `.then({ null: "out" })`],
  ] as const) {
    const steps = `"a": ${step},\n"out": () => {},`;
    await withCompiler({ "a.ts": `${imports}\n${modelWith({ steps })}` }, async (folder) => {
      const { code, err } = await faultline(folder, "check a.ts");
      assert.equal(code, 2);
      const told = err.replaceAll(/\n {7}/g, " ");
      assert.ok(
        told.startsWith(`error: the step has found ${what}, and nothing says where that leads (TS2322) a.ts:7:1 `),
        err,
      );
      assert.ok(told.includes(`as in ${remedy}`), err);
      assert.doesNotMatch(err, /Flow</);
    });
  }
});

test("a result that then() knows nothing of, such as a number, is told, and how to go on by it", async () => {
  const imports = `import { once, done } from "faultline";`;
  const steps = `"a": Date.now() < 0 && once((k) => k.n, { 1: done }),\n"out": () => {},`;
  await withCompiler({ "a.ts": `${imports}\n${modelWith({ steps })}` }, async (folder) => {
    const told = (await faultline(folder, "check a.ts")).err.replaceAll(/\n {7}/g, " ");
    assert.match(told, /^error: what then\(\) of a step was given has no '1' \(TS2353\) a\.ts:6:/);
    assert.match(told, /as in once\(\(k\) => k\.n === 1, \{ true: "out" \}\)/);
  });
});

test("a step that is made outside its path does not know its world, and is told how it would", async () => {
  const imports = `import { once } from "faultline";\nconst raise = () => once((k) => { k.n = 1; });`;
  await withCompiler({ "a.ts": `${imports}\n${modelWith({ steps: `"a": raise(),` })}` }, async (folder) => {
    const { err } = await faultline(folder, "check a.ts");
    assert.match(err, /^error: 'k' is of type 'unknown' \(TS18046\)/);
    assert.match(err, /says what its world is: once\(\(k: StateOf<typeof w>\) => \.\.\.\)\n$/);
  });
});

test("a step that then() is called on does not know its world, and is told how it would", async () => {
  const imports = `import { downgrade, lock, once } from "faultline";`;
  for (const step of [
    `lock((k) => k.m).then("b")`,
    `downgrade((k) => k.m)\n  .then(() => {})`,
    `once((k) => k.n === 0).then({ true: "b" })`,
    `once((k) => {\n  k.n = 1;\n}).then("b")`,
    `once(({ n }) => n === 0)\n  .then({ true: "b" })`,
  ]) {
    const steps = `"a": ${step},\n"b": () => {},`;
    await withCompiler({ "a.ts": `${imports}\n${modelWith({ steps })}` }, async (folder) => {
      const { err } = await faultline(folder, "check a.ts");
      assert.match(err, /\n {7}try: the compiler does not see the world of a step that \.then\(\)/, err);
    });
  }
  const elsewhere = { "a.ts": `${imports}\nexport const f = (x) => once(() => x).then("b");\n${MODEL}` };
  await withCompiler(elsewhere, async (folder) => {
    assert.match((await faultline(folder, "check a.ts")).err, /TS7006.*\n[^]*try: correct it/);
  });
});

test("steps that stand where the locals do are told so, when the file is loaded and by the compiler", async () => {
  const about = `{ file: "mm/memory.c", release: "v5.9" }`;
  const model = (locals: string, step: string): string => `
import { call, int, once, scenario, world } from "faultline";
const w = world({ n: int(0, 3) });
const q = w.path("q", { "n = 2": (k) => { k.n = 2; } });
export default scenario("mine", {
  about: "A test", world: w, params: {}, specs: [],
  threads: () => ({ a: w.path("p", ${locals}{ "a": ${step}, "b": () => {} }, ${about}) }),
});
`;
  const told =
    /^error: the steps stand where the locals do[^]*\n {7}try: write path\("\.\.\.", \{\}, \{ \.\.\.steps \}, \{ \.\.\.about \}\)\n$/;
  for (const step of [
    "(k) => { k.n = 1; }",
    "once(() => {})",
    `once((k) => k.n === 0).then({ true: "b" })`,
    `once((k) => k.n === 0, { true: "b" })`,
    "call(q)",
  ]) {
    const files = { "a.ts": model("", step), "b.ts": model("{}, ", step) };
    await withCompiler(files, async (folder) => {
      const { code, err } = await faultline(folder, "check a.ts");
      assert.equal(code, 2);
      assert.match(err, told, step);
      assert.match(err, /locals do \(TS2322\)\n {7}a\.ts:7:/, "the compiler finds it, before threads are asked for");
      const { err: loaded } = await faultline(folder, "check a.ts --no-types");
      assert.match(loaded, told, step);
      if (!step.includes(".then(")) assert.equal((await faultline(folder, "check b.ts")).code, 0, step);
    });
  }
  await withCompiler({ "a.ts": model("{ n: int }, ", "(k) => { k.n = 1; }") }, async (folder) => {
    assert.doesNotMatch((await faultline(folder, "check a.ts")).err, /stand where the locals/, "no step is there");
  });
});

test("what a file cannot be loaded for comes before its types", async () => {
  await withCompiler({ "a.ts": `${WRONG}\nthrow new Error("stop");` }, async (folder) => {
    isRefused(await faultline(folder, "check a.ts"), /while it was loaded: stop/);
  });
});

test("a mistake in a file that is imported, from outside the folder or not, is told with its place", async () => {
  const files = { "lib.ts": "export const one: string = 1;", "a.ts": `import "./lib.ts";\n${MODEL}` };
  await withCompiler(files, async (folder) => {
    isRefused(await faultline(folder, "check a.ts"), /\n {7}lib\.ts:1:14\n {7}1 \| export const one/);
    mkdirSync(join(folder, "inner"));
    isRefused(await faultline(join(folder, "inner"), "check ../a.ts"), /\n {7}\.\.\/lib\.ts:1:14\n/);
  });
});

test("a file outside the folder is checked by the compiler that is installed where faultline is started", async () => {
  await inFolder({ "a.ts": WRONG, "b.ts": MODEL }, async (outside) => {
    assert.match((await faultline(outside, "check a.ts")).err, /'n' was set to '1'/, "none is installed there");
    await withCompiler({}, async (folder) => {
      isRefused(await faultline(folder, `check ${outside}/a.ts`), /^error: type 'string'.*\n.*a\.ts:5:19\n/);
      assert.equal((await faultline(folder, `check ${outside}/b.ts`)).code, 0);
    });
  });
});

test("the nearest tsconfig.json says how strictly, and nothing is written as it would have it", async () => {
  const options = { strict: false, noUnusedLocals: true, composite: true, outDir: "made", rootDir: "elsewhere" };
  const files = {
    "a.ts": `${MODEL}\nconst f = (x) => x;`,
    "tsconfig.json": JSON.stringify({ compilerOptions: options }),
  };
  await withCompiler(files, async (folder) => {
    const { code, err } = await faultline(folder, "check a.ts");
    assert.equal(code, 0, err);
    assert.equal(err, "");
    writeFileSync(join(folder, "tsconfig.json"), '{ "compilerOptions": { "strict": true } }');
    isRefused(await faultline(folder, "check a.ts"), /^error: parameter 'x' implicitly has an 'any' type \(TS7006\)\n/);
  });
});

test("a tsconfig.json that cannot be used is told, and --no-types does without the compiler", async () => {
  await withCompiler({ "a.ts": MODEL, "tsconfig.json": '{ "extends": "./nope.json" }' }, async (folder) => {
    isRefused(await faultline(folder, "check a.ts --quiet"), /^error: cannot read file '.*nope\.json' \(TS5083\)$/m);
    assert.equal((await faultline(folder, "check a.ts --no-types")).code, 0);
  });
});

test("what Node.js has may be named where its types are not installed", async () => {
  await withCompiler({ "a.ts": `${MODEL}\nif (process.argv.length < 0) console.log(0);` }, async (folder) => {
    const { code, err } = await faultline(folder, "check a.ts");
    assert.equal(code, 0, err);
  });
});

test("of several mistakes the first is shown, and where the others are", async () => {
  const more = `const a: string = 1;\nconst b: string = 2;`;
  await withCompiler({ "a.ts": modelWith({ steps: `"a": () => {},`, more }) }, async (folder) => {
    isRefused(await faultline(folder, "check a.ts"), /\n {7}a\.ts:7:7\n.*\n.*\n {7}and 1 more: a\.ts:8:7\n/);
  });
});

test("a file that passed is not checked again until it, or what it imports, or how it is compiled changes", async () => {
  await withFake({ script: LIST }, async (folder, started) => {
    const check = async (): Promise<number> => {
      const { code, err } = await faultline(folder, "check a.ts --quiet");
      assert.equal(code, 0, err);
      return started();
    };
    assert.equal(await check(), 1);
    assert.equal(await check(), 1, "nothing has changed");
    writeFileSync(join(folder, "b.ts"), "export const x = 1;");
    utimesSync(join(folder, "b.ts"), 1, 1);
    assert.equal(await check(), 2, "an import has changed, its time has not");
    assert.equal(await check(), 2);
    writeFileSync(join(folder, "tsconfig.json"), '{ "extends": "./base" }');
    writeFileSync(join(folder, "base.json"), "{}");
    assert.equal(await check(), 3, "there is a tsconfig.json");
    assert.equal(await check(), 3);
    writeFileSync(join(folder, "base.json"), '{ "compilerOptions": {} }');
    assert.equal(await check(), 4, "what it extends has changed");
    await faultline(folder, "check a.ts --quiet --no-types");
    assert.equal(started(), 4);
  });
});

test("a file that was changed while the compiler ran is checked again", async () => {
  const touch = `require("fs").utimesSync("b.ts", Date.now() / 1000 + 5, Date.now() / 1000 + 5);`;
  await withFake({ script: touch + LIST }, async (folder, started) => {
    for (const times of [1, 2]) {
      await faultline(folder, "check a.ts --quiet");
      assert.equal(started(), times);
    }
  });
});

test("a compiler that fails, or is too old, costs a warning, and never the verdict", async () => {
  const failures = [
    [{ script: "process.exit(7);" }, /^warning: types are not checked: the compiler ended with 7\n$/],
    [{ script: "throw new Error('no');" }, /^warning: types are not checked: the compiler ended with 1: /],
    [
      { script: LIST, version: "4.9.5" },
      /^warning: types are not checked: it takes TypeScript 5\.4 or later, not 4\.9\.5\n$/,
    ],
  ] as const;
  for (const [compiler, text] of failures)
    await withFake(compiler, async (folder) => {
      const { code, err } = await faultline(folder, "check a.ts --quiet");
      assert.equal(code, 0);
      assert.match(err, text);
    });
});

test("where nothing can be kept, types are checked each time", async () => {
  await withFake({ script: LIST }, async (folder, started) => {
    writeFileSync(join(folder, "node_modules/.cache"), "a file");
    chmodSync(join(folder, "node_modules/.cache"), 0o444);
    for (const times of [1, 2]) {
      assert.equal((await faultline(folder, "check a.ts --quiet")).code, 0);
      assert.equal(started(), times);
    }
  });
});
