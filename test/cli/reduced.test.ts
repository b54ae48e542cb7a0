import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Result } from "../../src/result/result.ts";
import { faultline, inFolder, LOST_UPDATE, modelWith, readJson } from "./recorded.ts";

const HELD = modelWith({ steps: `"a": (k) => { k.n = 1; }, "b": (k) => { k.n = 2; },` });

test("a proof of fewer states says that it is one", async () => {
  await inFolder({ "m.ts": HELD }, async (folder) => {
    const { code, out, err } = await faultline(folder, "check m.ts --reduced --stats");
    assert.equal(err, "");
    assert.equal(code, 0, out);
    assert.match(
      out,
      /\d+ states? stored of a reduced search, 2 transitions:\s+every interleaving was explored, or one/,
    );
    assert.match(out, /stats: \d+ states? stored of a reduced search, 2 transitions$/m);
    assert.doesNotMatch(out, /depth|no new state/);
    const { search, command } = (await readJson(folder, "out/mine/result.json")) as Result;
    assert.equal(search.reduced, true);
    assert.equal(command, "faultline check m.ts --reduced");
  });
});

test("a violation is reported byte for byte as without --reduced", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const [plain, reduced] = [
      await faultline(folder, "check race.ts --out a"),
      await faultline(folder, "check race.ts --reduced --out b"),
    ];
    assert.equal(plain.code, 1);
    assert.deepEqual({ ...reduced, out: reduced.out.replace("written to b/", "written to a/") }, plain);
    const [one, other] = await Promise.all(
      ["a", "b"].map((out) => readFile(join(folder, out, "lost-update", "result.json"), "utf8")),
    );
    assert.equal(other, one);
  });
});

test("what wants all states is refused beside --reduced", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    for (const [words, what] of [
      ["check race.ts --reduced --memory lkmm", "--memory lkmm"],
      ["check race.ts --reduced --engine reference", "--engine reference"],
      ["check race.ts --reduced --simulate 10", "--simulate"],
      ["check race.ts --reduced --expected", "--expected"],
      ["check --reduced", "all pinned runs"],
    ] as const) {
      const { code, out, err } = await faultline(folder, words);
      assert.deepEqual([code, out], [2, ""], words);
      assert.match(err, new RegExp(`^error: --reduced does not go with ${what}\n`));
      assert.match(err, /try: /);
    }
  });
});
