import assert from "node:assert/strict";
import { test } from "node:test";
import { bundledScenarios } from "../../src/cli/bundled.ts";
import { bundledIndex, bundledPaths, indexOf } from "../../src/cli/path-index.ts";
import { pathsCalled, pathsIn, waysIn, type KnownPath } from "../../src/cli/paths.ts";
import { placeOf } from "../../src/model/where.ts";
import { faultline } from "./recorded.ts";

const shown = ({ name, variants, scenarios, releases }: KnownPath): unknown => ({
  name,
  scenarios,
  releases,
  variants: variants.map(({ path, scenario, set }) => [placeOf(path.definedAt), path.labels, scenario.name, set]),
});

test("what the build wrote down of the bundled paths is what the scenarios run", async () => {
  const all = indexOf(pathsIn(await bundledScenarios()));
  assert.ok(all.length > 300);
  assert.deepEqual(await bundledIndex(), JSON.parse(JSON.stringify(all)));
});

test("a path that is found by the index is the one that is found among all, with what it leads to", async () => {
  const all = pathsIn(await bundledScenarios());
  for (const word of ["filemap_map_pages", "zap_pte_range", "fault-around-vs-migrate", "races/stackrot"]) {
    const { paths } = await bundledPaths([word]);
    const expected = pathsCalled([word], all);
    assert.deepEqual(paths.map(shown), expected.map(shown), word);
    const [one, other] = [paths.at(-1)!.variants.at(-1)!, expected.at(-1)!.variants.at(-1)!];
    const label = one.path.labels[0]!;
    assert.deepEqual(waysIn(one)(label), waysIn(other)(label));
  }
});

test("a path that is not there is asked for by those that are alike, not by all", async () => {
  for (const [words, expected] of [
    [
      "graph --path filemap_map_page",
      /did you mean 'filemap_map_pages'\?\n +alike: filemap_map_pages, .*, and \d+ more\n/,
    ],
    ["graph --path xyzzy", /no path 'xyzzy'\n +there are \d+ paths\n +try: `faultline graph --path` lists them\n/],
  ] as const) {
    const { code, err } = await faultline("/", words);
    assert.deepEqual([code, expected.test(err)], [2, true], err);
    assert.ok(err.length < 500, err);
  }
});
