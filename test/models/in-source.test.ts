import assert from "node:assert/strict";
import { test } from "node:test";
import { names } from "../../models/kernel/source-names.ts";
import { scenarios } from "../../models/scenarios/index.ts";
import { pathsIn } from "../../src/cli/paths.ts";
import { cParser } from "../../src/source/grammar.ts";
import { readPattern } from "../../src/source/pattern.ts";
import { partsOf } from "../../src/source/wanted.ts";

test("what the bundled paths say of their source is C", async () => {
  const parse = await cParser();
  const wrong: string[] = [];
  let count = 0;
  for (const { variants } of pathsIn(scenarios))
    for (const { path } of variants) {
      const { at = {}, omits = {} } = path.about;
      const said = [...Object.values(at).flatMap((one) => one ?? []), ...Object.keys(omits).flatMap(partsOf)];
      count += said.length;
      for (const one of said) if (!readPattern(one, parse)) wrong.push(`${path.name}: ${one}`);
    }
  assert.ok(count > 500);
  assert.deepEqual(wrong, []);
});

test("no name of the kernel has two meanings, and each that is new has the release that it came with", () => {
  const groups = [...names.renamed.map((one) => one.names), ...names.quiet.map((one) => one.names)];
  const all = groups.flat();
  assert.deepEqual(
    all.filter((name, i) => all.indexOf(name) < i),
    [],
  );
  for (const { names: some, since, evidence } of names.renamed) {
    assert.equal(since.length, some.length, some[0]);
    assert.ok(
      since.slice(1).some((release) => /^v\d+\.\d+$/.test(release ?? "")),
      some[0],
    );
    assert.notEqual(evidence, "");
  }
});
