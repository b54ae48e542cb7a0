import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, filesUnder, inFolder, LOST_UPDATE, modelWith } from "./recorded.ts";

/** Checks a file of the user that must be refused, with each of `texts` in what is said. */
async function isRefused(name: string, source: string, ...texts: readonly string[]): Promise<void> {
  await inFolder({ [name]: source }, async (folder) => {
    const { code, out, err } = await faultline(folder, `check ${name}`);
    assert.equal(code, 2, err);
    assert.equal(out, "");
    assert.match(err, /^error: [a-z'(]/);
    for (const text of texts) assert.ok(err.includes(text), `'${text}' is not in ${err}`);
    assert.doesNotMatch(err, /^\s+at /m, "a stack trace");
    // The folder is not the one that this process works in: there, names would be relative.
    assert.ok(!err.replaceAll(folder, "").includes(process.cwd()), "a path of faultline's own");
    assert.deepEqual(await filesUnder(join(folder, "out")), []);
  });
}

test("a model of the user's own runs from any folder, in TypeScript and JavaScript", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, "race.mjs": LOST_UPDATE }, async (folder) => {
    for (const name of ["race.ts", "race.mjs", "./race.ts", join(folder, "race.ts")]) {
      const { code, out, err } = await faultline(folder, `check ${name}`);
      assert.equal(code, 1, err);
      assert.match(out, /^ {2}violated {3}sum {2}in 4 steps, 2 switches$/m);
    }
    await mkdir(join(folder, "inner"));
    assert.equal((await faultline(join(folder, "inner"), "check ../race.ts --set threads=3 --quiet")).code, 1);
  });
});

test("a model may be split into files, name enums and await", async () => {
  const source = modelWith({
    steps: `  "n = 1": (k) => { k.n = one; },`,
    more: `import { one } from "./lib";\nenum Kind { A, B }\nconst kind: Kind = await Promise.resolve(Kind.B);`,
    specs: `w.sometimes("reached", "n is one", (k) => k.n === kind)`,
  });
  await inFolder({ "m.ts": source, "lib.ts": "export const one: number = 1;" }, async (folder) => {
    assert.equal((await faultline(folder, "check m.ts")).code, 0);
  });
});

test("a model may use the bundled kernel world and specs", async () => {
  const source = `
    import { scenario } from "faultline";
    import { kernel, pageInCache } from "faultline/models/kernel/world";
    import { filemapMapPages } from "faultline/models/mm/filemap/filemap-map-pages";
    import { faultMaps } from "faultline/specs/fast-path";
    export default scenario("one-fault", {
      about: "One fault alone", world: kernel, params: {}, threads: () => ({ fault: filemapMapPages(0) }),
      init: (k) => pageInCache(k, { pmd: "populated" }), specs: [faultMaps],
    });`;
  await inFolder({ "one.ts": source }, async (folder) => {
    const { code, out, err } = await faultline(folder, "check one.ts");
    assert.match(out, /holds +fault-maps +reached in \d+ steps/, err);
    assert.equal(code, 4, "alone, it never falls back: steps of the slow path are never taken");
    assert.match(out, /^never taken: filemap_map_pages: /m);
  });
});

test("the temporary bundle is removed, whatever the model does", async () => {
  await inFolder({ "ok.ts": LOST_UPDATE, "bad.ts": "throw new Error('no')", "worse.ts": "{" }, async (folder) => {
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = folder;
    try {
      for (const name of ["ok", "bad", "worse"]) await faultline(folder, `check ${name}.ts`);
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
    assert.deepEqual((await readdir(folder)).toSorted(), ["bad.ts", "ok.ts", "out", "worse.ts"]);
  });
});

test("a file that is not there, or is no file", async () => {
  await inFolder({}, async (folder) => {
    await mkdir(join(folder, "dir.ts"));
    for (const name of ["missing.ts", "dir.ts", "missing.js", "../nowhere/x.mts"])
      assert.match((await faultline(folder, `check ${name}`)).err, new RegExp(`^error: there is no file '${name}'\n`));
  });
});

test("a file that exports no scenario", async () => {
  await isRefused("a.ts", "export const x = 1, y = 2;", "'a.ts' has no default export", "it exports: x, y");
  await isRefused("a.ts", "", "'a.ts' has no default export", "it exports: none");
  await isRefused("a.ts", "export default 3", "the default export of 'a.ts' is no scenario", "it is a number");
  await isRefused("a.ts", "export default null", "it is null");
  await isRefused("a.ts", "export default []", "it is an array");
  await isRefused("a.ts", "export default { name: 'x' }", "it is an object that scenario() did not make");
  await isRefused(
    "a.ts",
    "import { bool, world } from 'faultline'; export default world({ a: bool })",
    "it is a world",
    "try: write `export default scenario(",
  );
});

test("a syntax error is shown with its place and its line", async () => {
  await isRefused("a.ts", "const a = 1;\nconst b = ;\n", 'unexpected ";"\n       a.ts:2:11\n       2 | const b = ;\n');
  await isRefused("a.ts", "const a = 1;\nconst b = ;\n", "\n         |           ^\n");
  await isRefused("a.js", "const \u00fc = '\u00fc'; }", "a.js:1:16");
});

test("an import that leads nowhere", async () => {
  await isRefused("a.ts", 'import "./nope";', 'could not resolve "./nope"', "a.ts:1:8");
  await isRefused("a.ts", 'import "faultline/models/nope";', "there is no 'faultline/models/nope'", "a.ts:1:8");
  await isRefused("a.js", 'import { nope } from "faultline"; nope();', "imports 'nope'", "exports: acquire");
});

test("a file that throws while it is loaded", async () => {
  await isRefused("a.ts", "\n  throw new TypeError('so it is');", "while it was loaded: so it is", "a.ts:2:9");
  await isRefused("a.ts", "throw 3", "'a.ts' threw 3");
  await isRefused("a.ts", modelWith({ config: "params: { n: 3 } as never," }), "a.ts:");
  await isRefused(
    "a.ts",
    "import { scenario } from 'faultline';\nscenario('Bad', {} as never);",
    "'Bad' cannot be the name of a scenario",
    "a.ts:2:1, scenario 'Bad'",
  );
});

test("a step that throws is a violation, with a run to it and the line", async () => {
  const steps = `"fine": () => {},\n"bad": () => {\n  throw new Error("boom");\n},`;
  await inFolder({ "a.ts": modelWith({ steps }) }, async (folder) => {
    const { code, out } = await faultline(folder, "check a.ts");
    assert.equal(code, 1);
    assert.match(out, /no-oops: Error: boom, at\n? \S*a\.ts:7:9/);
  });
});

test("an impure step is named, with what it did", async () => {
  const steps = `"count": (k) => { k.n = calls++ % 3; },`;
  const model = modelWith({ steps, more: "let calls = 0;" });
  await isRefused(
    "a.ts",
    model,
    "step 'count' of path 'p' is not pure\n",
    "a.ts:5:25, step 'count' of path 'p'\n       it assigns 'calls', which outlives it\n",
  );
});

test("a step that writes and then waits", async () => {
  await isRefused("a.ts", modelWith({ steps: `"x": (k) => { k.n = 1; return wait; },` }), "writes n and then waits");
});

test("a jump to a label that is not there", async () => {
  const steps = `"a": () => "locck page",\n"lock page": () => {},`;
  const text = "there is no label 'locck page'; did you mean 'lock page'?";
  await isRefused("a.js", modelWith({ steps }), text, "step 'a' of path 'p'", "labels: a, lock page", "a.js");
});

test("two steps, two threads or two paths with one name", async () => {
  const twice = `"a": (k) => { k.n = 1; },\n"a": (k) => { k.n = 2; },`;
  await isRefused("a.ts", modelWith({ steps: twice }), "two steps with the same label 'a'", "a.ts:6:1", '6 | "a"');
  const steps = `"a": () => {},`;
  await isRefused(
    "a.ts",
    modelWith({ steps, threads: "a: p, a: p" }),
    "label 'a', or two fields or threads",
    "a.ts:9:",
  );
  await isRefused("a.ts", modelWith({ steps, threads: "t: [p, p], t1: p" }), "two threads are called 't1'", "a.ts");
  const more = `const q = w.path("p", {}, { "b": () => {} });`;
  await isRefused(
    "a.ts",
    modelWith({ steps, more, threads: "a: p, b: q" }),
    "two different paths are called 'p'",
    "a.ts:4:13 and ",
    "a.ts:7:13\n",
  );
});

test("a step, a spec or init that does what it must not", async () => {
  const steps = `"a": () => {},`;
  await isRefused("a.js", modelWith({ steps: `"a": (k) => { k.m = 1; },` }), "there is no field 'm'", "a.js:5:");
  await isRefused("a.js", modelWith({ steps: `"a": (k) => { k.n = "x"; },` }), "'n' was set to 'x'", "a.js:5:");
  await isRefused("a.js", modelWith({ steps: `"a": () => 3,` }), "a step must return a label", "step 'a'", "a.js");
  await isRefused("a.js", modelWith({ steps: `"a": 3,` }), "step 'a' is not a function", "a.js:4:13");
  const specs = `w.always("s", "it writes", (k) => { k.n = 1; return true; })`;
  await isRefused("a.ts", modelWith({ steps, specs }), "a spec must not write a field", "spec 's'");
  await isRefused("a.ts", modelWith({ steps, config: "init(k) { k.n = 9; }," }), "'n' was set to 9", "init of");
});

test("two models with the same scenario name cannot be checked together", async () => {
  await inFolder({ "a.ts": LOST_UPDATE, "b.ts": LOST_UPDATE }, async (folder) => {
    const { code, err } = await faultline(folder, "check a.ts b.ts");
    assert.equal(code, 2);
    assert.match(err, /two scenarios are called 'lost-update'\n {7}a\.ts and b\.ts\n/);
  });
});

test("a warning of the compiler does not stop the check", async () => {
  await inFolder({ "a.ts": `${LOST_UPDATE}\nif (typeof process === "strnig") process.exit();` }, async (folder) => {
    const { code, err } = await faultline(folder, "check a.ts --quiet");
    assert.equal(code, 1);
    assert.match(err, /^warning: .*\n {9}a\.ts:\d+:\d+\n/);
  });
});

test("a file without an extension is a model if it is there", async () => {
  await inFolder({}, async (folder) => {
    await writeFile(join(folder, "race"), "export default 1");
    assert.match((await faultline(folder, "check race")).err, /the default export of 'race' is no scenario/);
  });
});

test("a method that assigns the elements of an array passed for one that changes its length", async () => {
  const model = modelWith({
    steps: `"a": (k) => { k.all.fill(true); k.all.reverse(); }`,
    specs: `w.sometimes("all", "all are set", (k) => k.all[0]! && k.all[2]!)`,
  })
    .replace("import { ", "import { array, ")
    .replace("lock: bool", "lock: bool, all: array(3, bool)");
  await inFolder({ "m.ts": model, "push.ts": model.replace("k.all.reverse()", "k.all.push(true)") }, async (folder) => {
    for (const engine of ["fast", "reference"])
      assert.equal((await faultline(folder, `check m.ts --engine ${engine}`)).code, 0);
    const { code, err } = await faultline(folder, "check push.ts");
    assert.equal(code, 2);
    assert.match(err, /'all' has a fixed length of 3/);
  });
});

test("a parameter value with a comma that looks as if another parameter followed", async () => {
  const config = `params: { how: oneOf("none", "x,n=1", "x,y"), n: int(0, 2) }`;
  const model = modelWith({ steps: `"n = 1": (k) => { k.n = 1; },`, config }).replace("params: {}, ", "");
  await inFolder({ "mine.ts": model }, async (folder) => {
    for (const [set, shown] of [
      ["how=x,n=1", "how=x,n=1 n=0"],
      ["how=x,n=1,n=2", "how=x,n=1 n=2"],
      ["n=2,how=x,y", "how=x,y n=2"],
      ["how=none,n=1", "how=none n=1"],
    ]) {
      const { code, out, err } = await faultline(folder, `check mine.ts --set ${set}`);
      assert.equal(code, 0, err);
      assert.ok(out.startsWith(`mine ${shown}: A test\n`), out);
    }
    const swept = await faultline(folder, "sweep mine.ts --set how=x,n=1,n=0..2 --format json");
    assert.equal(swept.code, 0, swept.err);
    assert.match(swept.out, /"fixed": \{\s*"how": "x,n=1"\s*\}/);
    const wrong = await faultline(folder, "check mine.ts --set how=x,m=1");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /has no parameter 'm'/);
  });
});
