import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { relative } from "node:path";
import { test } from "node:test";
import { EXECUTED, README, ROOT, fileOf, isUpdate, readDocument, writeDocument, type Edit } from "./document.ts";

test("what the documents show and ask their readers to write are the files in examples/, all of them", () => {
  const asked = new Set<string>();
  for (const name of EXECUTED) {
    const document = readDocument(name);
    const edits: Edit[] = [];
    for (const block of document.blocks) {
      const file = block.shows ?? fileOf(block);
      if (file === undefined) continue;
      asked.add(file);
      assert.ok(existsSync(`${ROOT}examples/${file}`), `${name}: there is no examples/${file}`);
      const lines = readDocument(`examples/${file}`).lines.slice(0, -1);
      if (isUpdate) edits.push({ from: block.at + 1, to: block.at + 1 + block.lines.length, lines });
      else
        assert.deepEqual(
          block.lines,
          lines,
          `${name} and examples/${file} differ; UPDATE_GOLDEN=1 takes the file's text`,
        );
    }
    if (edits.length > 0) writeDocument(document, edits);
  }
  const files = readdirSync(`${ROOT}examples`, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const names = files.map(({ parentPath, name }) => relative(`${ROOT}examples`, `${parentPath}/${name}`));
  assert.deepEqual(names.toSorted(), [...asked].toSorted());
});

test("README.md: the path is one of examples/my-race.ts", () => {
  const example = readDocument("examples/my-race.ts").lines.join("\n");
  const [path, ...others] = readDocument(README).blocks.filter(({ language }) => language === "ts");
  assert.deepEqual(others, []);
  assert.ok(example.includes(`\n${path!.lines.join("\n")}\n`));
});

test("README.md and .ci/run have the same commands to install, to test and to check", () => {
  const { lines, blocks } = readDocument(README);
  const script = readDocument(".ci/run").lines;
  const inReadme = blocks.filter(({ language }) => language === "sh").flatMap((block) => block.lines);
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { scripts: Record<string, string> };
  const named = lines.join("\n").match(/npm run [\w:]+/g) ?? [];
  for (const command of named) assert.ok(command.slice("npm run ".length) in scripts, `there is no '${command}'`);
  assert.ok(inReadme.includes("npm ci && npm test"));
  for (const command of ["npm ci", "npm test"])
    assert.ok(script.includes(command), `.ci/run does not run '${command}'`);
  assert.ok(lines.join("\n").includes("`npx faultline check`"));
  // What it prints is kept besides.
  assert.ok(script.some((line) => line.split(" | ")[0] === "npx faultline check"));
});

test("README.md has at most 6 kB", () => {
  assert.ok(Buffer.byteLength(readFileSync(`${ROOT}${README}`)) <= 6144);
});

test("out/ is there in a fresh clone, and git keeps nothing of what is in it", () => {
  const rules = readDocument("out/.gitignore").lines.filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(rules, ["*", "!.gitignore"]);
  assert.ok(!readDocument(".gitignore").lines.some((line) => line.startsWith("out")));
});
