import assert from "node:assert/strict";
import { test } from "node:test";
import { names } from "../../models/kernel/source-names.ts";
import { scenarios } from "../../models/scenarios/index.ts";
import { pathsIn } from "../../src/cli/paths.ts";
import { cParser } from "../../src/source/grammar.ts";
import { readPattern } from "../../src/source/pattern.ts";
import { isRelease, isSince } from "../../src/source/tree.ts";
import { partsOf } from "../../src/source/wanted.ts";

// It runs v6.12's reclaim beside v5.15's fault. What v5.19 copies a page with is written in v7.1's words; v5.9's swap out, its LRU lists, and
// what v5.19 moves to a device, in v6.12's.
const OTHER_WORDS = [
  "v5.15 swap_in_store_swap_out",
  "v5.19 migrate_vma_collect_pmd",
  "v5.19 wp_page_copy",
  "v5.9 __pagevec_lru_add_fn",
  "v5.9 shrink_folio_list",
  "v5.9 try_to_unmap_one",
];

test("no step of a release has the name of a function that came later", () => {
  const cameIn = new Map(
    names.renamed.flatMap(({ names: some, since }) => some.map((name, i) => [name, since[i]] as const)),
  );
  const tooNew = (word: string, release: string): boolean => {
    const since = cameIn.get(word);
    return since !== undefined && !since.startsWith(`${release}.`) && !isSince(release, since);
  };
  const found = new Set<string>();
  let count = 0;
  for (const { path, variants } of pathsIn(scenarios)) {
    const { release = "" } = path.about;
    if (!isRelease(release)) continue;
    const words = variants.flatMap((one) =>
      [one.path.name, ...one.path.labels].flatMap((said) => said.match(/\w+/g) ?? []),
    );
    count += words.length;
    if (words.some((word) => tooNew(word, release))) found.add(`${release} ${path.name}`);
  }
  assert.ok(count > 10_000);
  assert.deepEqual([...found].toSorted(), OTHER_WORDS);
});

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
