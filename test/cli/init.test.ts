import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, filesUnder, inFolder, readJson } from "./recorded.ts";

const FILES = ["my-race.ts", "package.json", "tsconfig.json"];
const TEST = "faultline check my-race.ts --expected";

test("init writes a model, tsconfig.json and package.json, and says what it wrote and what comes next", async () => {
  await inFolder({}, async (folder) => {
    const { code, out, err } = await faultline(folder, "init");
    assert.equal(code, 0, err);
    assert.match(out, /^written: my-race\.ts, tsconfig\.json, package\.json\nnext: npm install && npm test\n/);
    assert.deepEqual(await filesUnder(folder), FILES);
    const { scripts } = (await readJson(folder, "package.json")) as { readonly scripts: Record<string, string> };
    assert.equal(scripts["test"], TEST);
    const tested = await faultline(folder, TEST.replace("faultline ", ""));
    assert.equal(tested.code, 0, tested.out);
    assert.match(tested.out, /^2 of 2 runs as expected/m);
  });
});

test("init into another folder makes it, and says how to get there", async () => {
  await inFolder({}, async (folder) => {
    const { out } = await faultline(folder, "init a/races");
    assert.match(out, /^next: cd a\/races && npm install && npm test$/m);
    assert.deepEqual(await filesUnder(join(folder, "a/races")), FILES);
  });
});

test("init changes nothing that is there, and says so", async () => {
  const there = { "my-race.ts": "mine", "tsconfig.json": "mine, too", "package.json": '{"scripts":{"test":"jest"}}' };
  await inFolder(there, async (folder) => {
    const { code, out } = await faultline(folder, "init");
    assert.equal(code, 0);
    assert.match(
      out,
      /^left as it was: my-race\.ts, tsconfig\.json, package\.json\nnext: .*npx faultline check my-race/,
    );
    for (const [name, text] of Object.entries(there)) assert.equal(readFileSync(join(folder, name), "utf8"), text);
    assert.deepEqual(await filesUnder(folder), FILES);
  });
});

test("init adds a test to the package.json of `npm init`, and leaves the rest of it as it was", async () => {
  const text = `{\n\t"name": "mine",\n\t"scripts": {\n\t\t"test": "echo \\"Error: no test specified\\" && exit 1",\n\t\t"a": "b"\n\t},\n\t"x": [1]\n}\n`;
  await inFolder({ "package.json": text }, async (folder) => {
    assert.match((await faultline(folder, "init")).out, /^written: my-race\.ts, tsconfig\.json, package\.json$/m);
    const now = readFileSync(join(folder, "package.json"), "utf8");
    assert.deepEqual(JSON.parse(now), { name: "mine", scripts: { test: TEST, a: "b" }, x: [1] });
    assert.match(now, /^\t"name"/m, "its indentation");
    assert.match((await faultline(folder, "init")).out, /^left as it was: .*package\.json$/m, "a second time");
  });
});

test("init leaves a link alone that leads nowhere", async () => {
  await inFolder({}, async (folder) => {
    symlinkSync("nowhere", join(folder, "tsconfig.json"));
    assert.match((await faultline(folder, "init")).out, /^left as it was: tsconfig\.json$/m);
    assert.ok(lstatSync(join(folder, "tsconfig.json")).isSymbolicLink());
    assert.deepEqual(
      (await filesUnder(folder)).filter((name) => name === "nowhere"),
      [],
    );
  });
});

test("init writes nothing where a package.json cannot be read", async () => {
  for (const text of ["{", "[]", "", '{"scripts": 3}'])
    await inFolder({ "package.json": text }, async (folder) => {
      const { code, err } = await faultline(folder, "init");
      assert.equal(code, 2);
      assert.match(err, /^error: 'package\.json' cannot be read, and nothing was written\n/);
      assert.deepEqual(await filesUnder(folder), ["package.json"]);
    });
});

test("init where nothing can be written leaves nothing behind", async () => {
  await inFolder({ "a-file": "" }, async (folder) => {
    assert.match((await faultline(folder, "init a-file")).err, /^error: cannot write 'a-file'\n.*in the place of/);
    // A folder is there where a file should be, the last of them.
    mkdirSync(join(folder, "b"));
    mkdirSync(join(folder, "b/package.json"));
    const { code, err } = await faultline(folder, "init b");
    assert.equal(code, 2);
    assert.match(err, /^error: 'b\/package\.json' cannot be read/);
    assert.deepEqual(await filesUnder(folder), ["a-file"]);
    assert.match((await faultline(folder, "init /proc")).err, /^error: cannot write '.*proc\/my-race\.ts'\n/);
  });
});

test("init takes one folder", async () => {
  await inFolder({}, async (folder) => {
    const { code, err } = await faultline(folder, "init a b");
    assert.equal(code, 2);
    assert.match(err, /^error: 'b' is one word too many for 'init'/);
    assert.deepEqual(await filesUnder(folder), []);
  });
});

test("what init says of packages is what is there", async () => {
  await inFolder({ "package.json": "{}" }, async (folder) => {
    assert.match((await faultline(folder, "init")).out, /^`npm install --save-dev typescript` lets/m);
    for (const name of ["typescript", "faultline"]) {
      mkdirSync(join(folder, "node_modules", name), { recursive: true });
      writeFileSync(join(folder, "node_modules", name, "package.json"), '{"main":"package.json"}');
    }
    const { out } = await faultline(folder, "init");
    assert.match(out, /^next: npm test$/m);
    assert.doesNotMatch(out, /--save-dev/);
  });
});
