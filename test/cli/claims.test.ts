import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { claims } from "../../models/claims/lock-page-series.ts";
import { faultline, filesUnder, inFolder } from "./recorded.ts";

// All claims are run for docs/lock-page-series.md: see its test.
test("claims come out as pinned, and each says where its counterexample is", async () => {
  const names = ["C2", "C9", "C11"];
  const some = claims.filter(({ name }) => names.includes(name));
  await inFolder({}, async (folder) => {
    const { code, out, err } = await faultline(folder, `claims ${names.join(" ")} --quiet`);
    assert.equal(code, 0, out + err);
    assert.match(out, new RegExp(`\\n${some.length} of ${some.length} claims as expected: \\d+ runs, \\d+ states\\n$`));
    assert.ok(!out.includes("NOT AS EXPECTED"));
    for (const { name, verdict } of some) assert.match(out, new RegExp(`^${name}  ${verdict}  as expected$`, "m"));
    assert.match(out, /^[\x20-\x7e\n]*$/);
    assert.ok(out.split("\n").every((line) => line.length <= 100));
    for (const [, file] of out.matchAll(/^ {2}(?:counterexample|shown): (.*)$/gm))
      assert.ok((await readFile(join(folder, file!), "utf8")).includes("reproduce: faultline check"), file);
  });
});

test("claims are asked for by name, in capitals or not", async () => {
  await inFolder({}, async (folder) => {
    const { code, out, err } = await faultline(folder, "claims c9 C2 --out here");
    assert.equal(code, 0, err);
    assert.deepEqual(
      [...out.matchAll(/^(C\d+) {2}(.*?) {2}/gm)].map(([, name, verdict]) => [name, verdict]),
      [
        ["C2", "true"],
        ["C9", "false"],
      ],
    );
    assert.deepEqual(
      (await filesUnder(join(folder, "here"))).filter((name) => name.endsWith(".txt")),
      ["claims/C2/fault-falls-back.txt", "claims/C9/no-mapped-deletion.txt"],
    );
    const unknown = await faultline(folder, "claims C99");
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /^error: there is no claim 'C99'.*\n {7}claims: C1, C2, /);
  });
});

test("--format json has what decides a claim", async () => {
  await inFolder({}, async (folder) => {
    const { out } = await faultline(folder, "claims C9 --format json");
    const [claim] = JSON.parse(out) as [Record<string, unknown>];
    assert.equal(claim["verdict"], "false");
    assert.equal(claim["isExpected"], true);
    assert.deepEqual(claim["deciding"], {
      command: "faultline check fault-around-orders --set order=GLCS",
      spec: "no-mapped-deletion",
      verdict: "violated",
      steps: 22,
      file: "out/claims/C9/no-mapped-deletion.txt",
    });
  });
});

test("Ctrl-C leaves claims undecided", async () => {
  await inFolder({}, async (folder) => {
    const { code, out } = await faultline(folder, "claims C2", { interrupts: (interrupt) => interrupt() });
    assert.equal(code, 3);
    assert.match(out, /^0 of 1 claim as expected: 0 runs, 0 states$/m);
  });
});
