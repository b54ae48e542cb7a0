import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../../src/cli/output/folder.ts";
import { faultline, filesUnder, inFolder, LOST_UPDATE, modelWith, reportsOf } from "./recorded.ts";

test("files of an older run that are out of date are removed, and nothing else", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const out = join(folder, "out/lost-update");
    await faultline(folder, "check race.ts");
    await writeFile(join(out, "mine.txt"), "a note");
    await faultline(folder, "check race.ts --spec two");
    assert.deepEqual(await filesUnder(out), ["mine.txt", "result.json", ...reportsOf("two")]);
    // Not even if somebody has edited result.json.
    await writeFile(join(folder, "precious.txt"), "");
    const files = ["../../precious.txt", "two.dot", "/etc/passwd", "mine.md", 3];
    await writeFile(join(out, "result.json"), JSON.stringify({ format: "faultline-result", files }));
    await faultline(folder, "check race.ts --spec sum");
    assert.deepEqual(await filesUnder(folder), [
      ...["mine.txt", "result.json", ...reportsOf("sum"), "two.svg", "two.txt"].map(
        (name) => `out/lost-update/${name}`,
      ),
      "precious.txt",
      "race.ts",
    ]);
  });
});

test("an out folder that cannot be written is refused before the search", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, file: "" }, async (folder) => {
    const refused = async (out: string, ...texts: readonly string[]): Promise<void> => {
      const result = await faultline(folder, `check race.ts --out ${out}`);
      assert.equal(result.code, 2);
      assert.equal(result.out, "");
      for (const text of [...texts, "with --out\n"]) assert.ok(result.err.includes(text), result.err);
    };
    await refused("file", "error: cannot write 'file/lost-update'\n       a file is in the place of a folder\n");
    await refused("file/inner", "error: cannot write 'file/inner/lost-update'\n");
    await refused("/proc/nowhere", "error: cannot write '/proc/nowhere/lost-update'\n");
    await mkdir(join(folder, "a/lost-update/result.json"), { recursive: true });
    await refused("a", "cannot write 'a/lost-update/result.json'\n       a folder is in the place of the file\n");
    await mkdir(join(folder, "b/lost-update"), { recursive: true });
    await writeFile(join(folder, "b/lost-update/result.json"), "{}");
    await refused("b", "'b/lost-update/result.json' was not written by faultline\n");
    await writeFile(join(folder, "b/lost-update/result.json"), "no json");
    await refused("b", "was not written by faultline\n");
    assert.deepEqual(await filesUnder(folder), ["b/lost-update/result.json", "file", "race.ts"]);
  });
});

test("a file that cannot be replaced costs all files and a warning, not the verdict", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    await mkdir(join(folder, "out/lost-update/two.dot"), { recursive: true });
    const { code, out, err } = await faultline(folder, "check race.ts");
    assert.equal(code, 1);
    assert.match(out, /violated {3}sum/);
    assert.match(
      err,
      /^warning: no report is written: cannot write 'out\/lost-update\/two\.dot'\n {9}a folder is in the place of the file\n/,
    );
    assert.deepEqual(await filesUnder(join(folder, "out/lost-update")), []);
    // A run in which all holds is no success either, without the files that were asked for.
    assert.equal((await faultline(folder, "check race.ts --spec two")).code, 2);
    const { code: same, out: document } = await faultline(folder, "check race.ts --spec two --format json");
    assert.equal(same, 2);
    assert.match(document, /"files": \[\]/);
  });
});

test("an error in the model leaves no folder behind", async () => {
  const steps = `"a": (k) => { k.nothing = 1; },`;
  await inFolder({ "m.ts": modelWith({ steps }), "race.ts": LOST_UPDATE }, async (folder) => {
    assert.equal((await faultline(folder, "check m.ts --out a/b")).code, 2);
    await assert.rejects(readFile(join(folder, "a")), { code: "ENOENT" });
    await mkdir(join(folder, "mine"));
    assert.equal((await faultline(folder, "check m.ts --out .")).code, 2);
    await rm(join(folder, "mine"), { recursive: true });
  });
});

test("two runs at once into the same folder do not disturb each other", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const lines = ["check race.ts", "check race.ts --format json", "check race.ts --quiet", "check race.ts"];
    const codes = await Promise.all(lines.map(async (line) => (await faultline(folder, line)).code));
    assert.deepEqual(codes, [1, 1, 1, 1]);
    assert.deepEqual(await filesUnder(join(folder, "out/lost-update")), [
      "result.json",
      ...reportsOf("sum"),
      ...reportsOf("two"),
    ]);
  });
});

test("a folder that another run removes as empty, as soon as it was found, is made again", async () => {
  await inFolder({}, async (folder) => {
    const path = join(folder, "out/race");
    const script = `
      import { rmdirSync } from "node:fs";
      console.log("begun");
      for (;;) try { rmdirSync(process.argv[1]) } catch {}`;
    const other = spawn(process.execPath, ["--input-type=module", "-e", script, path]);
    const closed = once(other, "close");
    try {
      await once(other.stdout, "data");
      let made = 0;
      for (let round = 0; round < 2000; round++) if (makeFolder(path) !== undefined) made++;
      assert.ok(made > 1, `made ${made} times`);
    } finally {
      other.kill("SIGKILL");
      await closed;
    }
  });
});

test("a parameter value may not lead out of the folder", async () => {
  const config = `params: { v: oneOf("x", "../../a b") }, expect: [{ set: { v: "../../a b" } }],`;
  await inFolder(
    { "m.js": modelWith({ steps: `"a": () => {},`, config }).replace("params: {},", "") },
    async (folder) => {
      assert.equal((await faultline(folder, "check m.js --expected")).code, 0);
      assert.deepEqual(await filesUnder(join(folder, "out")), ["mine/v=..%2F..%2Fa%20b/result.json"]);
      const { out } = await faultline(folder, "check m.js --expected --format json");
      assert.match(out, /"command": "faultline check m\.js --set 'v=\.\.\/\.\.\/a b'"/);
    },
  );
});
