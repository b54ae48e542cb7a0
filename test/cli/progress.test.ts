import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, inFolder } from "./recorded.ts";

// This file runs as <package>/.build/test/cli/progress.test.js.
const PROGRESS = readFileSync(new URL("../../../examples/progress.ts", import.meta.url), "utf8");

test("a lasso is replayed by its token, to the same files, and is not if its loop has been changed", async () => {
  await inFolder({ "progress.ts": PROGRESS }, async (folder) => {
    const { code, out } = await faultline(folder, "check progress.ts");
    assert.equal(code, 1);
    const token = /faultline replay (\S+)/.exec(out)![1]!;
    const text = (): Promise<string> => readFile(join(folder, "out/progress/served.txt"), "utf8");
    const before = await text();
    const again = await faultline(folder, `replay ${token}`);
    assert.equal(again.code, 1, again.err);
    assert.equal(await text(), before);
    assert.match((await faultline(folder, `replay ${token.replace("loop.1x2", "loop.1x3")}`)).err, /not whole/);
  });
});

test("the fewest switches of a lasso are not looked for, and those of other runs are", async () => {
  await inFolder({ "progress.ts": PROGRESS }, async (folder) => {
    const { code, out } = await faultline(folder, "check progress.ts --set by=trylock --minimize switches");
    assert.deepEqual([code, out.includes("stopped by")], [1, false]);
  });
});

test("under lkmm, specs of progress are not judged; asked for by name, that is an error, as a picture of states is", async () => {
  await inFolder({ "progress.ts": PROGRESS }, async (folder) => {
    const { code, out } = await faultline(folder, "check progress.ts --memory lkmm --quiet");
    assert.equal(code, 3);
    assert.match(out, /not judged +served +under lkmm: it is about runs that go on for ever/);
    const asked = await faultline(folder, "check progress.ts --memory lkmm --spec served");
    assert.equal(asked.code, 2);
    assert.match(asked.err, /spec 'served' cannot be judged under lkmm[^]*--memory tso/);
    const drawn = await faultline(folder, "graph progress.ts --spec served");
    assert.equal(drawn.code, 2);
    assert.match(drawn.err, /no states to mark in a graph[^]*check --spec served/);
  });
});
