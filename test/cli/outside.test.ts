import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { ROOT } from "../../src/cli/package.ts";

const filesIn = (folder: string): readonly string[] =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file}`);

/** Comments and texts name what code must not use. */
const codeOf = (file: string): string =>
  readFileSync(`${ROOT}${file}`, "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"/g, "");

test("only src/cli/output prints, reads standard input or ends the process", () => {
  const outside = /\bconsole\.|\bprocess\.(?:stdin|stdout|stderr|exit|exitCode|abort|kill)\b/;
  const found = filesIn("src").filter((file) => outside.test(codeOf(file)));
  // The watchdog ends a process that is deaf; and what a model prints is its own.
  const own = new Set(["src/cli/bin.ts", "src/cli/watchdog-worker.ts", "src/model/platform.ts"]);
  const isAllowed = (file: string): boolean => file.startsWith("src/cli/output/") || own.has(file);
  assert.deepEqual(
    found.filter((file) => !isAllowed(file)),
    [],
  );
  assert.ok(found.includes("src/cli/output/io.ts"), "the pattern finds what it looks for");
});

test("no command reads or writes files itself", () => {
  for (const file of [...filesIn("src/cli/commands"), "src/cli/perform.ts", "src/cli/main.ts"])
    assert.doesNotMatch(readFileSync(`${ROOT}${file}`, "utf8"), /"node:fs(?:\/promises)?"/, file);
});

test("every file of src/cli/commands is a command of the list", () => {
  const files = filesIn("src/cli/commands").filter((file) => !file.endsWith("/index.ts"));
  assert.deepEqual(files.toSorted(), COMMANDS.map(({ name }) => `src/cli/commands/${name}.ts`).toSorted());
});
