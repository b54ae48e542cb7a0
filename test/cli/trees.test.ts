import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { COMPARED } from "../../models/kernel/compared.ts";
import { openTree } from "../../src/cli/output/kernel-tree.ts";
import type { Drift } from "../../src/source/drift.ts";
import type { Alignment } from "../../src/source/result.ts";
import { readDocument, writeDocument, type Edit } from "../docs/document.ts";
import { DRIFT_DOCUMENTS, madeParts } from "../docs/drift.ts";
import { comparedNow, comparedText } from "./compared.ts";
import { faultline, inFolder } from "./recorded.ts";

/** Kernel trees on this machine, with a colon between two, the earliest first. They are no part of the project. */
const TREES = "FAULTLINE_TREES";
const named = (process.env[TREES] ?? "").split(":").filter((name) => name !== "");
const isRenewed = process.env["UPDATE_RECORD"] === "1";
const releaseOf = (name: string): string => openTree(name, { cwd: "/" }).release;

function isWithoutTrees(t: TestContext, least = 1): boolean {
  if (named.length >= least) return false;
  t.skip(`${TREES} names ${named.length === 0 ? "no kernel tree" : "one kernel tree only"}: nothing is laid beside it`);
  return true;
}

test("every bundled path that follows the release of a tree is accounted for there", async (t) => {
  if (isWithoutTrees(t)) return;
  await inFolder({}, async (folder) => {
    for (const name of named) {
      const { code, out, err } = await faultline(folder, `align --source ${name} --format json`);
      if (err.startsWith("error: no bundled path follows")) {
        t.diagnostic(`no bundled path follows ${releaseOf(name)}`);
        continue;
      }
      const drifting = (JSON.parse(out) as Alignment[]).filter(({ isContent }) => !isContent).map(({ path }) => path);
      assert.deepEqual([drifting, code], [[], 0], `in ${releaseOf(name)}`);
    }
  });
});

// This file runs as <package>/.build/test/cli/trees.test.js.
const COMPARED_FILE = fileURLToPath(new URL("../../../models/kernel/compared.ts", import.meta.url));

test("what is kept of the trees that paths were compared with is what these trees are", async (t) => {
  if (isWithoutTrees(t)) return;
  const all = named.filter((name) => isRenewed || Object.hasOwn(COMPARED, releaseOf(name)));
  if (all.length === 0) {
    t.skip(`nothing is kept of ${named.map(releaseOf).join(" and ")}`);
    return;
  }
  const now = { ...COMPARED };
  for (const name of all) Object.assign(now, await comparedNow(name));
  if (isRenewed) writeFileSync(COMPARED_FILE, comparedText(now));
  assert.equal(comparedText(now), readFileSync(COMPARED_FILE, "utf8"));
});

test("every bundled path is compared from tree to tree, whatever became of it", async (t) => {
  if (isWithoutTrees(t, 2)) return;
  await inFolder({}, async (folder) => {
    const sources = named.map((name) => `--source ${name}`).join(" ");
    const { code, out, err } = await faultline(folder, `align ${sources} --format json`);
    assert.deepEqual([code, err], [1, ""]);
    const all = JSON.parse(out) as Drift[];
    assert.ok(all.length > 50, "these are all paths");
    assert.deepEqual(
      [...new Set(all.map(({ from, to }) => `${from} to ${to}`))],
      named.slice(1).map((name, i) => `${releaseOf(named[i]!)} to ${releaseOf(name)}`),
    );
  });
});

for (const name of DRIFT_DOCUMENTS)
  test(`${name} says what align says of the trees that it was made from`, async (t) => {
    if (isWithoutTrees(t, 2)) return;
    const document = readDocument(name);
    const edits: Edit[] = [];
    for (const { part, format, trees, paths } of madeParts(document)) {
      const sources = trees.map((release) => named.find((one) => releaseOf(one) === release));
      if (sources.includes(undefined)) {
        t.diagnostic(`a part is made from ${trees.join(", ")}, and here are ${named.map(releaseOf).join(", ")}`);
        continue;
      }
      const words = `align ${paths} ${sources.map((one) => `--source ${one}`).join(" ")} --format ${format}`;
      const lines = ["", ...(await faultline("/", words)).out.trimEnd().split("\n"), ""];
      edits.push({ ...part, lines });
      if (!isRenewed) assert.deepEqual(part.lines, lines);
    }
    if (edits.length === 0) t.skip("none of its parts is made from these trees");
    else if (isRenewed) writeDocument(document, edits);
  });
