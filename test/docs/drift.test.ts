import assert from "node:assert/strict";
import { test } from "node:test";
import { COMPARED } from "../../models/kernel/compared.ts";
import { bundledIndex } from "../../src/cli/path-index.ts";
import { isRelease, isSince } from "../../src/source/tree.ts";
import { readDocument } from "./document.ts";
import { DRIFT_DOCUMENTS, madeParts } from "./drift.ts";

/** Without kernel trees, which `cli/trees` asks for: what else these documents can be wrong in. */
test("what the documents say of kernel trees is of paths that exist, and of the trees that paths were compared with", async () => {
  const index = await bundledIndex();
  const releases = new Map<string, Set<string>>();
  for (const { name, release = "" } of index) releases.set(name, (releases.get(name) ?? new Set()).add(release));
  for (const name of DRIFT_DOCUMENTS) {
    const parts = madeParts(readDocument(name));
    assert.ok(parts.length > 0, name);
    for (const { part, format, trees, paths } of parts) {
      assert.deepEqual(
        trees.toSorted((a, b) => (isSince(a, b) ? 1 : -1)),
        trees,
      );
      const text = part.lines.join("\n");
      const [of, in_] =
        format === "table"
          ? [/^\| `([^`]+)` \| (v\S+) \|/gm, /^\| `[^`]+` \| v\S+ \| (v\S+) to (v\S+) \|/gm]
          : [/^## (.+), as in (v\S+)$/gm, /^\| (v\S+) \| \w/gm];
      const rows = [...text.matchAll(of)];
      assert.ok(rows.length > 5, name);
      for (const [, path, release] of rows) {
        assert.ok(releases.get(path!)?.has(release!), `${name} has ${path}, as in ${release}, and no scenario runs it`);
        assert.ok(paths === "" || paths.split(" ").includes(path!), `${name} has ${path}, which was not asked for`);
      }
      for (const [, ...said] of text.matchAll(in_)) for (const one of said) assert.ok(trees.includes(one!), one);
      const same = [...text.matchAll(/^- (v\S+) to (v\S+): (.*)$/gm)].filter(() => format === "table");
      for (const [, from, to, names] of same) {
        assert.equal(trees.indexOf(to!), trees.indexOf(from!) + 1);
        for (const [, path] of names!.matchAll(/`([^`]+)`/g)) assert.ok(releases.has(path!), `${name}: ${path}`);
      }
    }
  }
});

test("the table of all paths is made from every tree that paths were compared with since v5.9, and says so", () => {
  const document = readDocument("docs/drift-table.md");
  const { trees } = madeParts(document)[0]!;
  const compared = Object.keys(COMPARED).filter((release) => isSince(release, "v5.9"));
  assert.ok(compared.length > 4 && compared.every(isRelease));
  assert.deepEqual(
    compared.filter((release) => !trees.includes(release)),
    [],
  );
  const head = document.lines.slice(0, 8).join("\n");
  assert.deepEqual(
    trees.filter((release) => !head.includes(release)),
    [],
  );
});
